"""Whether dbt can read an edited file at all: into one that it cannot read, nobody can merge."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from erd2dbt.write.merging.read import yaml_fault
from erd2dbt.write.merging.values import FIRST_MARKER

_MARKER = re.compile(r"^<{7} .*$", re.MULTILINE)


def undecodable_at(data: bytes) -> tuple[int, str] | None:
    """The line, from 1, of the first byte that dbt cannot read, and which it is."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        coding = "it looks like UTF-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "save it as UTF-8"
        return data.count(b"\n", 0, error.start) + 1, f"byte 0x{data[error.start]:02X} is not UTF-8 ({coding})"
    at = text.find("\0")
    return None if at < 0 else (text.count("\n", 0, at) + 1, "it contains a NUL byte")


def broken_at(path: str, text: str) -> tuple[int, str] | None:
    """The line, from 1, and why; None for a text that can be read. Markers of our own are reported elsewhere."""
    markers = list(_MARKER.finditer(text)) if path.endswith((".sql", ".yml", ".yaml", ".md")) else []
    foreign = next((marker for marker in markers if marker[0].rstrip() != FIRST_MARKER), None)
    if foreign is not None:
        return text.count("\n", 0, foreign.start()) + 1, "it contains the markers of a merge conflict"
    return yaml_fault(text) if path.endswith((".yml", ".yaml")) and not markers else None
