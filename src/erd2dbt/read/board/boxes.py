"""Turns a clump of items into boxes, or reports why it is not a box. Every line is used or reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.drawing import Box, Key, Row, Seen
from erd2dbt.diagram.drawing import Line as Drawn
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.board.body import RULER, Body, read_body
from erd2dbt.read.board.cells import Cell, only_said
from erd2dbt.read.board.clumps import Clump
from erd2dbt.read.board.embedded import is_code, read_text
from erd2dbt.read.board.values import TABLES, Item, TextLine
from erd2dbt.read.boxes import rows, titles
from erd2dbt.read.boxes.grid import Section, read_grid
from erd2dbt.read.boxes.layers import is_legend
from erd2dbt.read.text.accounting import DEFAULT, Inventory, Place

_LEGEND = re.compile(r"\s*(?:legend|legende|key|keys|notation|colou?rs?|symbols?|glossary)\s*:?\s*", re.IGNORECASE)
_MARK_EXPLAINED = re.compile(r"\b(?:PK|FK|UK|NN)\s*[=:–-]\s*\w+ key", re.IGNORECASE)
_RELATION = re.compile(r"(?P<name>[\w.]+)\s*\((?P<columns>[^()]+(?:\([^()]*\)[^()]*)*)\)\s*;?")
_STEREOTYPE = re.compile(r"\s*(?:«[^«»]*»|<<[^<>]*>>)\s*")
_OF_LINKS = re.compile(
    r"[({\[]?\s*(?:(?:xor|or|subset|disjoint|overlapping|complete|incomplete|exclusive|total|partial)\b[\s,]*)+[)}\]]?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z]\w*_\w+")
WORDS = {"sticky_note": "sticky note", "app_card": "card", "doc_format": "document", "struct_doc": "document",
         "data_table_format": "table", "data_table": "table", "code": "code widget", "stencil_shape": "shape",
         "stencil": "shape", "mindmap_node": "mind map node", "table_text": "table cell"}  # fmt: skip

Line = tuple[TextLine, Item]


@dataclass(slots=True)
class Found:
    """The boxes of one clump, each with item id -> its row, or None for the box itself.

    `lines`: the links that text in the clump declares.
    """

    boxes: list[tuple[Box, dict[str, str | None]]] = field(default_factory=list)
    is_unread: bool = False
    lines: list[Drawn] = field(default_factory=list)


def read_clump(clump: Clump, frame: str | None, account: Inventory, *, joined: bool) -> Found:
    """Return the boxes of a clump. `joined`: a crow's foot touches it."""
    if clump.backdrop:
        account.read(places([(line, clump.backdrop) for line in clump.backdrop.shown]))
    lines = clump.lines
    text = "\n".join(line.text for line, _ in lines)
    if any(_LEGEND.fullmatch(line.text) for line, _ in lines[:1]) or is_legend(text) or _MARK_EXPLAINED.search(text):
        return _left(clump, account, seen(clump.head, "a legend", frame, text))
    if is_code(text):
        return _of_code(clump, text, frame, account)
    if (relations := _relations(clump, frame)) and not joined:
        account.read(places(lines))
        return Found([(box, {}) if len(relations) > 1 else (box, {clump.head.id: None}) for box in relations])
    if clump.grid or any(line.cells for line, item in lines if item.kind in TABLES):
        found = _of_grid(clump, frame, account)
        if found:
            return found
    return _of_lines(clump, frame, account, text, joined=joined)


def seen(item: Item, why: str, frame: str | None, text: str = "", *, unread: bool = False) -> Seen:
    return Seen(
        kind=WORDS.get(item.kind, item.kind.replace("_", " ")),
        why=why,
        span=item.span,
        text=titles.visible(text or item.text).strip(),
        id=item.id,
        place=(item.area.x, item.area.y) if item.area else None,
        frame=frame,
        unread=unread,
    )


def places(lines: Iterable[Line]) -> list[Place]:
    return [(item.id, number) for line, item in lines for number in line.numbers]


def _of_lines(clump: Clump, frame: str | None, account: Inventory, text: str, *, joined: bool) -> Found:
    """Read a title and the rows below it."""
    titled = _title(clump, joined=joined)
    if titled is None:
        return _untitled(clump, frame, account, text)
    head, rest = titled
    body = read_body(rest, clump)
    found = _named(head[-1][0].text, body, joined=joined)
    if found is None or not _is_box(clump, head[-1][0], body, joined=joined):
        return _note(clump, frame, account, text)
    _account(clump, body, frame, account)
    account.read(places(head[-1:]))
    if found.is_cut:
        account.leave((), seen(clump.head, "its name is cut off", frame, head[-1][0].text, unread=True))
    for line, item in head[:-1]:
        account.leave(places([(line, item)]), seen(item, "a stereotype", frame, line.text))
    box = _box(clump, found, head[-1][0].text, tuple(one.row for one in body.read), frame)
    box = replace(box, uniques=tuple(body.uniques), description=body.about)
    own: dict[str, str | None] = {item.id: None for item in (clump.head, clump.above) if item}
    return Found([(box, own | body.items)])


