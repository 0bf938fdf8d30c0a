"""The disk: reading a file, staging new ones, putting them in place, taking old ones away.

Nothing is flushed to the disk but the records of what was done: 20,000 flushes take half a minute. A power
cut leaves an unflushed file empty, which cannot be mistaken for an edit.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.system.reading import read_regular
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.paths import folders_of, leads_out

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line endings


class OutsideError(OSError):
    """A symbolic link leads out of the project."""


def read(place: str, inside: str) -> bytes | None:
    """The bytes of a file, None where there is none. OSError, also when it is a folder or a device.

    OutsideError when it is a symbolic link that leads out of the folder `inside`, given without links."""
    try:
        if stat.S_ISLNK(os.lstat(place).st_mode) and leads_out(place, inside):
            raise OutsideError
        return read_regular(place)
    except FileNotFoundError:
        return None


def create(place: str, data: bytes, *, flush: bool = False) -> None:
    """A new file with the permissions that the umask leaves; `flush` waits for the disk. OSError."""
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if flush:
            os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(place: str) -> list[str]:
    """Makes the folder with those above it, or none; returns what was made, outermost first. OSError."""
    missing: list[str] = []
    while not os.path.isdir(place):
        missing.append(place)
        place = os.path.dirname(place) or os.curdir
    made: list[str] = []
    for folder in reversed(missing):
        try:
            os.mkdir(folder)
            made.append(folder)
        except OSError:
            if not os.path.isdir(folder):  # another run may have made it at this moment
                remove_empty(made)
                raise
    return made


def remove_empty(folders: Iterable[str]) -> None:
    """Takes away those folders in which nothing is, the last first."""
    for folder in reversed(list(folders)):
        with contextlib.suppress(OSError):  # not empty, or no longer there
            os.rmdir(folder)


@contextlib.contextmanager
def preparing(what: str) -> Iterator[None]:
    """E803 when the disk refuses while nothing is done yet."""
    try:
        yield
    except OSError as error:
        note = "nothing was written: the project is as it was"
        raise ErdError([os_fault(f"write {what}", error, note)]) from None


def stage(staging: str, contents: Iterable[tuple[str, bytes]], flushed: Container[str] = ()) -> None:
    """Writes the contents of each path as files `0`, `1`, … of the folder `staging`. E803.

    Those of `flushed` paths hold edits, and nothing may make them anew after a power cut."""
    for number, (path, data) in enumerate(contents):
        with preparing(f"`{shown(path)}`"):
            create(f"{staging}/{number}", data, flush=path in flushed)


def put_in_place(staging: str, root: str, files: Sequence[tuple[int, str]]) -> None:
    """Moves staged files to their paths below `root`; each is the old or the new, never between. E803."""
    made = set()
    for done, (number, path) in enumerate(files):
        place = f"{root}/{path}"
        folder = os.path.dirname(place)
        try:
            if folder not in made:
                make_folders(folder)
                made.add(folder)
            os.replace(f"{staging}/{number}", place)
        except OSError as error:
            note = f"{done} of {len(files)} files were put in place"
            raise ErdError([os_fault(f"write `{shown(path)}`", error, note)]) from None


def put_record(staging: str, root: str, name: str, text: bytes) -> None:
    """One of the files in which a run finds what runs before it did, replaced at once and flushed. E803."""
    try:
        with contextlib.suppress(FileNotFoundError):  # of a run that was killed
            os.unlink(f"{staging}/record")
        create(f"{staging}/record", text, flush=True)
        os.replace(f"{staging}/record", f"{root}/{name}")
    except OSError as error:
        raise ErdError([os_fault(f"write `{name}`", error)]) from None


def remove(root: str, paths: Iterable[str]) -> None:
    """Takes the files away. E803; one that has gone already is not a fault."""
    for path in paths:
        try:
            os.unlink(f"{root}/{path}")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ErdError([os_fault(f"remove `{shown(path)}`", error)]) from None


def prune(root: str, paths: Iterable[str]) -> None:
    """Takes away the folders of paths that have gone, as far as nothing else is in them; never `root`."""
    remove_empty(f"{root}/{folder}" for folder in sorted(folders_of(paths)))


def replace_file(place: str, data: bytes) -> None:
    """The file with new contents and its old permissions, if it is there, at once; a symbolic link stays one. E803."""
    real = os.path.realpath(place)
    half = f"{real}.{os.getpid()}.new"
    _remove_halves(real)
    try:
        create(half, data, flush=True)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(half, stat.S_IMODE(os.stat(real).st_mode))
        os.replace(half, real)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(half)
        raise ErdError([os_fault(f"write `{shown(place)}`", error)]) from None


def _remove_halves(real: str) -> None:
    """Takes away what runs that were killed had written of a file, and not put in its place."""
    folder, name = os.path.split(real)
    pattern = re.compile(rf"{re.escape(name)}\.([0-9]+)\.new")
    with contextlib.suppress(OSError):
        for found in filter(None, map(pattern.fullmatch, os.listdir(folder or os.curdir))):
            if not _is_alive(int(found[1])):
                os.unlink(os.path.join(folder, found[0]))


def _is_alive(process: int) -> bool:
    """Whether another process with this number is there; its own earlier one is not."""
    if process == os.getpid() or sys.platform == "win32":
        return sys.platform == "win32" and process != os.getpid()
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
