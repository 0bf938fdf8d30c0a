"""Progress of slow work: the current step, and how much is done, are reported to a listener."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

MOMENT = 2.0  # seconds

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def report_to(listener: Callable[[str], None] | None) -> None:
    """Report slow stages to `listener` from now on, from a separate thread."""
    _listener.set(listener)


@contextlib.contextmanager
def stage(line: str) -> Iterator[None]:
    """Run a stage. `line` is reported if it takes long."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    timer = threading.Timer(MOMENT, listener, (line,))
    timer.daemon = True
    with contextlib.suppress(RuntimeError):  # no further thread can be started: the work goes on unreported
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


@dataclass(slots=True, eq=False)
class Count:
    """Progress of a count. `total` is None while it is unknown; `is_size`: both are bytes."""

    title: str
    total: float | None
    is_size: bool = False
    done: float = 0

    def step(self, count: float = 1) -> None:
        self.done += count


class Counter:
    """Receives counts: each one when it begins and when it ends."""

    def begin(self, count: Count) -> None:
        raise NotImplementedError

    def end(self, count: Count) -> None:
        raise NotImplementedError


_T = TypeVar("_T")
_counter: ContextVar[Counter | None] = ContextVar("counter", default=None)


def show_counts(counter: Counter | None) -> None:
    """Show counts with `counter` from now on."""
    _counter.set(counter)


@contextlib.contextmanager
def counted(title: str, total: float | None, *, is_size: bool = False) -> Iterator[Count]:
    """Run work in many steps. Each step is to be counted, from any thread."""
    count = Count(title, total, is_size)
    counter = _counter.get()
    if counter is None:
        yield count
        return
    counter.begin(count)
    try:
        yield count
    finally:
        counter.end(count)


def counted_over(title: str, things: Sequence[_T]) -> Iterator[_T]:
    """Yield the items, and count each when the next one is requested."""
    with counted(title, len(things)) as count:
        for thing in things:
            yield thing
            count.step()
