"""Boards of any size, each in one of the forms in which people draw: see SHAPES.

The same size gives the same board in every run. Words come from a short list, and numbers make them distinct.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from html import escape
from itertools import count, islice
from random import Random
from typing import Any

Item = dict[str, Any]
Place = tuple[float, float, float, float]  # x and y of the centre, width, height

_THINGS = (
    "order",
    "customer",
    "invoice",
    "payment",
    "shipment",
    "product",
    "supplier",
    "store",
    "region",
    "employee",
    "ticket",
    "session",
    "campaign",
    "coupon",
    "return",
    "warehouse",
    "contract",
    "visit",
    "device",
    "account",
)
_PARTS = ("line", "status", "history", "detail", "batch", "event", "note", "type", "group", "rate", "plan", "score")
_COLUMNS = (
    "name",
    "code",
    "amount",
    "price",
    "created_at",
    "updated_at",
    "valid_from",
    "quantity",
    "discount",
    "email",
    "city",
    "weight",
    "is_active",
    "currency",
    "reference",
    "comment",
    "rank",
    "channel",
    "tax",
    "due_date",
)
_TYPES = ("text", "bigint", "integer", "numeric(10,2)", "numeric(12,4)", "varchar(64)", "date", "timestamp", "boolean")
_SAID = ("Do we need this", "Ask the team", "Moved to next quarter", "Who owns it", "Check with finance, then decide",
         "See the wiki", "This was agreed in March", "Is it late or lost", "Rename it", "Nobody uses this")  # fmt: skip


def board(shape: str, size: int, entities: int | None = None) -> Item:
    """Return a board with so many items and lines, as the REST API lists them. `entities`: how many are entities."""
    items, lines = [], []
    for one in SHAPES[shape](size, entities):
        (lines if one["type"] == "connector" else items).append(one)
    return {"items": items, "connectors": lines}


def sheet(cells: int) -> str:
    """Return a spreadsheet export with so many cells: entities and notes, each in one cell."""
    out = io.StringIO()
    write, random = csv.writer(out), Random(cells)
    for number in range(cells):
        if number % 5:
            write.writerow([f"{random.choice(_SAID)}? {number}"])
        else:
            rows = [f"PK {_thing(number)}_id bigint", *islice(_rows(random), 4)]
            write.writerow(["\n".join((f"{_thing(number)}_{number}", *rows))])
    return out.getvalue()


def _notes(size: int, entities: int | None) -> Iterator[Item]:
    """Entities with equal rows, each but the first with a line; the others are notes. Default: a fifth is entities."""
    wanted = size // 5 if entities is None else entities
    for number in range(wanted):
        up = ["FK up_id bigint"] if number else []
        rows = ["PK id bigint", *up, "name text", "amount numeric(10,2)"]
        yield _shape(number, [f"table_{number}", *rows], (number % 50 * 400, number // 50 * 300, 300, 200))
    yield from (_line(number, number, number // 2) for number in range(1, wanted))
    for number in range(size - wanted - max(0, wanted - 1)):
        yield _note(number, f"Do we need this? Ask {number}.", -2000 - number % 50 * 250, number // 50 * 250)


def _boxes(size: int, entities: int | None) -> Iterator[Item]:
    """As many entities as lines, and nothing else."""
    yield from _notes(size, (size + 1) // 2 if entities is None else entities)


def _cells(size: int, entities: int | None) -> Iterator[Item]:
    """Tables of a header and a shape for each row below it. Default: 300 tables."""
    wanted = min(size, 300) if entities is None else entities
    for table in range(wanted):
        x, y = table % 30 * 400, table // 30 * 2000
        each = size // wanted + (table < size % wanted)
        rows = ["PK id bigint", *(f"{_COLUMNS[n % 20]}_{n} {_TYPES[n % 9]}" for n in range(each - 2))]
        for place, text in enumerate([f"table_{table}", *rows][:each]):
            color = "#ccf4ff" if place == 0 else "#ffffff"
            yield _shape(table * size + place, [text], (x, y + place * 30, 240, 30), color)


def _varied(size: int, entities: int | None) -> Iterator[Item]:
    """Boxes with rows of all kinds, tables of cells, notes, texts, cards, frames, and lines with captions.

    Nearly every text is another one. Default: 300 entities.
    """
    random = Random(size)
    drawn = list(_varied_entities(random, min(size // 4, 300) if entities is None else entities))
    yield from drawn
    for number in range(size - len(drawn)):
        x, y = random.randrange(-30_000, -1000), random.randrange(0, 30_000)
        said = f"{random.choice(_SAID)}: {_thing(random.randrange(10**6))} {number}"
        match number % 10:
            case 0:
                data = {"title": said, "description": "For later."}
                yield {**_note(number, said, x, y), "type": "card", "data": data}
            case 1 | 2:
                yield {**_note(number, said, x, y), "type": "text"}
            case 3:
                yield {**_note(number, said, x, y), "type": "frame", "data": {"title": said}}
            case 4:
                yield _shape(10**8 + number, [said, random.choice(_SAID)], (x, y, 200, 100))
            case _:
                yield _note(number, f"{said}?", x, y)


def _varied_entities(random: Random, wanted: int) -> Iterator[Item]:
    """Every fifth entity is a table of cells; the others are boxes, most with a line."""
    cells = count(10**7)
    for number in range(wanted):
        x, y = number % 20 * 900, number // 20 * 900
        title = f"{_thing(random.randrange(10**6))}_{number}"
        rows = [f"PK {title}_id bigint", *islice(_rows(random), random.randrange(4, 14))]
        if number % 5 == 4:
            for place, text in enumerate((title, *rows)):
                color = "#ccf4ff" if place == 0 else "#ffffff"
                yield _shape(next(cells), [text], (x, y + place * 30, 300, 30), color)
            continue
        color = random.choice(("#ccf4ff", "#dedaff", "#adf0c7"))
        yield _shape(number, [title, *rows], (x, y, 320, 400), color)
        if number > 5 and (other := number // 2) % 5 != 4:
            captions = [{"content": random.choice(("has", "belongs to", "1:N"))}]
            yield {**_line(number, number, other), "captions": captions}


def _rows(random: Random) -> Iterator[str]:
    """Return the rows of a box, each in one of the forms that people use."""
    for number in count():
        name, kind = f"{random.choice(_COLUMNS)}_{random.randrange(10**6)}", random.choice(_TYPES)
        thing = _thing(random.randrange(10**6))
        yield (
            f"{name} {kind}",
            f"{name}: {kind}",
            f"FK {thing}_id bigint",
            f"{name} | {kind} | not null",
            name,
            f"{name} {kind} (UK)",
            f"{name} {kind} default 0",
            f"{name}: open | closed",
            f"{thing}_total numeric = sum of {name}",
            f"{thing}_ref bigint → {thing}.id",
        )[0 if number == 0 else random.randrange(10)]


def _thing(number: int) -> str:
    return f"{_THINGS[number % 20]}_{_PARTS[number // 20 % 12]}"


SHAPES: Mapping[str, Callable[[int, int | None], Iterator[Item]]] = {
    "notes": _notes,
    "boxes": _boxes,
    "cells": _cells,
    "varied": _varied,
}


def _shape(number: int, texts: list[str], at: Place, color: str = "#ccf4ff") -> Item:
    x, y, width, height = at
    head, *rows = (escape(text) for text in texts)
    content = f"<p><strong>{head}</strong></p>" + "".join(f"<p>{row}</p>" for row in rows)
    return {
        "id": str(10**6 + number),
        "type": "shape",
        "data": {"content": content, "shape": "rectangle"},
        "style": {"fillColor": color},
        "position": {"x": x, "y": y},
        "geometry": {"width": width, "height": height},
    }


def _line(number: int, start: int, end: int) -> Item:
    style = {"startStrokeCap": "erd_zero_or_many", "endStrokeCap": "erd_only_one"}
    ends = {"startItem": {"id": str(10**6 + start)}, "endItem": {"id": str(10**6 + end)}}
    return {"id": str(2 * 10**6 + number), "type": "connector", "style": style, **ends}


def _note(number: int, text: str, x: float, y: float) -> Item:
    return {
        "id": f"3{number:09}",
        "type": "sticky_note",
        "data": {"content": f"<p>{escape(text)}</p>", "shape": "square"},
        "position": {"x": x, "y": y},
        "geometry": {"width": 200, "height": 200},
    }
