"""Reads the size and columns of a database's relations from its catalog; reads no rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.escape.sql import ident

_CATALOG = """
select
    n.nspname, c.relname, c.relispartition, c.relkind = any(array['v', 'f']::"char"[]),
    case when c.relkind = 'p' then (select coalesce(sum(pg_relation_size(p.relid)), 0)::bigint
        from pg_partition_tree(c.oid) as p) else pg_relation_size(c.oid) end,
    c.reltuples,
    a.attname, a.attnotnull and c.relkind = any(array['r', 'p']::"char"[])
        and not exists (select from pg_constraint as d
            where d.conrelid = c.oid and d.contype = 'n' and a.attnum = any(d.conkey) and not d.convalidated),
    format_type(a.atttypid, a.atttypmod),
    case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(t.oid, a.atttypmod) end
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
inner join pg_type as t on t.oid = a.atttypid
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
# A select from a table also returns rows of inheriting tables, which its constraints and indexes do not cover.
_PARENTS = """
select distinct n.nspname, c.relname
from pg_inherits as i
inner join pg_class as heir on i.inhrelid = heir.oid
inner join pg_class as c on i.inhparent = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname = any(%s) and not heir.relispartition and c.relkind = any(array['r', 'f']::"char"[])
"""
_NARROW = 60  # estimated bytes of a row, where the number of rows is unknown
_SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
_UNCOMPARABLE = ("json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle")


@dataclass(slots=True, kw_only=True)
class Relation:
    """A table or a view; views cannot be sampled by blocks. `estimate`: of its number of rows.

    `types` by column; `over`: the base types of domains. For all rows that a select returns, `filled` columns are not
    null, and `unique` columns are unique.
    """

    schema: str
    name: str
    is_part: bool  # of a partitioned table
    is_view: bool
    bytes: int
    estimate: int
    types: dict[str, str] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)
    unique: list[frozenset[str]] = field(default_factory=list)
    path: tuple[str, ...] = ()  # in another warehouse: the parts of its name, which are always quoted there

    @property
    def sql(self) -> str:
        return ".".join(map(self.ident, self.path or (self.schema, self.name)))

    def ident(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"' if self.path else ident(name)


def relations(cursor: Any, schemas: Iterable[str] | None = None) -> dict[tuple[str, str], Relation]:
    """Return relations by schema and name; by default of all but system schemas. Raises SqlError."""
    if schemas is None:
        cursor.execute(_SCHEMAS)
        schemas = [name for (name,) in cursor.fetchall()]
    looked = sorted(schemas)
    cursor.execute(_CATALOG, [looked])
    found: dict[tuple[str, str], Relation] = {}
    for schema, name, is_part, is_view, size, estimate, column, is_filled, type_, over in cursor.fetchall():
        rows = int(estimate) if estimate > 0 else size // _NARROW
        one = Relation(schema=schema, name=name, is_part=is_part, is_view=is_view, bytes=size, estimate=rows)
        own = found.setdefault((schema, name), one)
        own.types[column], own.over[column] = type_, over
        own.filled |= {column} if is_filled else set()
    cursor.execute(_INDEXES, [looked])
    for schema, name, columns in cursor.fetchall():
        if (schema, name) in found:
            found[schema, name].unique.append(frozenset(columns))
    cursor.execute(_PARENTS, [looked])
    for place in cursor.fetchall():
        found[place].filled.clear()
        found[place].unique.clear()
    return found


def is_comparable(type_: str) -> bool:
    """Return whether PostgreSQL can compare values of the type for equality."""
    return not type_.startswith(_UNCOMPARABLE) or type_.startswith("jsonb")
