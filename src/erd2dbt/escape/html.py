"""HTML and SVG: text between tags and in attributes."""

from __future__ import annotations

import re
from html import escape

# XML cannot represent these characters; browsers show nothing for them.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(said: str) -> str:
    """Return text for between tags, and for attributes in double or single quotes."""
    return escape(writable(said))


def writable(said: str) -> str:
    """Return text without characters that HTML or XML cannot represent. Markup is not escaped."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", said)
