"""A clump as a box of the diagram, or why it is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram import Box, Key, Row, Seen
from erd2dbt.read import derivations, rows, titles
from erd2dbt.read.board import ddl
from erd2dbt.read.board.clumps import Clump
from erd2dbt.read.board.values import Item, TextLine
from erd2dbt.read.layers import is_legend

_LEGEND = re.compile(r"\s*(?:legend|legende|key|keys|notation|colou?rs?|symbols?|glossary)\s*:?\s*", re.IGNORECASE)
_MARK_EXPLAINED = re.compile(r"\b(?:PK|FK|UK|NN)\s*[=:–-]\s*\w+ key", re.IGNORECASE)
_RELATION = re.compile(r"(?P<name>[\w.]+)\((?P<columns>[^()]+(?:\([^()]*\)[^()]*)*)\)\s*;?")
_RULER = re.compile(r"[\W_]+")
_HEADINGS = frozenset(
    "column columns field fields name type types key keys data datatype description constraint constraints "
    "constraint(s) nullable null attribute attributes comment pk fk notes note".split()
)
_NAME = re.compile(r"[A-Za-z]\w*_\w+")
WORDS = {"sticky_note": "sticky note", "app_card": "card", "doc_format": "document", "struct_doc": "document",
         "data_table_format": "table", "data_table": "table", "code": "code widget", "stencil_shape": "shape",
         "stencil": "shape"}  # fmt: skip

Read = tuple[Box | None, tuple[Seen, ...]]


def box_of(clump: Clump, frame: str | None, *, joined: bool) -> Read:
    """The box and the lines of it that are no columns; or no box, and why. `joined`: a crow's foot touches it."""
    lines = clump.lines
    text = "\n".join(line.text for line, _ in lines)
    if any(_LEGEND.fullmatch(line.text) for line, _ in lines[:1]) or is_legend(text) or _MARK_EXPLAINED.search(text):
        return None, (seen(clump.head, "a legend", frame, text),)
    if ddl.is_ddl(text):
        return _of_ddl(clump, text, frame)
    if len(lines) == 1 and not joined and (one := _of_relation(clump, frame)):
        return one, ()
    titled = _title(clump, joined=joined)
    if titled is None:
        return _untitled(clump, frame, text)
    line, rest = titled
    found = titles.title(line.text)
    read, strange = _rows(rest, clump)
    if found is None or not _is_box(clump, line, read, strange, joined=joined):
        return None, (seen(clump.head, "a note", frame, text),)
    extra = [seen(item, why, frame, shown, unread=True) for shown, item, why in strange]
    if found.is_cut:
        extra.append(seen(clump.head, "its name is cut off", frame, line.text, unread=True))
    box = _box(clump, found, line.text, tuple(one.row for one in read), frame)
    return box, tuple(extra)


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


def _title(clump: Clump, *, joined: bool) -> tuple[TextLine, list[tuple[TextLine, Item]]] | None:
    """The line that names the box, and the others; None when the first one is a column and nothing stands above."""
    lines = clump.lines
    if clump.title is not None:
        return clump.title, lines
    first, item = lines[0]
    if first.cells and item.kind != "stencil_shape":
        return None
    if len(lines) == 1 and joined:
        return first, []
    read = rows.parse(first.text, item.span)
    is_row = read is not None and (
        read.row.keys or (read.row.type and not re.fullmatch(r"[A-Z]\w* [A-Z]\w*", first.text))
    )
    return None if is_row else (first, lines[1:])


