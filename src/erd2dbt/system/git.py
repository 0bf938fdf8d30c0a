"""The seam to git: one repository, through the git program. Its messages are kept for the user."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OWN_FOLDER = "erd2dbt"  # the folder for our files inside git's own folder


_MEANT = re.compile(
    r"refs/.*|@|(?:[A-Z]+_)*HEAD|[0-9a-f]{40}|[0-9a-f]{64}"
)  # for git, these are never short names of branches


class GitError(Exception):
    """The message of git as one sentence; or that git is not installed."""


def git(folder: Path, *words: str, given: bytes | None = None, literal: bool = True) -> bytes:
    """Return the output of `git WORDS` in the folder. `literal`: paths are not patterns. Raises GitError."""
    command = ["git", "-C", str(folder), *words]
    try:
        import subprocess

        done = subprocess.run(  # noqa: S603 - no word of a user's can be an option where it stands
            command, input=given, capture_output=True, check=False, env=_environment(literal=literal)
        )
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines() or ["git says nothing"]
        raise GitError(said[0].removeprefix("fatal: ").removeprefix("error: "))
    return done.stdout


def _environment(*, literal: bool) -> dict[str, str]:
    """Return the user's environment without git's hook variables, which fix one tree and one index for every folder."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    return {**kept, "GIT_LITERAL_PATHSPECS": "1" if literal else "0"}


_OF_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"})


@dataclass(frozen=True, slots=True)
class Repository:
    """The working tree at `top`."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Return the repository that contains a folder, which may not exist yet. Raises GitError."""
        there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())
        return cls(Path(os.fsdecode(git(there, "rev-parse", "--show-toplevel").removesuffix(b"\n"))))

    def _say(self, *words: str) -> str:
        return os.fsdecode(git(self.top, *words)).strip()

    def _holds(self, *words: str) -> bool:
        try:
            git(self.top, *words)
        except GitError:
            return False
        return True

    @property
    def has_commits(self) -> bool:
        return self._holds("rev-parse", "--verify", "--quiet", "HEAD")

    @property
    def branch(self) -> str | None:
        """The name of the current branch; None with a detached head."""
        return self._say("symbolic-ref", "--short", "HEAD") if self._holds("symbolic-ref", "--quiet", "HEAD") else None

    def is_name(self, branch: str) -> bool:
        return not branch.startswith("-") and self._holds("check-ref-format", "--branch", branch)

    def is_understood(self, name: str) -> bool:
        """Return whether git resolves a name, or could, without a branch of that name."""
        return _MEANT.fullmatch(name) is not None or self._holds("rev-parse", "--verify", "--quiet", f"{name}^{{}}")

    @property
    def has_author(self) -> bool:
        """Return whether git has a name and an address for commits."""
        return all(self._holds("var", f"GIT_{who}_IDENT") for who in ("AUTHOR", "COMMITTER"))

    def has_branch(self, branch: str) -> bool:
        return self._holds("show-ref", "--verify", "--quiet", f"refs/heads/{branch}")

    def changed(self) -> list[str]:
        """Return tracked files that differ from the last commit, in the index or on the disk."""
        found = git(self.top, "diff", "--name-only", "-z", "HEAD")
        return sorted(os.fsdecode(name) for name in found.split(b"\0") if name)

    def tracked(self) -> set[str]:
        return {os.fsdecode(name) for name in git(self.top, "ls-files", "-z").split(b"\0") if name}

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Return those of the paths that git ignores and does not track."""
        listed = b"\0".join(map(os.fsencode, paths))
        try:
            found = git(self.top, "check-ignore", "-z", "--stdin", given=listed, literal=False)
        except GitError:  # without a match, the exit code is 1
            return set()
        return {os.fsdecode(name) for name in found.split(b"\0") if name}

    def stage(self, paths: Iterable[str]) -> None:
        listed = b"\0".join(map(os.fsencode, paths))
        if listed:
            git(self.top, "add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul", given=listed)

    def has_staged(self) -> bool:
        return not self._holds("diff", "--cached", "--quiet")

    def commit(self, message: str) -> None:
        git(self.top, "commit", "--quiet", "--file=-", given=message.encode())

    @property
    def head(self) -> str:
        """Return the hash of the last commit."""
        return self._say("rev-parse", "HEAD")

    def short(self, commit: str) -> str:
        return self._say("rev-parse", "--short", commit)

    def make_branch(self, name: str, commit: str) -> None:
        """Create a branch that ends with the commit, atomically. Raises GitError if the name exists."""
        git(self.top, "branch", "--quiet", "--no-track", name, commit)

    # -- work trees of our own

    @property
    def own_folder(self) -> Path:
        """Return the folder for our work trees, inside git's own folder. It may not exist yet."""
        return (self.top / self._say("rev-parse", "--git-common-dir")).resolve() / OWN_FOLDER

    def add_work_tree(self, place: Path, commit: str) -> Repository:
        """Add another working tree of the same repository, without a branch."""
        git(self.top, "worktree", "add", "--quiet", "--detach", str(place), commit)
        return Repository(place)

    def remove_work_tree(self, place: Path) -> None:
        """Remove a working tree with all its files, even an incomplete one. Raises OSError, GitError."""
        self._holds("worktree", "unlock", str(place))  # git locks a work tree until it is complete
        if place.exists():
            shutil.rmtree(place)
        git(self.top, "worktree", "prune")

    def stands_on(self, branch: str) -> bool:
        """Return whether a working tree has checked out the branch."""
        return bool(self._say("for-each-ref", "--format=%(worktreepath)", f"refs/heads/{branch}"))
