"""Reads a table of cells as columns of entities. The contents of each table column show its role: name, type, marks.
Headings decide too, where they are known words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from erd2dbt.diagram.drawing import Key
from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.boxes import column_types, marks, rows, vocabulary
from erd2dbt.read.boxes.marks import Reading

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of the table, which describes one column. `number` counts from 0. `read` is None if it does not parse."""

    number: int
    read: rows.Parsed | None


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one entity. `title` is None where the table does not name it."""

    title: str | None
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The contents of a table. `headings`: numbers of the heading rows; `ignored`: numbers of rows with only a
    title."""

    sections: tuple[Section, ...]
    headings: tuple[int, ...]


def read_grid(cells: Sequence[Cells], span: Span) -> Grid | None:
    """Read a table. Returns None where no column has types or marks: such a table may list anything."""
    width = max(map(len, cells), default=0)
    body = [[_plain(row[i]) if i < len(row) else "" for i in range(width)] for row in cells]
    at = next((n for n, row in enumerate(body) if sum(map(bool, row)) > 1), None)
    if at is None or width < 2:
        return None
    heading = at if _is_heading(body[at], body[at + 1 :]) else None
    roles = _roles(body[at].copy() if heading is not None else [""] * width, body[at + (heading is not None) :])
    if "name" not in roles or not {"type", "key"} & {role.partition(":")[0] for role in roles}:
        return None
    start = at + (heading is not None)
    titled = [(n, next(filter(None, row))) for n, row in enumerate(body[:at]) if any(row)]
    sections = tuple(_sections(body, start, roles, titled[-1][1] if titled else None, span))
    return Grid(sections, tuple(n for n in range(start) if any(body[n])))


def _plain(cell: str) -> str:
    return " ".join(vocabulary.half_width(cell).replace("**", "").replace("`", "").split())


def _is_heading(row: Cells, below: Sequence[Cells]) -> bool:
    """Return whether a row is a heading: known words, or a cell that is not a type above types (or a mark above
    marks)."""
    filled = [cell for cell in row if cell]
    known = [cell for cell in filled if heading_of(cell)]
    if len(known) * 2 > len(filled):
        return True
    for i, cell in enumerate(row):
        values = [other[i] for other in below if other[i]]
        is_typed = bool(values) and all(map(_is_type, values)) and len(values) > 1
        if cell and is_typed and not _is_type(cell):
            return True
    return False


def heading_of(cell: str) -> str | None:
    """Return the role of the cells below a heading: `name`, `type`, `key`, `key:pk` and so on; None if unknown."""
    plain = vocabulary.plain(cell).strip("?*:# ()")
    if known := vocabulary.HEADINGS.get(plain):
        return known
    mark = vocabulary.MARKS.get(plain)
    return f"key:{mark}" if mark else None


def _is_type(cell: str) -> bool:
    head = cell.split("(", maxsplit=1)[0].split()
    return (
        column_types.is_type(cell)
        or (column_types.looks_like_type(cell) and " (" not in cell)
        or (len(head) > 1 and column_types.is_type(head[0]) and marks.of_cell(" ".join(cell.split()[1:])) is not None)
    )


def _roles(headings: Cells, body: Sequence[Cells]) -> list[str]:
    """Return the role of each column: name, type, key, key:<mark>, null, nn, target, table or remark."""
    found = [_role(heading_of(heading), [row[i] for row in body if row[i]]) for i, heading in enumerate(headings)]
    names = [i for i, role in enumerate(found) if role in ("name", "")]
    whole = [i for i in names if all(row[i] for row in body if any(row[j] for j in names))]
    written = [i for i in whole if all(row[i].isidentifier() and row[i].isascii() for row in body if row[i])]
    headed = [i for i in names if found[i] == "name"]
    chosen = next(iter([i for i in written if i in headed] or written or headed or whole or names), None)
    return ["name" if i == chosen else "remark" if role in ("name", "") else role for i, role in enumerate(found)]


def _role(heading: str | None, values: list[str]) -> str:
    """Return the role of one column by its cells. The heading decides where the cells fit several roles."""
    if heading in ("table", "target", "remark", "null", "nn"):
        return heading
    if heading and heading.startswith("key") and values and all(map(_is_tick, values)):
        return heading
    keyed = [cell for cell in values if marks.of_cell(cell) is not None]
    if values and all(
        cell in keyed or (_is_tick(cell) and cell in vocabulary.EMPTY) or (keyed and _mark_and_target(cell))
        for cell in values
    ):
        return "key"
    typed = [cell for cell in values if _is_type(cell)]
    if values and len(typed) * 2 > len(values) and (heading == "type" or len(typed) == len(values)):
        return "type" if heading != "name" or not all(map(column_types.is_noun, typed)) else "name"
    return heading if heading in ("type", "name") else "key" if heading == "key" and not values else ""