def _rows(lines: list[tuple[TextLine, Item]], clump: Clump) -> tuple[list[rows.Parsed], list[tuple[str, Item, str]]]:
    """The columns, and (text, item, why) of what is none."""
    read: list[rows.Parsed] = []
    strange: list[tuple[str, Item, str]] = []
    for line, item in lines:
        if _RULER.fullmatch(line.text) or (line.cells and _is_heading(line)):
            continue
        if read and (words := derivations.continued(line.text)):
            read[-1] = replace(read[-1], row=replace(read[-1].row, derivation=words))
            continue
        found = _of_line(line, item)
        if not found:
            strange.append((line.text, item, "this row is no column"))
        for one in found:
            if one.is_cut:
                strange.append((line.text, item, "the name of its column is cut off"))
            own = item.id if item is not clump.head and len(found) == 1 and len(item.lines) == 1 else None
            read.append(replace(one, row=replace(one.row, id=own)))
    return read, strange


def _of_line(line: TextLine, item: Item) -> list[rows.Parsed]:
    if item.kind == "stencil_shape" and line.cells:
        one = rows.from_cells(line.text, item.span)
        return [one] if one else []
    found = list(rows.names(line.text, item.span))
    if len(found) == 1 and line.underlined and found[0].row.name in line.underlined:
        return [replace(found[0], row=rows.with_keys(found[0].row, [Key.PK]), sure=True)]
    return found


def _is_heading(line: TextLine) -> bool:
    words = {word.strip().lower() for cell in line.cells for word in cell.split()}
    return bool(words) and words <= _HEADINGS


def _is_box(
    clump: Clump, line: TextLine, read: list[rows.Parsed], strange: list[tuple[str, Item, str]], *, joined: bool
) -> bool:
    """Whether title and lines are an entity rather than a note."""
    if clump.head.kind == "stencil_shape" or joined:
        return True
    if len(strange) > len(read):
        return False
    if any(one.sure for one in read):
        return True
    if read:
        return (
            clump.head.kind == "shape"
            and any("_" in one.row.name and one.row.derivation is None for one in read)
            and " " not in line.text.strip()
        )
    return clump.head.kind == "shape" and not strange and _NAME.fullmatch(line.text.strip()) is not None


def _untitled(clump: Clump, frame: str | None, text: str) -> Read:
    """Columns without a name above them: an entity that cannot be read, or a single line that is none."""
    sure = [line for line, item in clump.lines if any(one.sure for one in rows.names(line.text, item.span))]
    if len(sure) > 1 and clump.head.kind != "text":
        return None, (seen(clump.head, "its columns have no title", frame, text, unread=True),)
    return None, (seen(clump.head, "a note", frame, text),)


def _of_relation(clump: Clump, frame: str | None) -> Box | None:
    """`products(sku, name, category_id)`: underlined is the primary key, italic a foreign one."""
    line = clump.lines[0][0]
    match = _RELATION.fullmatch(line.text.strip())
    found = titles.title(match["name"]) if match else None
    if match is None or found is None:
        return None
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", match["columns"])]
    read = [
        rows.parse(part, clump.head.span, underlined=part in line.underlined, italic=part in line.italic)
        for part in parts
    ]
    are_columns = all(one and (one.sure or part.isidentifier()) for one, part in zip(read, parts, strict=True))
    if len(read) < 2 or not are_columns:
        return None
    return _box(clump, found, match["name"], tuple(one.row for one in read if one), frame)


def _of_ddl(clump: Clump, text: str, frame: str | None) -> Read:
    read = ddl.table(text, clump.head.span)
    found = titles.title(read[0]) if read else None
    if read is None or found is None or not read[1]:
        return None, (seen(clump.head, "its SQL is no table", frame, text, unread=True),)
    return _box(clump, found, read[0], read[1], frame), ()


def _box(clump: Clump, found: titles.Title, shown: str, read: tuple[Row, ...], frame: str | None) -> Box:
    return Box(
        name=found.name,
        title=shown.strip(),
        span=clump.head.span,
        rows=read,
        schema=found.schema,
        table=found.exact,
        color=clump.head.color,
        frame=clump.region or frame,
        id=clump.head.id,
    )


def members(clump: Clump) -> Iterator[Item]:
    yield clump.head
    yield from clump.members
