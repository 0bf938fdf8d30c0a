"""Converts CHECK constraints to claims on columns, where the spec has an equivalent. All others are reported."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.diagram.drawing import Seen
from erd2dbt.read.relational.values import Rule, Table, Tables

_WHY = "a check that the spec has no words for; write it as one of `tests:`, where it matters"
_VALUE = "value"  # the name of the value in the condition of a domain


def apply_rules(found: Tables) -> Iterator[Seen]:
    """Set the values and NOT NULL of columns and domains. Returns the rules without an equivalent."""
    told: set[tuple[object, ...]] = set()
    for own in found.types.values():
        for rule in own.rules:
            own.values = rule.said.values.get(_VALUE, own.values)
            own.not_null = own.not_null or _VALUE in rule.said.filled
            yield from _rest(rule, own.name, told) if rule.said.is_more else ()
    for table in found.whole():
        for rule in table.rules:
            _claim(table, rule)
            if rule.said.is_more or not rule.said.columns <= table.columns.keys():
                yield from _rest(rule, table.name, told)


def _claim(table: Table, rule: Rule) -> None:
    for name, values in rule.said.values.items():
        if column := table.columns.get(name):
            column.values = column.values or values
    for name in rule.said.filled & table.columns.keys():
        table.columns[name].not_null = True


def _rest(rule: Rule, name: str, told: set[tuple[object, ...]]) -> Iterator[Seen]:
    """Return each rule once: tables that inherit or copy a rule have it too."""
    place = (rule.span, rule.text)
    if place not in told:
        told.add(place)
        where = f"line {rule.span.line}" if rule.span.line > 1 or rule.span.column > 1 else "the catalog"
        yield Seen(kind=where, why=_WHY, span=rule.span, text=f"{name}: check ({rule.text})")
