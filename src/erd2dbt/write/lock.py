"""The memory of what was generated: `.erd2dbt.lock`, one line for each file with the hash of its text."""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from erd2dbt import __version__
from erd2dbt.diagram.identity import as_data, from_data
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.files import OutsideError, read
from erd2dbt.write.paths import LOCK, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from erd2dbt.diagram.identity import Identities, Identity

FORMAT = 1
TOOL = f"erd2dbt {__version__}"
_HASH = r"[0-9a-f]{64}(?:[=>][0-9a-f]{64})?"
_HASHES = re.compile(f"{_HASH}(?: {_HASH})*")
_CONFLICT = re.compile(rb"^<{7} .*\n((?s:.*?))(?:^\|{7} (?s:.*?))?^={7}\n((?s:.*?))^>{7} .*\n", re.MULTILINE)
_LAST_COMMA = re.compile(rb",(\s*})")
_MEND = (
    "restore it from version control",
    "delete it: files that are as they would be generated are taken over, all others are reported and left",
)

# path -> the hashes (hexadecimal SHA-256) that a file of ours may have, oldest first. It is one, and several only
# from the moment a run begins to put files in place until it is done: killed then, it leaves no file unknown.
# `HASH=RESULT` is said of an edited file: once it has the hash RESULT, the text with HASH is merged into it.
# `HASH>TEXT` is said of an edited file that moves: it had the hash TEXT, made of HASH, when its edits were taken along.
Known = dict[str, tuple[str, ...]]


def normal(data: bytes) -> bytes:
    """With the line endings as generated: version control may have changed them, and that is not an edit."""
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def digest(data: bytes) -> str:
    """SHA-256 of a text, whatever its line endings."""
    return hashlib.sha256(normal(data)).hexdigest()


def hash_of(place: str, inside: str) -> str | None:
    """Of the text that is there, None where there is none. OSError as `files.read`."""
    data = read(place, inside)
    return None if data is None else digest(data)


def merged(*several: Mapping[str, tuple[str, ...]]) -> Known:
    """What is known by any of them, the first one's hashes first."""
    if len(several) == 1:  # a lock, which a run reads a dozen times
        return {
            path: hashes if len(hashes) == 1 else tuple(dict.fromkeys(hashes)) for path, hashes in several[0].items()
        }
    paths = {path for known in several for path in known}
    return {path: tuple(dict.fromkeys(h for known in several for h in known.get(path, ()))) for path in paths}


def base_of(found: bytes, hashes: Sequence[str]) -> str:
    """The hash of the generated text from which an edited file was made."""
    pairs = [re.split("[=>]", name) for name in hashes]
    result = digest(found)
    return next((pair[0] for pair in pairs if pair[-1] == result), pairs[0][0])


def carried(hashes: Sequence[str]) -> list[tuple[str, str]]:
    """(HASH, TEXT) of edits that a run was taking along to another path."""
    return [(base, text) for base, mark, text in (name.partition(">") for name in hashes) if mark]


