"""Reads `miro:`: the item of a Miro board for each entity, model, column and link."""

from __future__ import annotations

import re

from erd2dbt.diagram.erd import Board, BoardItem, Word
from erd2dbt.read.spec.fields import Field, Grammar, Reader, entries, record
from erd2dbt.read.spec.links import drawn
from erd2dbt.read.spec.values import text

# A link may have its role after it, like the label of a Mermaid relation.
_LINK = re.compile(r"(?P<drawn>.*?(?:--|\.\.).*?)(?:\s+:\s*(?P<role>\S+)\s*)?", re.DOTALL)


def board(reader: Reader, field: Field) -> Board:
    """Read `{board: its id, frame: …, items: {name: id of its item}}`."""
    given = record(reader, field, BOARD)
    return Board(span=reader.span(field.key), **{"board": "", **given})


def items(reader: Reader, field: Field) -> tuple[BoardItem, ...]:
    """Return the element of each item. Reports fault E016 for an item with two elements."""
    found: dict[str, BoardItem] = {}
    for entry in entries(reader, field) or ():
        one = _item(reader, entry)
        other = found.setdefault(one.id, one)
        if one.id and other is not one:
            message = f"the item `{one.id}` is already on line {other.span.line}"
            reader.fault("E016", message, entry.value, "leave the one that it is")
    return tuple(found.values())


def _item(reader: Reader, entry: Field) -> BoardItem:
    """Return an element: the text of a link, perhaps with ` : role`, or `entity`, `model`, `entity.column`,
    `model.column`."""
    id_, span = text(reader, entry), reader.document.content(entry.key)
    link = _LINK.fullmatch(entry.name)
    if link and (known := drawn(link["drawn"])):
        return BoardItem(id=id_, span=span, link=known, role=link["role"])
    name, dot, column = entry.name.partition(".")
    return BoardItem(id=id_, span=span, of=Word(name, span), column=Word(column, span) if dot else None)


BOARD = Grammar(
    what="`miro`",
    fields={"board": text, "frame": text, "items": items},
    required={"board": "board: the_id_in_its_address"},
)
