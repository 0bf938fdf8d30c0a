"""What of the diagram is in the database: its tables, their columns and types, from the catalog alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from erd2dbt.erd import Attribute, Entity, Erd
from erd2dbt.postgres_types import canonical, family
from erd2dbt.sql.identifiers import cut, ident, literal

_CATALOG = """
select
    n.nspname, c.relname, c.relispartition, c.relkind = any(array['v', 'f']::"char"[]),
    case when c.relkind = 'p' then (select coalesce(sum(pg_relation_size(p.relid)), 0)::bigint
        from pg_partition_tree(c.oid) as p) else pg_relation_size(c.oid) end,
    c.reltuples,
    a.attnotnull and c.relkind = any(array['r', 'p']::"char"[]), a.attname, format_type(a.atttypid, a.atttypmod)
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any(%s) and c.relkind = any(array['r', 'p', 'v', 'm', 'f']::"char"[])
order by n.nspname, c.relname, a.attnum
"""
_INDEXES = """
select n.nspname, c.relname, array_agg(a.attname::text order by k.place)
from pg_index as i
inner join pg_class as c on i.indrelid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
cross join lateral unnest(i.indkey::int2[]) with ordinality as k (number, place)
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.number
where n.nspname = any(%s) and i.indisunique and i.indisvalid and i.indimmediate
and i.indpred is null and i.indexprs is null and k.place <= i.indnkeyatts
group by i.indexrelid, n.nspname, c.relname order by i.indexrelid
"""
_NARROW = 60  # bytes of a row, where nobody knows how many rows there are
_TRIES = 160000
_UNCOMPARABLE = ("json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle")


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
        return not self.type.startswith(_UNCOMPARABLE) or self.type.startswith("jsonb")

    @property
    def expression(self) -> str:
        """As claims see it: what staging casts is cast where it can be."""
        if not (self.checked and self.is_text and self.can_try):
            return ident(self.raw)
        return f"case when {self.fits} then {ident(self.raw)}::{self.declared} end"

    @property
    def fits(self) -> str:
        """Whether a value of the raw table can be one of the declared type."""
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

    @property
    def relation(self) -> str:
        return f"{ident(self.schema)}.{ident(self.name)}"

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`tables` by entity; entities whose table is not there are `absent`, tables of nobody `unknown`."""

    tables: Mapping[str, Table]
    absent: tuple[Entity, ...] = ()
    unknown: tuple[str, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)  # of all tables in the schemas


def find(cursor: Any, erd: Erd, schemas: Mapping[str, str], models: str) -> Found:
    """Two questions to the catalog. `schemas`: source -> schema; `models`: where dbt builds."""
    wanted = {entity.name: _place(entity, schemas, models) for entity in erd.entities}
    looked = sorted(set(schemas.values()) | {models})
    cursor.execute(_CATALOG, [looked])
    can_try = cursor.connection.server_version >= _TRIES
    there: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for schema, name, *about in cursor.fetchall():
        there.setdefault((schema, name), []).append(tuple(about))
    cursor.execute(_INDEXES, [looked])
    unique: dict[tuple[str, str], list[frozenset[str]]] = {}
    for schema, name, columns in cursor.fetchall():
        unique.setdefault((schema, name), []).append(frozenset(columns))
    tables = {
        e.name: replace(_table(e, place, there[place], can_try), unique=tuple(unique.get(place, ())))
        for e in erd.entities
        if (place := wanted[e.name]) in there
    }
    raw = set(schemas.values())
    return Found(
        tables=tables,
        absent=tuple(e for e in erd.entities if e.name not in tables),
        unknown=tuple(
            f"{schema}.{name}"
            for (schema, name), ((is_part, *_), *_) in there.items()
            if schema in raw and not is_part and (schema, name) not in wanted.values()
        ),
        names=frozenset(name for _, name in there),
    )


def _place(entity: Entity, schemas: Mapping[str, str], models: str) -> tuple[str, str]:
    if entity.existing is not None:
        return models, cut(entity.existing.text)
    return schemas[entity.source], cut(entity.table)


def _table(entity: Entity, place: tuple[str, str], about: list[tuple[Any, ...]], can_try: bool) -> Table:
    types = {name: type_ for *_, name, type_ in about}
    filled = {name: is_filled for *_, is_filled, name, _ in about}
    raw = [(a, cut(a.raw or a.name)) for a in entity.columns if a.formula is None]
    columns = [(a, name) for a, name in raw if name in types]
    _, is_view, size, estimate = about[0][:4]
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
                declared=_declared(a),
                is_filled=filled[name],
                can_try=can_try,
            )
            for n, (a, name) in enumerate(columns)
        ),
        missing=tuple(a for a, name in raw if name not in types),
        spare=tuple(name for name in types if name not in {n for _, n in raw}),
        unique=(),
        is_view=is_view,
        bytes=size,
        estimate=int(estimate) if estimate > 0 else size // _NARROW,
    )


def _declared(attribute: Attribute) -> str:
    return canonical(attribute.type or "text") or attribute.type or "text"
