"""Translates the marks and row colours of one board into known marks, by its legend or its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from erd2dbt.read.board.clumps import Clump, clumps
from erd2dbt.read.board.embedded import is_code
from erd2dbt.read.board.value_lists import value_lists
from erd2dbt.read.board.values import TABLES, Item, TextLine
from erd2dbt.read.boxes import mark_words, marks
from erd2dbt.read.boxes.layers import color_name
from erd2dbt.read.boxes.mark_words import Wording
from erd2dbt.read.boxes.type_words import unknown_types

_STEREOTYPE = re.compile(r"\s*(?:«[^«»]*»|<<[^<>]*>>)\s*")
_COLOURED = re.compile(r"\s*(?P<colour>[a-z]+)\s*(?:=|:|–|-|→)\s*(?P<said>\S.*?)\s*", re.IGNORECASE)
_KEYS = {"pk": "PK", "fk": "FK", "uk": "UK", "nn": "NN", "null": "NULL", "pk fk": "PK/FK"}

Place = tuple[str, int]  # an item, and the number of its line


@dataclass(frozen=True, slots=True)
class Marked:
    """The clumps with known marks. `legends`: items that explain marks; `unknown`: (item, row, mark); `lists`: clumps
    that are not boxes, because their lines are values of columns."""

    clumps: list[Clump]
    legends: list[Item] = field(default_factory=list)
    unknown: list[tuple[Item, str, str]] = field(default_factory=list)
    lists: Sequence[Clump] = ()


@dataclass(slots=True)
class _Line:
    """A row, or a cell of one. `cell`: its number in a table's row."""

    line: TextLine
    item: Item
    cell: int | None = None


def with_known_marks(items: Sequence[Item], joined: Iterable[str] = ()) -> Marked:
    """Return the clumps with marks that all readers know. `joined`: ids of items that crow's feet touch."""
    told = {item.id: mark_words.explained(item.text) for item in items if item.shown and not item.code}
    said = {mark: meaning for found in told.values() for mark, meaning in found.items()}
    colours = _colours(items)
    explaining = {item.id for item in items if told.get(item.id) and len(item.shown) - len(told[item.id]) <= 1}
    found = clumps([item for item in items if item.id not in explaining])
    drawn = [clump for clump in found if not is_code("\n".join(line.text for line, _ in clump.lines))]
    wording = mark_words.learned([[text for text, _ in _rows(clump)] for clump in drawn], said)
    listed = value_lists(drawn, joined)
    changed: dict[Place, TextLine] = dict(listed.lines)
    unknown: list[tuple[Item, str, str]] = []
    lists = {clump.head.id for clump in listed.clumps}
    for clump in drawn:
        for text, one in () if clump.head.id in lists else _rows(clump):
            if one.line.numbers and (one.item.id, one.line.numbers[0]) in listed.lines:
                continue
            _rewrite(one, wording, changed)
            unknown += [(one.item, text, mark) for mark in mark_words.rewritten(text, wording).unknown]
            _doubt(one, changed)
    used = _paint(drawn, colours, changed)
    _part_types(drawn, changed)
    legends = [
        item
        for item in items
        if (item.id in explaining and told[item.id].keys() & wording.meanings.keys()) or item.id in used
    ]
    gone = {item.id for item in legends}
    gone |= {one.id for clump in listed.clumps for one in (clump.head, clump.above, *clump.members) if one}
    if changed or gone != explaining:
        found = clumps([_with(item, changed) for item in items if item.id not in gone])
    return Marked(found, legends, unknown, listed.clumps)


def _with(item: Item, changed: Mapping[Place, TextLine]) -> Item:
    lines = tuple(changed.get((item.id, number), line) for number, line in enumerate(item.lines))
    return item if lines == item.lines else replace(item, lines=lines)


def _rows(clump: Clump) -> Iterator[tuple[str, _Line]]:
    """Return the rows below a title. In rows of cells, the marks come first."""
    if clump.grid:
        yield from _of_cells([[_Line(line, item) for line, item in row] for row in clump.grid])
        return
    lines = clump.lines
    if clump.head.kind in TABLES:
        rows_ = [[_Line(TextLine(text=cell, numbers=line.numbers), item, n) for n, cell in enumerate(line.cells)]
                 for line, item in lines if line.cells]  # fmt: skip
        yield from _of_cells(rows_)
        return
    while lines and _STEREOTYPE.fullmatch(lines[0][0].text):
        lines = lines[1:]
    for line, item in lines if clump.title else lines[1:]:
        yield line.text, _Line(line, item)


