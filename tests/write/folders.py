"""What the tests of writing share: folders as values, and a disk that fails or dies at a given step."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from erd2dbt.write.changes import UNNAMED, Choice, Naming, apply, decide, refusals
from erd2dbt.write.paths import BASE, LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pytest

CHANGING = ("mkdir", "rmdir", "unlink", "replace", "open", "write", "ftruncate")


class Killed(BaseException):
    """The process is dead from here on."""


class Disk:
    """The module `os`; after `steps` calls of the `counted` functions each further one fails, by `fail`."""

    def __init__(self, steps: int, fail: Callable[[], None], counted: Sequence[str] = CHANGING) -> None:
        self.steps, self.fail, self.counted = steps, fail, counted
        self.handles: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return self._failing(name, real) if name in self.counted else real

    def _failing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.steps -= 1
            if self.steps < 0:
                self.fail()
            result = real(*args)
            if name == "open":
                self.handles.add(result)
            return result

        return call

    def close(self, handle: int) -> None:
        self.handles.discard(handle)
        os.close(handle)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("erd2dbt.write.files.os", self)
        monkeypatch.setattr("erd2dbt.write.alone.os", self)


def die() -> None:
    """For a Disk: this call and all later ones end the process, so that nothing is tidied up."""
    raise Killed


def killed_after(
    steps: int,
    files: Mapping[str, str],
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    force: bool = False,
    conflict: Choice | None = None,
    naming: Naming = UNNAMED,
) -> bool:
    """Generates, and is killed at this step; False when it was done before. The system closes its files."""
    decided = decide(files, out, force=force, conflict=conflict, naming=naming)
    if refusals(decided):
        return False
    disk = Disk(steps, die)
    with monkeypatch.context() as patch:
        disk.install(patch)
        with contextlib.suppress(Killed):
            apply(decided, files, out, naming=naming)
    for handle in disk.handles:
        os.close(handle)
    return disk.steps < 0


def generate(
    files: Mapping[str, str],
    out: Path,
    *,
    force: bool = False,
    conflict: Choice | None = None,
    naming: Naming = UNNAMED,
) -> dict[str, str]:
    """The fate of each path, after it was applied."""
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
