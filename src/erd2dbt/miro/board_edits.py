"""Finds people's edits on a board since the last push: of texts, but not of markup, colours or positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from erd2dbt.faults.diagnostics import Span
from erd2dbt.miro.record import Record
from erd2dbt.read.board.markup import lines
from erd2dbt.read.board.raw import connector_of, item_of
from erd2dbt.read.board.values import Connector, Item

_NOWHERE = Span("board", 1, 1)
_SHOWN = 3  # rows that a sentence lists


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardEdit:
    """An item of ours that people changed or deleted. `name` is its name in the record; `what` describes the change."""

    kind: str  # shape, connector
    name: str
    what: str
    is_gone: bool = False

    @property
    def sentence(self) -> str:
        return f"{self.name}: {self.what}"


def text_of_body(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines of a shape, from the body of its request."""
    return tuple(" ".join(line.text.split()) for line in lines(body["data"]["content"]) if line.text.strip())


def text_of_item(item: Item) -> tuple[str, ...]:
    """Return the lines that an item shows, without those that are struck through."""
    return tuple(" ".join(line.text.split()) for line in item.lines if line.text.strip())


def text_of_arrow(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the caps, stroke and caption of a line, from the body of its request."""
    return text_of_connector(connector_of({"id": "", **body}, _NOWHERE))[:-2]


def text_of_connector(one: Connector) -> tuple[str, ...]:
    """Return what a line shows: its caps, its stroke, its caption; then the ids of the items that it joins."""
    caption = " ".join(" ".join(caption.text for caption in one.captions).split())
    shown = str(one.start_cap or ""), "dashed" if one.dashed else "solid", str(one.end_cap or ""), caption
    return *shown, one.start or "", one.end or ""


def edits(record: Record, items: Mapping[str, Item], connectors: Mapping[str, Connector]) -> Iterator[BoardEdit]:
    """Return the differences from the last push. A line that was deleted together with a box is not listed
    separately."""
    gone = {one.id for one in record.shapes.values() if one.id not in items}
    for name, drawn in record.shapes.items():
        if drawn.text is None:
            continue
        if drawn.id in gone:
            yield BoardEdit(kind="shape", name=name, what="deleted", is_gone=True)
        elif (now := text_of_item(items[drawn.id])) != drawn.text:
            yield BoardEdit(kind="shape", name=name, what=_rows_changed(drawn.text, now))
    for name, drawn in record.arrows.items():
        if drawn.text is None or gone & set(drawn.text[-2:]):
            continue
        if drawn.id not in connectors:
            yield BoardEdit(kind="connector", name=name, what="deleted", is_gone=True)
        elif (now := text_of_connector(connectors[drawn.id])) != drawn.text:
            yield BoardEdit(kind="connector", name=name, what=_line_changed(drawn.text, now, record))


def _rows_changed(was: tuple[str, ...], now: tuple[str, ...]) -> str:
    """Return the changed rows as text: `titled “orders”; has “note text”; lacks “amount numeric”`."""
    parts = [f"titled “{now[0] if now else ''}”"] if was[:1] != now[:1] else []
    added = [line for line in now[1:] if line not in was[1:]]
    gone = [line for line in was[1:] if line not in now[1:]]
    parts += [f"has {_listed(added)}"] if added else []
    parts += [f"lacks {_listed(gone)}"] if gone else []
    return "; ".join(parts) or "its rows have another order"


def _listed(rows: list[str]) -> str:
    shown = ", ".join(f"“{row}”" for row in rows[:_SHOWN])
    return f"{shown} and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else shown


def _line_changed(was: tuple[str, ...], now: tuple[str, ...], record: Record) -> str:
    names = {drawn.id: name for name, drawn in record.shapes.items()}
    words = ("cap at its start", "stroke", "cap at its end", "caption")
    parts = [
        f"{word} “{after or 'none'}” instead of “{before or 'none'}”"
        for word, before, after in zip(words, was, now, strict=False)
        if before != after
    ]
    if was[-2:] != now[-2:]:
        ends = " to ".join(names.get(end, "another item") for end in now[-2:])
        parts.append(f"it leads from {ends}")
    return "; ".join(parts)


def as_items(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Item]:
    """Return items in the form in which the API lists them."""
    return {id_: item_of({"type": "", **one}, _NOWHERE) for id_, one in raw.items()}


def as_connectors(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Connector]:
    return {id_: connector_of(one, _NOWHERE) for id_, one in raw.items()}
