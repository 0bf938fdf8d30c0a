"""Whether a path may be generated: it stays in the project, by its words and by what is on the disk."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from typing import TYPE_CHECKING

from erd2dbt.write.faults import os_fault, shown, write_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from erd2dbt.faults.diagnostics import Collector

LOCK = ".erd2dbt.lock"
BASE = ".erd2dbt.base"
RUNNING = ".erd2dbt.running"
JOURNAL, DONE = "journal", "done"  # in that folder: what a run is doing, and has done

LONGEST_NAME = 255  # bytes: the limit of ext4, XFS, APFS and NTFS alike
_PLAIN = re.compile(r"(?:\w[\w.-]*/)*\w[\w.-]*", re.ASCII)  # nearly all paths, known to be safe at a glance
_GIT = re.compile(r"/(?:\.git|git~[0-9]+)[. ]*/", re.IGNORECASE)  # as git itself refuses them
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_IMPOSSIBLE = re.compile(r"[\x00\ud800-\udc7f\udd00-\udfff]")  # without what Python makes of undecodable bytes


def unsafe(path: str) -> str | None:
    """What is wrong with the words of a relative posix path, as a phrase; None: nothing."""
    if len(path) <= LONGEST_NAME and _PLAIN.fullmatch(path):
        return None
    steps = f"/{path}/"
    wrong = (
        (path.startswith("/") or path[1:2] == ":", "is absolute"),
        ("/../" in steps, "climbs with `..`"),
        ("//" in steps or "/./" in steps, "has a step without a name"),
        ("\\" in path, "has a backslash"),
        (_UNPRINTABLE.search(path), "has a character that no file name should have"),
        (_has_long_name(path), f"has a name of more than {LONGEST_NAME} bytes"),
        (path.startswith(".") and _is_reserved(path), "is a name that erd2dbt needs itself"),
        (_GIT.search(steps), "is git's own, in which commands can stand"),
    )
    return next((phrase for is_so, phrase in wrong if is_so), None)


def _has_long_name(path: str) -> bool:
    data = path.encode(errors="replace")
    return len(data) > LONGEST_NAME and max(map(len, data.split(b"/"))) > LONGEST_NAME


def _is_reserved(path: str) -> bool:
    return fold(path).split("/", 1)[0] in (LOCK, BASE, RUNNING)


def fold(path: str) -> str:
    """Equal for two paths that are one file where neither case nor the way to write an umlaut counts."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


def parents(path: str) -> Iterator[str]:
    """The folders above, innermost first, without the project's own."""
    while path := path.rpartition("/")[0]:
        yield path


def folders_of(paths: Iterable[str]) -> set[str]:
    """All folders that the paths need, without the project's own."""
    found: set[str] = set()
    for path in paths:
        for folder in parents(path):
            if folder in found:
                break
            found.add(folder)
    return found


def check_words(paths: Iterable[str], faults: Collector) -> None:
    """E804 for each path that is unsafe, or that is one file with another, or the folder of another."""
    paths = sorted(paths)
    folders = {fold(folder): folder for folder in folders_of(paths)}
    seen: dict[str, str] = {}
    for path in paths:
        if phrase := unsafe(path):
            fix = "rename what it is made from"
            faults.add("E804", f"the path `{shown(path)}` {phrase}; nothing was written", fixes=[fix])
            continue
        key = fold(path)
        other = seen.setdefault(key, path)
        if other != path:
            faults.add(
                "E804",
                f"`{shown(other)}` and `{shown(path)}` are one file on a disk that ignores case",
                fixes=["rename one of them"],
            )
        elif key in folders:
            faults.add("E804", f"`{shown(path)}` would be a file and a folder at once")


def check_root(root: str, faults: Collector) -> None:
    """E803 when no system could have such a folder."""
    if _IMPOSSIBLE.search(root):
        message = f"cannot write into `{shown(root)}`: it has a character that no folder's name can have"
        faults.add("E803", message)


def standing(root: str, paths: Iterable[str], faults: Collector) -> set[str]:
    """Which of the folders that the paths need exist, "" for the root; E803 or E804 for an unfit one."""
    if not _is_folder(root, root, faults):
        return set()
    inside, found = os.path.realpath(root), {""}
    for folder in sorted(folders_of(paths)):
        if folder.rpartition("/")[0] not in found:
            continue
        place = f"{root}/{folder}"
        if os.path.islink(place) and leads_out(place, inside):
            add_link_fault(folder, faults)
        elif _is_folder(place, folder, faults):
            found.add(folder)
    return found


def leads_out(place: str, inside: str) -> bool:
    """Whether a symbolic link ends elsewhere than below the folder `inside`, which is given without links."""
    return not f"{os.path.realpath(place)}{os.sep}".startswith(os.path.join(inside, ""))


def add_link_fault(path: str, faults: Collector) -> None:
    """E804 for a path that leads out of the project through a symbolic link."""
    message = f"`{shown(path)}` is a symbolic link that leads out of the project; nothing was written"
    faults.add("E804", message, fixes=["remove the link", "name the folder that it links to with `output:`"])


def _is_folder(place: str, path: str, faults: Collector) -> bool:
    try:
        mode = os.stat(place).st_mode
    except OSError as error:
        if not isinstance(error, FileNotFoundError) or os.path.islink(place):
            faults.found.append(os_fault(f"use the folder `{shown(path)}`", error))
        return False
    if not stat.S_ISDIR(mode):
        faults.found.append(write_fault(path, errno.ENOTDIR, "a file is in the place of a folder"))
        return False
    return True
