"""Work that may take its time: what is done, and how much of it, is reported to whoever listens."""

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
    """From now on slow stages are told to `listener`, from a thread of their own."""
    _listener.set(listener)


@contextlib.contextmanager
def stage(line: str) -> Iterator[None]:
    """What is done here: `line` is told if it lasts."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    timer = threading.Timer(MOMENT, listener, (line,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@dataclass(slots=True, eq=False)
class Count:
    """How much of something is done. `total` is None while nobody knows it; `is_size`: both are bytes."""

    title: str
    total: float | None
    is_size: bool = False
    done: float = 0

    def step(self, count: float = 1) -> None:
        self.done += count


class Counter:
    """Who is told of counts: of each when it begins and when it ends."""

    def begin(self, count: Count) -> None:
        raise NotImplementedError

    def end(self, count: Count) -> None:
        raise NotImplementedError


_T = TypeVar("_T")
_counter: ContextVar[Counter | None] = ContextVar("counter", default=None)


def show_counts(counter: Counter | None) -> None:
    """From now on counts are shown by `counter`."""
    _counter.set(counter)


@contextlib.contextmanager
def counted(title: str, total: float | None, *, is_size: bool = False) -> Iterator[Count]:
    """Work in many steps, done here; each is to be counted, from any thread."""
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
    """The things one by one, each counted when the next one is asked for."""
    with counted(title, len(things)) as count:
        for thing in things:
            yield thing
            count.step()
