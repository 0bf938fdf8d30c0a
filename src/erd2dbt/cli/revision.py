"""Reads a spec from a file, or from a revision of a git repository: `git:REV:path`, `git:REV`."""

from __future__ import annotations

from pathlib import Path

from erd2dbt.cli.console import Console, read_bytes
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.system.git import GitError, git

_GIT = "git:"


def is_revision(text: str) -> bool:
    return text.startswith(_GIT)


def spec_bytes(console: Console, spec: str, like: str) -> bytes:
    """Return the bytes of a spec; `git:REV` alone is the file `like` in that revision. Raises E015 when it cannot be
    read.

    As for `git show`, a path is relative to the top of the repository, or to the current folder if it begins with `./`.
    """
    if not is_revision(spec):
        return read_bytes(console, Path(spec))
    revision, _, path = spec.removeprefix(_GIT).partition(":")
    folder = Path()
    if not path:
        if is_revision(like):
            raise _unread(spec, f"name the path as well: `{_GIT}{revision}:path/to/spec.yml`")
        folder, path = Path(like).parent, f"./{Path(like).name}"
    data = _file_at_revision(f"{revision}:{path}", folder, spec)
    console.sources[spec] = data.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")
    return data


def _file_at_revision(what: str, folder: Path, spec: str) -> bytes:
    if what.startswith(("-", ":")):
        raise _unread(spec, "there is no revision in it")
    try:
        return git(folder, "show", what)
    except GitError as error:
        raise _unread(spec, str(error)) from None


def _unread(spec: str, reason: str) -> ErdError:
    return ErdError([Diagnostic(code="E015", message=f"cannot read `{spec}`: {reason}")])
