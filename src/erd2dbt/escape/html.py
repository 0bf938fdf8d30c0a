"""HTML and SVG: text between tags and in attributes."""

from __future__ import annotations

import re
from html import escape

# XML has no way to write these; a browser shows nothing for them.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(said: str) -> str:
    """For between tags, and between double quotes or single ones."""
    return escape(writable(said))


def writable(said: str) -> str:
    """Without characters that neither HTML nor XML has; markup is still live."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", said)
