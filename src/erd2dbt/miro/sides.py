"""Chooses the sides at which connectors touch their boxes, so that Miro's right-angled routes cross few boxes.

Miro routes a connector by its two points and sides only. It leaves one side straight, bends once in the middle or at a
corner, and enters the other side straight. It ignores other boxes, so the choice of sides is the only control.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise, product

from erd2dbt.miro.places import Place

Point = tuple[float, float]
_Numbered = tuple[int, Place]
_OUT = 40.0  # length of a route's straight part before it turns
_WITHIN = 1.0
_SQUARE = 500.0  # side of a grid square
_AWAY = {"right": (1, 0), "left": (-1, 0), "top": (0, -1), "bottom": (0, 1)}
_AT_ROWS = ("right", "left")


class Obstacles:
    """Boxes that routes may cross, by the squares of a grid that they touch."""

    def __init__(self, boxes: Iterable[Place]) -> None:
        self._all = list(enumerate(boxes))
        self._squares: dict[tuple[int, int], list[_Numbered]] = defaultdict(list)
        self._large: list[_Numbered] = []
        for number, box in self._all:
            columns, rows = _squares((box.left, box.top), (box.right, box.bottom))
            if len(columns) * len(rows) > len(self._all):
                self._large.append((number, box))
                continue
            for square in product(columns, rows):
                self._squares[square].append((number, box))

    def crossed(self, path: list[Point]) -> int:
        """Return how many boxes a route crosses."""
        return len({n for part in pairwise(path) for n, box in self._near(part) if _meets(part, box)})

    def _near(self, part: tuple[Point, Point]) -> Iterable[_Numbered]:
        columns, rows = _squares(*part)
        if len(columns) * len(rows) > len(self._all):
            return self._all
        return chain(self._large, *(self._squares.get(square, ()) for square in product(columns, rows)))


def _squares(one: Point, other: Point) -> tuple[range, range]:
    """Return the columns and rows of squares between two opposite corners."""
    first, second = (sorted((int(a // _SQUARE), int(b // _SQUARE))) for a, b in zip(one, other, strict=True))
    return range(first[0], first[1] + 1), range(second[0], second[1] + 1)


def best_sides(
    start: Place, end: Place, heights: tuple[float, float], boxes: Obstacles, *, at_rows: bool
) -> tuple[str, str]:
    """Return the sides whose route crosses the fewest `boxes`. `at_rows`: only left and right are allowed, beside rows.

    `heights`: the height of the row, as a share of its box.
    """
    found: list[tuple[int, tuple[str, str]]] = []
    for pair in _pairs(start, end, at_rows=at_rows):
        path = route(start, end, heights, pair)
        if path is None:
            continue
        crossed = boxes.crossed(path)
        if not crossed:
            return pair
        found.append((crossed, pair))
    return min(found, key=lambda one: one[0])[1]


def route(start: Place, end: Place, heights: tuple[float, float], sides: tuple[str, str]) -> list[Point] | None:
    """Return the points of Miro's route; None where these sides do not face each other."""
    a, b = _point(start, sides[0], heights[0]), _point(end, sides[1], heights[1])
    away, back = _AWAY[sides[0]], _AWAY[sides[1]]
    axis = 0 if away[0] else 1  # the axis of its first part
    if bool(away[0]) is bool(back[0]):
        if sides[0] == sides[1]:
            turn = (max if away[axis] > 0 else min)(a[axis], b[axis]) + away[axis] * _OUT
        elif (b[axis] - a[axis]) * away[axis] < _OUT:
            return None
        else:
            turn = (a[axis] + b[axis]) / 2
        return [a, _with(a, axis, turn), _with(b, axis, turn), b]
    if (b[axis] - a[axis]) * away[axis] < _OUT or (a[1 - axis] - b[1 - axis]) * back[1 - axis] < _OUT:
        return None
    return [a, _with(a, axis, b[axis]), b]


def touch(side: str, height: float) -> dict[str, str]:
    """Return a point on a side in the form of Miro's API."""
    x = {"left": "0%", "right": "100%"}.get(side, "50%")
    y = {"top": "0%", "bottom": "100%"}.get(side, f"{round(100 * height, 1):g}%")
    return {"x": x, "y": y}


def _pairs(start: Place, end: Place, *, at_rows: bool) -> Iterator[tuple[str, str]]:
    """Return pairs of sides, those that face each other first."""
    first = ("right", "left") if end.x >= start.x else ("left", "right")
    yield first
    allowed = _AT_ROWS if at_rows else tuple(_AWAY)
    yield from ((one, other) for one in allowed for other in allowed if (one, other) != first)


def _point(box: Place, side: str, height: float) -> Point:
    if side in _AT_ROWS:
        return (box.right if side == "right" else box.left), box.top + height * box.height
    return box.x, (box.top if side == "top" else box.bottom)


def _with(point: Point, axis: int, value: float) -> Point:
    return (value, point[1]) if axis == 0 else (point[0], value)


def _meets(part: tuple[Point, Point], box: Place) -> bool:
    (x1, y1), (x2, y2) = part
    across = max(x1, x2) > box.left + _WITHIN and min(x1, x2) < box.right - _WITHIN
    return across and max(y1, y2) > box.top + _WITHIN and min(y1, y2) < box.bottom - _WITHIN
