"""Distinguishes a spec from a diagram by the first words of a file, without parsing it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

ARCHIVE = b"PK\x03\x04"
BINARY: Mapping[bytes, str] = {
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"RIFF": "an image",
    b"BM": "an image",
}
KINDS = ("models", "seeds", "snapshots")
_SPEC = re.compile(r"^(?:version|entities)\s*:", re.MULTILINE)
_LIST = re.compile(
    rf"^(?:sources|{'|'.join(KINDS)}):[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*-", re.MULTILINE
)


def is_binary(data: bytes) -> bool:
    """Return whether a file is an archive, an image or a PDF."""
    head = data[:4]
    return head == ARCHIVE or any(head.startswith(magic) for magic in BINARY if len(magic) > 2)


def utf8(data: bytes) -> bytes:
    """Return a file as UTF-8. UTF-16 with a BOM is converted: PowerShell writes it when a dump is redirected to a
    file."""
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    try:
        return data.decode("utf-16").encode()
    except UnicodeError:
        return data


def is_spec(data: bytes) -> bool:
    """Return whether a file has the keys of a spec, without the lists of dbt's properties or signs of another
    format."""
    if is_binary(data):
        return False
    text = utf8(data).decode("utf-8", "replace").removeprefix("\ufeff")
    return text.lstrip()[:1] != "<" and has_spec_keys(text) and not is_dbt_properties(text)


def has_spec_keys(text: str) -> bool:
    return _SPEC.search(text) is not None


def is_dbt_properties(text: str) -> bool:
    """Return whether `sources:` or `models:` is a list, as in dbt; in a spec they are mappings."""
    return _LIST.search(text) is not None
