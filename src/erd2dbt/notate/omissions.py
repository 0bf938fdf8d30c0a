"""Counts what a diagram has and a notation has no place for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from erd2dbt.diagram.drawing import Box, Diagram, Row
from erd2dbt.diagram.erd import Erd
from erd2dbt.escape.mermaid import er_text
from erd2dbt.notate.relational import lineage_in

TITLES = {
    "spec": "a spec",
    "mermaid": "Mermaid",
    "dsl": "Miro's diagram language",
    "dbml": "DBML",
    "ddl": "DDL",
    "svg": "the picture",
}
_OF_ROWS: Mapping[str, Callable[[Row], bool]] = {
    "formula": lambda row: bool(row.derivation),
    "column description": lambda row: bool(row.description),
    "value list": lambda row: bool(row.values),
    "NOT NULL mark": lambda row: bool(row.not_null) and not row.keys,
}
_OF_BOXES: Mapping[str, Callable[[Box], int]] = {
    "table description": lambda box: bool(box.description),
    "unique constraint": lambda box: len(box.uniques),
    "group": lambda box: bool(box.group),
}
_CARRIED: Mapping[str, frozenset[str]] = {
    "mermaid": frozenset({"formula", "column description", "lineage line"}),
    "dsl": frozenset({"NOT NULL mark", "lineage line"}),
    "dbml": frozenset({*_OF_ROWS, *_OF_BOXES} - {"formula"}),
    "ddl": frozenset({*_OF_ROWS, *_OF_BOXES} - {"formula", "group"}),
    "spec": frozenset({*_OF_ROWS, *_OF_BOXES, "lineage line"}),
}


def omissions(diagram: Diagram, notation: str) -> dict[str, int]:
    """Return thing -> how many of it the text in this notation does not have. Empty if it has everything."""
    rows = [row for box in diagram.boxes for row in box.rows]
    found = {thing: sum(map(has, rows)) for thing, has in _OF_ROWS.items()}
    found |= {thing: sum(map(has, diagram.boxes)) for thing, has in _OF_BOXES.items()}
    found["lineage line"] = len(lineage_in(diagram))
    found = {thing: count for thing, count in found.items() if thing not in _CARRIED[notation]}
    if notation == "mermaid":
        found |= _lost_in_comments(rows)
    return {thing: count for thing, count in found.items() if count}


def _lost_in_comments(rows: Iterable[Row]) -> dict[str, int]:
    """Count formulas with characters that no comment can have, and descriptions that give way to a formula."""
    derived = [row for row in rows if row.derivation]
    return {
        "formula": sum(not is_sayable(row.derivation or "") for row in derived),
        "column description": sum(bool(row.description) and is_sayable(row.derivation or "") for row in derived),
    }


def is_sayable(formula: str) -> bool:
    """Whether a comment in Mermaid can have this formula unchanged."""
    return er_text(formula) == formula


def omissions_of_spec(erd: Erd) -> dict[str, int]:
    """Return thing -> how many of it are not among the raw tables and links of a spec."""
    computed = sum(column.formula is not None for entity in erd.entities for column in entity.columns)
    claims = sum(len(entity.determines) for entity in erd.entities)
    found = {"model": len(erd.models), "computed column": computed, "claim": claims}
    return {thing: count for thing, count in found.items() if count}
