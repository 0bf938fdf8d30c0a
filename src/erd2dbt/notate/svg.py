"""A diagram as a picture: boxes and lines where the layout engine puts them, with crow's feet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from erd2dbt.diagram.drawing import Box, Diagram, Layer, Line
from erd2dbt.escape.html import text as _text
from erd2dbt.layout.engine import Edge, Node, Point, Rectangle, arranged, path
from erd2dbt.layout.feet import arrow, foot
from erd2dbt.notate.layout import HEAD, LINE, row_text, size

_FILLS = {Layer.STAGING: "#ccf4ff", Layer.INTERMEDIATE: "#dedaff", Layer.MARTS: "#adf0c7", None: "#ccf4ff"}
_LETTER = 6.5  # of a label


def svg_text(diagram: Diagram) -> str:
    """A whole file; readable on light and dark grounds, for every box and label has its own."""
    sizes = {box.name: size(box) for box in diagram.boxes}
    lines = [line for line in diagram.lines if line.left != line.right]
    edges = [_edge(line, {box.name: box for box in diagram.boxes}) for line in lines]
    plan = arranged([Node(name, *its) for name, its in sizes.items()], edges)
    width, height = f"{plan.width:g}", f"{plan.height:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="14">',
        f"<title>{_text(diagram.title or 'ERD')}</title>",
    ]
    for line, edge, route, label in zip(lines, edges, plan.routes, plan.labels, strict=True):
        parts += _line(line, route if edge.start == line.left else route[::-1])
        parts += _label(line, label)
    for box in diagram.boxes:
        parts += _box(box, plan.boxes[box.name])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _edge(line: Line, boxes: dict[str, Box]) -> Edge:
    """From what is referred to, or read, on the left; at the rows that the line ties, where they are known."""
    pairs = line.pairs or ([(line.left_row, line.right_row)] if line.left_row and line.right_row else [])
    left, right = pairs[0] if pairs else (None, None)
    ends = (line.left, left), (line.right, right)
    is_child_left = line.left_cap is not None and line.left_cap.is_many
    start, end = reversed(ends) if is_child_left else ends
    label = (_wide(line.label), 16.0) if line.label else None
    return Edge(start[0], end[0], _height(boxes[start[0]], start[1]), _height(boxes[end[0]], end[1]), label)


def _height(box: Box, row: str | None) -> float | None:
    rows = [its.name for its in box.rows]
    return HEAD + LINE * (rows.index(row) + 0.5) if row in rows else None


def _wide(text: str) -> float:
    return len(text) * _LETTER + 8


def _box(box: Box, place: Rectangle) -> Iterator[str]:
    fill = _FILLS[box.layer]
    yield f'<g id="{_text(box.name)}">'
    yield (
        f'<rect x="{place.x:g}" y="{place.y:g}" width="{place.width:g}" height="{place.height:g}" rx="4" '
        'fill="#ffffff" stroke="#555555"/>'
    )
    yield (
        f'<rect x="{place.x:g}" y="{place.y:g}" width="{place.width:g}" height="{LINE + 12:g}" rx="4" fill="{fill}"/>'
    )
    title = f'<text x="{place.x + 12:g}" y="{place.y + 24:g}" font-weight="bold" fill="#1a1a1a">'
    yield f"{title}{_text(box.title)}</text>"
    for number, row in enumerate(box.rows):
        y = place.y + HEAD + LINE * (number + 0.7)
        yield f'<text x="{place.x + 12:g}" y="{y:g}" fill="#1a1a1a">{_text(row_text(row))}</text>'
    yield "</g>"


def _line(line: Line, route: Sequence[Point]) -> Iterator[str]:
    """`route` runs from left to right. Lineage has an arrow instead of feet."""
    dash = "" if line.identifying else ' stroke-dasharray="6 5"'
    is_lineage = line.left_cap is None and line.right_cap is None
    color = "#808080" if is_lineage else "#555555"
    yield f'<path d="{path(route)}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>'
    ends = [arrow(route)] if is_lineage else []
    ends += [foot(line.left_cap, route)] if line.left_cap is not None else []
    ends += [foot(line.right_cap, route[::-1])] if line.right_cap is not None else []
    for end in ends:
        yield f'<path d="{end}" fill="none" stroke="{color}" stroke-width="1.5"/>'


def _label(line: Line, middle: Point | None) -> Iterator[str]:
    """On a ground of its own, so that no line runs through it."""
    if line.label and middle:
        (x, y), wide = middle, _wide(line.label)
        yield f'<rect x="{x - wide / 2:g}" y="{y - 8:g}" width="{wide:g}" height="16" fill="#ffffff"/>'
        said = f'<text x="{x:g}" y="{y + 4:g}" text-anchor="middle" font-size="12" fill="#555555">'
        yield f"{said}{_text(line.label)}</text>"
