"""Parses lines that constrain other columns of the box: `PK (order_id, line_no)`, `unique (a, b)`, `FOREIGN KEY (x)
REFERENCES t (y)`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from erd2dbt.diagram.drawing import Key, Row
from erd2dbt.names.spelling import dotted, slug
from erd2dbt.read.boxes import marks, rows

_KEYS = re.compile(
    r"\s*(?:constraint\s+\S+\s+)?(?P<mark>[^\W\d][^():]*?)\s*:?\s*\((?P<columns>[^()]+)\)\s*"
    r"(?:(?:references|→|->)\s*(?P<box>[\w.\"]+)\s*(?:\((?P<others>[^()]+)\))?)?\s*;?\s*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?<![^\s,/&+|;(\[])((?:UK|UQ|AK|U)\d+)(?:\.\d+)?(?![^\s,/&+|;)\]:])", re.IGNORECASE)


class Constraint(NamedTuple):
    """`mark`: pk, fk or unique; `columns` as written; `target` and `others`: the referenced table and columns."""

    mark: str
    columns: tuple[str, ...]
    target: str | None
    others: tuple[str, ...]


def constraint_of(text: str) -> Constraint | None:
    """Return the constraint in a line, which is a mark and columns in brackets; None for any other line."""
    match = _KEYS.fullmatch(text)
    mark = marks.of_word(match["mark"]) if match else None
    if match is None or len(match["mark"]) < 2 or mark not in ("pk", "fk", "uk", "unique"):
        return None
    target = dotted(match["box"]) if match["box"] else None
    return Constraint(mark, _names(match["columns"]), target, _names(match["others"] or ""))


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"`'") for part in text.split(",") if part.strip())


def constrained(found: Sequence[Row], one: Constraint) -> tuple[list[Row], tuple[str, ...]] | None:
    """Return the rows with the constraint, and its unique columns. None where it names a column that does not exist."""
    known = {word: row.name for row in found for word in (row.name.lower(), slug(row.name))}
    named = [known.get(name.lower()) or known.get(slug(name)) for name in one.columns]
    if None in named or (one.mark == "fk" and one.others and len(one.others) != len(one.columns)):
        return None
    columns = tuple(name for name in named if name is not None)
    if one.mark in ("uk", "unique"):
        alone = [replace(row, unique=True) if columns == (row.name,) else row for row in found]
        return alone, columns if len(columns) > 1 else ()
    others = dict(zip(columns, one.others, strict=False))
    key = Key.PK if one.mark == "pk" else Key.FK
    return [_with(row, key, one.target, others) if row.name in columns else row for row in found], ()


def uniques_by_number(
    found: list[rows.Parsed], texts: Sequence[str]
) -> tuple[list[rows.Parsed], list[tuple[str, ...]]]:
    """Return the columns that share `U1` or `AK1`: they are unique together, and none of them alone."""
    if len(found) != len(texts):
        return found, []
    groups: dict[str, list[int]] = {}
    for at, (one, text) in enumerate(zip(found, texts, strict=True)):
        if one.row.has(Key.UK) and (match := _NUMBERED.search(text)):
            groups.setdefault(match[1].upper(), []).append(at)
    shared = [group for group in groups.values() if len(group) > 1]
    for at in {at for group in shared for at in group}:
        row = found[at].row
        found[at] = replace(found[at], row=replace(row, keys=tuple(key for key in row.keys if key is not Key.UK)))
    return found, [tuple(found[at].row.name for at in group) for group in shared]


def _with(row: Row, key: Key, target: str | None, others: dict[str, str]) -> Row:
    keyed = rows.with_keys(row, [key])
    if target is None:
        return keyed
    column = others.get(row.name)
    return replace(keyed, references=f"{target}.{column.lower()}" if column else target)
