"""Finds boxes that only list values of an enumeration. They become values of columns, not tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Diagram, Line, Row, Seen
from erd2dbt.read.boxes.vocabulary import is_column_word

_MARK = re.compile(r"(?:<<|«)\s*enum(?:eration)?\s*(?:>>|»)", re.IGNORECASE)
_VALUE_TYPES = ("enum", "enumeration", "value", "constant", "literal", "const")
_NO_TYPE = (None, *_VALUE_TYPES)


def with_values(diagram: Diagram) -> Diagram:
    """Return the diagram without enumerations. Their values move into the columns of that type."""
    listed = {box.name: box for box in diagram.boxes if _only_lists(box) and _shows_values(box, diagram.boxes)}
    typed = {_plain(_unmarked(box)): box for box in listed.values()}
    used = {typed[kind].name for box in diagram.boxes for row in box.rows if (kind := _plain(row.type or "")) in typed}
    found = {name: box for name, box in listed.items() if name in used or _MARK.search(box.title)}
    if not found:
        return diagram
    kinds = {_plain(_unmarked(box)): box for box in found.values()}
    ties = [(line.left, line.right) for line in diagram.lines]
    ends = [end for pair in ties for end in (pair, pair[::-1])]
    boxes = tuple(
        replace(box, rows=tuple(_valued(row, kinds, near) for row in box.rows))
        for box in diagram.boxes
        if box.name not in found
        for near in [[found[to] for one, to in ends if one == box.name and to in found]]
    )
    lines = tuple(line for line in diagram.lines if not {line.left, line.right} & found.keys())
    gone = [line for line in diagram.lines if line not in lines]
    return replace(diagram, boxes=boxes, lines=lines, seen=(*diagram.seen, *_told(boxes, found.values(), gone)))


def _only_lists(box: Box) -> bool:
    """Return whether no row has marks or a type of its own. Mermaid requires a type, which is then the same in all
    rows.
    """
    kinds = {row.type for row in box.rows}
    plain = all(not (row.keys or row.references or row.derivation or row.values) for row in box.rows)
    return bool(box.rows) and plain and not box.keys and not box.source and (len(kinds) == 1 or kinds <= {*_NO_TYPE})


def _shows_values(box: Box, boxes: Iterable[Box]) -> bool:
    """Return whether the title or the rows are marked as values, or are written as constants are. A table of codes and
    names does not count, even if columns are named after it.
    """
    if _MARK.search(box.title) or all(row.type in _VALUE_TYPES for row in box.rows):
        return True
    others = [row.spelling or row.name for other in boxes if other is not box for row in other.rows]
    is_upper = all((row.spelling or row.name).isupper() for row in box.rows)
    names_columns = any(is_column_word(row.name) for row in box.rows)
    return is_upper and not names_columns and not all(name.isupper() for name in others)


def _valued(row: Row, kinds: Mapping[str, Box], near: list[Box]) -> Row:
    """Return the column with these values: its type names the enumeration, or a line joins a column of that name to
    it."""
    box = kinds.get(_plain(row.type or ""))
    if box is None and row.type in (*_NO_TYPE, "text", "string", "varchar"):
        box = next((one for one in near if _MARK.search(one.title) and _ends_so(_unmarked(one), row.name)), None)
    if box is None:
        return row
    return replace(row, type="text", values=tuple(one.spelling or one.name for one in box.rows))


def _ends_so(title: str, name: str) -> bool:
    return _plain(title).removesuffix("enum").endswith(_plain(name))


def _told(boxes: Iterable[Box], found: Iterable[Box], gone: Iterable[Line]) -> Iterator[Seen]:
    values = {row.values for box in boxes for row in box.rows}
    for box in found:
        is_used = tuple(one.spelling or one.name for one in box.rows) in values
        why = "its values are those of columns" if is_used else "no column is of this enumeration"
        yield Seen(kind="an enumeration", why=why, span=box.span, text=box.title, id=box.id)
    for line in gone:
        yield Seen(kind="line", why="it joins an enumeration, which is not an entity", span=line.span, id=line.id)


def _unmarked(box: Box) -> str:
    return _MARK.sub("", box.title).strip()


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
