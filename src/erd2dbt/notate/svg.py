"""Draws a diagram as SVG: boxes and lines in the layout of the engine, with crow's feet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from erd2dbt.diagram.drawing import Box, Diagram, Layer, Line
from erd2dbt.escape.html import text as _text
from erd2dbt.layout.crows_feet import arrow, foot
from erd2dbt.layout.engine import Point, Rectangle, path
from erd2dbt.notate.picture import HEAD, LINE, label_size, picture, row_text
from erd2dbt.notate.relational import LAYER_COLORS


def svg_text(diagram: Diagram, mermaid: str = "") -> str:
    """Return a whole file. It is readable on light and dark backgrounds, because boxes and labels have their own.

    `mermaid`: the diagram as Mermaid, which the file carries as metadata: `import` reads that."""
    drawn = picture(diagram)
    plan = drawn.plan
    width, height = f"{plan.width:g}", f"{plan.height:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="14">',
        f"<title>{_text(diagram.title or 'ERD')}</title>",
        *([f'<metadata data-type="diagram">\n{_text(mermaid)}</metadata>'] if mermaid else []),
    ]
    for one in drawn.lines:
        parts += _line(one.line, one.route)
    for one in drawn.lines:  # above all lines
        parts += _label(one.line, one.label)
    for box in diagram.boxes:
        parts += _box(box, plan.boxes[box.name])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(box: Box, place: Rectangle) -> Iterator[str]:
    fill = LAYER_COLORS[box.layer or Layer.STAGING]
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
    """Return a line. `route` is from left to right. Lineage has an arrow instead of feet."""
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
    """Return a label with its own background, so that no line crosses the text."""
    if line.label and middle:
        (x, y), wide = middle, label_size(line.label)
        yield f'<rect x="{x - wide / 2:g}" y="{y - 8:g}" width="{wide:g}" height="16" fill="#ffffff"/>'
        said = f'<text x="{x:g}" y="{y + 4:g}" text-anchor="middle" font-size="12" fill="#555555">'
        yield f"{said}{_text(line.label)}</text>"
