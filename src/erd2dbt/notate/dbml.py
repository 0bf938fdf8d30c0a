"""Writes a diagram as DBML."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Line, Row
from erd2dbt.escape import dbml
from erd2dbt.notate.relational import by_name, child_first, enumeration, enumerations, is_enumeration, listed

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = frozenset("note indexes checks ref table enum project tablegroup tablepartial records as".split())
_PLAIN = re.compile(r"[a-z]\w*(?:\([\w, ]*\))?(?:\[\])?", re.ASCII)


def dbml_text(diagram: Diagram) -> str:
    """Return enumerations, tables, references, groups. Caps without a DBML equivalent follow from NOT NULL and
    UNIQUE."""
    boxes = by_name(diagram)
    parts = [[f"Project {_name(diagram.title)} {{", "  database_type: 'PostgreSQL'", "}"]] if diagram.title else []
    parts += [
        [f"Enum {_escaped_name(name)} {{", *(f"  {_name(v)}" for v in values), "}"]
        for name, values in enumerations(diagram)
    ]
    parts += [list(_table(box)) for box in diagram.boxes]
    parts.append([text for line in diagram.lines if (text := _ref(line, boxes))])
    parts += _groups(diagram)
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _escaped_name(name: str) -> str:
    return name.replace('""', '\\"')


def _table(box: Box) -> Iterator[str]:
    yield f"Table {_qualified(box)} {{"
    yield from (f"  {_column(box, row)}" for row in box.rows)
    indexes = [(box.key, "pk")] if len(box.key) > 1 else []
    indexes += [(unique, "unique") for unique in box.uniques]
    if indexes:
        yield "  indexes {"
        yield from (f"    ({', '.join(map(_name, columns))}) [{kind}]" for columns, kind in indexes)
        yield "  }"
    if box.description:
        yield f"  Note: {dbml.string(box.description)}"
    yield "}"


def _column(box: Box, row: Row) -> str:
    settings = ["pk"] if box.key == (row.name,) else []
    settings += ["not null"] if row.not_null else []
    settings += ["unique"] if row.unique else []
    settings += [f"check: `{condition}`"] if (condition := listed(row)) and "`" not in condition else []
    settings += [f"note: {dbml.string(row.description)}"] if row.description else []
    said = f" [{', '.join(settings)}]" if settings else ""
    type_ = _escaped_name(enumeration(box, row)) if is_enumeration(row) else _type(row.type or "text")
    return f"{_name(row.name)} {type_}{said}"


def _type(type_: str) -> str:
    return type_ if _PLAIN.fullmatch(type_) else _name(type_)


def _ref(line: Line, boxes: dict[str, Box]) -> str:
    child, parent, pairs, is_many = child_first(line)
    if not pairs:
        return dbml.comment(f"{line.left} to {line.right}: the columns are not known")
    one = line.left_cap in (Cap.ONE, Cap.ONLY_ONE, Cap.ZERO_OR_ONE)
    one = one and line.right_cap in (Cap.ONE, Cap.ONLY_ONE, Cap.ZERO_OR_ONE)
    left, right = (_end(boxes[name], [p[i] for p in pairs]) for i, name in enumerate((child, parent)))
    if one:  # the first end is the referenced one
        return f"Ref: {right} - {left}"
    return f"Ref: {left} {'<>' if is_many else '>'} {right}"


def _end(box: Box, columns: list[str]) -> str:
    names = ", ".join(map(_name, columns))
    return f"{_qualified(box)}.{names if len(columns) == 1 else f'({names})'}"


def _groups(diagram: Diagram) -> list[list[str]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for box in diagram.boxes:
        if box.group:
            grouped[box.group].append(f"  {_qualified(box)}")
    return [[f"TableGroup {_name(group)} {{", *members, "}"] for group, members in grouped.items()]


def _qualified(box: Box) -> str:
    name = _name(box.table or box.title)
    return f"{_name(box.schema)}.{name}" if box.schema else name


def _name(text: str | None) -> str:
    plain = re.sub(r"[\r\n\t]+", " ", text or "")
    if _WORD.fullmatch(plain) and plain.lower() not in _KEYWORDS:
        return plain
    return dbml.name(plain)
