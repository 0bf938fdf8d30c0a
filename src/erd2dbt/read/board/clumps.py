"""Groups items into boxes: a shape with its lines, cells below a header, texts inside a shape or a frame."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Key
from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.board import cells
from erd2dbt.read.board.cells import Band, Cell, Tops
from erd2dbt.read.board.values import TABLES, Area, Item, TextLine
from erd2dbt.read.boxes import rows
from erd2dbt.read.boxes.grid import read_grid

_CELL = 400.0  # side of a grid square; items are indexed by square
_ABOVE = 80.0  # maximum distance of a title above its box
_BACKGROUND = ("shape", "frame")
_TITLED = ("shape", "sticky_note", *TABLES)
_DEFAULT_TITLE = re.compile(r"(?:frame|\w+)\s*\d*", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Clump:
    """Items that may be one box: the item with the title, and the lines of all members.

    `grid`: its cells, where each of their columns has one role. `guess`: the assumption made.
    """

    head: Item
    members: list[Item] = field(default_factory=list)
    title: TextLine | None = None  # from a text above the box, or from a frame
    backdrop: Item | None = None  # a shape with text that lies behind this one, beside others
    grid: list[list[Cell]] | None = None
    above: Item | None = None  # the item that the title comes from
    guess: str | None = None
    _lines: Sequence[tuple[TextLine, Item]] | None = field(default=None, init=False, repr=False)

    @property
    def lines(self) -> Sequence[tuple[TextLine, Item]]:
        """The lines of the head, then those of each member."""
        if self._lines is None:
            head = [] if self.head.kind == "frame" else [(line, self.head) for line in self.head.shown]
            self._lines = (*head, *((line, item) for item in self.members for line in cells.entries(item)))
        return self._lines

    @property
    def all_lines(self) -> Sequence[tuple[TextLine, Item]]:
        """The lines, and the title if it comes from another item."""
        return (*self.lines, (self.title, self.above or self.head)) if self.title else self.lines

    def add(self, members: Iterable[Item]) -> None:
        self.members.extend(members)
        self._lines = None


def clumps(items: Sequence[Item]) -> list[Clump]:
    """Return the clumps: every item with text is in exactly one. Items without text only count if they contain
    others."""
    by_head = {clump.head.id: clump for clump in _stacked(items)}
    _contained(items, by_head)
    _titled(by_head)
    order = {item.id: place for place, item in enumerate(items)}
    return sorted((c for c in by_head.values() if c.lines or c.title), key=lambda c: order[c.head.id])


def is_row(line: TextLine) -> bool:
    """Return whether a mark or a type shows that a text is a column."""
    return bool(line.cells) or rows.is_sure(line.text)


def _stacked(items: Sequence[Item]) -> Iterator[Clump]:
    """Return headers with the cells directly below them, and every other item by itself."""
    placed = [item for item in items if item.kind in cells.KINDS and item.area and item.area.height and item.shown]
    tops, used = Tops(placed), set[str]()
    known: dict[tuple[str, str | None], bool] = {}
    for item in sorted(placed, key=lambda one: one.area.top if one.area else 0.0):
        if item.id in used or not _is_header(item):
            continue
        bands = cells.below(item, tops, used, _is_new_header(item, tops, known))
        if bands and (clump := _table(item, bands)):
            used.update(one.id for one in (item, *clump.members))
            yield clump
    for item in items:
        if item.kind == "text" and item.area and _is_header(item):
            grid = _grid(cells.under(item, tops, used))
            if grid:
                members = list({other.id: other for row in grid for _, other in row}.values())
                used.update(one.id for one in (item, *members))
                yield Clump(item, members, grid=grid)
    yield from (Clump(item) for item in items if item.id not in used)


def _is_new_header(first: Item, tops: Tops, known: dict[tuple[str, str | None], bool]) -> Callable[[Item], bool]:
    """Return whether another table begins at a cell: it looks like the first header, and a row is below it.

    `known`: (item, colour) -> result, because a cell is checked once for each header above it.
    """

    def is_new(item: Item) -> bool:
        if (item.id, first.color) not in known:
            known[item.id, first.color] = begins(item)
        return known[item.id, first.color]

    def begins(item: Item) -> bool:
        if item.color != first.color or item.area is None or not _is_header(item):
            return False
        below = tops.between(item, item.area.bottom - 3.0, item.area.bottom + 0.35 * item.area.height, item.area.width)
        follows = [other for other in below if other.area and cells.is_within(item.area, other.area)]
        colored = any(_is_sure(other) and other.color != item.color for other in follows)
        return colored or any(_begins_with_key(other) for other in follows)

    return is_new


def _begins_with_key(item: Item) -> bool:
    """Return whether a cell is a primary key. Below a name, that is the start of another table."""
    read = rows.parse(item.shown[0].text, item.span) if len(item.shown) == 1 else None
    return read is not None and read.row.has(Key.PK) and not read.row.has(Key.FK)


def _table(header: Item, bands: list[Band]) -> Clump | None:
    """Return the header with its cells, if one of them is a row and none is a box of its own."""
    members = [item for band in bands for item in band]
    grid = _grid(bands)
    if grid:
        return Clump(header, members, grid=grid)
    return Clump(header, members) if _is_body(members) else None


def _grid(bands: Sequence[Band]) -> list[list[Cell]] | None:
    """Return the cells as a table, if each column of cells has one role."""
    found = cells.rows_of(bands)
    read = read_grid([[line.text for line, _ in row] for row in found], Span("", 1, 1)) if found else None
    is_read = read is not None and any(row.read for section in read.sections for row in section.rows)
    return found if is_read else None


def _is_header(item: Item) -> bool:
    return len(item.shown) == 1 and not is_row(item.shown[0]) and not cells.only_said(item.shown[0].text)


def _is_sure(item: Item) -> bool:
    return all(is_row(line) for line in cells.entries(item))


def _is_body(items: list[Item]) -> bool:
    """Return whether the cells below a header are its rows: at least one is certain, and none begins with its own
    title."""
    counted = [len(cells.entries(item)) for item in items]
    return any(_is_sure(item) for item in items) and all(
        count == 1 or _is_sure(item) for count, item in zip(counted, items, strict=True)
    )


# -- inside of one another


def _contained(items: Sequence[Item], by_head: dict[str, Clump]) -> None:
    """Add small texts inside a box to its lines. A shape behind whole boxes gives the name of their region."""
    grid = _Grid(clump for clump in by_head.values() if clump.head.kind != "frame")
    outer = [i for i in items if i.kind in _BACKGROUND and i.area and i.area.width and len(i.shown) <= 1]
    outer.sort(key=lambda item: item.area.width * item.area.height if item.area else 0.0)
    for item in outer:
        inside = [c for c in grid.inside(item) if c.head.id in by_head]
        if not inside:
            continue
        own = by_head.get(item.id)
        if own is not None and not own.members and _is_one_box(item, inside):
            _take_in(own, inside)
            for clump in inside:
                del by_head[clump.head.id]
        elif item.kind == "shape" and item.shown:
            for clump in inside:
                clump.backdrop = clump.backdrop or item
            if own is not None:
                del by_head[item.id]


def _take_in(own: Clump, inside: list[Clump]) -> None:
    """Add items inside a shape or a frame as its lines or its cells."""
    members = [c.head for c in sorted(inside, key=_reading_order)]
    is_frame = own.head.kind == "frame"
    named = own.head.shown[0] if own.head.shown else None
    if is_frame and named and not (_DEFAULT_TITLE.fullmatch(named.text) and named.text[-1].isdigit()):
        own.title = named
    elif not own.head.shown and _is_header(members[0]):
        own.title, own.above = members[0].shown[0], members[0]
        members = members[1:]
    own.grid = _grid(cells.by_place(members))
    own.add(members)


def _is_one_box(outer: Item, inside: list[Clump]) -> bool:
    """Return whether the texts inside are the lines of this box: single lines, at least one of them a row."""
    if any(c.members or c.head.kind in TABLES for c in inside):
        return False
    if outer.kind == "frame" and any(len(c.head.shown) > 1 and not _is_sure(c.head) for c in inside):
        return _grid(cells.by_place([c.head for c in inside])) is not None
    if any(len(c.head.shown) > 1 or (c.head.kind == "shape" and c.head.color is None) for c in inside):
        return all(not c.members and _is_sure(c.head) for c in inside)
    return any(is_row(line) for c in inside for line, _ in c.lines)


def _reading_order(clump: Clump) -> tuple[float, float]:
    area = clump.head.area
    return (area.top, area.left) if area else (0.0, 0.0)


class _Grid:
    """An index of clumps by the grid square of their centre."""

    def __init__(self, clumps: Iterable[Clump]) -> None:
        self.squares: dict[tuple[int, int], list[Clump]] = defaultdict(list)
        self.all = [c for c in clumps if c.head.area]
        for clump in self.all:
            if area := clump.head.area:
                self.squares[int(area.x // _CELL), int(area.y // _CELL)].append(clump)

    def inside(self, outer: Item) -> list[Clump]:
        if outer.area is None:
            return []
        return [c for c in self._near(outer.area) if c.head is not outer and _holds(outer.area, c.head.area)]

    def above(self, area: Area) -> list[Clump]:
        near = Area(x=area.x, y=area.top - _ABOVE / 2, width=area.width, height=_ABOVE)
        return [c for c in self._near(near) if c.head.area and -3.0 <= area.top - c.head.area.bottom <= _ABOVE]

    def _near(self, area: Area) -> Iterator[Clump]:
        left, right = int(area.left // _CELL), int(area.right // _CELL)
        top, bottom = int(area.top // _CELL), int(area.bottom // _CELL)
        if (right - left + 1) * (bottom - top + 1) > len(self.all):
            yield from self.all
            return
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                yield from self.squares.get((x, y), ())


def _holds(outer: Area, inner: Area | None) -> bool:
    """Return whether most of a smaller area lies inside: people do not place sticky notes exactly."""
    if inner is None or inner.width * inner.height >= outer.width * outer.height:
        return False
    width = min(outer.right, inner.right) - max(outer.left, inner.left)
    height = min(outer.bottom, inner.bottom) - max(outer.top, inner.top)
    return width >= 0 and height >= 0 and width * height >= 0.6 * inner.width * inner.height


# -- above one another


def _titled(by_head: dict[str, Clump]) -> None:
    """Give a box whose first line is a column the title of the single line directly above it."""
    grid = _Grid(c for c in by_head.values() if c.head.kind in ("text", "shape") and not c.members)
    for clump in list(by_head.values()):
        area, lines = clump.head.area, clump.lines
        if area is None or not lines or clump.title or clump.head.id not in by_head or not is_row(lines[0][0]):
            continue
        if clump.head.kind not in _TITLED:
            continue
        near = (c for c in grid.above(area) if c.head.id in by_head and _overlaps(c.head.area, area))
        if found := [c for c in near if not c.members and _is_header(c.head)]:
            nearest = max(found, key=lambda c: c.head.area.bottom if c.head.area else 0.0)
            clump.title, clump.above = nearest.head.shown[0], nearest.head
            del by_head[nearest.head.id]


def _overlaps(above: Area | None, below: Area) -> bool:
    return above is not None and above.left < below.right and below.left < above.right


def frame_titles(items: Iterable[Item]) -> Mapping[str, str]:
    """Return the title of each frame."""
    return {item.id: item.text for item in items if item.kind == "frame"}
