"""The last generated version of each file, to find edits line by line: `.erd2dbt.base`, one line for each text.

A line is the hash of a text and the text, compressed. So a change of one file changes one line; two branches
seldom change neighbours, since lines are in the order of their hashes. Only a line that has its own hash is read,
so that even the markers of a merge in version control do no harm.
"""

from __future__ import annotations

import base64
import os
import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.files import OutsideError, read
from erd2dbt.write.lock import digest, normal
from erd2dbt.write.paths import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HEAD = (
    b"# What erd2dbt generated last, compressed: keep it with the project, it merges your edits with what comes next.\n"
)
_LINE = re.compile(rb"^([0-9a-f]{64}) ([A-Za-z0-9+/=]+)\r?$", re.MULTILINE)
_LONGEST = 1 << 26  # bytes of a text: nothing that is generated comes near

Bases = dict[str, bytes]  # hash -> its text, compressed, as it is in the file


def read_bases(root: str) -> Mapping[str, bytes]:
    """What is kept in the folder `root`; nothing without the file. E803 when it cannot be read."""
    return _parsed(_read(root))


@lru_cache(maxsize=1)  # a run reads it several times
def _parsed(data: bytes) -> Mapping[str, bytes]:
    return {found[1].decode(): found[2] for found in _LINE.finditer(data)}


def _read(root: str) -> bytes:
    place = os.path.join(root, BASE)
    try:
        return read(place, os.path.realpath(root)) or b""
    except OutsideError:
        message = f"`{BASE}` is a symbolic link that leads out of the project"
        raise ErdError([Diagnostic(code="E803", message=message, fixes=("remove the link",))]) from None
    except OSError as error:
        raise ErdError([os_fault(f"read `{shown(place)}`", error)]) from None


def base_text(bases: Mapping[str, bytes], name: str) -> str | None:
    """The text that has this hash; None where it is not known."""
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(bases.get(name, b"")), _LONGEST)
        return data.decode() if digest(data) == name else None
    except (ValueError, zlib.error):
        return None


def with_texts(bases: Mapping[str, bytes], texts: Iterable[bytes]) -> Bases:
    """With these texts, too; one that is known stays as it is, whatever compressed it."""
    named = {digest(text): text for text in texts}
    return {**{name: _packed(text) for name, text in named.items() if name not in bases}, **bases}


def _packed(text: bytes) -> bytes:
    """Compressed in a window of 8 KB: to set up the usual one takes longer than to compress a model."""
    press = zlib.compressobj(6, zlib.DEFLATED, 13, 6)
    return base64.b64encode(press.compress(text) + press.flush())


def bases_text(bases: Mapping[str, bytes], names: Iterable[str]) -> bytes:
    """The file as written, with the texts of these hashes as far as they are known."""
    lines = (b"%s %s\n" % (name.encode(), bases[name]) for name in sorted({*names} & bases.keys()))
    return _HEAD + b"".join(lines)


def are_kept(root: str, needed: set[str], names: Iterable[str]) -> bool:
    """Whether the file has all `needed` texts and just those of `names`. E803 when it cannot be read."""
    data = _read(root)
    bases = _parsed(data)
    return needed <= bases.keys() and normal(data) == bases_text(bases, names)
