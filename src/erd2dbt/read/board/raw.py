"""Converts one item or connector of an export to a value: from the REST API, the Web SDK or `diagram_create`.

Their fields distinguish them. REST has `data`, `position` and `startItem`; the Web SDK has flat fields;
`diagram_create` has `texts`. Every field may be missing or have another type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.board.markup import lines
from erd2dbt.read.board.values import CAPS, TABLES, Area, Caption, Connector, Item, TextLine

Raw = Mapping[str, Any]
_UNREADABLE = ("stencil", "unsupported", "kanban", "mindmap_node")
_TEXTS = ("title", "content", "description", "text", "plainText")
ITEMS = ("shape", "text", "sticky_note", "card", "app_card", "frame", "code", "diagram", "doc_format", *TABLES)
_HEADS = ("stealth", "rounded_stealth", "arrow", "triangle", "filled_triangle")
_HEX = re.compile(r"#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?")
_ROW = re.compile(r"rows\.row(\d+)\.(key|field|type)")


def is_connector(raw: Raw) -> bool:
    ends = ("startItem", "endItem", "start", "end")
    return raw.get("type") == "connector" or ("type" not in raw and any(isinstance(raw.get(e), dict) for e in ends))


def is_item(raw: Raw) -> bool:
    """Return whether a mapping is an item or a connector, rather than a page, a board or a person."""
    kind = raw.get("type")
    is_placed = kind in ITEMS and isinstance(raw.get("position", raw.get("x")), dict | int | float)
    if not isinstance(raw.get("id"), str | int) and not is_placed:
        return False
    if kind in ("user", "board", "team", "organization", "group"):
        return False
    return isinstance(kind, str) or is_connector(raw)


def connector_of(raw: Raw, span: Span) -> Connector:
    """Return the connector. It leads from its start to its end: one whose only arrowhead is at its start is turned."""
    found = _as_drawn(raw, span)
    return found.turned if _is_backwards(_mapping(raw.get("style"))) else found


def _is_backwards(style: Raw) -> bool:
    return style.get("startStrokeCap") in _HEADS and style.get("endStrokeCap") == "none"


def _as_drawn(raw: Raw, span: Span) -> Connector:
    style = _mapping(raw.get("style"))
    return Connector(
        id=str(raw["id"]),
        span=span,
        start=_end(raw.get("startItem", raw.get("start"))),
        end=_end(raw.get("endItem", raw.get("end"))),
        start_cap=CAPS.get(str(style.get("startStrokeCap"))),
        end_cap=CAPS.get(str(style.get("endStrokeCap"))),
        captions=tuple(_captions(raw.get("captions"))),
        dashed=style.get("strokeStyle") in ("dashed", "dotted"),
        area=_area(raw),
        readable="unknown" not in (style.get("startStrokeCap"), style.get("endStrokeCap")),
    )


def item_of(raw: Raw, span: Span) -> Item:
    data = _mapping(raw.get("data"))
    texts = _mapping(raw.get("texts"))
    kind = str(raw["type"])
    rows = tuple(_of_table(raw, data))
    shown = tuple(_of_stencil(texts)) if texts else (*_shown(raw, data), *rows)
    code = _text(data.get("code")) or _text(raw.get("code"))
    style = _mapping(raw.get("style"))
    return Item(
        id=str(raw["id"]),
        kind=kind,
        span=span,
        lines=shown,
        shape=_text(data.get("shape")) or _text(raw.get("shape")) or None,
        area=_area(raw),
        color=_color(style.get("headerColor")) or _color(style.get("fillColor")),
        parent=_parent(raw),
        code=code or None,
        children=tuple(str(child) for child in _list(raw.get("childrenIds", data.get("childrenIds")))),
        readable=_is_readable(kind, raw, data, shown=bool(shown), rows=bool(rows), code=bool(code)),
    )


def placing(raw: Raw) -> str:
    """Return the origin of a position: `canvas_center`, `parent_top_left` or `parent_center`."""
    position = _mapping(raw.get("position"))
    return str(position.get("relativeTo", raw.get("relativeTo", "canvas_center")))


def _is_readable(kind: str, raw: Raw, data: Raw, *, shown: bool, rows: bool, code: bool) -> bool:
    """Return whether this export has the item's content: some kinds are listed with their title alone."""
    if kind == "kanban":
        return False
    if kind in TABLES:
        return rows
    if kind in ("diagram", "code"):
        return code
    if kind in ("doc_format", "struct_doc"):
        return bool(_text(data.get("content")) or _text(raw.get("content")))
    if shown:
        return True
    if kind == "shape" and "content" not in data and "content" not in raw:
        return False
    return kind not in _UNREADABLE and raw.get("isSupported") is not False


