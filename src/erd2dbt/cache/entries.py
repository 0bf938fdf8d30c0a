"""Cache files that only this user's runs can have written: each is signed with a key of the user.

The key is not in the cache. In a cache that another user filled, or that a build service restored, no entry is valid.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from erd2dbt.system.cache_folder import cache_root

LARGEST = 1 << 28  # maximum bytes of an entry
KEPT = 1 << 30  # maximum bytes of all entries of one kind; the oldest are deleted first
_KEY_BYTES = 32
_SEAL_BYTES = 32


def read_entry(kind: str, name: str, head: bytes = b"") -> bytes | None:
    """Return the entry of this user with this name; None if it is missing or invalid, or begins with another `head`.

    Of an entry with another head, nothing more is read.
    """
    key = _user_key(make=False)
    if key is None:
        return None
    try:
        place = _place(kind, name)
        if place.stat().st_size > LARGEST:
            return None
        with open(place, "rb") as file:
            seal = file.read(_SEAL_BYTES)
            if head and file.read(len(head)) != head:
                return None
            content = head + file.read()
    except OSError:
        return None
    return content if hmac.compare_digest(seal, _seal(key, kind, name, [content])) else None


def keep_entry(kind: str, name: str, *parts: bytes) -> None:
    """Store an entry for `read_entry`, atomically. Its parts are joined only in the file.

    A cache that cannot be written is not a fault.
    """
    key, size = _user_key(make=True), sum(map(len, parts))
    if key is None or size > LARGEST:
        return
    place = _place(kind, name)
    half = place.with_name(f"{place.name}.{os.getpid()}.new")
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        _make_room(place.parent, size)
        with open(half, "wb") as file:
            file.write(_seal(key, kind, name, parts))
            file.writelines(parts)
        os.replace(os.fspath(half), os.fspath(place))


def _place(kind: str, name: str) -> Path:
    return cache_root() / kind / hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]


def _seal(key: bytes, kind: str, name: str, parts: Iterable[bytes]) -> bytes:
    seal = hashlib.blake2b(key=key, digest_size=_SEAL_BYTES)
    seal.update(f"{kind}\0{name}\0".encode(errors="surrogateescape"))
    for part in parts:
        seal.update(part)
    return seal.digest()


def _make_room(folder: Path, wanted: int) -> None:
    """Remove the oldest entries until there is space for another one."""
    found = sorted((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in os.scandir(folder))
    left = sum(size for _, size, _ in found) + wanted
    for _, size, path in found:
        if left <= KEPT:
            break
        with contextlib.suppress(OSError):
            os.unlink(path)
        left -= size


def _user_key(*, make: bool) -> bytes | None:
    """Return the user's own key, created at first use; None if there is no place that only the user can read."""
    place = _state_folder() / "key"
    try:
        return _read_key(place)
    except FileNotFoundError:
        if not make:
            return None
    except OSError:
        return None
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = place.with_name(f"key.{os.getpid()}.new")
        with contextlib.suppress(FileNotFoundError):
            half.unlink()
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(half, place)  # another run may have created one at the same moment, and then that one counts
        half.unlink()
        return _read_key(place)
    return None


def _read_key(place: Path) -> bytes | None:
    status = place.stat()
    if not stat.S_ISREG(status.st_mode):
        return None
    if sys.platform != "win32" and (status.st_uid != os.geteuid() or status.st_mode & 0o077):
        return None
    key = place.read_bytes()
    return key if len(key) == _KEY_BYTES else None


def _state_folder() -> Path:
    """Return the folder for a user's state on this platform, which is not the cache."""
    environment = os.environ.get
    if sys.platform == "win32":
        return Path(environment("APPDATA") or Path.home() / "AppData" / "Roaming") / "erd2dbt"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "erd2dbt"
    return Path(environment("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "erd2dbt"
