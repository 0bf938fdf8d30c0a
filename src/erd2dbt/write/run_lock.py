"""One run at a time: the folder `.erd2dbt.running`, where a run stages its files while it has a lock.

The system releases the lock when its holder is killed. What a dead run leaves is final: its number in the file `pid`,
and staged files. There is a journal if it had begun to change the project, and `done` if it had finished.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.files import create, make_folders, preparing, remove_empty
from erd2dbt.write.paths import DONE, JOURNAL, RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PID, _DRAWING = "pid", "drawing"

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


def is_locked_or_killed(root: str) -> bool:
    """Whether a run is inside, or was killed there."""
    return os.path.lexists(f"{root}/{RUNNING}")


class KilledRun(enum.Enum):
    """How far the last run came, where it was killed."""

    PREPARED = enum.auto()  # nothing of the project was changed
    BEGUN = enum.auto()
    DONE = enum.auto()
    DRAWING = enum.auto()  # on a board, which only the next push can look at


@dataclass(frozen=True, slots=True)
class LockedRun:
    """A run in the folder `root` that no other runs beside: where it stages files, and what the last run left there."""

    root: str
    staging: str
    left: KilledRun | None


def killed_run(root: str) -> KilledRun | None:
    """How far a killed run came, without waiting for the lock; None also while a run is inside. Writes nothing."""
    place = f"{root}/{RUNNING}/{_PID}"
    try:
        handle = os.open(place, os.O_RDONLY)
    except OSError:
        return _left(f"{root}/{RUNNING}", named=False)
    try:
        _lock(handle)
        return _left(f"{root}/{RUNNING}", named=bool(os.read(handle, 1)))
    except OSError:
        return None
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked_run(root: str) -> Iterator[LockedRun]:
    """A folder for staged files, while no other run is in `root`, which is made. E803.

    It is empty unless a journal is in it, which stays until what is in it is done."""
    staging = f"{root}/{RUNNING}"
    made: list[str] = []
    try:
        made = make_folders(root)
        handle, named = _enter(staging)
    except OSError as error:
        remove_empty(made)
        raise ErdError([os_fault(f"write into `{shown(root)}`", error)]) from None
    try:
        inside = LockedRun(root, staging, _left(staging, named=named))
        _clear(staging)
        yield inside
    finally:
        _clear(staging)
        _leave(handle, staging)
        remove_empty([*made, staging])


@contextlib.contextmanager
def drawing(root: str) -> Iterator[LockedRun]:
    """The same for a run that draws on a board: it stays known to have begun, whatever else it writes.

    E803."""
    with locked_run(root) as inside:
        mark = f"{inside.staging}/{_DRAWING}"
        with preparing(f"into `{shown(root)}`"):
            forget_drawing(inside)
            create(mark, b"")
        try:
            yield inside
        finally:
            forget_drawing(inside)


def forget_drawing(inside: LockedRun) -> None:
    """What a killed run drew is the concern of the next push, which was said."""
    with contextlib.suppress(OSError):
        os.unlink(f"{inside.staging}/{_DRAWING}")


def _left(staging: str, *, named: bool) -> KilledRun | None:
    found = set(os.listdir(staging)) if os.path.isdir(staging) else set()
    for name, left in ((JOURNAL, KilledRun.BEGUN), (_DRAWING, KilledRun.DRAWING), (DONE, KilledRun.DONE)):
        if name in found:
            return left
    return KilledRun.PREPARED if named or any(map(_is_staged, found)) else None


def _leave(handle: int, staging: str) -> None:
    """Killed on the way, it leaves `done`, or no name: either way it is clear that nothing was left to do."""
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.unlink(f"{staging}/{DONE}")
    _give_back(handle, f"{staging}/{_PID}")


def _enter(staging: str) -> tuple[int, bool]:
    """The handle that has the lock, and whether a killed run had it. OSError; E803 when another run holds it."""
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
            return handle, _named(handle)


def _taken(handle: int, place: str) -> bool:
    """Whether the lock was got on the file that is there still. E803 when another run holds it."""
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
    return True


def _named(handle: int) -> bool:
    """Puts the number of this process into the file; whether there was another's."""
    before = os.read(handle, 1)
    with contextlib.suppress(OSError):  # a full disk: the lock holds without a name in it
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, str(os.getpid()).encode())
    return bool(before)


def _busy(holder: str, place: str) -> ErdError:
    root = os.path.dirname(os.path.dirname(place))
    message = f"another run (process {shown(holder)}) is writing into `{shown(root)}`; nothing was written"
    return ErdError([Diagnostic(code="E803", message=message, fixes=("wait until it has ended",))])


def _clear(staging: str) -> None:
    """Takes away what was staged, unless it is needed still, and nothing else that should lie there."""
    with contextlib.suppress(OSError):
        found = os.listdir(staging)
        for name in () if JOURNAL in found else filter(_is_staged, found):
            os.unlink(f"{staging}/{name}")


def _is_staged(name: str) -> bool:
    return name.isdecimal() or name in ("record", "base")