def _mark_and_target(cell: str) -> Reading | None:
    """Split `FK → clients` into the mark and its target. Returns None if the cell contains anything else."""
    reading = Reading(f"x {cell}")
    marks.take_marks(reading)
    rest = reading.text.strip().removeprefix("x").strip()
    said = marks.of_cell(rest) if rest else set()
    reading.marks |= said or set()
    return reading if reading.references and said is not None else None


def _is_tick(cell: str) -> bool:
    return vocabulary.plain(cell) in vocabulary.TICKS | vocabulary.EMPTY


def _sections(
    body: Sequence[Cells], start: int, roles: Sequence[str], title: str | None, span: Span
) -> Iterator[Section]:
    """Split the table into entities: at a column with table names, or at rows with only a title."""
    held: list[GridRow] = []
    tables = [i for i, role in enumerate(roles) if role == "table"]
    heading = body[start - 1] if start else []
    for number in range(start, len(body)):
        row = body[number]
        filled = [i for i, cell in enumerate(row) if cell]
        begun = row[tables[0]] if tables and row[tables[0]] else None
        if not tables and len(filled) == 1 and filled[0] == 0 and roles[0] != "name":
            begun = row[0]
        if begun and begun != title:
            if held:
                yield Section(title, tuple(held))
            title, held = begun, []
        is_row = bool(filled) and (tables or begun is None) and list(row) != list(heading)
        if is_row:
            held.append(GridRow(number, _row(row, roles, span)))
    if held:
        yield Section(title, tuple(held))


def _row(cells: Cells, roles: Sequence[str], span: Span) -> rows.Parsed | None:
    by_role = {role: cell for cell, role in zip(cells, roles, strict=True) if cell and role != "remark"}
    read = rows.parse(by_role.get("name", ""), span) if "name" in by_role else None
    if read is None:
        return None
    found = Reading("", marks=_marks_of(read))
    default = read.default
    remarks = [read.row.description or ""]
    kind, guess, values = read.row.type, read.row.guess, read.row.values
    if typed := rows.parse(f"x\t{by_role['type']}", span) if "type" in by_role else None:
        kind, guess, values = typed.row.type or by_role["type"].lower(), typed.row.guess, typed.row.values
        found.marks |= _marks_of(typed)
        default = default or typed.default
        remarks.append(typed.row.description or "")
    for role, cell in by_role.items():
        _take_cell(found, role, cell)
    for cell, role in zip(cells, roles, strict=True):
        if role == "remark" and cell:
            remark = Reading(cell)
            marks.take_marks(remark)
            found.references = found.references or remark.references
            found.marks |= {"fk"} if remark.references else set()
            remarks.append("" if remark.references and not remark.text.strip() else cell)
    row = replace(
        read.row,
        type=kind,
        guess=guess,
        values=values,
        keys=tuple(key for key in Key if key.lower() in found.marks),
        not_null=True if "nn" in found.marks else False if "null" in found.marks else read.row.not_null,
        unique=read.row.unique or "unique" in found.marks,
        references=read.row.references or found.references,
        description="; ".join(filter(None, remarks)) or None,
    )
    if row.keys == (Key.UK,) and row.unique:
        row = replace(row, keys=())
    return rows.Parsed(row, sure=True, is_cut=read.is_cut, default=default)


def _marks_of(read: rows.Parsed) -> set[str]:
    null = set() if read.row.not_null is None else {"nn" if read.row.not_null else "null"}
    return {key.lower() for key in read.row.keys} | null | ({"unique"} if read.row.unique else set())


def _take_cell(found: Reading, role: str, cell: str) -> None:
    """Add one cell to the column that its row describes."""
    plain = vocabulary.plain(cell)
    is_yes = plain in vocabulary.TICKS
    if role == "target" and plain not in vocabulary.EMPTY:
        reading = Reading(cell if any(arrow in cell for arrow in "→>") else f"→ {cell}")
        marks.take_marks(reading)
        found.references, found.marks = reading.references, found.marks | {"fk"}
    elif role.startswith("key:") and is_yes:
        marks.take(found, role.removeprefix("key:"))
    elif role.startswith("key") and (said := _mark_and_target(cell)):
        found.references, found.marks = said.references, found.marks | said.marks
    elif role.startswith("key"):
        found.marks |= marks.of_cell(cell) or set()
    elif role == "null" and (is_yes or plain in vocabulary.EMPTY):
        found.marks.add("null" if is_yes else "nn")
    elif role == "null":
        found.marks |= marks.of_cell(cell) or set()
    elif role == "nn" and is_yes:
        found.marks.add("nn")
