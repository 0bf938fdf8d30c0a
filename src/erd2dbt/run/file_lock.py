"""File locks, which the operating system releases even if their process is killed."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def try_lock(path: Path) -> IO[bytes] | None:
    """Return the open file that has the lock until it and its inherited copies are closed; None if it is taken."""
    file = path.open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        return None
    return file


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Wait until no other thread or process is inside with the same path."""
    while (file := try_lock(path)) is None:
        time.sleep(0.01)
    with file:
        yield
