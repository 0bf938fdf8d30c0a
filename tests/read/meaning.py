"""What an `Erd` means, without places, order, and which side of a link is written first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.diagram.drawing import Diagram
from erd2dbt.diagram.erd import Attribute, Cardinality, Erd, Link, Word
from erd2dbt.pipelines.drafting import draft_text, drafted
from erd2dbt.read.spec.reader import read_spec


def erd_of(source: Diagram | str) -> Erd:
    """As a diagram, or a text in any notation, is drafted."""
    text = draft_text(source) if isinstance(source, Diagram) else drafted(source.encode(), "source")[1]
    return read_spec(text.encode(), "spec.yml")


def raw_meaning(erd: Erd) -> dict[str, Any]:
    """The same by the exact names of tables and columns: how people spell them is not known to all notations."""
    named = {
        entity.name: {column.name: column.raw or column.name for column in entity.columns} for entity in erd.entities
    }
    tables = {entity.name: f"{entity.source}.{entity.table}" for entity in erd.entities}

    def words(given: tuple[Word, ...], owner: str) -> tuple[Word, ...]:
        return tuple(replace(word, text=named[owner].get(word.text, word.text)) for word in given)

    return meaning(
        replace(
            erd,
            entities=tuple(
                replace(
                    one,
                    name=tables[one.name],
                    key=words(one.key, one.name),
                    uniques=tuple(words(unique, one.name) for unique in one.uniques),
                    columns=tuple(replace(column, name=named[one.name][column.name]) for column in one.columns),
                )
                for one in erd.entities
            ),
            links=tuple(
                replace(
                    link,
                    left=tables[link.left],
                    right=tables[link.right],
                    columns=tuple((named[link.left][a], named[link.right][b]) for a, b in link.columns),
                )
                for link in erd.links
            ),
        )
    )


def meaning(erd: Erd) -> dict[str, Any]:
    """A key's columns are never null, whether that is said or not."""
    return {
        "sources": {source.name: source.schema for source in erd.sources},
        "entities": {
            entity.name: {
                "table": (entity.source, entity.table),
                "key": tuple(word.text for word in entity.key),
                "columns": {
                    column.name: _column(column, column.name in [word.text for word in entity.key])
                    for column in entity.columns
                },
                "uniques": {frozenset(word.text for word in unique) for unique in entity.uniques},
                "said": (entity.description, entity.group, {c.name: c.description for c in entity.columns}),
            }
            for entity in erd.entities
        },
        "links": {_link(link) for link in erd.links},
    }


def _column(column: Attribute, is_key: bool) -> tuple[Any, ...]:
    not_null = None if is_key else column.not_null
    type_ = canonical(column.type or "") or column.type  # `int` and `integer` are one
    return type_, column.raw, not_null, column.unique, column.values, column.cast


def _link(link: Link) -> Any:
    ends = (
        (link.left, _cap(link.left_cap), tuple(a for a, _ in link.columns)),
        (link.right, _cap(link.right_cap), tuple(b for _, b in link.columns)),
    )
    return tuple(sorted(ends)), link.identifying


def _cap(cap: Cardinality) -> tuple[int, bool]:
    return cap.minimum, cap.many


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Each place where the two differ, as `entities.orders.key: a != b`."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            said
            for name in sorted({*one, *other}, key=str)
            for said in differences(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
        ]
    if isinstance(one, set) and isinstance(other, set):
        only = [
            (sorted(one - other, key=str), "only in the first"),
            (sorted(other - one, key=str), "only in the other"),
        ]
        return [f"{path}: {item} {where}" for items, where in only for item in items]
    return [] if one == other else [f"{path}: {one} != {other}"]
