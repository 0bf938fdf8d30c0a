"""Terminals and logs: text without control sequences and without commands of a workflow runner."""

from __future__ import annotations

import re
import unicodedata

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # changes of direction
_UNSHOWN = "\N{REPLACEMENT CHARACTER}"
# GitHub's runner executes a line that begins with `::`, and `##[` anywhere in a line
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)


def inert(text: str) -> str:
    """Return text without control characters and changes of direction. Line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c in "\n\t" or not _is_steering(c) else _UNSHOWN for c in text)


def line(text: str) -> str:
    """Return the text as `inert` does, on one line."""
    return text if text.isprintable() else " ".join(inert(text).replace("\t", " ").splitlines())


def without_commands(text: str) -> str:
    """Return text without workflow commands: each gets a blank that disables it."""
    return _COMMAND.sub(lambda found: f"{found[1]}: " if found[1] is not None else "# #", text)


def _is_steering(c: str) -> bool:
    return c in _TURNING or unicodedata.category(c) in ("Cc", "Cs") or c in "\u2028\u2029"
