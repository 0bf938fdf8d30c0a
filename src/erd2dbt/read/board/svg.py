"""Reads the canvas as SVG: diagrams from their Mermaid text, shapes and stickies from their data, and the lines.

The parser is an HTML parser, so that entities of a hostile file are never expanded.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from erd2dbt.read.board import raw
from erd2dbt.read.board.markup import closed
from erd2dbt.read.board.values import Board, Connector, Item
from erd2dbt.read.text.places import Places

_KINDS = {"sticky": "sticky_note", "doc": "doc_format", "table": "data_table_format"}


def read_svg(text: str, file: str) -> Board:
    reader = _Reader(Places(file, text))
    reader.feed(closed(text))
    reader.close()
    return Board(file=file, items=tuple(reader.items), connectors=tuple(reader.connectors))


class _Reader(HTMLParser):
    """Collects elements with `data-` attributes. Text belongs to the innermost open element.

    `is_picture`: metadata has the whole diagram, as in pictures of `push --to svg`. Their texts only show it."""

    def __init__(self, places: Places) -> None:
        super().__init__(convert_charrefs=True)
        self.places = places
        self.items: list[Item] = []
        self.connectors: list[Connector] = []
        self.frames: list[str | None] = []
        self.open: dict[str, Any] | None = None
        self.inside = ""
        self.body: list[str] = []
        self.is_picture = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "g":
            frame = given.get("data-miro-id") or given.get("data-frame")
            self.frames.append(frame)
            if frame:
                self._add({**_record(given, "frame", frame), "title": given.get("data-frame", "")})
        elif "data-start" in given or "data-end" in given:
            self._connect(given)
        elif "data-type" in given and given["data-type"] != "frame":
            kind = _KINDS.get(given["data-type"], given["data-type"])
            self.is_picture |= tag == "metadata" and kind == "diagram"
            self._open(tag, given, kind)
        elif tag == "text" and self.open is None and not self.is_picture:
            self._open(tag, given, "text")

    def _open(self, tag: str, given: dict[str, str], kind: str) -> None:
        self.open = _record(given, kind, given.get("data-miro-id") or f"{tag}{len(self.items) + 1}")
        self.inside, self.body = tag, []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag == "g":
            self.frames.pop()
        self._close(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "g" and self.frames:
            self.frames.pop()
        self._close(tag)

    def handle_data(self, data: str) -> None:
        if self.open is not None:
            self.body.append(data)

    def close(self) -> None:
        super().close()
        self._close(self.inside)

    def _close(self, tag: str) -> None:
        if self.open is None or tag != self.inside:
            return
        body = "".join(self.body).strip()
        if body:
            self.open["code" if self.open["type"] in ("diagram", "code") else "content"] = body
        self._add(self.open)
        self.open = None

    def _add(self, record: dict[str, Any]) -> None:
        parent = next((frame for frame in reversed(self.frames) if frame and frame != record["id"]), None)
        self.items.append(raw.item_of({**record, "parentId": parent}, self._span()))

    def _connect(self, given: dict[str, str]) -> None:
        record = {
            "id": given.get("data-miro-id") or f"line{len(self.connectors) + 1}",
            "start": {"item": given.get("data-start") or None},
            "end": {"item": given.get("data-end") or None},
            "captions": [{"content": given["data-caption"]}] if given.get("data-caption") else [],
            "style": {
                "startStrokeCap": given.get("data-start-cap"),
                "endStrokeCap": given.get("data-end-cap"),
                "strokeStyle": "dashed" if given.get("stroke-dasharray") else "normal",
            },
        }
        self.connectors.append(raw.connector_of(record, self._span()))

    def _span(self) -> Any:
        line, column = self.getpos()
        starts = self.places.starts
        return self.places.span(starts[line - 1] + column if line <= len(starts) else 0)


def _record(given: dict[str, str], kind: str, identity: str) -> dict[str, Any]:
    """Return the attributes of an element as Web SDK fields. SVG positions are relative to a rectangle's corner."""
    area: dict[str, Any] = {}
    try:
        x, y, width, height = (float(given[name]) for name in ("x", "y", "width", "height"))
        area = {"x": x + width / 2, "y": y + height / 2, "width": width, "height": height}
    except (KeyError, ValueError):
        pass
    color = given.get("data-color") or given.get("fill")
    return {
        "id": identity,
        "type": kind,
        "title": given.get("data-title", ""),
        "content": given.get("data-content", ""),
        "style": {"fillColor": color} if color else {},
        **area,
    }