def _of_cells(rows_: list[list[_Line]]) -> Iterator[tuple[str, _Line]]:
    """Return the row with its column of marks first. Marks are often missing or repeated below a heading; names are
    not."""
    width = max(map(len, rows_), default=0)
    body = rows_[1:]
    for place in range(width):
        column = [row[place].line.text.strip() for row in body if place < len(row)]
        filled = [text for text in column if text]
        if filled and len(set(filled)) < len(column) and all(
            mark_words.marks_in(text) or marks.of_cell(text) is not None for text in filled
        ):  # fmt: skip
            for row in body:
                others = [one.line.text for n, one in enumerate(row) if n != place]
                if place < len(row):
                    yield "\t".join((row[place].line.text, *others)), row[place]
            return


def _rewrite(one: _Line, wording: Wording, changed: dict[Place, TextLine]) -> None:
    if one.cell is None:
        is_cell = mark_words.marks_in(one.line.text)
        read = mark_words.rewritten(f"{one.line.text}\tx" if is_cell else one.line.text, wording)
        text = read.text.removesuffix("\tx") if is_cell else read.text
        if text != one.line.text:
            _put(changed, one, replace(one.line, text=text, guess=read.guess))
        return
    read = mark_words.rewritten(f"{one.line.text}\tx", wording)
    place = (one.item.id, one.line.numbers[0])
    before = changed.get(place, one.item.lines[one.line.numbers[0]])
    cells = list(before.cells)
    cells[one.cell] = read.text.removesuffix("\tx")
    if tuple(cells) != before.cells:
        changed[place] = replace(before, cells=tuple(cells), guess=read.guess)


def _doubt(one: _Line, changed: dict[Place, TextLine]) -> None:
    """Add a remark to a row that has two possible readings."""
    if one.cell is not None or len(one.line.numbers) != 1:
        return
    number = one.line.numbers[0]
    line = changed.get((one.item.id, number), one.item.lines[number])
    if not line.guess and (said := mark_words.doubtful(line.text)):
        changed[one.item.id, number] = replace(line, guess=said)


def _put(changed: dict[Place, TextLine], one: _Line, line: TextLine) -> None:
    """Replace a row. If it covers two lines of its item, the first one changes."""
    number = one.line.numbers[0]
    own = one.item.lines[number]
    text = line.text.split("\t")[0] if len(one.line.numbers) > 1 else line.text
    changed[one.item.id, number] = replace(own, text=text, guess=line.guess)


def _part_types(found: Iterable[Clump], changed: dict[Place, TextLine]) -> None:
    """Separate words that are types by position from the name, with a remark."""
    boxes = [
        [(changed.get((one.item.id, one.line.numbers[0]), one.line), one) for _, one in _rows(clump)]
        for clump in found
        if not clump.grid and clump.head.kind not in TABLES
    ]
    phrases = unknown_types([[line.text for line, _ in some] for some in boxes])
    for line, one in (row for some in boxes for row in some):
        if line.text in phrases and len(one.line.numbers) == 1:
            phrase, is_known = phrases[line.text]
            said = "beside it as a type is, and is not known" if is_known else "read as a part of its name"
            guess = f"{line.guess}; `{phrase}` is {said}" if line.guess and is_known else f"`{phrase}` is {said}"
            text = line.text.replace(phrase, "", 1).rstrip() if is_known else line.text
            changed[one.item.id, one.line.numbers[0]] = replace(
                line, text=text, guess=guess, beside=phrase if is_known else None
            )


# -- colours


def _colours(items: Iterable[Item]) -> dict[str, tuple[str, str]]:
    """Return colour -> (mark, the item that defines it): a sticky `primary key` of that colour, or `yellow = primary
    key`."""
    found: dict[str, tuple[str, str]] = {}
    for item in items:
        texts = [line.text for line in item.shown]
        own = color_name(item.color) if len(texts) == 1 else None
        said = marks.of_word(texts[0]) if own and len(texts[0]) > 1 else None
        if own and said in _KEYS:
            found.setdefault(own, (_KEYS[said], item.id))
        for text in texts:
            match = _COLOURED.fullmatch(text)
            colour = color_name(match["colour"].lower()) if match else None
            said = marks.of_word(match["said"]) if match and colour else None
            if colour and said in _KEYS:
                found.setdefault(colour, (_KEYS[said], item.id))
    return found


def _paint(found: Iterable[Clump], colours: Mapping[str, tuple[str, str]], changed: dict[Place, TextLine]) -> set[str]:
    """Return the rows with the marks of their colours, for rows that are items; and the legends that were used."""
    used: set[str] = set()
    for clump in found if colours else ():
        for item in clump.members:
            mark, legend = colours.get(color_name(item.color) or "", ("", ""))
            if not mark or item.id == legend or not item.shown:
                continue
            number = item.lines.index(item.shown[0])
            line = changed.get((item.id, number), item.lines[number])
            changed[item.id, number] = replace(line, text=f"{mark} {line.text}")
            used.add(legend)
    return used
