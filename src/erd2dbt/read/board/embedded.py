"""Reads diagrams that are text on a board: in code widgets and documents, in any notation, and as markdown tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Diagram, Key, Row, Seen
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.spelling import dotted
from erd2dbt.read.board.dsl import is_dsl, read_dsl
from erd2dbt.read.boxes import titles
from erd2dbt.read.boxes.grid import Section, read_grid
from erd2dbt.read.boxes.rows import is_sure, names, style_of, with_keys
from erd2dbt.read.dbml.reader import is_dbml, read_dbml
from erd2dbt.read.dialects.systems import is_sql, read_sql
from erd2dbt.read.mermaid.reader import is_mermaid, read_mermaid
from erd2dbt.read.plantuml.reader import is_plantuml, read_plantuml
from erd2dbt.read.prisma.reader import is_prisma, read_prisma
from erd2dbt.read.relational.drawing import NO_SUCH_TABLE

_READERS = (
    (is_dsl, read_dsl),
    (is_mermaid, read_mermaid),
    (is_plantuml, read_plantuml),
    (is_prisma, read_prisma),
    (is_dbml, read_dbml),
    (is_sql, read_sql),
)
_BEGIN = re.compile(
    r"\s*create\s+(?:\w+\s+){0,3}?table\s+(?:if\s+not\s+exists\s+)?[\w.\"`\[\]]+\s*\(|\s*table\s+[\w.\"]+\s*(?:\[[^\]]*\]\s*)?\{|\s*model\s+\w+\s*\{|\s*(?:@start(?:uml|chen)|erDiagram|classDiagram)\b",
    re.IGNORECASE,
)
_SCHEMA = "public"  # the default schema of the SQL and DBML readers
_LOST = re.compile(r"(?P<table>.+?)\((?P<columns>[^()]+)\) to (?:\w+\.)?(?P<other>\w+)(?:\((?P<others>[^()]+)\))?")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(?P<body>.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_LIST = re.compile(
    r"^#{1,6}[ \t]+(?P<title>[^\n]+?)[ \t#]*\n\s*(?P<list>(?:[ \t]*[-*+•][ \t]+[^\n]+(?:\n|\Z))+)", re.MULTILINE
)
_HEADING = re.compile(r"\s*(?:#{1,6}\s+(.+?)\s*#*|\*\*(.+?)\*\*:?|(.+?):)\s*")
_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*\|?\s*")


def is_code(text: str) -> bool:
    """Return whether a text begins as diagram code does."""
    return _BEGIN.match(text) is not None


def read_text(text: str, where: str) -> Diagram | None:
    """Return the diagram of a text, or of its code fences or tables; None where it is prose.

    Raises ErdError as the reader of the notation does.
    """
    if not _FENCE.search(text) and (whole := _of_code(text, where)):
        return whole
    parts = [found for match in _FENCE.finditer(text) if (found := _of_code(match["body"], where))]
    bare = _FENCE.sub("\n", text)
    lists, rest = _of_lists(bare, where)
    tables = _of_tables(rest, where)
    around = Diagram(file=where, seen=tuple(_prose(rest, where))) if parts or tables or lists else None
    return _together([one for one in (*parts, lists, tables, around) if one], where)


def holds_rows(text: str) -> bool:
    """Return whether a text that is not a diagram has lines that look like columns."""
    return sum(is_sure(line.strip()) for line in text.split("\n")) > 1


def _of_lists(text: str, where: str) -> tuple[Diagram | None, str]:
    """Return markdown headings with a list of columns below each, and the text without them."""
    boxes: list[Box] = []
    for match in _LIST.finditer(text):
        lines = [line.strip()[1:].strip() for line in match["list"].strip().split("\n")]
        span = Span(where, text.count("\n", 0, match.start()) + 1, 1)
        style = style_of(lines)
        read = [one for line in lines for one in names(line, span, style)]
        named = titles.title(match["title"]) or titles.title(match["title"], lenient=True)
        if named and len(read) >= len(lines) and any(one.sure for one in read):
            rows = tuple(one.row for one in read)
            boxes.append(Box(name=named.name, title=match["title"], span=span, rows=rows, schema=named.schema,
                             table=named.exact, guess=named.guess))  # fmt: skip
            text = text.replace(match[0], "\n" * match[0].count("\n"), 1)
    return (Diagram(file=where, boxes=tuple(boxes)) if boxes else None), text


def _prose(text: str, where: str) -> Iterator[Seen]:
    """Return the words around the diagram as one unread item."""
    lines = text.split("\n")
    used = {heading for heading, _, _ in _tables(lines)}
    rest = [line.strip() for line in lines if line.strip() and not _is_table_row(line) and _heading(line) not in used]
    if rest:
        why = "words around the diagram"
        yield Seen(kind="text", why=why, span=Span(where, 1, 1), text="\n".join(rest), count=len(rest))


def _of_code(text: str, where: str) -> Diagram | None:
    """Return the diagram of code. Default schemas are removed: on a board, its tables are beside boxes without a
    schema."""
    found = next((read(text, where) for is_it, read in _READERS if is_it(text)), None)
    if found is None:
        return None
    found = _with_references(found)
    if _SCHEMA in text.lower():
        return found
    boxes = tuple(replace(box, schema=None) if box.schema == _SCHEMA else box for box in found.boxes)
    return replace(found, boxes=boxes)


def _with_references(diagram: Diagram) -> Diagram:
    """Return the diagram with foreign keys to tables elsewhere on the board as marks of their columns."""
    found: dict[tuple[str, str], str] = {}
    rest: list[Seen] = []
    for one in diagram.seen:
        match = _LOST.fullmatch(one.text) if one.why == NO_SUCH_TABLE else None
        if match is None:
            rest.append(one)
            continue
        columns, others = match["columns"].split(", "), (match["others"] or "").split(", ")
        target = dotted(match["other"])
        for n, column in enumerate(columns):
            to = others[n] if n < len(others) and others[n] else None
            found[match["table"], column] = f"{target}.{to.lower()}" if to else target
    boxes = tuple(replace(box, rows=tuple(_referring(box, row, found) for row in box.rows)) for box in diagram.boxes)
    return replace(diagram, boxes=boxes, seen=tuple(rest))


def _referring(box: Box, row: Row, found: Mapping[tuple[str, str], str]) -> Row:
    target = found.get((box.table or box.name, row.raw or row.name))
    return replace(with_keys(row, [Key.FK]), references=target) if target else row


def _together(parts: list[Diagram], where: str) -> Diagram | None:
    if not parts:
        return None
    return Diagram(
        file=where,
        boxes=tuple(box for part in parts for box in part.boxes),
        lines=tuple(line for part in parts for line in part.lines),
        seen=tuple(one for part in parts for one in part.seen),
        title=next((part.title for part in parts if part.title), None),
        parts=sum(part.parts or 0 for part in parts) or None,
    )


def _of_tables(text: str, where: str) -> Diagram | None:
    """Return the boxes of tables with a heading above each, or with a column that names the entity of each row."""
    boxes: list[Box] = []
    seen: list[Seen] = []
    for heading, begun, rows in _tables(text.split("\n")):
        span = Span(where, begun, 1)
        read = read_grid(rows, span)
        for section in read.sections if read else ():
            boxes += _box(section, heading, rows, span, seen)
    return Diagram(file=where, boxes=tuple(boxes), seen=tuple(seen)) if boxes or seen else None


def _box(section: Section, heading: str | None, rows: list[list[str]], span: Span, seen: list[Seen]) -> Iterator[Box]:
    text = section.title or heading or ""
    named = titles.title(text) or titles.title(text, lenient=True)
    if named is None:
        why = "it has no title, so that nobody knows what its columns are of"
        seen.append(Seen(kind="table", why=why, span=span, text=" | ".join(rows[0]), unread=True))
        return
    for one in section.rows:
        if one.read is None:
            shown = " | ".join(rows[one.number])
            seen.append(Seen(kind="row", why="this row is not a column", span=span, text=shown, unread=True))
    found = tuple(replace(one.read.row, span=span) for one in section.rows if one.read)
    yield Box(
        name=named.name, title=text, span=span, rows=found, schema=named.schema, table=named.exact, guess=named.guess
    )


def _tables(lines: list[str]) -> Iterator[tuple[str | None, int, list[list[str]]]]:
    """Return (heading above, line, rows) of each table. Cells are separated by `|`, or by tabs as in a table's HTML."""
    heading: str | None = None
    rows: list[list[str]] = []
    begun = 0
    for number, line in enumerate([*lines, ""], start=1):
        if _is_table_row(line):
            begun = begun or number
            if not _RULE.fullmatch(line):
                rows.append(_cells(line))
            continue
        if len(rows) > 1:
            yield heading, begun, rows
        rows, begun = [], 0
        if line.strip():
            heading = _heading(line)


def _is_table_row(line: str) -> bool:
    return line.count("|") > 1 or "\t" in line.strip()


def _heading(line: str) -> str:
    match = _HEADING.fullmatch(line)
    return next(filter(None, match.groups())) if match else line.strip()


def _cells(line: str) -> list[str]:
    if line.count("|") > 1:
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    cells = [cell.strip() for cell in line.split("\t")]
    return cells if cells[0] else cells[1:]  # each cell of HTML begins with a tab
