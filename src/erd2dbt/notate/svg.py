"""A diagram as a picture: boxes where the layout puts them, lines with crow's feet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.diagram import Box, Cap, Diagram, Layer, Line
from erd2dbt.escape.html import text as _text
from erd2dbt.notate.layout import HEAD, LINE, Place, laid_out, row_text

_FILLS = {Layer.STAGING: "#ccf4ff", Layer.INTERMEDIATE: "#dedaff", Layer.MARTS: "#adf0c7", None: "#ccf4ff"}
_FOOT = 14.0  # the length of a crow's foot


def svg_text(diagram: Diagram) -> str:
    """A whole file; readable on light and dark grounds, for every box has its own."""
    layout = laid_out(diagram)
    width, height = f"{layout.width:g}", f"{layout.height:g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="14">',
        f"<title>{_text(diagram.title or 'ERD')}</title>",
    ]
    lines = [line for line in diagram.lines if line.left != line.right]
    for line, port in zip(lines, ends(lines, layout.places), strict=True):
        parts += _line(line, *port)
    for box in diagram.boxes:
        parts += _box(box, layout.places[box.name])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(box: Box, place: Place) -> Iterator[str]:
    left, top = place.x - place.width / 2, place.y - place.height / 2
    fill = _FILLS[box.layer]
    yield f'<g id="{_text(box.name)}">'
    yield (
        f'<rect x="{left:g}" y="{top:g}" width="{place.width:g}" height="{place.height:g}" rx="4" fill="#ffffff" '
        'stroke="#555555"/>'
    )
    yield f'<rect x="{left:g}" y="{top:g}" width="{place.width:g}" height="{LINE + 12:g}" rx="4" fill="{fill}"/>'
    yield f'<text x="{left + 12:g}" y="{top + 24:g}" font-weight="bold" fill="#1a1a1a">{_text(box.title)}</text>'
    for number, row in enumerate(box.rows):
        y = top + HEAD + LINE * (number + 0.7)
        yield f'<text x="{left + 12:g}" y="{y:g}" fill="#1a1a1a">{_text(row_text(row))}</text>'
    yield "</g>"


@dataclass(frozen=True, slots=True)
class End:
    """Where a line touches a box; `side` is where it goes from there, 1 to the right, -1 to the left."""

    x: float
    y: float
    side: int


def ends(lines: Sequence[Line], places: Mapping[str, Place]) -> Iterator[tuple[End, End, float]]:
    """Both ends of each line, and how far its bend is from the middle: lines of one side do not cover each other."""
    sides: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
    for number, line in enumerate(lines):
        start, end = places[line.left], places[line.right]
        for name, side, other in zip((line.left, line.right), _sides(start, end), (end, start), strict=True):
            sides[name, side].append((other.y, number))
    ranks = {key: [number for _, number in sorted(found)] for key, found in sides.items()}
    for number, line in enumerate(lines):
        start, end = places[line.left], places[line.right]
        both = []
        for name, side, place in zip((line.left, line.right), _sides(start, end), (start, end), strict=True):
            order = ranks[name, side]
            y = place.y - place.height / 2 + place.height * (order.index(number) + 1) / (len(order) + 1)
            both.append(End(place.x + side * place.width / 2, y, side))
        order = ranks[line.left, both[0].side]
        yield both[0], both[1], (order.index(number) - (len(order) - 1) / 2) * 12


def _sides(start: Place, end: Place) -> tuple[int, int]:
    """Two boxes of one column are joined at their right sides."""
    if end.x - end.width / 2 >= start.x + start.width / 2:
        return 1, -1
    return (-1, 1) if end.x + end.width / 2 <= start.x - start.width / 2 else (1, 1)


def _line(line: Line, start: End, end: End, bend: float) -> Iterator[str]:
    """From side to side, with a bend in the middle."""
    x1, x2, in_ = start.x, end.x, end.side
    middle = (x1 + x2) / 2 + bend if start.side != in_ else max(x1, x2) + 80 + bend
    dash = "" if line.identifying else ' stroke-dasharray="6 5"'
    color = "#808080" if line.left_cap is None else "#555555"
    path = f"M {x1:g} {start.y:g} H {middle:g} V {end.y:g} H {x2:g}"
    yield f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>'
    if line.left_cap is None and line.right_cap is None:
        yield f'<path d="M {x2 + in_ * 10:g} {end.y - 5:g} L {x2:g} {end.y:g} L {x2 + in_ * 10:g} {end.y + 5:g}" ' \
            f'fill="none" stroke="{color}" stroke-width="1.5"/>'  # fmt: skip
    yield from _cap(line.left_cap, x1, start.y, start.side)
    yield from _cap(line.right_cap, x2, end.y, in_)
    if line.label:
        y = (start.y + end.y) / 2 - 4
        yield f'<text x="{middle + 4:g}" y="{y:g}" font-size="12" fill="#555555">{_text(line.label)}</text>'


def _cap(cap: Cap | None, x: float, y: float, side: int) -> Iterator[str]:
    """Three toes are many, a bar is one, a ring is none: `side` is where the line goes, 1 to the right."""
    if cap is None:
        return
    near, far = x + side * 5, x + side * _FOOT
    if cap.is_many:
        toes = "".join(f"M {far:g} {y:g} L {x:g} {y + toe:g} " for toe in (-7, 7))
        yield f'<path d="{toes.strip()}" fill="none" stroke="#555555" stroke-width="1.5"/>'
        near, far = far + side, far + side * 6
    else:
        yield _bar(near, y)
        far = near + side * 6
    if cap in (Cap.ZERO_OR_ONE, Cap.ZERO_OR_MANY):
        yield f'<circle cx="{far:g}" cy="{y:g}" r="4" fill="#ffffff" stroke="#555555" stroke-width="1.5"/>'
    elif cap in (Cap.ONLY_ONE, Cap.ONE_OR_MANY):
        yield _bar(far, y)


def _bar(x: float, y: float) -> str:
    return f'<path d="M {x:g} {y - 7:g} V {y + 7:g}" stroke="#555555" stroke-width="1.5"/>'
