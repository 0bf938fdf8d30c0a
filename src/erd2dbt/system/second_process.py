"""Work that is done beside this process's own, in a copy of it: on a second core, where there is one."""

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
_LENGTH = 8  # bytes that say how long an answer is


def has_second_core() -> bool:
    """Whether a copy of this process may be made, and would gain anything.

    A copy has one thread: where another one might hold a lock meanwhile, none is made."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    others = (one for one in threading.enumerate() if one is not threading.main_thread())
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and all(isinstance(one, threading.Timer) for one in others)  # a timer of ours holds nothing


@contextlib.contextmanager
def beside(work: Callable[[], bytes]) -> Iterator[Answer]:
    """Does the work in a copy of this process; yields what waits for its answer, which is None where it failed.

    The copy has ended when this ends, however it ends. OSError where there cannot be one."""
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
    """What a copy that was killed had written so far is no answer."""
    length, data = int.from_bytes(pipe.read(_LENGTH)), pipe.read()
    return data if data and len(data) == length else None


def _work(work: Callable[[], bytes], reading: int, writing: int) -> NoReturn:
    """In the copy, which says nothing, and ends without the cleaning up that is left to the other one."""
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
