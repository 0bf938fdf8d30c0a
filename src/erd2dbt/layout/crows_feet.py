"""The ends of a link in crow's-foot notation, as SVG paths along the line."""

from __future__ import annotations

from collections.abc import Sequence

from erd2dbt.diagram.drawing import Cap
from erd2dbt.layout.engine import Point

_TOE, _FOOT, _RING = 6.0, 12.0, 4.0  # pixels: half the width of a foot, its length, the radius of a ring


def foot(cap: Cap, points: Sequence[Point]) -> str:
    """Return the end of a line at the first of `points`, which is on the box. The second point gives the direction.

    Three toes are many and a bar is one. The second sign is the minimum, if it is known: a ring is zero, a bar one.
    """
    (x, y), (next_x, next_y) = points[0], points[1]
    long = abs(next_x - x) + abs(next_y - y) or 1.0
    ux, uy = (next_x - x) / long, (next_y - y) / long

    def at(along: float, across: float) -> str:
        return f"{round(x + ux * along - uy * across, 1):g} {round(y + uy * along + ux * across, 1):g}"

    def bar(along: float) -> str:
        return f"M{at(along, -_TOE)} L{at(along, _TOE)}"

    if cap.is_many:
        near = f"M{at(0, -_TOE)} L{at(_FOOT, 0)} L{at(0, _TOE)}"
        far = _FOOT + 3
    else:
        near, far = bar(6), 11.0
    if cap in (Cap.ONE, Cap.MANY):
        return near
    if cap.cardinality.minimum:
        return f"{near} {bar(far)}"
    start, end = at(far, 0), at(far + 2 * _RING, 0)
    return f"{near} M{start} A{_RING:g} {_RING:g} 0 1 0 {end} A{_RING:g} {_RING:g} 0 1 0 {start}"


def arrow(points: Sequence[Point]) -> str:
    """Return the head of an arrow at the last of `points`."""
    (x, y), (before_x, before_y) = points[-1], points[-2]
    long = abs(before_x - x) + abs(before_y - y) or 1.0
    ux, uy = (before_x - x) / long, (before_y - y) / long
    ends = [(x + ux * 9 - uy * side, y + uy * 9 + ux * side) for side in (-5, 5)]
    (ax, ay), (bx, by) = [(round(one, 1), round(other, 1)) for one, other in ends]
    return f"M{ax:g} {ay:g} L{x:g} {y:g} L{bx:g} {by:g}"
