"""The address of a board as people copy it from their browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

_BOARD = re.compile(r"/(?:board|live-embed)/([^/?#]+)")
_ITEM = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Address:
    """The id of a board, and the id of the item that the link points to, if any."""

    board: str
    item: str | None = None


def address_of(text: str) -> Address:
    """Return the ids in `https://miro.com/app/board/uXjV…=/?moveToWidget=34…`: (`uXjV…=`, `34…`). A plain id is
    accepted too."""
    match = _BOARD.search(text)
    if match is None:
        return Address(text.strip())
    asked = parse_qs(urlsplit(text).query)
    shown = (value for name in ("moveToWidget", "focusWidget") for value in asked.get(name, ()))
    return Address(unquote(match[1]), next((item for item in shown if _ITEM.fullmatch(item)), None))
