"""Runs work in a copy of this process, on a second core if there is one."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO, NoReturn

from erd2dbt.system import progress

Answer = Callable[[], bytes | None]
_LENGTH = 8  # bytes for the length of an answer


def has_second_core() -> bool:
    """Return whether this process can be copied, and a copy would be faster.

    A copy has one thread. If another thread might have a lock at that moment, no copy is made.
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    others = (one for one in threading.enumerate() if one is not threading.main_thread())
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and all(isinstance(one, threading.Timer) for one in others)  # our timer has no lock


@contextlib.contextmanager
def beside(work: Callable[[], bytes]) -> Iterator[Answer]:
    """Run the work in a copy of this process. Yields a function that waits for its answer, which is None after a
    failure.

    The copy always ends before this returns. Raises OSError if it cannot be created.
    """
    reading, writing = os.pipe()
    try:
        copy = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if copy == 0:
        _work(work, reading, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        try:
            yield lambda: _answer(pipe)
        finally:
            os.kill(copy, signal.SIGKILL)
            os.waitpid(copy, 0)


def _answer(pipe: BinaryIO) -> bytes | None:
    """Return the answer; None if the copy was killed, so that the answer is incomplete."""
    length, data = int.from_bytes(pipe.read(_LENGTH)), pipe.read()
    return data if data and len(data) == length else None


def _work(work: Callable[[], bytes], reading: int, writing: int) -> NoReturn:
    """Run the work in the copy, without output and without the cleanup, which the original process does."""
    try:
        os.close(reading)
        for kind in (signal.SIGINT, signal.SIGTERM):
            signal.signal(kind, signal.SIG_DFL)
        progress.report_to(None)
        progress.show_counts(None)
        data = work()
        with open(writing, "wb") as pipe:
            pipe.write(len(data).to_bytes(_LENGTH) + data)
    finally:
        os._exit(0)
