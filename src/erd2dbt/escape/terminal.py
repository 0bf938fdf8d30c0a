"""Terminals and logs: text that steers neither a terminal nor the runner that reads a log."""

from __future__ import annotations

import re
import unicodedata

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # text right to left
_UNSHOWN = "\N{REPLACEMENT CHARACTER}"
# GitHub's runner takes a line that begins with `::` for a command, and `##[` anywhere in a line
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)


def inert(text: str) -> str:
    """Text that cannot steer a terminal or turn a line round; its line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c in "\n\t" or not _is_steering(c) else _UNSHOWN for c in text)


def line(text: str) -> str:
    """The same on one line."""
    return text if text.isprintable() else " ".join(inert(text).replace("\t", " ").splitlines())


def without_commands(text: str) -> str:
    """Text in which the runner of a workflow finds no command: a blank is in each that it would take for one."""
    return _COMMAND.sub(lambda found: f"{found[1]}: " if found[1] is not None else "# #", text)


def _is_steering(c: str) -> bool:
    return c in _TURNING or unicodedata.category(c) in ("Cc", "Cs") or c in "\u2028\u2029"
