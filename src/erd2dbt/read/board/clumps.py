"""Which items make up one box: a shape with its lines, rows stacked below a header, stickies inside of an empty box."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from erd2dbt.diagnostics import Span
from erd2dbt.read import rows
from erd2dbt.read.board.values import Area, Item, TextLine

_CELL = 400.0  # side of a square of the grid in which items are looked up
_GAP = 0.35  # of a row's height that may lie between stacked shapes
_ABOVE = 80.0  # how far above a box its title may stand
_BACKGROUND = ("shape", "frame")


@dataclass(slots=True)
class Clump:
    """What may be one box: the item that bears the title, and the lines of all its members."""

    head: Item
    members: list[Item] = field(default_factory=list)
    title: TextLine | None = None  # from a text above
    region: str | None = None  # the words on the backdrop that it stands on

    @property
    def lines(self) -> list[tuple[TextLine, Item]]:
        return [(line, item) for item in (self.head, *self.members) for line in item.lines]


def clumps(items: Sequence[Item]) -> list[Clump]:
    """Every item with text in exactly one clump; empty ones only where they hold others."""
    by_head = {clump.head.id: clump for clump in _stacked(items)}
    _contained(items, by_head)
    _titled(by_head)
    order = {item.id: place for place, item in enumerate(items)}
    return sorted((c for c in by_head.values() if c.lines), key=lambda c: order[c.head.id])


def is_row(line: TextLine) -> bool:
    """Whether a mark or a type shows that this is a column."""
    return _is_surely_row(line.text)


@lru_cache(maxsize=65536)  # a line is asked about for each of the ways in which it may belong to a box
def _is_surely_row(text: str) -> bool:
    return any(read.sure for read in rows.names(text, Span("", 1, 1)))


def _stacked(items: Sequence[Item]) -> Iterator[Clump]:
    """Shapes of one left edge and width, each right below the one before, are one table with its header on top."""
    columns: dict[tuple[str | None, int, int], list[Item]] = defaultdict(list)
    for item in items:
        if item.kind == "shape" and item.area and item.lines:
            columns[item.parent, round(item.area.x), round(item.area.width)].append(item)
        else:
            yield Clump(item)
    for column in columns.values():
        column.sort(key=lambda item: item.area.top if item.area else 0.0)
        for run in _runs(column):
            yield from _tables(run)


def _runs(column: list[Item]) -> Iterator[list[Item]]:
    run: list[Item] = []
    for item in column:
        if run and not _touches(run[-1].area, item.area):
            yield run
            run = []
        run.append(item)
    yield run


def _touches(above: Area | None, below: Area | None) -> bool:
    if above is None or below is None:
        return False
    gap = below.top - above.bottom
    return abs(gap) <= max(3.0, _GAP * min(above.height, below.height))


def _tables(run: list[Item]) -> Iterator[Clump]:
    """A run split at its headers: single lines that are no rows and bear the first one's colour."""
    if len(run) < 2 or not _is_header(run[0]) or not _is_body(run[1:]):
        yield from (Clump(item) for item in run)
        return
    tables: list[Clump] = []
    for place, item in enumerate(run):
        next_is_row = place + 1 < len(run) and _is_sure(run[place + 1])
        is_header = _is_header(item) and item.color == run[0].color and item.color != run[1].color and next_is_row
        if place == 0 or is_header:
            tables.append(Clump(item))
        else:
            tables[-1].members.append(item)
    yield from tables


def _is_header(item: Item) -> bool:
    return len(item.lines) == 1 and not is_row(item.lines[0])


def _is_sure(item: Item) -> bool:
    return all(is_row(line) for line in item.lines)


def _is_body(items: list[Item]) -> bool:
    """Rows below a header: one of them surely, and none begins with a title of its own."""
    return any(_is_sure(item) for item in items) and all(len(item.lines) == 1 or _is_sure(item) for item in items)


# -- inside of one another


def _contained(items: Sequence[Item], by_head: dict[str, Clump]) -> None:
    """Small texts inside of a box become its lines; a backdrop of whole boxes names their region."""
    grid = _Grid(clump for clump in by_head.values() if clump.head.kind != "frame")
    outer = [i for i in items if i.kind in _BACKGROUND and i.area and i.area.width and len(i.lines) <= 1]
    outer.sort(key=lambda item: item.area.width * item.area.height if item.area else 0.0)
    for item in outer:
        inside = [c for c in grid.inside(item) if c.head.id in by_head]
        if not inside:
            continue
        own = by_head.get(item.id)
        if own is not None and not own.members and item.kind == "shape" and _is_one_box(item, inside):
            own.members.extend(c.head for c in sorted(inside, key=_reading_order))
            for clump in inside:
                del by_head[clump.head.id]
        elif item.kind == "shape" and item.lines:
            for clump in inside:
                clump.region = clump.region or item.lines[0].text
            if own is not None:
                del by_head[item.id]


def _is_one_box(outer: Item, inside: list[Clump]) -> bool:
    """Whether the texts inside are the lines of this box: single ones, with a row among them."""
    if any(c.members or len(c.head.lines) > 1 or (c.head.kind == "shape" and c.head.color is None) for c in inside):
        return all(not c.members and _is_sure(c.head) for c in inside)
    return any(is_row(line) for c in inside for line, _ in c.lines)


def _reading_order(clump: Clump) -> tuple[float, float]:
    area = clump.head.area
    return (area.top, area.left) if area else (0.0, 0.0)


class _Grid:
    """Clumps by the square that their centre lies in."""

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
    """Whether most of a smaller area lies inside: people do not place stickies to the pixel."""
    if inner is None or inner.width * inner.height >= outer.width * outer.height:
        return False
    width = min(outer.right, inner.right) - max(outer.left, inner.left)
    height = min(outer.bottom, inner.bottom) - max(outer.top, inner.top)
    return width >= 0 and height >= 0 and width * height >= 0.6 * inner.width * inner.height


# -- above one another


def _titled(by_head: dict[str, Clump]) -> None:
    """A box whose first line is a column takes its title from the single line right above it."""
    single = [c for c in by_head.values() if c.head.kind in ("text", "shape") and _is_header(c.head) and not c.members]
    grid = _Grid(single)
    for clump in list(by_head.values()):
        area, lines = clump.head.area, clump.lines
        if area is None or not lines or clump.title or clump.head.id not in by_head or not is_row(lines[0][0]):
            continue
        found = [c for c in grid.above(area) if c.head.id in by_head and _overlaps(c.head.area, area)]
        if found and clump.head.kind == "shape":
            nearest = max(found, key=lambda c: c.head.area.bottom if c.head.area else 0.0)
            clump.title = nearest.head.lines[0]
            del by_head[nearest.head.id]


def _overlaps(above: Area | None, below: Area) -> bool:
    return above is not None and above.left < below.right and below.left < above.right


def frame_titles(items: Iterable[Item]) -> Mapping[str, str]:
    """The title of each frame."""
    return {item.id: item.text for item in items if item.kind == "frame"}
