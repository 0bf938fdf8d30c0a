"""`CREATE TABLE` pasted into a box: its columns as lines that a row is read from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagnostics import Span
from erd2dbt.diagram import Key, Row
from erd2dbt.read import rows
from erd2dbt.read.titles import dotted

_HEAD = re.compile(r"\s*create\s+(?:\w+\s+){0,3}?table\s+(?:if\s+not\s+exists\s+)?([\w.\"`\[\]]+)\s*\(", re.IGNORECASE)
_KEYS = re.compile(r"(?:constraint\s+\S+\s+)?(primary|foreign)\s+key\s*\(([^)]*)\)(.*)", re.IGNORECASE | re.DOTALL)
_OTHER = re.compile(r"(?:constraint|check|unique|index|key|exclude)\b", re.IGNORECASE)
_TARGET = re.compile(r"references\s+([\w.\"]+)\s*\(([^)]*)\)", re.IGNORECASE)


def is_ddl(text: str) -> bool:
    return _HEAD.match(text) is not None


def table(text: str, span: Span) -> tuple[str, tuple[Row, ...]] | None:
    """(the table's name, its columns) of the first statement."""
    head = _HEAD.match(text)
    if head is None:
        return None
    found: dict[str, Row] = {}
    for part in _parts(text[head.end() :]):
        if keys := _KEYS.match(part):
            _constrain(found, keys)
        elif not _OTHER.match(part) and (read := rows.parse(part, span)):
            found[read.row.name] = read.row
    return head[1].strip('"`[]'), tuple(found.values())


def _parts(body: str) -> Iterator[str]:
    """What stands between the outermost commas, up to the bracket that closes the table."""
    depth, start = 0, 0
    for i, c in enumerate(body):
        depth += (c == "(") - (c == ")")
        if depth < 0 or (depth == 0 and c == ","):
            yield " ".join(body[start:i].split())
            start = i + 1
        if depth < 0:
            return
    yield " ".join(body[start:].split())


def _constrain(found: dict[str, Row], keys: re.Match[str]) -> None:
    """`PRIMARY KEY (a, b)` and `FOREIGN KEY (a) REFERENCES t (b)` onto their columns."""
    names = [name.strip(' "`') for name in keys[2].split(",")]
    target = _TARGET.search(keys[3])
    others = [name.strip(' "`') for name in target[2].split(",")] if target else []
    for i, name in enumerate(names):
        if name not in found:
            continue
        key = Key.PK if keys[1].lower() == "primary" else Key.FK
        found[name] = rows.with_keys(found[name], [key])
        if target and i < len(others):
            found[name] = replace(found[name], references=f"{dotted(target[1])}.{others[i].lower()}")
