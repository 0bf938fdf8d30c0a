"""What the tests of regenerating share: folders as values, and a disk that fails or a process that dies at a step."""

from __future__ import annotations

import errno
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.write.changes import UNNAMED, Choice, Naming, apply, decide, recover, refusals
from erd2dbt.write.paths import BASE, LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

CHANGING = ("mkdir", "rmdir", "unlink", "replace", "open", "write", "fsync", "ftruncate")
DONE, REFUSED, BROKEN = 0, 1, 2  # how a process ends that is not killed


class Disk:
    """Lets so many calls pass that change the disk; each further one is `fail`, after half of it if it is a write."""

    def __init__(self, steps: int, fail: Callable[[], None], counted: Sequence[str] = CHANGING) -> None:
        self.steps, self.fail, self.counted = steps, fail, counted

    def _failing(self, name: str) -> Callable[..., Any]:
        really = getattr(os, name)

        def call(*args: Any, **more: Any) -> Any:
            if name == "open" and not args[1] & os.O_CREAT:
                return really(*args, **more)
            self.steps -= 1
            if self.steps < 0:
                if name == "write":
                    really(args[0], bytes(args[1])[: len(args[1]) // 2])
                self.fail()
            return really(*args, **more)

        return call

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in self.counted:
            patch.setattr(os, name, self._failing(name))


def die() -> None:
    """For a Disk: the process is killed as by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


def full() -> None:
    """For a Disk: it has no room for what is to be written."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def killed_after(
    steps: int,
    files: Mapping[str, str],
    out: Path,
    *,
    force: bool = False,
    conflict: Choice | None = None,
    naming: Naming = UNNAMED,
) -> bool:
    """Generates in a process that is killed at this step of writing; False when it was done or refused before."""
    child = os.fork()
    if not child:
        ended = BROKEN
        try:
            with pytest.MonkeyPatch.context() as patch:
                Disk(steps, die).install(patch)
                recover(out)
                decided = decide(files, out, force=force, conflict=conflict, naming=naming)
                if refusals(decided):
                    os._exit(REFUSED)
                apply(decided, files, out, naming=naming)
                ended = DONE
        except ErdError:
            ended = REFUSED
        finally:
            os._exit(ended)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (DONE, REFUSED, -signal.SIGKILL)
    return os.WIFSIGNALED(status)


def generate(
    files: Mapping[str, str],
    out: Path,
    *,
    force: bool = False,
    conflict: Choice | None = None,
    naming: Naming = UNNAMED,
) -> dict[str, str]:
    """The fate of each path, after it was applied, as the command does it."""
    recover(out)
    decided = decide(files, out, force=force, conflict=conflict, naming=naming)
    apply(decided, files, out, naming=naming)
    return {change.path: str(change.fate) for change in decided}


def write(out: Path, files: Mapping[str, str | None]) -> None:
    """As a person's editor would; None deletes."""
    for path, text in files.items():
        if text is None:
            (out / path).unlink()
        else:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_bytes(text.encode(errors="surrogateescape"))


def tree(out: Path) -> dict[str, str]:
    """All files below the folder but what a run leaves for the next, and empty folders as `name/`."""
    found: dict[str, str] = {}
    for place in sorted(out.rglob("*")):
        path = place.relative_to(out).as_posix()
        if place.is_file() and path not in (BASE, LOCK):
            found[path] = place.read_bytes().decode(errors="surrogateescape")
        elif place.is_dir() and not any(place.iterdir()):
            found[path + "/"] = ""
    return found


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    """What changes when anything at all is written: the inode and the time of change of everything."""
    return {str(p): (p.lstat().st_ino, p.lstat().st_mtime_ns) for p in (out, *sorted(out.rglob("*")))}
