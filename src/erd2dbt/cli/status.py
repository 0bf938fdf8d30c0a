"""Progress on a terminal: one overwritten line, with a bar if the work is counted."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from erd2dbt.cli.output import status
from erd2dbt.system.progress import Count, Counter

if TYPE_CHECKING:
    from erd2dbt.cli.drawing import Bar

PATIENCE = 0.6  # seconds until the line appears: what is done sooner needs none
_BEAT = 0.12  # seconds between two drawings
_SPINNER = "|/-\\"


class StatusLine(Counter):
    """Shows the innermost count, otherwise the last phase. `said` ends a phase."""

    def __init__(self) -> None:
        self._counts: list[tuple[Count, float]] = []
        self._bars: dict[int, Bar] = {}
        self._phase: tuple[str, float] | None = None
        self._wakes = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def begin(self, count: Count) -> None:
        with self._lock:
            self._counts.append((count, time.monotonic()))
        self._wake()

    def end(self, count: Count) -> None:
        with self._lock:
            self._counts = [one for one in self._counts if one[0] is not count]
            self._bars.pop(id(count), None)

    def phase(self, line: str) -> None:
        began = time.monotonic()
        with self._lock:
            self._phase = line, self._phase[1] if self._phase else began
        self._wake()

    def said(self) -> None:
        """End the phase, because other output was printed."""
        self._phase = None

    def stop(self) -> None:
        """Remove the line from the terminal until new work begins."""
        with self._lock:
            self._counts, self._phase, self._is_stopped = [], None, True
        self._wakes.set()
        if self._thread is not None:
            self._thread.join(timeout=2)
        self._thread = None
        status(None)

    def _wake(self) -> None:
        self._wakes.set()
        if self._thread is None:
            self._is_stopped = False
            thread = threading.Thread(target=self._run, name="status", daemon=True)
            with contextlib.suppress(RuntimeError):  # no further thread can be started: the work goes on unreported
                thread.start()
                self._thread = thread

    @property
    def _is_idle(self) -> bool:
        return not self._counts and self._phase is None and not self._is_stopped

    def _run(self) -> None:
        beat = 0
        while not self._is_stopped:
            if self._is_idle:
                status(None)
                self._wakes.clear()
                if self._is_idle:  # what begins after this wakes it
                    self._wakes.wait()
                continue
            self._draw(beat)
            beat += 1
            time.sleep(_BEAT)

    def _draw(self, beat: int) -> None:
        now = time.monotonic()
        with self._lock:
            count, began = next(((one, began) for one, began in reversed(self._counts) if one.total), (None, 0.0))
            phase = self._phase
        if count is not None and now - began >= PATIENCE:
            self._draw_bar(count)
        elif phase is not None and now - phase[1] >= PATIENCE:
            from erd2dbt.cli.drawing import phase_line

            status(phase_line(f"{_SPINNER[beat // 2 % len(_SPINNER)]}        {phase[0]}"))

    def _draw_bar(self, count: Count) -> None:
        from erd2dbt.cli.drawing import Bar

        bar = self._bars.setdefault(id(count), Bar(count.title, count.total, is_size=count.is_size))
        bar.show(count.done, count.total)
        status(bar.lines)