def names(known: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The hashes of all texts that an edit may have been made of, or that move."""
    return {text for hashes in known.values() for name in hashes for text in name.partition("=")[0].split(">")}


class Means(NamedTuple):
    """With what files are generated: a digest of the templates, and the engine; empty for PostgreSQL."""

    templates: str = ""
    engine: str = ""


NO_MEANS = Means()


def lock_text(known: Mapping[str, tuple[str, ...]], means: Means = NO_MEANS, things: Identities | None = None) -> bytes:
    """The lock as written: JSON, sorted, a line for each file and each name; no time and no absolute path.

    The spec has none here: branches would always conflict in it."""
    files = _lines(f'{_quoted(path)}: "{" ".join(known[path])}"' for path in sorted(known))
    said = sorted((things or {}).items())
    lines = (f"{_quoted(name)}: {_encoded(as_data(one))}" for name, one in said)
    names = f',\n  "names": {_lines(lines)}' if said else ""
    said_of = (("templates", means.templates), ("engine", means.engine))
    made = "".join(f'  "{word}": {_quoted(value)},\n' for word, value in (("tool", TOOL), *said_of) if value)
    return f'{{\n  "format": {FORMAT},\n{made}  "files": {files}{names}\n}}\n'.encode()


def _lines(entries: Iterable[str]) -> str:
    lines = [f"    {entry}" for entry in entries]
    return "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"


def _quoted(text: str) -> str:
    return _encoded(text)


_encoded = json.JSONEncoder(ensure_ascii=False).encode


def read_lock(root: str) -> Known:
    """What is known of the folder `root`, nothing without a lock. E803 when it is broken or too new."""
    data = _read(root)
    return {} if data is None else merged(*(_parsed(side, os.path.join(root, LOCK)) for side in _sides(data)))


def read_names(root: str) -> dict[str, Identity]:
    """The names of the diagram that the folder `root` was generated from. E803 when they are broken."""
    data = _read(root)
    return {} if data is None else _names_in(data, os.path.join(root, LOCK))


def made_by(root: str) -> tuple[str | None, str | None, str | None]:
    """The tool, the digest of the templates and the engine that the folder `root` was generated with, as far as they
    are known. The engine is the empty text for PostgreSQL."""
    data = _read(root)
    if data is None:
        return None, None, None
    lock = _loaded(_sides(data)[0])
    return lock.get("tool"), lock.get("templates"), lock.get("engine") or ""


def _read(root: str) -> bytes | None:
    file = os.path.join(root, LOCK)
    try:
        return read(file, os.path.realpath(root))
    except OutsideError:
        raise _broken(Span(file, 1, 1), "is a symbolic link that leads out of the project") from None
    except OSError as error:
        raise ErdError([os_fault(f"read `{shown(file)}`", error)]) from None


# A run reads its lock several times, and needs to know whether it has changed meanwhile: so the file is read, and the
# same bytes are taken apart once.


@lru_cache(maxsize=4)
def _loaded(side: bytes) -> Any:
    return json.loads(side.decode())


@lru_cache(maxsize=4)
def _sides(data: bytes) -> list[bytes]:
    """The lock, or both locks where version control could not merge them: what either knew is known."""
    sides = [_CONFLICT.sub(rb"\g<%d>" % number, normal(data)) for number in (1, 2)]
    return [data] if sides[0] == sides[1] else [_LAST_COMMA.sub(rb"\1", side) for side in sides]


@lru_cache(maxsize=4)
def _names_in(data: bytes, file: str) -> dict[str, Identity]:
    name, found = "names", {}
    try:
        for side in _sides(data):
            for name, one in _loaded(side).get("names", {}).items():
                found[name] = from_data(one)
    except (ValueError, AttributeError):
        phrase = f"says nothing that is known of `{shown(name)}`"
        raise _broken(_place(data.decode(), file, name), phrase) from None
    return found


def is_locked(root: str, known: Mapping[str, tuple[str, ...]], means: Means, things: Identities) -> bool:
    """Whether the lock says just this. E803 when it cannot be read."""
    return normal(_read(root) or b"") == lock_text(known, means, things)


@lru_cache(maxsize=4)
def _parsed(data: bytes, file: str) -> Known:
    try:
        text = data.decode()
        lock = _loaded(data)
    except UnicodeDecodeError as error:
        raise _broken(Span(file, data.count(b"\n", 0, error.start) + 1, 1), "is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _broken(Span(file, error.lineno, error.colno), f"is not JSON ({error.msg.lower()})") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        raise _broken(Span(file, 1, 1), "is not JSON that erd2dbt wrote") from None
    _check_format(lock, text, file)
    return checked_files(lock.get("files"), text, file)


def _check_format(lock: Any, text: str, file: str) -> None:
    form = lock.get("format") if isinstance(lock, dict) else None
    place = _place(text, file, "format")
    if type(form) is not int or form < 1:
        raise _broken(place, "has no format that erd2dbt knows")
    if form > FORMAT:
        by = f"`{shown(lock['tool'])}`" if isinstance(lock.get("tool"), str) else "a newer erd2dbt"
        message = f"the lock was written by {by}, in format {form}; this is erd2dbt {__version__}"
        raise ErdError([Diagnostic(code="E803", message=message, span=place, fixes=("upgrade erd2dbt",))])


def checked_files(files: Any, text: str, file: str) -> Known:
    """Paths from a lock are as hostile as any: a file outside must not be removed because a lock names it."""
    if not isinstance(files, dict):
        raise _broken(_place(text, file, "files"), "has no `files`")
    for path, hashes in files.items():
        if phrase := unsafe(path):
            raise _broken(_place(text, file, path), f"names `{shown(path)}`, which {phrase}")
        if not isinstance(hashes, str) or not _HASHES.fullmatch(hashes):
            raise _broken(_place(text, file, path), f"has no hash for `{shown(path)}`")
    return {path: tuple(hashes.split(" ")) for path, hashes in files.items()}


def _place(text: str, file: str, word: str) -> Span:
    """Where the word first is in quotes, else the beginning."""
    at = max(text.find(_quoted(word)), 0)
    return Span(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _broken(place: Span, phrase: str) -> ErdError:
    return ErdError([Diagnostic(code="E803", message=f"the lock {phrase}", span=place, fixes=_MEND)])
