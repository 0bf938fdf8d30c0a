"""Stages that may take their time: what is done is told to whoever listens, once it has taken longer than a moment."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar

MOMENT = 2.0  # seconds

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def tell(listener: Callable[[str], None] | None) -> None:
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
