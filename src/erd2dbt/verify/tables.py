"""What of the diagram is in the database: its tables, their columns and types, from the catalog alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.datatypes.postgres import ORDERED, canonical, family
from erd2dbt.diagram.erd import Attribute, Entity, Erd
from erd2dbt.escape.sql import ident, literal
from erd2dbt.names.length import cut
from erd2dbt.run.relations import Relation, is_comparable, relations

_TRIES = 160000


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A raw column of an entity: its place in the queries is `c<number>`, `declared` its type in the diagram.

    `checked`: the values have to be tried, for the database's type is another.
    """

    number: int
    attribute: Attribute
    raw: str
    type: str
    declared: str
    is_filled: bool  # the database lets no row be without a value
    can_try: bool  # whether the server can say what a text would be in another type: PostgreSQL 16
    is_foreign: bool = False  # of another warehouse, whose names are always quoted
    there: str = ""  # the declared type in the words of that warehouse
    misread: str = ""  # when that warehouse makes another value of a text than PostgreSQL; empty: never

    @property
    def name(self) -> str:
        return self.attribute.name

    @property
    def sql(self) -> str:
        return f"c{self.number}"

    @property
    def is_text(self) -> bool:
        return family(self.type) == "text"

    @property
    def checked(self) -> bool:
        return self.type != self.declared and not (self.is_text and self.declared == "text")

    @property
    def comparable(self) -> bool:
        return is_comparable(self.type)

    @property
    def quoted(self) -> str:
        return always_quoted(self.raw) if self.is_foreign else ident(self.raw)

    @property
    def expression(self) -> str:
        """As claims see it: what staging casts is cast where it can be."""
        if not (self.checked and self.is_text and self.can_try):
            return self.quoted
        if self.is_foreign:
            value = f"try_cast({self.quoted} as {self.there or self.declared})"
            return f"case when not ({self.misread}) then {value} end" if self.misread else value
        return f"case when {self.fits} then {self.quoted}::{self.declared} end"

    @property
    def fits(self) -> str:
        """Whether a value of the raw table can be one of the declared type."""
        if self.is_foreign:
            fits = f"try_cast({self.quoted} as {self.there or self.declared}) is not null"
            return f"({fits} and not ({self.misread}))" if self.misread else fits
        return f"pg_input_is_valid({ident(self.raw)}::text, {literal(self.declared)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An entity's relation as the database has it. `spare`: columns that the diagram does not have; `unique`: raw
    columns that a unique index keeps from repeating."""

    entity: Entity
    schema: str
    name: str
    columns: tuple[Column, ...]
    missing: tuple[Attribute, ...]
    spare: tuple[str, ...]
    unique: tuple[frozenset[str], ...]
    is_view: bool
    bytes: int
    estimate: int
    path: str = ""  # as it is in SQL, where that is more than schema and name

    @property
    def relation(self) -> str:
        return self.path or f"{ident(self.schema)}.{ident(self.name)}"

    @property
    def rows(self) -> str:
        """The rows that claims speak of, in FROM: all, or those that staging keeps."""
        keys = [self.column(word.text) for word in self.entity.key]
        by = [self.column(word.text) for word in self.entity.latest]
        if not by or None in keys or None in by:
            return self.relation
        first = [column for column in (*keys, *by) if column is not None]
        key = ", ".join(column.expression for column in first[: len(keys)])
        others = [column for column in self.columns if column not in first]
        order = ", ".join(f"{_sortable(column)} desc nulls last" for column in (*first[len(keys) :], *others))
        kept = f"select distinct on ({key}) * from {self.relation} order by {key}, {order}"  # noqa: S608 - quoted
        return f"({kept}) as kept"

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


def always_quoted(name: str) -> str:
    """A PostgreSQL identifier in double quotes, whatever its letters."""
    return '"' + name.replace('"', '""') + '"'


def _sortable(column: Column) -> str:
    """A value by which rows can be put in order, as staging does."""
    plain = family(column.declared) in ORDERED
    return column.expression if plain else f"({column.expression})::text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`tables` by entity; entities whose table is not there are `absent`, tables of nobody `unknown`, and so
    are views."""

    tables: Mapping[str, Table]
    absent: tuple[Entity, ...] = ()
    unknown: tuple[str, ...] = ()
    unknown_views: tuple[str, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)  # of all tables in the schemas


def find(cursor: Any, erd: Erd, schemas: Mapping[str, str], models: str) -> Found:
    """Two questions to the catalog. `schemas`: source -> schema; `models`: where dbt builds."""
    wanted = {entity.name: _place(entity, schemas, models) for entity in erd.entities}
    there = relations(cursor, set(schemas.values()) | {models})
    can_try = cursor.connection.server_version >= _TRIES
    tables = {
        e.name: _table(e, place, there[place], can_try) for e in erd.entities if (place := wanted[e.name]) in there
    }
    raw = set(schemas.values())
    others = [
        one for place, one in there.items() if one.schema in raw and not one.is_part and place not in wanted.values()
    ]
    return Found(
        tables=tables,
        absent=tuple(e for e in erd.entities if e.name not in tables),
        unknown=tuple(f"{one.schema}.{one.name}" for one in others if not one.is_view),
        unknown_views=tuple(f"{one.schema}.{one.name}" for one in others if one.is_view),
        names=frozenset(name for _, name in there),
    )


def _place(entity: Entity, schemas: Mapping[str, str], models: str) -> tuple[str, str]:
    if entity.existing is not None:
        return models, cut(entity.existing.text)
    return schemas[entity.source], cut(entity.table)


def _table(entity: Entity, place: tuple[str, str], about: Relation, can_try: bool) -> Table:
    types = about.types
    raw = [(a, cut(a.raw or a.name)) for a in entity.columns if a.formula is None]
    columns = [(a, name) for a, name in raw if name in types]
    return Table(
        entity=entity,
        schema=place[0],
        name=place[1],
        columns=tuple(
            Column(
                number=n,
                attribute=a,
                raw=name,
                type=canonical(types[name]) or types[name],
                declared=declared_type(a),
                is_filled=name in about.filled,
                can_try=can_try,
            )
            for n, (a, name) in enumerate(columns)
        ),
        missing=tuple(a for a, name in raw if name not in types),
        spare=tuple(name for name in types if name not in {n for _, n in raw}),
        unique=tuple(about.unique),
        is_view=about.is_view,
        bytes=about.bytes,
        estimate=about.estimate,
    )


def declared_type(attribute: Attribute) -> str:
    """PostgreSQL's own name of the declared type; `text` where none is declared."""
    return canonical(attribute.type or "text") or attribute.type or "text"
