"""Seconds of a command on the clock and on the processor, with those of everything that it starts (Linux).

A database server leaves the command that started it, and Java outlives it. So a thread reads `/proc` while the command
runs, and counts each process that has the command's mark in its environment or descends from one that has it.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_MARK = "ERD2DBT_BENCHMARK"
_PAUSE = 0.3  # seconds between two looks: what a process does after the last one is not counted
_TICKS = os.sysconf("SC_CLK_TCK")
Process = tuple[int, int]  # its number and its start, because numbers are used again


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed and took. Seconds of the processor are user and system together."""

    code: int
    said: str
    seconds: float
    processor: float


@dataclass(slots=True)
class Watch:
    """Looks at all processes with a mark. `begin` and `end` may be called several times with the same mark."""

    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    _spent: dict[Process, float] = field(default_factory=dict)
    _parents: set[int] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        return {_MARK: self.mark}

    @property
    def spent(self) -> float:
        return sum(self._spent.values())

    def look(self) -> None:
        found = {number: stat for number in _numbers() if (stat := _stat(number)) is not None}
        for number in sorted(found, key=lambda number: found[number][1]):  # parents start first
            parent, started, seconds = found[number]
            if parent in self._parents or (number, started) in self._spent or self._marked(number):
                self._parents.add(number)
                self._spent[number, started] = seconds
        self._parents &= found.keys()

    def _marked(self, number: int) -> bool:
        try:
            return f"{_MARK}={self.mark}".encode() in Path(f"/proc/{number}/environ").read_bytes()
        except OSError:
            return False


def run(command: Sequence[str], environment: Mapping[str, str], watch: Watch | None = None) -> Ran:
    """Run a command. `watch`: one whose servers run already; what they do meanwhile is counted."""
    watch = watch or Watch()
    watch.look()
    before, began, done = watch.spent, time.monotonic(), threading.Event()

    def looks() -> None:
        while not done.wait(_PAUSE):
            watch.look()

    looking = threading.Thread(target=looks)
    looking.start()
    try:
        ended = subprocess.run(
            [*command],
            env={**os.environ, **environment, **watch.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    finally:
        done.set()
        looking.join()
    watch.look()
    seconds = time.monotonic() - began
    return Ran(code=ended.returncode, said=ended.stdout, seconds=seconds, processor=watch.spent - before)


def _numbers() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _stat(number: int) -> tuple[int, int, float] | None:
    """The parent of a process, its start, and its seconds; None if it has ended."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    words = text.rpartition(")")[2].split()  # a program's name may have spaces
    return int(words[1]), int(words[19]), (int(words[11]) + int(words[12])) / _TICKS
