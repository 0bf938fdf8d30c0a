"""DBML: names in double quotes, texts in single quotes."""

from __future__ import annotations

import re

# characters that end a line or cannot be part of one, except those with an escape
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]+")


def name(text: str) -> str:
    plain = _UNWRITABLE.sub(" ", re.sub(r"[\r\n\t]+", " ", text))
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def string(text: str) -> str:
    plain = _UNWRITABLE.sub(" ", text).replace("\\", "\\\\").replace("'", "\\'")
    return "'" + plain.replace("\n", "\\n").replace("\t", "\\t") + "'"


def comment(text: str) -> str:
    """Return a comment to the end of the line."""
    return "// " + " ".join("".join(c if c.isprintable() else " " for c in text).split())
