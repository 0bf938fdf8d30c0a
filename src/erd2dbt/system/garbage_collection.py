"""Limits the garbage collector, which otherwise scans every object repeatedly without freeing any."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Let the garbage collector scan only new objects, and rarely: nearly all objects live until the end.

    Parsed SQL is full of cycles, so with a larger threshold more memory waits to be freed, and no time is saved. What
    outlives one collection is rarely garbage later: it is not scanned again.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 1000, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
