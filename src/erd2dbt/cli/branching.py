"""`generate --branch`: what is generated, on a branch of its own, and nothing else in its commit."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.diagnostics import Diagnostic, ErdError

if TYPE_CHECKING:
    from erd2dbt.git import Repository

_NAMED = 5  # files that are named where there may be many


@contextlib.contextmanager
def on_branch(name: str, spec: Path, out: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Generates into `out` on a new branch and commits; whatever goes wrong, the tree is as it was, without the branch.

    ErdError E810 where there can be none."""
    from erd2dbt.git import GitError, Repository

    try:
        repository = Repository.around(out)
        before = _checked(repository, name, out)
        known = _own(repository, out)
        repository.begin(name)
    except GitError as error:
        raise _refused(f"cannot make the branch `{name}`: {error}") from None
    try:
        yield
        paths = sorted(known | _own(repository, out))
        there = repository.tracked()
        repository.stage(path for path in paths if path in there or (repository.top / path).exists())
        if not repository.has_staged():
            repository.take_back(name, before)
            say(f"branch   {name} is not needed: nothing changed")
            return
        commit = repository.commit(f"Generate {_within(repository, out)} from {spec.name}\n")
        say(f"branch   {name}: committed as {commit}, on top of {before}")
    except GitError as error:
        _undo(repository, name, before, known | _own(repository, out))
        raise _refused(f"cannot commit on the branch `{name}`, so it was taken back: {error}") from None
    except BaseException:
        _undo(repository, name, before, known | _own(repository, out))
        raise


def _checked(repository: Repository, name: str, out: Path) -> str:
    """The branch that the tree is on. ErdError E810 for a tree or a name that is not fit."""
    if not repository.is_name(name):
        raise _refused(f"`{name}` is no name for a branch")
    if repository.has_branch(name):
        raise _refused(f"there is a branch `{name}` already", f"take another name, or `git branch -D {name}`")
    before = repository.branch if repository.has_commits else None
    if before is None:
        what = "its head is detached" if repository.has_commits else "it has no commit yet"
        raise _refused(f"no branch can begin in `{repository.top}`: {what}", "check out a branch that has commits")
    if changed := repository.changed():
        raise _refused(f"the tree is dirty: {_some(changed)}", "commit or stash them")
    tracked = repository.tracked()
    unknown = sorted(p for p in _own(repository, out) if p not in tracked and (repository.top / p).exists())
    if unknown:
        raise _refused(f"generated files are not in version control: {_some(unknown)}", "commit them first")
    return before


def _own(repository: Repository, out: Path) -> set[str]:
    """The paths that are ours, by the lock, as the repository has them."""
    from erd2dbt.write.lock import read_lock
    from erd2dbt.write.paths import BASE, LOCK

    folder = _within(repository, out)
    inside = "" if folder == "." else f"{folder}/"
    known = read_lock(os.fspath(out))
    return {f"{inside}{path}" for path in (*known, LOCK, BASE)} if known else set()


def _within(repository: Repository, out: Path) -> str:
    return os.path.relpath(os.path.realpath(out), os.path.realpath(repository.top)).replace(os.sep, "/")


def _undo(repository: Repository, name: str, before: str, paths: set[str]) -> None:
    """New files have to be staged first, for then git takes them away."""
    tracked = repository.tracked()
    repository.stage(sorted(p for p in paths if p in tracked or (repository.top / p).exists()))
    repository.take_back(name, before)


def _some(paths: list[str]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(f"`{path}`" for path in paths[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _refused(message: str, *fixes: str) -> ErdError:
    return ErdError([Diagnostic(code="E810", message=message, fixes=fixes)])
