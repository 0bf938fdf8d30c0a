"""The seam to git: one repository, by the program itself. Its own words are kept for people."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class GitError(Exception):
    """What git said, as one sentence; or that it is not there."""


def git(folder: Path, *words: str, given: bytes | None = None) -> bytes:
    """What `git WORDS` prints when it runs in the folder. GitError."""
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(  # noqa: S603 - no word of a user's can be an option where it stands
            command, input=given, capture_output=True, check=False, env={**os.environ, "GIT_LITERAL_PATHSPECS": "1"}
        )
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines() or ["git says nothing"]
        raise GitError(said[0].removeprefix("fatal: ").removeprefix("error: "))
    return done.stdout


@dataclass(frozen=True, slots=True)
class Repository:
    """The working tree at `top`."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The one in which a folder lies, or will lie. GitError."""
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
        """None with a detached head."""
        return self._say("symbolic-ref", "--short", "HEAD") if self._holds("symbolic-ref", "--quiet", "HEAD") else None

    def is_name(self, branch: str) -> bool:
        return not branch.startswith("-") and self._holds("check-ref-format", "--branch", branch)

    def has_branch(self, branch: str) -> bool:
        return self._holds("show-ref", "--verify", "--quiet", f"refs/heads/{branch}")

    def changed(self) -> list[str]:
        """Tracked files that differ from the last commit, in the index or on the disk."""
        found = git(self.top, "diff", "--name-only", "-z", "HEAD")
        return sorted(os.fsdecode(name) for name in found.split(b"\0") if name)

    def tracked(self) -> set[str]:
        return {os.fsdecode(name) for name in git(self.top, "ls-files", "-z").split(b"\0") if name}

    def begin(self, branch: str) -> None:
        git(self.top, "checkout", "--quiet", "-b", branch)

    def stage(self, paths: Iterable[str]) -> None:
        listed = b"\0".join(map(os.fsencode, paths))
        git(self.top, "add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul", given=listed)

    def has_staged(self) -> bool:
        return not self._holds("diff", "--cached", "--quiet")

    def commit(self, message: str) -> str:
        """The commit, in short."""
        git(self.top, "commit", "--quiet", "--file=-", given=message.encode())
        return self._say("rev-parse", "--short", "HEAD")

    def take_back(self, branch: str, before: str) -> None:
        """The tree as it was on the branch `before`; what was staged since has gone, and so has `branch`."""
        git(self.top, "reset", "--quiet", "--hard")
        git(self.top, "checkout", "--quiet", before)
        git(self.top, "branch", "--quiet", "-D", branch)
