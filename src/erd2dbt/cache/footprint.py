"""Detects changes of a folder without reading its files: a digest of their paths, sizes, times and inode numbers.

The text of a file is included if the file may have changed at the moment of the digest.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.system.reading import read_regular

_TICK = 20_000_000  # nanoseconds: file times of all systems are at least this exact, except those below
_SECOND = 1_000_000_000  # on an old disk, all times are whole seconds, which are not exact enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The input of a digest: `files` and everything below `folders`, by their paths in `root`."""

    root: str
    files: tuple[str, ...]
    folders: tuple[str, ...]


def footprint(watched: Watched, since: int) -> str | None:
    """Return the digest. Files changed after `since` (nanoseconds) are included by text. None for a link or a fault."""
    found = list(_entries(watched))
    if any(status is not None and stat.S_ISLNK(status.st_mode) for _, status in found):
        return None
    try:
        tokens = [_token(watched.root, path, status, since - _TICK) for path, status in found]
    except OSError:
        return None
    return _digest(tokens)


def first_footprint(
    watched: Watched, own: Mapping[str, bytes], beside: Collection[str], *, begun: int, staged: int
) -> str | None:
    """Return the same digest at the end of a run that wrote, or found, the texts `own`; None if anything else changed.

    The run began at `begun`. It wrote its files before `staged`, which is used as `since`. The files `beside` are its
    own, too.
    """
    found = list(_entries(watched))
    times = [status.st_mtime_ns for _, status in found if status is not None]
    if all(time % _SECOND == 0 for time in times) or any(s is not None and stat.S_ISLNK(s.st_mode) for _, s in found):
        return None
    tokens = []
    for path, status in found:
        is_own = path in own
        is_new = status is not None and max(status.st_mtime_ns, status.st_ctime_ns) > begun - _TICK
        if (is_own and status is None) or (is_new and not is_own and path not in beside):
            return None
        if is_own and status is not None and _is_by_text(status, staged - _TICK):
            tokens.append(_text_token(path, own[path]))
        else:
            tokens.append(_token(watched.root, path, status, staged - _TICK))
    return _digest(tokens)


def _token(root: str, path: str, status: os.stat_result | None, since: int) -> str:
    if status is None:
        return f"{path}\0"
    if _is_by_text(status, since):
        return _text_token(path, read_regular(f"{root}/{path}"))
    times = f"{status.st_mtime_ns}\0{status.st_ctime_ns}"
    return f"{path}\0{status.st_mode}\0{status.st_size}\0{times}\0{status.st_ino}"


def _is_by_text(status: os.stat_result, since: int) -> bool:
    """Return whether a file is included by text: always on Windows, which does not show when file times were set."""
    return status.st_mtime_ns > since or os.name == "nt"


def _text_token(path: str, text: bytes) -> str:
    return f"{path}\0{hashlib.sha256(text).hexdigest()}"


def _digest(tokens: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(tokens).encode(errors="surrogateescape")).hexdigest()


def _entries(watched: Watched) -> Iterator[tuple[str, os.stat_result | None]]:
    for path in watched.files:
        yield path, _status(f"{watched.root}/{path}")
    for folder in watched.folders:
        yield from _below(watched.root, folder)


def _below(root: str, folder: str) -> Iterator[tuple[str, os.stat_result | None]]:
    """Return all files and links below. A folder counts by its contents."""
    if os.path.islink(f"{root}/{folder}"):
        yield folder, _status(f"{root}/{folder}")
        return
    try:
        entries = sorted(os.scandir(f"{root}/{folder}"), key=lambda e: e.name)
    except (FileNotFoundError, NotADirectoryError):
        yield folder, _status(f"{root}/{folder}")
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _below(root, path)
        else:
            yield path, entry.stat(follow_symlinks=False)


def _status(place: str) -> os.stat_result | None:
    try:
        return os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None


def own_paths(paths: Iterable[str], folders: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that are in none of the folders."""
    heads = tuple(f"{folder}/" for folder in folders)
    return tuple(sorted(path for path in paths if not path.startswith(heads)))
