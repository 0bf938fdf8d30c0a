"""The address of a board as people copy it from their browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from erd2dbt.diagnostics import Diagnostic, ErdError

_BOARD = re.compile(r"/(?:board|live-embed)/([^/?#]+)")
_ID = re.compile(r"[A-Za-z0-9_=-]+")
_ITEM = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Address:
    """A board's id; and that of the item that a link shows, if it shows one."""

    board: str
    item: str | None = None


def address_of(text: str) -> Address:
    """`https://miro.com/app/board/uXjV…=/?moveToWidget=34…` -> (`uXjV…=`, `34…`); an id is itself."""
    match = _BOARD.search(text)
    if match is None:
        return Address(text.strip())
    asked = parse_qs(urlsplit(text).query)
    shown = (value for name in ("moveToWidget", "focusWidget") for value in asked.get(name, ()))
    return Address(unquote(match[1]), next((item for item in shown if _ITEM.fullmatch(item)), None))


def checked_address(text: str) -> Address:
    """As `address_of`. ErdError E067 for what is no board's."""
    address = address_of(text)
    if _ID.fullmatch(address.board):
        return address
    fix = "copy the board's address from the browser: https://miro.com/app/board/ and its id"
    raise ErdError([Diagnostic(code="E067", message=f"`{text[:100]}` is no address of a board", fixes=(fix,))])
