"""Computes the picture of a diagram: sizes and positions of boxes, and routes of lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from erd2dbt.diagram.drawing import Box, Diagram, Line, Row
from erd2dbt.layout.engine import Arrangement, Edge, Node, Point, arranged

LETTER, LINE, HEAD = 8.5, 24.0, 44.0  # of a box, in pixels: a letter's width, a row's height, the space around the rows
_NARROWEST, _WIDEST = 220.0, 720.0
_LETTER = 6.5  # of a label
LABEL_HEIGHT = 16.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line with its route from left to right, and the middle of its label."""

    line: Line
    route: tuple[Point, ...]
    label: Point | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Positions of boxes by name, and lines between two boxes. Lines from a box to itself are excluded."""

    plan: Arrangement
    lines: tuple[Drawn, ...]


def picture(diagram: Diagram, label_width: float = _LETTER) -> Picture:
    """Return the picture, the same for the same diagram. `label_width`: pixels of a letter of a label."""
    boxes = {box.name: box for box in diagram.boxes}
    lines = [line for line in diagram.lines if line.left != line.right]
    edges = [_edge(line, boxes, label_width) for line in lines]
    plan = arranged([Node(box.name, *size(box)) for box in diagram.boxes], edges)
    routes = [
        route if edge.start == line.left else route[::-1]
        for line, edge, route in zip(lines, edges, plan.routes, strict=True)
    ]
    return Picture(plan, tuple(Drawn(*one) for one in zip(lines, routes, plan.labels, strict=True)))


def row_text(row: Row) -> str:
    """Return the text of a row in a box: `PK, FK  order_id  bigint`."""
    marks = ", ".join(row.keys)
    return "  ".join(word for word in (marks, row.name, row.type or "", row.derivation or "") if word)


def size(box: Box) -> tuple[float, float]:
    """Return the width and height of a box with all its rows."""
    longest = max([len(box.title) * 1.15, *(len(row_text(row)) + 6 for row in box.rows)])
    return float(round(min(_WIDEST, max(_NARROWEST, longest * LETTER)))), HEAD + LINE * (len(box.rows) + 1)


def row_height(box: Box, row: str | None) -> float | None:
    """Return the distance of a row's middle from the top of its box."""
    rows = [its.name for its in box.rows]
    return HEAD + LINE * (rows.index(row) + 0.5) if row in rows else None


def label_size(text: str, letter: float = _LETTER) -> float:
    """Return the width and height of a label with its margin."""
    return len(text) * letter + 8


def _edge(line: Line, boxes: Mapping[str, Box], letter: float) -> Edge:
    """Return an edge from the referenced box, or the input, on the left; at the joined rows, if they are known."""
    left, right = ends_of(line)
    ends = (line.left, left), (line.right, right)
    is_child_left = line.left_cap is not None and line.left_cap.is_many
    start, end = reversed(ends) if is_child_left else ends
    label = (label_size(line.label, letter), LABEL_HEIGHT) if line.label else None
    heights = [row_height(boxes[name], row) for name, row in (start, end)]
    return Edge(start[0], end[0], heights[0], heights[1], label)


def ends_of(line: Line) -> tuple[str | None, str | None]:
    """Return the rows at the ends of a line, left and right; the first pair if there are several."""
    pairs = line.pairs or ([(line.left_row, line.right_row)] if line.left_row and line.right_row else [])
    return pairs[0] if pairs else (None, None)
