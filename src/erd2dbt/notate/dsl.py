"""Writes a diagram in Miro's diagram language, as `diagram_create` accepts it."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Key, Line, Row
from erd2dbt.notate.relational import LAYER_COLORS, label, titled, with_drawn_lineage

_MARKS = {Key.PK: "PK", Key.FK: "FK", Key.UK: "UQ"}


def dsl_text(diagram: Diagram) -> str:
    """Return nodes, then edges. Descriptions, references and uniqueness are excluded: the language cannot express
    them."""
    lines = with_drawn_lineage(diagram)
    nodes = {box.name: f"n{number}" for number, box in enumerate(diagram.boxes, start=1)}
    parts = ["graphdir TB", "\n".join(_node(nodes[box.name], box) for box in diagram.boxes)]
    if lines:
        parts.append("\n".join(_edge(f"e{number}", line, nodes) for number, line in enumerate(lines, start=1)))
    return "\n\n".join(parts) + "\n"


def _node(node: str, box: Box) -> str:
    color = box.color or (LAYER_COLORS[box.layer] if box.layer else "")
    rows = "\n".join(map(_row, box.rows))
    return f'{node} "{_escaped(titled(box))}" "{rows}" {color}'.rstrip()


def _row(row: Row) -> str:
    return "\t".join((",".join(_marks(row)), _escaped(row.name), _escaped(row.type or "")))


def _marks(row: Row) -> Iterator[str]:
    yield from (_MARKS[key] for key in row.keys)
    if row.not_null is not None:
        yield "NOT_NULL" if row.not_null else "NULL"


def _edge(edge: str, line: Line, nodes: dict[str, str]) -> str:
    """Return an edge. A missing cap is written as `many`, which claims nothing."""
    left, right = line.left_cap or Cap.MANY, line.right_cap or Cap.MANY
    kind = "--" if line.identifying else ".."
    return f'{edge} "{_escaped(label(line))}" {nodes[line.left]} {left} {kind} {right} {nodes[line.right]}'


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
