"""Reads board exports in JSON: pages, request and response pairs, `{items, connectors}`, Web SDK arrays, tool
replies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.read.board import raw
from erd2dbt.read.board.values import Area, Board, Connector, Item
from erd2dbt.read.text.places import Places

_ID = re.compile(r'\\?"id\\?"\s*:\s*\\?"?([^"\\,}\s]+)')
_BOARD = re.compile(r"(?:/app/board|/v2/boards|/v2-experimental/boards)/([A-Za-z0-9_=%-]+)")
_SHOWN = 60  # characters quoted of a reply that is not JSON
_DEEPEST = 60


def read_board(text: str, file: str) -> Board:
    """Return every item and connector at any depth of the JSON. Raises ErdError E054 when it is not JSON."""
    places = _Ids(Places(file, text))
    found = _Found(places)
    found.take(_decoded(text, places.places))
    items = _on_canvas(found.items)
    return Board(
        file=file,
        items=tuple(items.values()),
        connectors=tuple(found.connectors.values()),
        id=found.board,
        name=found.name,
        frame=found.frame,
    )


def _decoded(text: str, places: Places) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(text.rstrip()) - 1
        message = (
            "the JSON ends in the middle: the file is cut off" if is_cut else f"this is not JSON: {error.msg.lower()}"
        )
        fix = "save it again, whole"
        at = min(error.pos, max(0, len(text.rstrip()) - 1))
        raise ErdError([Diagnostic(code="E054", message=message, span=places.span(at), fixes=(fix,))]) from None
    except ValueError:  # Python refuses to parse integers of thousands of digits
        message = "a number in this JSON has more digits than a board's numbers have"
        fault = Diagnostic(code="E054", message=message, span=places.span(0), fixes=("save the board again",))
        raise ErdError([fault]) from None
    except RecursionError:
        _refuse_depth(places)


def _refuse_depth(places: Places) -> NoReturn:
    message = "the JSON is nested too deeply for a board"
    fault = Diagnostic(code="E054", message=message, span=places.span(0), fixes=("save the board again",))
    raise ErdError([fault]) from None


class _Ids:
    """The position of each id in the text, computed at the first use."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.at: dict[str, int] | None = None

    def span(self, identity: str) -> Span:
        if self.at is None:
            self.at = {}
            for match in _ID.finditer(self.places.text):
                self.at.setdefault(match[1], match.start())
        return self.places.span(self.at.get(identity, 0))


@dataclass(slots=True)
class _Found:
    """The parts of the JSON found so far. For an item that occurs twice, the one with more content counts."""

    ids: _Ids
    items: dict[str, tuple[Item, str]] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    board: str | None = None
    name: str | None = None
    frame: str | None = None

    def take(self, value: Any, level: int = 0) -> None:
        if level > _DEEPEST:
            _refuse_depth(self.ids.places)
        if isinstance(value, list):
            for entry in value:
                self.take(entry, level + 1)
        elif isinstance(value, dict):
            self._take_mapping(value, level)

    def _take_mapping(self, value: dict[str, Any], level: int) -> None:
        self._take_board(value)
        if raw.is_connector(value):
            identity = str(value.get("id", f"line {len(self.connectors) + 1}"))
            value = {**value, "id": identity}
            self.connectors.setdefault(identity, raw.connector_of(value, self.ids.span(identity)))
        elif raw.is_item(value):
            self._take_item({"id": f"item {len(self.items) + 1}", **value})
        else:
            for entry in _inside(value):
                self.take(entry, level + 1)

    def _take_item(self, value: dict[str, Any]) -> None:
        item = raw.item_of(value, self.ids.span(str(value["id"])))
        known = self.items.get(item.id)
        if known is None or (len(item.lines), bool(item.code)) > (len(known[0].lines), bool(known[0].code)):
            item = replace(item, area=known[0].area) if known and item.area is None else item
            self.items[item.id] = (item, raw.placing(value))

    def _take_board(self, value: dict[str, Any]) -> None:
        """Read the board's id from its own record, a reply or any link, and the requested frame, if it is only one."""
        if value.get("type") == "board" and isinstance(value.get("id"), str):
            self.board, self.name = value["id"], value.get("name") if isinstance(value.get("name"), str) else None
        if isinstance(value.get("board"), dict) and isinstance(value.get("frame"), str):
            self.frame = value["frame"]
        for name in ("board_id", "miro_url", "url", "self"):
            given = value.get(name)
            if self.board is None and isinstance(given, str):
                match = _BOARD.search(given) if "/" in given else None
                self.board = match[1].replace("%3D", "=") if match else given if name == "board_id" else None
        if self.board is None and isinstance(links := value.get("links"), dict):
            self._take_board(links)


def _inside(value: dict[str, Any]) -> Iterator[Any]:
    """Return the parts of a mapping that may contain items. The text of a reply is decoded if it is JSON."""
    if "request" in value and "response" in value:
        yield value["response"]
        return
    for name, entry in value.items():
        if isinstance(entry, dict | list):
            yield entry
        elif name in ("diagram_content", "content", "text", "body") and isinstance(entry, str):
            yield from _in_text(entry, value)


def _in_text(text: str, value: dict[str, Any]) -> Iterator[Any]:
    """Return the JSON in a string, or the text of a diagram as an item of its own."""
    if text.lstrip()[:1] in ("[", "{"):
        try:
            yield json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            yield {"id": "reply", "type": "diagram", "title": text[:_SHOWN]}
    elif isinstance(value.get("url"), str):
        identity = re.search(r"moveToWidget=(\w+)", value["url"])
        yield {"id": identity[1] if identity else "diagram", "type": "diagram", "data": {"code": text}}


def _on_canvas(found: dict[str, tuple[Item, str]]) -> dict[str, Item]:
    """Return the items with positions relative to the canvas, at any nesting of frames."""
    placed: dict[str, Item] = {}

    def place(identity: str, open_: frozenset[str]) -> Item:
        if identity not in placed:
            item, relative = found[identity]
            inside = (
                relative != "canvas_center"
                and item.parent in found
                and item.parent not in open_
                and len(open_) < _DEEPEST
            )
            parent = place(item.parent, open_ | {identity}) if inside and item.parent else None
            placed[identity] = replace(item, area=_moved(item.area, parent.area, relative)) if parent else item
        return placed[identity]

    return {identity: place(identity, frozenset()) for identity in found}


def _moved(area: Area | None, parent: Area | None, relative: str) -> Area | None:
    if area is None or parent is None:
        return area
    x, y = (parent.left, parent.top) if relative == "parent_top_left" else (parent.x, parent.y)
    return replace(area, x=x + area.x, y=y + area.y)
