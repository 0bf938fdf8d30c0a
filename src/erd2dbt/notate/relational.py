"""What notations say alike: qualified names, types of one's own, labels, and which lines are foreign keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram.drawing import LINEAGE, Box, Cap, Diagram, Layer, Line, Row
from erd2dbt.escape.sql import ident, literal
from erd2dbt.names.spelling import slug


def titled(box: Box) -> str:
    """As drawn notations show it: behind its schema by its exact name, where that can be read as its name again."""
    if not box.schema:
        return box.title
    is_plain = box.title.isidentifier() and slug(box.title) == box.name
    return f"{box.schema}.{box.title if is_plain else box.name}"


def qualified(box: Box) -> str:
    name = ident(box.table or box.title)
    return f"{ident(box.schema)}.{name}" if box.schema else name


def enumeration(box: Box, row: Row) -> str:
    """The name of the type that a column's values are."""
    name = ident(re.sub(r"\[\d*\]", "_", f"{box.table or box.name}_{row.name}"))  # `[]` and `[3]` read as arrays
    return f"{ident(box.schema)}.{name}" if box.schema else name


def is_enumeration(row: Row) -> bool:
    return bool(row.is_own and row.values)


def listed(row: Row) -> str | None:
    """The condition that lists a column's values; None where they are those of a type."""
    if not row.values or is_enumeration(row):
        return None
    return f"{ident(row.name)} in ({', '.join(map(literal, row.values))})"


def enumerations(diagram: Diagram) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((enumeration(box, row), row.values) for box in diagram.boxes for row in box.rows if is_enumeration(row))


def by_name(diagram: Diagram) -> dict[str, Box]:
    return {box.name: box for box in diagram.boxes}


def child_first(line: Line) -> tuple[str, str, tuple[tuple[str, str], ...], bool]:
    """(the box that has the key, the other, pairs, whether both ends are many); rows that a line ends on pair."""
    pairs = line.pairs or (((line.left_row, line.right_row),) if line.left_row and line.right_row else ())
    left_many, right_many = (cap is not None and cap.is_many for cap in (line.left_cap, line.right_cap))
    if right_many and not left_many:
        return line.right, line.left, tuple((b, a) for a, b in pairs), False
    return line.left, line.right, pairs, left_many and right_many


def label(line: Line) -> str:
    """What is written at a line: its role, the child's columns, or both where only both tell which columns pair."""
    columns = ", ".join(column for column, _ in line.pairs)
    is_enough = len(line.pairs) < 2 or "(" in line.label or line.label == columns
    return line.label if line.label and is_enough else f"{line.label} ({columns})" if line.label else columns


def lineage_in(diagram: Diagram) -> frozenset[int]:
    """The places among the lines of those that lead to a model and have no caps: the inputs of it."""
    models = {box.name for box in diagram.boxes if box.layer not in (None, Layer.STAGING)}
    return frozenset(
        number
        for number, line in enumerate(diagram.lines)
        if line.left_cap is None and line.right_cap is None and {line.left, line.right} & models
    )


def drawn_as_lineage(line: Line) -> Line:
    """For notations in which every line has caps: dashed, one bar at each end, and its label says what it is."""
    said = f"{LINEAGE}: {line.label}" if line.label else LINEAGE
    return replace(line, left_cap=Cap.ONE, right_cap=Cap.ONE, label=said, identifying=False, pairs=())


def is_unique(box: Box, columns: tuple[str, ...]) -> bool:
    """Whether these are the key of the box or unique in it."""
    alone = {(row.name,) for row in box.rows if row.unique}
    return any(sorted(columns) == sorted(known) for known in (box.key, *box.uniques, *alone))
