"""The contents of a board before a push, and which items of it are ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from erd2dbt.miro.client import Client
from erd2dbt.miro.client import Record as Item
from erd2dbt.miro.places import Place
from erd2dbt.miro.record import Drawn, Record
from erd2dbt.miro.shapes import Arrow, DesiredBoard
from erd2dbt.read.board.markup import closed

_FARTHEST = 1e9  # from the middle of a board
_NEAR = 1.0  # positions that differ by less are the same
_BESIDE = 300.0  # between existing items and a new frame


@dataclass(frozen=True, slots=True)
class Board:
    """All items and connectors by id."""

    items: Mapping[str, Item]
    connectors: Mapping[str, Item]

    @property
    def room(self) -> tuple[float, float]:
        """Return (left, top) of the free area to the right of everything."""
        areas = [area(item) for item in self.items.values() if "parent" not in item and _has_place(item)]
        if not areas:
            return 0.0, 0.0
        right = max(x + width / 2 for x, _, width, _ in areas)
        return right + _BESIDE, min(y - height / 2 for _, y, _, height in areas)


def read_live_board(client: Client, path: str) -> Board:
    return Board(
        items={str(one["id"]): _sound(one) for one in client.pages(f"{path}/items") if "id" in one},
        connectors={str(one["id"]): _sound(one) for one in client.pages(f"{path}/connectors") if "id" in one},
    )


_OBJECTS = frozenset(("position", "geometry", "parent", "data", "style", "startItem", "endItem"))


def _sound(item: Item) -> Item:
    """Return the item without fields that have another type than Miro documents."""
    kept = {name: value for name, value in item.items() if name not in _OBJECTS or isinstance(value, dict)}
    captions = kept.get("captions")
    kept["captions"] = [one for one in captions if isinstance(one, dict)] if isinstance(captions, list) else []
    return kept


def recognise(board: Board, wanted: DesiredBoard, record: Record, skipped: Collection[str] = ()) -> None:
    """Add items to the record that an interrupted run drew, and remove items that no longer exist, except `skipped`
    ones.

    In our frame, a shape is recognised by its title, and a connector by the boxes it joins, its caption and its caps.
    """
    if record.frame is None or record.frame.id not in board.items:
        record.frame = _frame(board, wanted, record)
    for drawn, there in ((record.shapes, board.items), (record.arrows, board.connectors)):
        for name in [name for name, one in drawn.items() if one.id not in there and name not in skipped]:
            del drawn[name]
    if record.frame is not None:
        _take_shapes(board, wanted, record, record.frame.id)
    _take_arrows(board, wanted, record)


def area(item: Item) -> tuple[float, float, float, float]:
    """Return (x, y, width, height) of an item, in the coordinates of Miro's API."""
    position, size = item.get("position") or {}, item.get("geometry") or {}
    return (
        _number(position.get("x")),
        _number(position.get("y")),
        _number(size.get("width")),
        _number(size.get("height")),
    )


def _number(value: object) -> float:
    is_one = isinstance(value, int | float) and abs(value) < _FARTHEST
    return float(value) if is_one else 0.0  # type: ignore[arg-type]


def place(item: Item) -> Place:
    return Place(*area(item))


def _is_near(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) < _NEAR for a, b in zip(one, other, strict=True))


def _has_place(item: Item) -> bool:
    return isinstance(item.get("position"), dict)


def _frame(board: Board, wanted: DesiredBoard, record: Record) -> Drawn | None:
    """Return an empty, unrecorded frame with our title and size: an interrupted run has drawn it."""
    size = (wanted.width, wanted.height)
    parents = {str((item.get("parent") or {}).get("id")) for item in board.items.values()}
    for id_, item in board.items.items():
        is_ours = item.get("type") == "frame" and (item.get("data") or {}).get("title") == wanted.title
        if is_ours and id_ not in parents and _is_near(area(item)[2:], size):
            return Drawn(id_, "", area(item))
    return None


def _take_shapes(board: Board, wanted: DesiredBoard, record: Record, frame: str) -> None:
    known = record.ids
    for id_, item in board.items.items():
        inside = str((item.get("parent") or {}).get("id")) == frame and item.get("type") == "shape"
        title = _title((item.get("data") or {}).get("content")) if inside and id_ not in known else ""
        if title in wanted.shapes and title not in record.shapes:
            record.shapes[title] = Drawn(id_, "", area(item))


def _take_arrows(board: Board, wanted: DesiredBoard, record: Record) -> None:
    """Match unrecorded lines. Recorded lines that are no longer wanted count too: a renamed box has the same lines."""
    names = {one.id: name for name, one in record.shapes.items()}
    open_ = [arrow for name, arrow in wanted.arrows.items() if name not in record.arrows]
    stale = {one.id: name for name, one in record.arrows.items() if name not in wanted.arrows}
    known = record.ids - stale.keys()
    for id_, connector in board.connectors.items() if open_ else ():
        start, end = (names.get(str((connector.get(e) or {}).get("id"))) for e in ("startItem", "endItem"))
        match = next((one for one in open_ if (one.start, one.end) == (start, end) and _is(one, connector)), None)
        if id_ not in known and match is not None:
            record.arrows.pop(stale.get(id_, ""), None)
            record.arrows[match.name] = Drawn(id_, "")
            open_.remove(match)


def _is(arrow: Arrow, connector: Item) -> bool:
    captions = [_title(one.get("content")) for one in connector.get("captions") or ()]
    cap = (connector.get("style") or {}).get("startStrokeCap")
    return captions == [_title(one["content"]) for one in arrow.body["captions"]] and cap == _start_cap(arrow)


def _start_cap(arrow: Arrow) -> Any:
    return arrow.body["style"]["startStrokeCap"]


class _FirstLine(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.ended = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self.ended else data

    def handle_endtag(self, tag: str) -> None:
        self.ended = self.ended or (tag == "p" and bool(self.text.strip()))


def _title(content: object) -> str:
    """Return the first line of a text, without its markup."""
    reader = _FirstLine()
    reader.feed(closed(content) if isinstance(content, str) else "")
    reader.close()
    return " ".join(reader.text.split())
