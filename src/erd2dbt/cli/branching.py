"""`generate --branch`: generates the project in a separate work tree and commits it on a new branch.

The user's work tree and index are never written to. The branch is created last, with a finished commit. An interrupted
run leaves only its work tree, inside git's own folder, and the next run removes it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.escape import shell
from erd2dbt.faults.diagnostics import Diagnostic, ErdError

if TYPE_CHECKING:
    from erd2dbt.system.git import Repository

_NAMED = 5  # files that are named where there may be many
_INSTALLED = "dbt_packages"  # what `dbt deps` installs; git ignores it, and dbt cannot compile without it
_LOCK = ".lock"

Say = Callable[[str], None]


@contextlib.contextmanager
def on_branch(name: str, spec: Path, out: Path, say: Say, *, force: bool) -> Iterator[Path]:
    """Yield the folder on the new branch that replaces `out`. Its contents are committed at the end.

    `force`: overwrite untracked files at its paths. Raises ErdError E810 where a branch is impossible. A failure leaves
    neither a branch nor a work tree.
    """
    from erd2dbt.system.git import GitError, Repository

    with contextlib.ExitStack() as stack:
        try:
            repository = Repository.around(out)
            _remove_left(repository, say)
            before = _checked(repository, name, out)
            tree = stack.enter_context(_own_work_tree(repository, repository.head))
        except GitError as error:
            raise _refused(f"cannot make the branch `{name}`: {error}") from None
        folder = tree.top / _path_in_repository(repository, out)
        _with_packages(out, folder)
        known = _locked_paths(tree, folder)
        yield folder
        try:
            new = _staged(tree, known | _locked_paths(tree, folder), say)
            if not force and (there := sorted(path for path in new if os.path.lexists(repository.top / path))):
                fixes = ("move or commit them", "`--force` makes the branch anyway and does not touch them")
                raise _refused(f"untracked files would be overwritten: {_some(there)}", *fixes)
            if not tree.has_staged():
                say(f"branch   {name} is not needed: nothing changed")
                return
            tree.commit(f"Generate {_path_in_repository(repository, out)} from {spec.name}\n")
            repository.make_branch(name, tree.head)
        except GitError as error:
            raise _refused(f"cannot commit on the branch `{name}`, so there is none: {error}") from None
        say(f"branch   {name}: committed as {tree.short(tree.head)}, on top of {before}")
        say(f"next     git switch {shell.word(name)}")


def remove_left_around(out: Path, say: Say) -> None:
    """Remove the work trees of interrupted runs in the repository of a folder. Without git, there are none."""
    from erd2dbt.system.git import OWN_FOLDER, GitError, Repository

    top = next((place for place in (out.absolute(), *out.absolute().parents) if (place / ".git").is_dir()), None)
    if top is not None and (top / ".git" / OWN_FOLDER).is_dir():
        with contextlib.suppress(GitError, OSError):  # the next run with --branch says why it cannot be
            _remove_left(Repository(top), say)


def _remove_left(repository: Repository, say: Say) -> None:
    """Remove the work trees of interrupted runs, and report it. Raises GitError."""
    from erd2dbt.run.file_lock import try_lock

    folder = repository.own_folder
    for lock in sorted(folder.glob(f"*{_LOCK}")):
        if (held := try_lock(lock)) is None:  # another run is at work there
            continue
        with held:
            _removed(repository, _Place(lock))
        say("note     a run with --branch was killed: its work tree was removed")


@dataclass(frozen=True, slots=True)
class _Place:
    """A lock file and the work tree beside it. The run that uses the work tree keeps the file locked."""

    lock: Path

    @property
    def tree(self) -> Path:
        return self.lock.with_suffix("")


@contextlib.contextmanager
def _own_work_tree(repository: Repository, commit: str) -> Iterator[Repository]:
    """Yield a work tree for one run, which is removed at its end. Raises GitError, ErdError E810."""
    from erd2dbt.run.file_lock import try_lock

    folder = repository.own_folder
    place = _Place(folder / f"branch-{os.getpid()}{_LOCK}")
    try:
        folder.mkdir(exist_ok=True)
        held = try_lock(place.lock)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _refused(f"no work tree can be made in `{folder}`: {reason}") from None
    assert held is not None, "nobody else has this process's number"
    with held:
        try:
            yield repository.add_work_tree(place.tree, commit)
        finally:
            _removed(repository, place)


def _removed(repository: Repository, place: _Place) -> None:
    """Remove a work tree, and its lock last: while the lock exists, the next run knows that there is work to do."""
    repository.remove_work_tree(place.tree)
    place.lock.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # another run has its own there
        place.lock.parent.rmdir()


def _staged(tree: Repository, paths: set[str], say: Say) -> list[str]:
    """Stage the generated files; return the paths that the previous commit does not have."""
    there = tree.tracked()
    wanted = sorted(path for path in paths if path in there or (tree.top / path).exists())
    ignored = tree.ignored(path for path in wanted if path not in there)
    if ignored:
        say(f"ignored  git ignores {_some(sorted(ignored))}: not in the commit")
    tree.stage(path for path in wanted if path not in ignored)
    return [path for path in wanted if path not in there and path not in ignored]


def _with_packages(out: Path, folder: Path) -> None:
    installed = out / _INSTALLED
    if installed.is_dir() and folder.is_dir() and not (folder / _INSTALLED).exists():
        with contextlib.suppress(OSError):  # a system without links: dbt says that they are missing
            (folder / _INSTALLED).symlink_to(installed.resolve(), target_is_directory=True)


def _checked(repository: Repository, name: str, out: Path) -> str:
    """Return the current branch of the tree. Raises ErdError E810 for an unsuitable tree or name."""
    if not repository.is_name(name):
        raise _refused(f"`{name}` is not a name for a branch")
    if repository.has_branch(name):
        is_here, word = repository.stands_on(name), shell.word(name)
        fix = "switch to another branch first" if is_here else f"or `git branch -D {word}`"
        raise _refused(f"there is a branch `{name}` already", "take another name", fix)
    if repository.is_understood(name):
        raise _refused(f"`{name}` already means something else to git, so no branch can have this name")
    if not repository.has_author:
        fixes = ("git config user.name '…'", "git config user.email '…'")
        raise _refused("git does not know who you are, so it cannot commit", *fixes)
    before = repository.branch if repository.has_commits else None
    if before is None:
        what = "its head is detached" if repository.has_commits else "it has no commit yet"
        raise _refused(f"no branch can begin in `{repository.top}`: {what}", "check out a branch that has commits")
    if changed := repository.changed():
        raise _refused(f"the tree is dirty: {_some(changed)}", "commit or stash them")
    there = repository.tracked()
    unknown = sorted(p for p in _locked_paths(repository, out) if p not in there and (repository.top / p).exists())
    ignored = repository.ignored(unknown) if unknown else set()
    if unknown := [path for path in unknown if path not in ignored]:
        raise _refused(f"generated files are not in version control: {_some(unknown)}", "commit them first")
    return before


def _locked_paths(repository: Repository, out: Path) -> set[str]:
    """Return our paths in the repository, from the lock."""
    from erd2dbt.write.lock import read_lock
    from erd2dbt.write.paths import BASE, LOCK

    folder = _path_in_repository(repository, out)
    inside = "" if folder == "." else f"{folder}/"
    known = read_lock(os.fspath(out))
    return {f"{inside}{path}" for path in (*known, LOCK, BASE)} if known else set()


def _path_in_repository(repository: Repository, out: Path) -> str:
    return os.path.relpath(os.path.realpath(out), os.path.realpath(repository.top)).replace(os.sep, "/")


def _some(paths: list[str]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(f"`{path}`" for path in paths[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _refused(message: str, *fixes: str) -> ErdError:
    return ErdError([Diagnostic(code="E810", message=message, fixes=fixes)])
