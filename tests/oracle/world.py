"""A diagram with its rows, and the chains of links that lead from one row to another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from oracle.values import SQL_TYPES

if TYPE_CHECKING:
    from oracle.models import Model
    from oracle.terms import Term

Row = Mapping[str, Any]
_PLAIN = re.compile(r"[a-zß-ÿ_][a-z0-9_ß-ÿ]*")
_RESERVED = frozenset(("order", "user", "select", "end", "table", "group"))
LONGEST = 63  # bytes that PostgreSQL keeps of a name


def ident(name: str) -> str:
    """The name as PostgreSQL and the expressions of a spec read it."""
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Column:
    """`is_` computes it in staging; `raw` is its name in the raw table; `cast` says that raw text is cast; `sql` is its
    type where it is no usual one of its kind."""

    name: str
    type: str
    nullable: bool = False
    is_: Term | None = None
    raw: str | None = None
    cast: bool = False
    stock: bool = False
    values: tuple[str, ...] = ()
    said: bool = False  # that it may be empty
    sql: str | None = None


@dataclass(frozen=True)
class Entity:
    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    determines: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    table: str | None = None
    latest: str | None = None  # the column that says which version of a row is kept
    said_beside: bool = False  # a unique column is said so beside its type
    existing: str | None = None  # a dbt model of someone else instead of a raw table

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def names(self) -> list[str]:
        return [c.name for c in self.columns]

    @property
    def relation(self) -> str:
        """The dbt model that has its rows."""
        return self.existing or f"stg_{self.name}"

    @property
    def raw(self) -> str:
        """The table that is filled with rows."""
        return self.existing or f"raw_{self.table or self.name}"


@dataclass(frozen=True)
class Link:
    """`child` leads to at most one row of `parent`. `optional`: perhaps to none. `one`: no two children share a parent.

    `every`: each parent has a child. `turned`: the parent stands on the left of the drawn line.
    """

    child: str
    parent: str
    pairs: tuple[tuple[str, str], ...]
    role: str | None = None
    optional: bool = False
    one: bool = False
    every: bool = False
    turned: bool = False

    @property
    def child_columns(self) -> tuple[str, ...]:
        return tuple(c for c, _ in self.pairs)

    @property
    def parent_columns(self) -> tuple[str, ...]:
        return tuple(p for _, p in self.pairs)


@dataclass(frozen=True)
class Step:
    """From a row of `start` to the one row of `end` whose `there` columns equal its `here` columns, or to none.

    `listed`: the end is a model, which lists the values that its own rows hold.
    """

    start: str
    end: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    role: str | None = None
    sure: bool = True
    listed: bool = False


@dataclass
class World:
    kind: str
    seed: int
    entities: list[Entity] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    older: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # versions of these that staging leaves out
    models: list[Model] = field(default_factory=list)

    def entity(self, name: str) -> Entity:
        return next(e for e in self.entities if e.name == name)

    def is_entity(self, name: str) -> bool:
        return any(e.name == name for e in self.entities)

    def model(self, name: str) -> Model:
        return next(m for m in self.models if m.name == name)

    def columns(self, name: str) -> dict[str, str]:
        """Column -> type of an entity or a model."""
        if self.is_entity(name):
            return {c.name: c.type for c in self.entity(name).columns}
        return self.model(name).types(self)

    def key(self, name: str) -> tuple[str, ...]:
        return self.entity(name).key if self.is_entity(name) else self.model(name).grain_names

    def steps(self, name: str) -> Iterator[Step]:
        """All steps to-one from a row of this entity or model, over one link, or between a model and what it is of."""
        for link in self.links:
            if link.child == name:
                yield Step(name, link.parent, link.child_columns, link.parent_columns, link.role, not link.optional)
            if link.parent == name and link.one:
                yield Step(name, link.child, link.parent_columns, link.child_columns, link.role, link.every)
        for model in self.models:
            for home, mine, theirs in model.homes(self):
                if set(theirs) != set(self.key(home)):
                    continue
                if model.name == name:
                    yield Step(name, home, mine, theirs, sure=self._is_there(model, home, mine))
                if home == name and set(mine) == set(model.grain_names):
                    yield Step(name, model.name, theirs, mine, None, False, listed=True)

    def _is_there(self, model: Model, home: str, mine: Sequence[str]) -> bool:
        """Whether the row that a part of the grain tells is there, as far as links say."""
        if all(home == rows for rows in model.rows):
            return True
        drawn = [
            link
            for rows in model.rows
            for link in self.links
            if (link.child, link.parent, link.optional) == (rows, home, False) and set(link.child_columns) == set(mine)
        ]
        return len(drawn) == len(model.rows)


def chains(world: World, start: str, end: str) -> list[tuple[Step, ...]]:
    """All ways to-one that pass no entity twice, and models only at their ends. A way of no steps from itself."""
    found: list[tuple[Step, ...]] = []

    def walk(at: str, way: tuple[Step, ...], seen: frozenset[str]) -> None:
        if at == end:
            found.append(way)
            return
        if way and not world.is_entity(at):
            return
        for step in world.steps(at):
            if step.end not in seen:
                walk(step.end, (*way, step), seen | {step.end})

    walk(start, (), frozenset({start}))
    return found


class Tables:
    """The rows of every entity and every model that was evaluated, and walks over them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}
        self._found: dict[tuple[str, tuple[str, ...], tuple[Any, ...]], Row | None] = {}

    def find(self, name: str, columns: Sequence[str], values: Sequence[Any]) -> Row | None:
        """The row with these values; NULL equals nothing. The claims say that there is at most one."""
        if any(v is None for v in values):
            return None
        place = (name, tuple(columns), tuple(values))
        if place not in self._found:
            hits = [r for r in self.rows[name] if all(r[c] == v for c, v in zip(columns, values, strict=True))]
            assert len(hits) <= 1, f"{name} has {len(hits)} rows of {columns} = {values}"
            self._found[place] = hits[0] if hits else None
        return self._found[place]

    def walk(self, row: Row | None, steps: Sequence[Step]) -> Row | None:
        for step in by_value(steps):
            if row is None:
                return None
            row = self.find(step.end, step.there, [row[c] for c in step.here])
        return row


def by_value(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, but that a foreign key meets a model of what it refers to by its value, also where there is no such
    row."""
    held: Step | None = None
    for step in steps:
        if held and step.listed and set(held.there) == set(step.here):
            named = dict(zip(held.there, held.here, strict=True))
            held = replace(step, start=held.start, here=tuple(named[c] for c in step.here))
        else:
            if held:
                yield held
            held = step
    if held:
        yield held


def sql_type(column: Column) -> str:
    return column.sql or SQL_TYPES[column.type]
