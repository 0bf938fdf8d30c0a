"""The relations of a database and what its catalog knows of their size and columns; reads no rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.sql.identifiers import ident

_CATALOG = """
select
    n.nspname, c.relname, c.relkind = any(array['v', 'f']::"char"[]), pg_relation_size(c.oid), greatest(c.reltuples, 0),
    a.attname, format_type(a.atttypid, a.atttypmod),
    case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(t.oid, a.atttypmod) end
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
inner join pg_type as t on t.oid = a.atttypid
where n.nspname = any(%s) and c.relkind = any(array['r', 'p', 'v', 'm', 'f']::"char"[])
order by n.nspname, c.relname, a.attnum
"""
_SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
_UNCOMPARABLE = ("json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle")


@dataclass(slots=True, kw_only=True)
class Relation:
    """A table or a view, which has no blocks to take samples of; `estimate` of its rows; by column `types`, and
    what they are `over` where they are domains."""

    schema: str
    name: str
    is_view: bool
    bytes: int
    estimate: int
    types: dict[str, str] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return f"{ident(self.schema)}.{ident(self.name)}"


def relations(cursor: Any, schemas: Iterable[str] | None = None) -> dict[tuple[str, str], Relation]:
    """By schema and name; of all but the system's schemas, where none are named. Raises SqlError."""
    if schemas is None:
        cursor.execute(_SCHEMAS)
        schemas = [name for (name,) in cursor.fetchall()]
    cursor.execute(_CATALOG, [sorted(schemas)])
    found: dict[tuple[str, str], Relation] = {}
    for schema, name, is_view, size, estimate, column, type_, over in cursor.fetchall():
        own = found.setdefault(
            (schema, name),
            Relation(schema=schema, name=name, is_view=is_view, bytes=size, estimate=int(estimate)),
        )
        own.types[column], own.over[column] = type_, over
    return found


def is_comparable(type_: str) -> bool:
    """Whether PostgreSQL can tell two values of the type apart."""
    return not type_.startswith(_UNCOMPARABLE) or type_.startswith("jsonb")