def _account(clump: Clump, body: Body, frame: str | None, account: Inventory) -> None:
    """Record the lines that were read as rows, and report each of the others."""
    for line, item, why in body.strange:
        account.leave(places([(line, item)]), seen(item, why, frame, line.text, unread=True))
    for line, item, why in body.quiet:
        if not RULER.fullmatch(line.text):
            account.leave(places([(line, item)]), seen(item, why, frame, line.text))
    for words, item in body.defaults:
        account.leave((), seen(item, DEFAULT, frame, words))
    account.read(places(clump.lines))


def _left(clump: Clump, account: Inventory, told: Seen) -> Found:
    account.leave(places(clump.all_lines), told)
    return Found(is_unread=told.unread)


def _title(clump: Clump, *, joined: bool) -> tuple[list[Line], Sequence[Line]] | None:
    """Return (title line after its stereotypes, other lines). None when the first line is a column and no title is
    above it.
    """
    lines = clump.lines
    if clump.title is not None:
        return [(clump.title, clump.above or clump.head)], lines
    head: list[Line] = []
    while lines and _STEREOTYPE.fullmatch(lines[0][0].text):
        head.append(lines[0])
        lines = lines[1:]
    if not lines:
        return None
    first, item = lines[0]
    if first.cells and item.kind != "stencil_shape":
        return None
    if len(lines) == 1 and joined:
        return [*head, lines[0]], []
    read = rows.parse(first.text, item.span)
    is_row = read is not None and (
        read.row.keys or (read.row.type and not read.noun and not re.fullmatch(r"[A-Z]\w* [A-Z]\w*", first.text))
    )
    return None if is_row else ([*head, lines[0]], lines[1:])


def _named(text: str, body: Body, *, joined: bool) -> titles.Title | None:
    """Return the name of a box. Text that may be a sentence counts only where keys or a crow's foot show an entity."""
    found = titles.title(text)
    if found is None and (joined or any(one.row.keys for one in body.read)):
        found = titles.title(text, lenient=True)
    return found


def _is_box(clump: Clump, line: TextLine, body: Body, *, joined: bool) -> bool:
    """Return whether title and lines are an entity rather than a note."""
    if clump.head.kind == "stencil_shape" or joined:
        return True
    if len(body.strange) > len(body.read):
        return False
    if any(one.sure for one in body.read):
        return True
    if body.read:
        is_shape = clump.head.kind == "shape"
        named = any("_" in one.row.name and one.row.derivation is None for one in body.read)
        return is_shape and named and " " not in line.text.strip()
    return clump.head.kind == "shape" and not body.strange and _NAME.fullmatch(line.text.strip()) is not None


def _untitled(clump: Clump, frame: str | None, account: Inventory, text: str) -> Found:
    """Report columns without a title: an entity that cannot be read, or a single line that is not an entity."""
    sure = [line for line, item in clump.lines if any(one.sure for one in rows.names(line.text, item.span))]
    is_table = clump.head.kind in TABLES
    if len(sure) > 1 and clump.head.kind != "text":
        why = "it has no title, so that nobody knows what its columns are of"
        return _left(clump, account, seen(clump.head, why, frame, text, unread=True))
    if is_table:
        return _left(clump, account, seen(clump.head, "a table of something else", frame, text))
    return _note(clump, frame, account, text)


def _note(clump: Clump, frame: str | None, account: Inventory, text: str) -> Found:
    """Report text that is not a box: a constraint on links, types or marks without names, or a note."""
    lines = [line.text for line, _ in clump.lines]
    if len(lines) > 1 and all(map(only_said, lines)):
        why = "types or marks, and it is not clear of which columns"
        return _left(clump, account, seen(clump.head, why, frame, text, unread=True))
    is_rule = _OF_LINKS.fullmatch(text.strip()) is not None
    why = "a constraint of links that the spec has no words for; write it as one of `tests:`" if is_rule else "a note"
    return _left(clump, account, seen(clump.head, why, frame, text))


# -- cells