def _shown(raw: Raw, data: Raw) -> Iterator[TextLine]:
    """Return title, content and description from any of their fields. File names of documents and images do not
    count."""
    if raw.get("type") in ("image", "embed", "preview", "document"):
        return
    if node := _mapping(data.get("nodeView", raw.get("nodeView"))):
        yield from lines(_text(_mapping(node.get("data")).get("content")) or _text(node.get("content")))
        return
    for field in _TEXTS:
        text = _text(data.get(field)) or _text(raw.get(field))
        yield from lines(text) if text else ()
    for entry in _list(data.get("fields")) or _list(raw.get("fields")):
        yield from lines(_text(_mapping(entry).get("value")))


def _of_stencil(texts: Raw) -> Iterator[TextLine]:
    """Return the title, then the rows by their number: row10 comes after row2."""
    yield from lines(_text(texts.get("title")))
    rows: dict[int, dict[str, str]] = {}
    for name, value in texts.items():
        if match := _ROW.fullmatch(str(name)):
            rows.setdefault(int(match[1]), {})[match[2]] = _text(value).strip()
    for _, row in sorted(rows.items()):
        cells = tuple(row.get(part, "") for part in ("key", "field", "type"))
        if any(cells):
            yield TextLine(text="\t".join(cells), cells=cells)


def _of_table(raw: Raw, data: Raw) -> Iterator[TextLine]:
    """Return the rows of `cells[][].text`."""
    for row in _list(raw.get("cells")) or _list(data.get("cells")) or _list(data.get("rows")):
        cells = tuple(" ".join(line.text for line in lines(_text(_cell(cell)))) for cell in _list(row))
        if any(cells):
            yield TextLine(text=" | ".join(cells), cells=cells)


def _cell(cell: object) -> object:
    return cell.get("text", cell.get("value", cell.get("content"))) if isinstance(cell, dict) else cell


def _captions(given: object) -> Iterator[Caption]:
    for entry in _list(given):
        raw = _mapping(entry)
        text = " ".join(line.text.strip() for line in lines(_text(raw.get("content"))))
        if text:
            yield Caption(text=text, position=_fraction(raw.get("position")))


def _fraction(given: object) -> float:
    """Return `50%` (REST) or 0.5 (Web SDK) as a number from 0 to 1."""
    text = str(given)
    number = _number(text.removesuffix("%"))
    if number is None:
        return 0.5
    return number / 100 if text.endswith("%") else number


def _end(given: object) -> str | None:
    """Return the item that an end touches: `{id}` (REST) or `{item}` (Web SDK)."""
    raw = _mapping(given)
    item = raw.get("id", raw.get("item"))
    return str(item) if isinstance(item, str | int) else None


def _area(raw: Raw) -> Area | None:
    position, geometry = _mapping(raw.get("position")), _mapping(raw.get("geometry"))
    x, y = _number(position.get("x", raw.get("x"))), _number(position.get("y", raw.get("y")))
    if x is None or y is None:
        return None
    width, height = (_number(geometry.get(side, raw.get(side))) for side in ("width", "height"))
    return Area(x=x, y=y, width=width or 0.0, height=height or 0.0)


def _parent(raw: Raw) -> str | None:
    parent = raw.get("parentId", _mapping(raw.get("parent")).get("id"))
    return str(parent) if isinstance(parent, str | int) else None


def _color(given: object) -> str | None:
    return given[:7].lower() if isinstance(given, str) and _HEX.fullmatch(given) else _text(given) or None


def _number(given: object) -> float | None:
    try:
        number = float(given) if isinstance(given, str | int | float) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 1e12 else None


def _mapping(given: object) -> Raw:
    return given if isinstance(given, dict) else {}


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""
