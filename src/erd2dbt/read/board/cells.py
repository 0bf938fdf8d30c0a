"""Finds tables that people draw with shapes: a header, and bands of cells directly below it and at most as wide.

A band is one row of the table, or several rows if each of its cells has the same number of lines.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from erd2dbt.read.board.values import Area, Item, TextLine
from erd2dbt.read.boxes import column_types, marks, rows

_GAP = 0.35  # maximum gap between bands, as a share of a cell's height
_SLACK = 6.0  # by how much cells may extend beyond the header's sides
_WIDE = 600.0  # maximum horizontal distance between a title text and the first cell of its table
_REACH = 60.0  # maximum vertical distance between a title text and the cells of its table
_UNSURE = 20  # with this many bands below a header and no type or mark, it is not a table
_SQUARE = 200.0  # side of a grid square; items are indexed by their upper left corner
KINDS = ("shape", "sticky_note")

Cell = tuple[TextLine, Item]
Band = list[Item]
_Line = tuple[str | None, float, float, float, float]  # frame, left, right, lower edge, and height of the cells above


class Tops:
    """An index of items by their upper left corner."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.squares: dict[tuple[str | None, int, int], list[Item]] = defaultdict(list)
        self.bands: dict[_Line, _Next | None] = {}
        self.quiet: dict[_Line, float] = {}
        for item in items:
            if area := item.area:
                self.squares[item.parent, int(area.left // _SQUARE), int(area.top // _SQUARE)].append(item)

    def between(self, near: Item, top: float, bottom: float, reach: float = 0.0) -> Iterator[Item]:
        """Return items of the same frame with their upper edge in this range. Their left edge is within the item's
        sides, or at most `reach` to the left of them.
        """
        area = near.area
        if area is None:
            return
        for x in range(int((area.left - reach) // _SQUARE), int(area.right // _SQUARE) + 1):
            for y in range(int(top // _SQUARE), int(bottom // _SQUARE) + 1):
                for item in self.squares.get((near.parent, x, y), ()):
                    if item.area and top <= item.area.top <= bottom:
                        yield item


def below(header: Item, tops: Tops, used: set[str], is_new: Callable[[Item], bool]) -> list[Band]:
    """Return the bands below a header, each directly below the one before."""
    area = header.area
    bands: list[Band] = []
    if area is None or _quiet_bands(header, area, tops) >= _UNSURE:
        return bands
    bottom, height, taken, says = area.bottom, area.height, {header.id}, False
    while True:
        found = _next(header, area, bottom, height, tops)
        if found and not (found.ids.isdisjoint(taken) and found.ids.isdisjoint(used)):
            free = [item for item in found.band if item.id not in taken and item.id not in used]
            found = _Next.of(free) if free else None
        if found is None or (len(found.band) == 1 and is_new(found.band[0])):
            is_table = says or any(len(band) > 1 for band in bands)
            return bands if is_table else []  # notes below one another
        bands.append(found.band)
        says = says or found.says
        if len(bands) == _UNSURE and not says:
            return []
        taken |= found.ids
        bottom, height = found.bottom, found.height


@dataclass(frozen=True, slots=True)
class _Next:
    """The cells of the next band, left to right, and the data for the search below it."""

    band: Band
    ids: frozenset[str]
    bottom: float
    height: float
    says: bool

    @staticmethod
    def of(band: Band) -> _Next:
        band.sort(key=lambda item: item.area.left if item.area else 0.0)
        areas = [item.area for item in band if item.area]
        bottom, height = max(area.bottom for area in areas), min(area.height for area in areas)
        return _Next(band, frozenset(item.id for item in band), bottom, height, any(map(_says, band)))


def _quiet_bands(header: Item, area: Area, tops: Tops) -> float:
    """Return how many bands are below a header before the first that may be a row of a table. Such a band has a type,
    a mark or cells side by side. Infinity if there is none.

    Stored for every band of a stack: each note is a header to the notes below it.
    """
    above: dict[_Line, None] = {}
    line = (header.parent, area.left, area.right, area.bottom, area.height)
    while line not in tops.quiet and line not in above:
        found = _next(header, area, *line[-2:], tops)
        if found is None or found.says or len(found.band) > 1:
            tops.quiet[line] = math.inf if found is None else 0
        else:
            above[line] = None
            line = (*line[:3], found.bottom, found.height)
    count = tops.quiet.get(line, math.inf)  # no number where cells overlap so far that they are below themselves
    for line in reversed(above):
        count += 1
        tops.quiet[line] = count
    return count


def _next(header: Item, area: Area, bottom: float, height: float, tops: Tops) -> _Next | None:
    """Return the cells directly below a line and within a header's sides. Cached: stacked headers repeat the
    question."""
    place = header.parent, area.left, area.right, bottom, height
    if place in tops.bands:
        return tops.bands[place]
    reach, slack = max(3.0, _GAP * height), max(_SLACK, 0.05 * area.width)
    band = [
        item
        for item in tops.between(header, bottom - reach, bottom + reach, slack)
        if item.area
        and is_within(area, item.area)
        and abs(item.area.top - bottom) <= max(3.0, _GAP * min(height, item.area.height))
    ]
    tops.bands[place] = found = _Next.of(band) if band else None
    return found


def under(title: Item, tops: Tops, used: set[str]) -> list[Band]:
    """Return the bands below a title text that is narrower than the table. The first band extends over all touching
    cells.
    """
    area = title.area
    if area is None:
        return []
    free = [one for one in tops.between(title, area.bottom - 3.0, area.bottom + _REACH, _WIDE) if one.id not in used]
    near = [one.area for one in free if one.area and one.area.left < area.right and area.left < one.area.right]
    if not near:
        return []
    first = min(near, key=lambda one: (one.top, one.left))
    row = sorted(
        (one.area for one in free if one.area and abs(one.area.top - first.top) <= 3.0), key=lambda one: one.left
    )
    left, right = first.left, first.right
    for other in [*row, *reversed(row)]:
        if other.right >= left - _SLACK and other.left <= right + _SLACK:
            left, right = min(left, other.left), max(right, other.right)
    place = Area(x=(left + right) / 2, y=first.top - first.height / 2, width=right - left, height=first.height)
    return below(replace(title, area=place), tops, used, lambda _: False)


def _says(item: Item) -> bool:
    """Return whether a cell has a type or a mark."""
    return any(line.cells or only_said(line.text) or rows.is_sure(line.text) for line in item.shown)


def by_place(items: Sequence[Item]) -> list[Band]:
    """Return items inside a container as bands: items side by side form one band."""
    bands: list[Band] = []
    for item in sorted(items, key=_centre):
        area = item.area
        last = bands[-1][0].area if bands else None
        reach = 0.5 * min(max(area.height, 20.0), max(last.height, 20.0)) if area and last else 0.0
        if area and last and abs(area.y - last.y) < reach:
            bands[-1].append(item)
        else:
            bands.append([item])
    for band in bands:
        band.sort(key=lambda item: item.area.left if item.area else 0.0)
    return bands


def _centre(item: Item) -> tuple[float, float]:
    return (item.area.y, item.area.left) if item.area else (0.0, 0.0)


def rows_of(bands: Sequence[Band]) -> list[list[Cell]] | None:
    """Return the rows of a table, each with a cell for each column; None where its cells are not aligned.

    A band whose cells all have the same number of lines is that many rows.
    """
    columns = _columns(bands)
    if len(columns) < 2:
        return None
    found: list[list[Cell]] = []
    for band in bands:
        held = _levelled(band)
        if held is None:
            return None
        for number in range(len(held[0])):
            row = [(TextLine(text=""), band[0])] * len(columns)
            for item, lines in zip(band, held, strict=True):
                place = min(range(len(columns)), key=lambda i: abs(columns[i] - (item.area.left if item.area else 0.0)))
                row[place] = (lines[number], item)
            found.append(row)
    return found


def _levelled(band: Band) -> list[list[TextLine]] | None:
    """Return the lines of each cell, the same number in each; None if they differ. Empty paragraphs count as lines."""
    plain = [_joined(item) for item in band]
    if len({len(lines) for lines in plain}) == 1:
        return plain
    empty = TextLine(text="")
    whole = [
        [one for line in item.shown for one in (*[empty] * line.gap, line, *[empty] * line.gap_after)] for item in band
    ]
    return whole if len({len(lines) for lines in whole}) == 1 else None


def entries(item: Item) -> list[TextLine]:
    """Return the entries of a cell. A type or marks below a name belong to that name."""
    return _joined(item)


def _joined(item: Item) -> list[TextLine]:
    lines = list(item.shown)
    if len(lines) > 1 and not only_said(lines[0].text) and all(only_said(line.text) for line in lines[1:]):
        first = lines[0]
        text = "\t".join(line.text for line in lines)
        numbers = tuple(number for line in lines for number in line.numbers)
        return [replace(first, text=text, numbers=numbers)]
    return lines


def is_within(outer: Area, inner: Area) -> bool:
    """Return whether an item lies within the sides of the other."""
    slack = max(_SLACK, 0.05 * outer.width)
    return inner.left >= outer.left - slack and inner.right <= outer.right + slack


@lru_cache(maxsize=65536)  # the same note is checked for each header above it
def only_said(text: str) -> bool:
    """Return whether a text contains only a type or marks."""
    words = text.split()
    return (
        column_types.is_type(text)
        or marks.of_cell(text) is not None
        or (len(words) > 1 and column_types.is_type(words[0]) and marks.of_cell(" ".join(words[1:])) is not None)
    )


def _columns(bands: Sequence[Band]) -> list[float]:
    """Return the left edges that cells share. Edges closer than a share of the narrower cell count as one."""
    lefts: dict[float, float] = {}
    for item in (item for band in bands for item in band):
        left, width = (item.area.left, item.area.width) if item.area else (0.0, 0.0)
        if all(abs(left - other) > max(_SLACK, 0.3 * min(width, wide)) for other, wide in lefts.items()):
            lefts[left] = width
    return sorted(lefts)
