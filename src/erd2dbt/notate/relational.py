"""Shared by notations: qualified names, user-defined types, labels, and which lines are foreign keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from erd2dbt.diagram.drawing import Box, Diagram, Layer, Line, Row, drawn_as_lineage
from erd2dbt.escape.sql import ident, literal
from erd2dbt.names.spelling import slug

LAYER_COLORS = {Layer.STAGING: "#ccf4ff", Layer.INTERMEDIATE: "#dedaff", Layer.MARTS: "#adf0c7"}


def titled(box: Box) -> str:
    """Return the name for drawn notations: the exact name with its schema, if readers can parse it again."""
    if not box.schema:
        return box.title
    is_plain = box.title.isidentifier() and slug(box.title) == box.name
    return f"{box.schema}.{box.title if is_plain else box.name}"


def qualified(box: Box) -> str:
    name = ident(box.table or box.title)
    return f"{ident(box.schema)}.{name}" if box.schema else name


def enumeration(box: Box, row: Row) -> str:
    """Return the name of the enumeration type of a column."""
    name = ident(re.sub(r"\[\d*\]", "_", f"{box.table or box.name}_{row.name}"))  # `[]` and `[3]` are read as arrays
    return f"{ident(box.schema)}.{name}" if box.schema else name


def is_enumeration(row: Row) -> bool:
    return bool(row.is_own and row.values)


def listed(row: Row) -> str | None:
    """Return the condition with a column's values; None if its type is an enumeration."""
    if not row.values or is_enumeration(row):
        return None
    return f"{ident(row.name)} in ({', '.join(map(literal, row.values))})"


def enumerations(diagram: Diagram) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((enumeration(box, row), row.values) for box in diagram.boxes for row in box.rows if is_enumeration(row))


def by_name(diagram: Diagram) -> dict[str, Box]:
    return {box.name: box for box in diagram.boxes}


def child_first(line: Line) -> tuple[str, str, tuple[tuple[str, str], ...], bool]:
    """Return (box with the foreign key, other box, pairs, whether both ends are many). Rows at a line's ends are a
    pair."""
    pairs = line.pairs or (((line.left_row, line.right_row),) if line.left_row and line.right_row else ())
    left_many, right_many = (cap is not None and cap.is_many for cap in (line.left_cap, line.right_cap))
    if right_many and not left_many:
        return line.right, line.left, tuple((b, a) for a, b in pairs), False
    return line.left, line.right, pairs, left_many and right_many


def label(line: Line) -> str:
    """Return a line's label: its role, the child's columns, or both if only both identify the join columns."""
    columns = ", ".join(column for column, _ in line.pairs)
    is_enough = len(line.pairs) < 2 or "(" in line.label or line.label == columns
    return line.label if line.label and is_enough else f"{line.label} ({columns})" if line.label else columns


def lineage_in(diagram: Diagram) -> frozenset[int]:
    """Return the indexes of lines that lead to a model and have no caps: these are its inputs."""
    models = {box.name for box in diagram.boxes if box.layer not in (None, Layer.STAGING)}
    return frozenset(
        number
        for number, line in enumerate(diagram.lines)
        if line.left_cap is None and line.right_cap is None and {line.left, line.right} & models
    )


def with_drawn_lineage(diagram: Diagram) -> list[Line]:
    """Return the lines for notations in which every line has caps."""
    flows = lineage_in(diagram)
    return [drawn_as_lineage(line) if number in flows else line for number, line in enumerate(diagram.lines)]


def is_unique(box: Box, columns: tuple[str, ...]) -> bool:
    """Return whether these columns are the key of the box, or unique in it."""
    alone = {(row.name,) for row in box.rows if row.unique}
    return any(sorted(columns) == sorted(known) for known in (box.key, *box.uniques, *alone))
