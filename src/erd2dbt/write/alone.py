"""One run at a time: the folder `.erd2dbt.running`, where a run stages its files while it holds a lock.

The system gives the lock back when its holder is killed, so what a dead run leaves is known to be stale.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING

from erd2dbt.diagnostics import Diagnostic, ErdError
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.files import make_folders, remove_empty
from erd2dbt.write.paths import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PID = "pid"

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # a locked byte cannot be read, and others read the first ones
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

    def _give_back(handle: int, place: str) -> None:
        os.close(handle)
        with contextlib.suppress(OSError):  # the next holder has it open already
            os.unlink(place)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give_back(handle: int, place: str) -> None:
        try:
            os.unlink(place)  # before it is unlocked: afterwards it may be another's
        finally:
            os.close(handle)


def is_left(root: str) -> bool:
    """Whether a run is inside, or was killed there."""
    return os.path.lexists(f"{root}/{RUNNING}")


@contextlib.contextmanager
def alone(root: str) -> Iterator[str]:
    """An empty folder for staged files, while no other run is in `root`, which is made. E803."""
    staging = f"{root}/{RUNNING}"
    made: list[str] = []
    try:
        made = make_folders(root)
        handle = _enter(staging)
    except OSError as error:
        remove_empty(made)
        raise ErdError([os_fault(f"write into `{shown(root)}`", error)]) from None
    try:
        _clear(staging)
        yield staging
    finally:
        _clear(staging)
        _give_back(handle, f"{staging}/{_PID}")
        remove_empty([*made, staging])


def _enter(staging: str) -> int:
    """The handle that holds the lock. OSError; E803 when another run holds it."""
    place = f"{staging}/{_PID}"
    while True:
        with contextlib.suppress(FileExistsError):
            os.mkdir(staging)
        if os.path.islink(staging):
            raise NotADirectoryError(errno.ENOTDIR, f"`{RUNNING}` is a symbolic link")
        try:
            handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # its folder was removed by a run that ended at this moment
            continue
        if _taken(handle, place):
            return handle


def _taken(handle: int, place: str) -> bool:
    """Whether the lock was got on the file that stands there still. E803 when another run holds it."""
    try:
        _lock(handle)
        if not os.path.samestat(os.fstat(handle), os.stat(place)):
            raise FileNotFoundError
    except FileNotFoundError:
        os.close(handle)
        return False
    except (BlockingIOError, PermissionError):
        holder = os.read(handle, 20).decode(errors="replace")
        os.close(handle)
        raise _busy(holder, place) from None
    with contextlib.suppress(OSError):  # a full disk: the lock holds without a name in it
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
    return True


def _busy(holder: str, place: str) -> ErdError:
    root = os.path.dirname(os.path.dirname(place))
    message = f"another run (process {shown(holder)}) is writing into `{shown(root)}`; nothing was written"
    return ErdError([Diagnostic(code="E803", message=message, fixes=("wait until it has ended",))])


def _clear(staging: str) -> None:
    """Takes away what was staged, and nothing else that should lie there."""
    with contextlib.suppress(OSError):
        for name in os.listdir(staging):
            if name.isdecimal() or name == "record":
                os.unlink(f"{staging}/{name}")
