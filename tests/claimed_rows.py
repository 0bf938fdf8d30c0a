"""Random rows of the raw tables of a diagram that satisfy its claims: keys, links, unique columns, determinations."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute, Entity, Erd, Link

ROWS = 12
TRIES = 200
Row = dict[str, Any]


def claimed_rows(erd: Erd, seed: int) -> dict[str, list[Row]]:
    """The rows of each entity by its columns' names; fewer than `ROWS` where its claims leave no room for more."""
    made: dict[str, list[Row]] = {}
    chance = random.Random(seed)
    for entity in _parents_first(erd):
        made[entity.name] = _rows_of(entity, erd, made, chance)
    return made


def raw_type(column: Attribute) -> str:
    return "text" if column.cast else column.type or "text"


def _parents_first(erd: Erd) -> Iterator[Entity]:
    left = {entity.name: entity for entity in erd.entities}
    while left:
        free = [name for name in left if not {parent for _, parent, _ in _parents(erd, name)} & (left.keys() - {name})]
        for name in free or [next(iter(left))]:  # the rows of a circle refer to nothing
            yield left.pop(name)


def _parents(erd: Erd, child: str) -> Iterator[tuple[Link, str, tuple[tuple[str, str], ...]]]:
    """The many-to-one links of an entity: the link, the parent, and (own column, its column)."""
    for link in erd.links:
        turned = tuple((there, here) for here, there in link.columns)
        if link.left == child and not link.right_cap.many:
            yield link, link.right, link.columns
        elif link.right == child and not link.left_cap.many and link.right_cap.many:
            yield link, link.left, turned


def _rows_of(entity: Entity, erd: Erd, made: dict[str, list[Row]], chance: random.Random) -> list[Row]:
    links = list(_parents(erd, entity.name))
    uniques = [[word.text for word in entity.key], *([word.text for word in those] for those in entity.uniques)]
    uniques += [[column.name] for column in entity.columns if column.unique]
    uniques += [[own for own, _ in pairs] for link, _, pairs in links if not link.left_cap.many]
    seen: list[set[tuple[Any, ...]]] = [set() for _ in uniques]
    determined: list[dict[tuple[Any, ...], tuple[Any, ...]]] = [{} for _ in entity.determines]
    rows: list[Row] = []
    for _ in range(TRIES):
        row = {c.name: _value(c, chance) for c in entity.columns if c.formula is None}
        for _, parent, pairs in links:
            _refer(row, pairs, made.get(parent, []), chance)
        for claim, known in zip(entity.determines, determined, strict=True):
            left = tuple(row[word.text] for word in claim.left)
            if None not in left:
                right = known.setdefault(left, tuple(row[word.text] for word in claim.right))
                row |= {word.text: value for word, value in zip(claim.right, right, strict=True)}
        values = [tuple(row[name] for name in names) for names in uniques]
        if len(rows) < ROWS and all(None in v or v not in s for v, s in zip(values, seen, strict=True)):
            rows.append(row)
            for value, those in zip(values, seen, strict=True):
                those.add(value)
    return rows


def _refer(row: Row, pairs: tuple[tuple[str, str], ...], there: list[Row], chance: random.Random) -> None:
    """Let the row refer to a parent, unless its foreign key may be NULL and is."""
    if there and all(row[own] is not None for own, _ in pairs):
        parent = chance.choice(there)
        row |= {own: parent[its] for own, its in pairs if its in parent}


def _value(column: Attribute, chance: random.Random) -> Any:
    if column.not_null is False and chance.random() < 0.3:
        return None
    value = _of_type(column, chance)
    return str(value) if column.cast else value


def _of_type(column: Attribute, chance: random.Random) -> Any:
    if column.values:
        return chance.choice(column.values)
    number = chance.randrange(6)
    match family(canonical(column.type or "text") or "text"):
        case "integer" | "numeric" | "float":
            return number
        case "date":
            return dt.date(2025, 1, 1 + number)
        case "timestamp":
            return dt.datetime(2025, 1, 1 + number)
        case "interval":
            return dt.timedelta(hours=number)
        case "boolean":
            return number > 2
        case _:
            return f"2025-01-0{number + 1}" if column.name.endswith("_date") else "abcdef"[number]