def _of_grid(clump: Clump, frame: str | None, account: Inventory) -> Found | None:
    """Read a table whose columns contain names, types and marks."""
    cells = clump.grid or [
        [(TextLine(text=cell, numbers=line.numbers, guess=line.guess), item) for cell in line.cells]
        for line, item in clump.lines
        if line.cells
    ]
    read = read_grid([[line.text for line, _ in row] for row in cells], clump.head.span)
    title = clump.title or next((line for line in clump.head.shown if not line.cells), None)
    if read is None:
        return None
    if title is None and any(section.title is None for section in read.sections):
        return _untitled(clump, frame, account, "\n".join(line.text for line, _ in clump.lines))
    found = Found()
    for number in read.headings:
        shown = " | ".join(line.text for line, _ in cells[number] if line.text)
        if shown not in {section.title for section in read.sections}:
            told = seen(cells[number][0][1], "the headings of a table", frame, shown)
            account.leave(places(cells[number]), told)
    if title and all(section.title is not None for section in read.sections):
        above = clump.above or clump.head
        account.leave(places([(title, above)]), seen(above, "a title above others", frame, title.text))
    for section in read.sections:
        text = section.title if section.title is not None else title.text if title else ""
        box = _of_section(section, text, cells, clump, frame=frame, account=account)
        if box:
            found.boxes.append(box)
    if len(found.boxes) == 1 and found.boxes[0]:
        ids = found.boxes[0][1]
        ids[clump.head.id] = None
        ids |= {clump.above.id: None} if clump.above else {}
    account.read(places(clump.lines))
    if title:
        account.read(places([(title, clump.above or clump.head)]))
    return found


def _of_section(
    section: Section, text: str, cells: Sequence[Sequence[Cell]], clump: Clump, *, frame: str | None, account: Inventory
) -> tuple[Box, dict[str, str | None]] | None:
    """Return the box of one section of a table, and report what did not parse."""
    named = titles.title(text) or titles.title(text, lenient=True)
    found: list[Row] = []
    ids: dict[str, str | None] = {}
    for one in section.rows:
        line = cells[one.number]
        if one.read is None or named is None:
            shown = " | ".join(cell.text for cell, _ in line if cell.text)
            account.leave((), seen(line[0][1], "this row is not a column", frame, shown, unread=True))
            continue
        own = clump.grid is not None and all(len(item.lines) == 1 for _, item in line)
        ids |= {item.id: one.read.row.name if own else None for _, item in line}
        if one.read.default:
            account.leave((), seen(line[0][1], DEFAULT, frame, one.read.default))
        guess = next((cell.guess for cell, _ in line if cell.guess), one.read.row.guess)
        found.append(replace(one.read.row, id=line[0][1].id if own else None, guess=guess))
    return (_box(clump, named, text, tuple(found), frame), ids) if named else None


# -- relations and SQL


def _relations(clump: Clump, frame: str | None) -> list[Box]:
    """Read a clump in which every line is a relation: `products(sku, name, category_id)`."""
    found = [_of_relation(clump, line, frame) for line, _ in clump.lines]
    return [box for box in found if box] if all(found) else []


def _of_relation(clump: Clump, line: TextLine, frame: str | None) -> Box | None:
    """Read `products(sku, name, category_id)`. Underlined means primary key, italic means foreign key."""
    match = _RELATION.fullmatch(line.text.strip())
    found = titles.title(match["name"]) if match else None
    if match is None or found is None:
        return None
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", match["columns"])]
    style = rows.style_of(parts, keyed=bool(line.underlined))
    read = [
        rows.parse(part, clump.head.span, underlined=part in line.underlined, italic=part in line.italic, style=style)
        for part in parts
    ]
    are_columns = all(one and (one.sure or part.isidentifier()) for one, part in zip(read, parts, strict=True))
    if len(read) < 2 or not are_columns:
        return None
    own = (replace(one.row, description=one.row.description or one.default) for one in read if one)
    return _box(clump, found, match["name"], tuple(own), frame)


def _of_code(clump: Clump, text: str, frame: str | None, account: Inventory) -> Found:
    """Read code in a shape or a text with the reader of its notation. That reader does not know the board."""
    try:
        read = read_text(text, clump.head.span.file)
    except ErdError:
        read = None
    if read is None or not read.boxes:
        return _left(clump, account, seen(clump.head, "its code contains no table", frame, text, unread=True))
    account.read(places(clump.lines))
    account.seen += [replace(one, span=clump.head.span) for one in read.seen]
    span, alone = clump.head.span, len(read.boxes) == 1
    boxes = [replace(_plain(box), span=span, id=clump.head.id if alone else None, frame=frame) for box in read.boxes]
    lines = [replace(line, span=span, id=None) for line in read.lines]
    return Found([(box, {clump.head.id: None} if alone else {}) for box in boxes], lines=lines)


def _plain(box: Box) -> Box:
    """Return the box in the notation of drawings: key columns need no explicit NOT NULL."""
    rows_ = (replace(row, not_null=None) if row.has(Key.PK) else row for row in box.rows)
    return replace(box, rows=tuple(rows_))


def _box(clump: Clump, found: titles.Title, shown: str, read: tuple[Row, ...], frame: str | None) -> Box:
    return Box(
        name=found.name,
        title=shown.strip(),
        span=clump.head.span,
        rows=read,
        schema=found.schema,
        table=found.exact,
        color=clump.head.color,
        frame=clump.backdrop.shown[0].text if clump.backdrop else frame,
        id=clump.head.id,
        guess=found.guess or clump.guess,
    )


def members(clump: Clump) -> Iterator[Item]:
    yield clump.head
    yield from clump.members
