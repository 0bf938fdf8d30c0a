"""Where the boxes of a diagram stand: in columns from the raw data to the marts, without overlaps, lines short."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.diagram.drawing import Box, Diagram, Layer, Row

LETTER, LINE, HEAD = 8.5, 24.0, 44.0  # of a box: a letter's width, a row's height, what stands around the rows
_NARROWEST, _WIDEST = 220.0, 720.0
GAP_ACROSS, GAP_DOWN, MARGIN = 220.0, 70.0, 120.0
_ROUNDS = 4  # of putting boxes beside what they are joined to
_ORDER = (None, *Layer)


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle by its centre, from the top left of the whole."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Place) -> bool:
        apart = abs(self.x - other.x) * 2 >= self.width + other.width
        return not (apart or abs(self.y - other.y) * 2 >= self.height + other.height)


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of boxes by name, and how much room all of them take with a margin around."""

    places: Mapping[str, Place]
    width: float
    height: float


def laid_out(diagram: Diagram) -> Layout:
    """The same for the same diagram; the order of boxes and lines decides where nothing else does."""
    columns = _ordered(_columns(diagram), diagram)
    sizes = {box.name: size(box) for box in diagram.boxes}
    tallest = max((sum(sizes[name][1] + GAP_DOWN for name in column) - GAP_DOWN for column in columns), default=0.0)
    places: dict[str, Place] = {}
    x = MARGIN
    for column in columns:
        width = max(sizes[name][0] for name in column)
        y = MARGIN  # columns begin at one height: a box that grows moves no more than those below it
        for name in column:
            places[name] = Place(x + width / 2, y + sizes[name][1] / 2, *sizes[name])
            y += sizes[name][1] + GAP_DOWN
        x += width + GAP_ACROSS
    return Layout(places, x - GAP_ACROSS + MARGIN if columns else 2 * MARGIN, tallest + 2 * MARGIN)


def row_text(row: Row) -> str:
    """`PK, FK  order_id  bigint`: how a row is written in a box."""
    marks = ", ".join(row.keys)
    return "  ".join(word for word in (marks, row.name, row.type or "") if word)


def size(box: Box) -> tuple[float, float]:
    """The width and height of a box with all its rows."""
    longest = max([len(box.title) * 1.15, *(len(row_text(row)) + 6 for row in box.rows)])
    return float(round(min(_WIDEST, max(_NARROWEST, longest * LETTER)))), HEAD + LINE * (len(box.rows) + 1)


def _columns(diagram: Diagram) -> list[list[str]]:
    """Layer by layer, of models each behind what it reads; a long column is broken, so that the whole is no ribbon."""
    layers = {box.name: _ORDER.index(box.layer) if box.layer else 0 for box in diagram.boxes}
    reads: dict[str, list[str]] = defaultdict(list)
    for line in diagram.lines:
        if layers[line.left] and layers[line.right] and line.left_cap is None:
            reads[line.right].append(line.left)
    depth: dict[str, int] = {}
    for name in sorted(layers, key=lambda one: layers[one]):
        _deepen(name, reads, layers, depth)
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for box in diagram.boxes:
        found[layers[box.name], depth[box.name]].append(box.name)
    most = max(4, math.ceil(math.sqrt(len(diagram.boxes) * 1.5)))
    return [part for _, names in sorted(found.items()) for part in _broken(names, most)]


def _deepen(name: str, reads: Mapping[str, Sequence[str]], layers: Mapping[str, int], depth: dict[str, int]) -> None:
    """How many models of its own layer stand before it; a circle, which no proved spec has, ends at itself."""
    todo = [name]
    while todo:
        top = todo[-1]
        before = [one for one in reads.get(top, ()) if layers[one] == layers[top] and one != top]
        open_ = [one for one in before if one not in depth and one not in todo]
        if open_:
            todo.append(open_[0])
            continue
        depth.setdefault(top, 1 + max((depth.get(one, 0) for one in before), default=-1))
        todo.pop()


def _broken(names: list[str], most: int) -> Iterable[list[str]]:
    parts = math.ceil(len(names) / most)
    size = math.ceil(len(names) / parts)
    return [names[start : start + size] for start in range(0, len(names), size)]


def _ordered(columns: list[list[str]], diagram: Diagram) -> list[list[str]]:
    """Each column in the order of the middles of what its boxes are joined to, there and back (barycentre)."""
    joined: dict[str, list[str]] = defaultdict(list)
    for line in diagram.lines:
        joined[line.left].append(line.right)
        joined[line.right].append(line.left)
    at = {name: number / len(column) for column in columns for number, name in enumerate(column)}
    for turn in range(_ROUNDS):
        for column in columns if turn % 2 == 0 else reversed(columns):
            others = {name: [at[one] for one in joined[name] if one not in column] for name in column}
            middle = {name: sum(found) / len(found) if found else at[name] for name, found in others.items()}
            column.sort(key=lambda name: middle[name])
            at |= {name: number / len(column) for number, name in enumerate(column)}
    return columns
