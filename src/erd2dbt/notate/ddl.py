"""Writes a diagram as PostgreSQL's data definition language."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from erd2dbt.datatypes.postgres import understood
from erd2dbt.diagram.drawing import Box, Cap, Diagram, Line, Row
from erd2dbt.escape.sql import comment, ident, literal
from erd2dbt.notate.relational import (
    by_name,
    child_first,
    enumeration,
    enumerations,
    is_enumeration,
    is_unique,
    listed,
    qualified,
)

_NAME = r'(?:[^\W\d]\w*|"[^"]+")'
_TYPE = re.compile(rf"{_NAME}(?:(?: |\.){_NAME})*(?: ?\(\d+(?:, ?-?\d+)?\))?(?: {_NAME})*(?:\[\d*\])*")


def ddl_text(diagram: Diagram) -> str:
    """Return schemas, types, tables, foreign keys, comments. A line that cannot be a foreign key becomes a comment."""
    boxes = by_name(diagram)
    schemas = sorted({box.schema for box in diagram.boxes if box.schema and box.schema != "public"})
    parts = [[f"create schema if not exists {ident(schema)};" for schema in schemas]]
    parts.append(
        [f"create type {name} as enum ({', '.join(map(literal, own))});" for name, own in enumerations(diagram)]
    )
    partners = _lines_of_one(diagram)
    parts += [list(_table(box, partners[box.name])) for box in diagram.boxes]
    parts.append([_reference(line, boxes) for line in diagram.lines])
    parts.append([said for box in diagram.boxes for said in _comments(box)])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _lines_of_one(diagram: Diagram) -> defaultdict[str, list[tuple[str, ...]]]:
    """Return the columns of each box's lines that have at most one row at both ends."""
    ones = (Cap.ONE, Cap.ONLY_ONE, Cap.ZERO_OR_ONE)
    found: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for line in diagram.lines:
        if line.left_cap in ones and line.right_cap in ones:
            child, _, pairs, _ = child_first(line)
            found[child] += [tuple(column for column, _ in pairs)] if pairs else []
    return found


def _table(box: Box, partners: list[tuple[str, ...]]) -> Iterator[str]:
    said = [_column(box, row) for row in box.rows]
    said += [f"primary key ({_columns(box.key)})"] if box.key else []
    said += [f"unique ({_columns(unique)})" for unique in _uniques(box, partners)]
    yield f"create table {qualified(box)} ("
    yield ",\n".join(f"    {one}" for one in said)
    yield ");"


def _uniques(box: Box, partners: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the unique columns that the box declares, and those of lines with at most one row at both ends."""
    alone = [(row.name,) for row in box.rows if row.unique]
    return list(dict.fromkeys([*alone, *box.uniques, *(one for one in partners if not is_unique(box, one))]))


def _column(box: Box, row: Row) -> str:
    drawn = row.type or "text"
    type_ = enumeration(box, row) if is_enumeration(row) else understood(drawn) or _type(drawn)
    check = f" check ({condition})" if (condition := listed(row)) else ""
    return f"{ident(row.name)} {type_}{' not null' if row.not_null else ''}{check}"


def _type(drawn: str) -> str:
    """Return a type that is not built in: as drawn if it is a valid type, otherwise as a quoted name."""
    return drawn if _TYPE.fullmatch(drawn) else ident(drawn)


def _reference(line: Line, boxes: dict[str, Box]) -> str:
    child, parent, pairs, is_many = child_first(line)
    own, to = tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
    if is_many or not pairs or not is_unique(boxes[parent], to):
        pair = ", ".join(f"{a} = {b}" for a, b in pairs) or "by columns that are not known"
        return comment(f"no foreign key: {child} to {parent}, {pair}")
    return (
        f"alter table {qualified(boxes[child])} add foreign key ({_columns(own)})"
        f" references {qualified(boxes[parent])} ({_columns(to)});"
    )


def _comments(box: Box) -> Iterator[str]:
    if box.description:
        yield f"comment on table {qualified(box)} is {literal(box.description)};"
    for row in box.rows:
        if row.description:
            yield f"comment on column {qualified(box)}.{ident(row.name)} is {literal(row.description)};"


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(map(ident, names))
