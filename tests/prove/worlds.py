"""Random diagrams, models and data that satisfies every claim, and queries that say what must come out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

VALUES = 4  # distinct values of an attribute: groups must collide
ROWS = 7


@dataclass(slots=True)
class Table:
    """An entity: its key, its foreign keys by target, its attributes, its rows."""

    name: str
    key: tuple[str, ...]
    parents: list[tuple[Table, tuple[tuple[str, str], ...], bool]] = field(
        default_factory=list
    )  # table, pairs, mandatory
    attributes: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, str]:
        keys = dict.fromkeys(self.key, "int")
        links = {own: "int" for _, pairs, _ in self.parents for own, _ in pairs}
        return {**keys, **links, **self.attributes}


@dataclass(frozen=True, slots=True)
class Check:
    """A column of a model and the SQL that computes it for a row `m` of the model, from the raw tables."""

    column: str
    sql: str


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    grain: tuple[str, ...]
    spec: dict[str, Any]
    rows: str  # a query of the grain values that must come out, each once
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class World:
    tables: tuple[Table, ...]
    models: tuple[Model, ...]

    @property
    def spec(self) -> bytes:
        entities = {t.name: {"key": list(t.key), "columns": dict(t.columns)} for t in self.tables}
        links: dict[str, str | list[str]] = {}
        for t in self.tables:
            for parent, pairs, mandatory in t.parents:
                words = [own if own == theirs else f"{own} = {theirs}" for own, theirs in pairs]
                links[f"{t.name} }}o--{'||' if mandatory else 'o|'} {parent.name}"] = words
        spec: dict[str, Any] = {
            "version": 1,
            "project": "world",
            "sources": {"raw": {"schema": "raw"}},
            "entities": entities,
        }
        if links:
            spec["links"] = links
        spec["models"] = {m.name: m.spec for m in self.models}
        return yaml.safe_dump(spec, sort_keys=False).encode()


def world(seed: int) -> World:
    """The same for the same seed."""
    dice = random.Random(seed)
    tables: list[Table] = []
    for number in range(dice.randint(2, 5)):
        tables.append(_table(dice, number, tables))
    for t in tables:
        _fill(dice, t)
    models = [_model(dice, tables, t, number) for number, t in enumerate(dice.sample(tables, min(len(tables), 3)))]
    return World(tuple(tables), tuple(models))


def _table(dice: random.Random, number: int, before: list[Table]) -> Table:
    name = f"t{number}"
    table = Table(name, ())
    for parent in dice.sample(before, min(len(before), dice.choice((0, 1, 1, 2)))):
        pairs = tuple((f"{parent.name}_{column}", column) for column in parent.key)
        table.parents.append((parent, pairs, dice.random() < 0.5))
    own = tuple(f"{name}_{word}" for word in ("id", "no")[: dice.choice((1, 1, 2))])
    mandatory = [pairs for _, pairs, must in table.parents if must]
    identifying = mandatory and dice.random() < 0.4  # a weak entity: its key holds its parent's
    table.key = (*(column for column, _ in mandatory[0]), own[0]) if identifying else own
    table.attributes = {
        f"{name}_a": "int",
        f"{name}_b": "numeric(12,2)",
        f"{name}_w": "text",
        f"{name}_at": "timestamp",
    }
    return table


def _fill(dice: random.Random, table: Table) -> None:
    seen = set()
    for _ in range(dice.randint(0, ROWS)):
        row: dict[str, Any] = dict.fromkeys(table.columns)
        for parent, pairs, mandatory in table.parents:
            choice = dice.choice(parent.rows) if parent.rows and (mandatory or dice.random() < 0.7) else None
            if choice is None and mandatory:
                return
            for own, theirs in pairs:
                row[own] = choice[theirs] if choice is not None else None
        for name in table.key:
            if row[name] is None:
                row[name] = dice.randint(1, VALUES)
        for name, type_ in table.attributes.items():
            row[name] = _value(dice, type_)
        key = tuple(row[name] for name in table.key)
        if key not in seen:
            seen.add(key)
            table.rows.append(row)


def _value(dice: random.Random, type_: str) -> Any:
    if dice.random() < 0.25:
        return None
    number = dice.randint(1, VALUES)
    return {
        "int": number,
        "numeric(12,2)": f"{number}.25",
        "text": "abcd"[number - 1],
        "timestamp": f"2025-01-0{number} 00:00:00",
    }[type_]


def _model(dice: random.Random, tables: list[Table], spine: Table, number: int) -> Model:
    """One row per key of an entity, or per value of one of its columns, with measures of everything below."""
    grouped = dice.random() < 0.4
    grain = (f"{spine.name}_w",) if grouped else spine.key
    where = " and ".join(f"{name} is not null" for name in grain)
    rows = f"select distinct {', '.join(grain)} from raw.{spine.name} where {where}"
    spec: dict[str, Any] = {"grain": list(grain), "rows": spine.name, "columns": {}}
    if grouped:
        spec["where"] = f"{grain[0]} is not null"
    checks = list(_measures(dice, tables, spine, grain, grouped=grouped))
    for check, formula in checks:
        spec["columns"][check.column] = formula
    return Model(f"m{number}", grain, spec, rows, tuple(check for check, _ in checks))


def _measures(
    dice: random.Random, tables: list[Table], spine: Table, grain: tuple[str, ...], *, grouped: bool
) -> Iterator[tuple[Check, Any]]:
    own = " and ".join(f"s.{name} = m.{name}" for name in grain)
    if grouped:
        yield _aggregate(dice, spine, "s", own, "own")
        return
    for parent, pairs, _ in spine.parents:
        on = " and ".join(f"p.{theirs} = s.{mine}" for mine, theirs in pairs)
        shown = f"{parent.name}_w"
        sql = f"(select p.{shown} from raw.{spine.name} as s left join raw.{parent.name} as p on {on} where {own})"
        yield Check(f"up_{parent.name}", sql), f"{parent.name}.{shown}"
    for child in tables:
        for parent, pairs, _ in child.parents:
            if parent is spine:
                met = " and ".join(f"c.{mine} = m.{theirs}" for mine, theirs in pairs)
                yield _aggregate(dice, child, "c", met, f"down_{child.name}")
                yield _first(child, met)


def _aggregate(dice: random.Random, table: Table, alias: str, on: str, name: str) -> tuple[Check, Any]:
    number, word = f"{table.name}_b", f"{table.name}_w"
    formula, sql = dice.choice((
        (f"sum({table.name}.{number})", f"coalesce(sum({alias}.{number}), 0)"),
        (f"count({table.name}.{table.key[0]})", f"count({alias}.{table.key[0]})"),
        (f"count(distinct {table.name}.{word})", f"count(distinct {alias}.{word})"),
        (f"max({table.name}.{number})", f"max({alias}.{number})"),
        (f"sum({table.name}.{number}) filter (where {table.name}.{word} = 'a')",
         f"coalesce(sum({alias}.{number}) filter (where {alias}.{word} = 'a'), 0)"),
    ))  # fmt: skip
    return Check(name, f"(select {sql} from raw.{table.name} as {alias} where {on})"), formula


def _first(child: Table, on: str) -> tuple[Check, Any]:
    shown, at = f"{child.name}_w", f"{child.name}_at"
    keys = ", ".join(f"c.{name}" for name in child.key)
    sql = f"(select c.{shown} from raw.{child.name} as c where {on} order by c.{at} nulls last, {keys} limit 1)"
    return Check(f"first_{child.name}", sql), {"first": f"{child.name}.{shown}", "order": [at, *child.key]}
