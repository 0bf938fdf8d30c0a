"""Reads tables, columns and keys from the catalog of a PostgreSQL server; reads no rows and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from erd2dbt.diagram.drawing import Diagram, Seen
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span, did_you_mean
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import Column, OwnType, Reference, Rule, Table, Tables, Type
from erd2dbt.run.built_tables import without_built
from erd2dbt.run.connection import Connection, SqlError, connect
from erd2dbt.sql.checks import check_of

_SCHEMAS = """
select nspname from pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema' order by nspname
"""
_TABLES = """
select c.oid, n.nspname, c.relname, obj_description(c.oid, 'pg_class'), c.reltuples::bigint, i.inhparent
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_inherits i on i.inhrelid = c.oid and c.relispartition
where c.relkind in ('r', 'p', 'f') and n.nspname = any(%(schemas)s)
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by c.oid
"""
_BESIDE = """
select c.relname,
       case when c.relkind in ('v', 'm') then 'views; their queries are not part of the diagram'
            else 'tables whose rows this user may not read' end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
  and (c.relkind in ('v', 'm') or (c.relkind in ('r', 'p', 'f') and not c.relispartition and not (
    has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select'))))
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by 2 desc, c.oid
"""
_COLUMNS = """
select a.attrelid, a.attname, a.attnotnull, col_description(a.attrelid, a.attnum), n.nspname,
       coalesce(e.typname, t.typname), e.oid is not null, format_type(coalesce(e.oid, t.oid), a.atttypmod),
       a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%%', false)
from pg_attribute a
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''
join pg_type t on t.oid = a.atttypid
left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
join pg_namespace n on n.oid = coalesce(e.typnamespace, t.typnamespace)
where a.attnum > 0 and not a.attisdropped and a.attrelid = any(%(tables)s)
order by a.attrelid, a.attnum
"""
_KEYS = """
select i.indrelid, i.indisprimary,
       (select array_agg(a.attname::text order by k.place)
        from unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where k.place <= i.indnkeyatts)
from pg_index i
where i.indisunique and i.indpred is null and i.indexprs is null and i.indrelid = any(%(tables)s)
order by i.indexrelid
"""
_REFERENCES = """
select c.conrelid, n.nspname, r.relname,
       (select array_agg(a.attname::text order by k.place) from unnest(c.conkey) with ordinality as k (attnum, place)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum),
       (select array_agg(a.attname::text order by k.place) from unnest(c.confkey) with ordinality as k (attnum, place)
        join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.attnum)
from pg_constraint c
join pg_class r on r.oid = c.confrelid
join pg_namespace n on n.oid = r.relnamespace
where c.contype = 'f' and c.conrelid = any(%(tables)s) and to_jsonb(c) ->> 'conperiod' is distinct from 'true'
order by c.oid
"""
# Checks of tables and domains; a partition and an inheriting table have those of their parent.
_CHECKS = """
select c.conrelid, n.nspname, t.typname, pg_get_expr(c.conbin, c.conrelid)
from pg_constraint c
left join pg_type t on t.oid = c.contypid
left join pg_namespace n on n.oid = t.typnamespace
where c.contype = 'c' and c.conislocal
  and (c.conrelid = any(%(tables)s) or (c.contypid <> 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'))
order by c.oid
"""
# Claims that the spec cannot express; the last column is whether they may be lost.
_NO_WORDS = """
select r.relname || ': ' || pg_get_constraintdef(c.oid), w.why, w.unread
from pg_constraint c
join pg_class r on r.oid = c.conrelid
cross join lateral (values
  (c.contype = 'x', 'the spec has no words for such a constraint', false),
  (c.contype = 'f' and c.confmatchtype = 'f', 'MATCH FULL: of several columns, all or none are NULL', false),
  (not c.convalidated, 'NOT VALID: rows may break it; it is a claim as any other, and tested', false),
  (to_jsonb(c) ->> 'conperiod' = 'true', 'a temporal key: the spec has no words for periods', true)
) as w (holds, why, unread)
where w.holds and c.conrelid = any(%(tables)s) and c.conparentid = 0
union all
select r.relname || ': ' || pg_get_indexdef(i.indexrelid), 'unique in some rows only, or of an expression', false
from pg_index i join pg_class r on r.oid = i.indrelid
where i.indisunique and (i.indpred is not null or i.indexprs is not null) and not r.relispartition
  and i.indrelid = any(%(tables)s)
union all
select c.relname || ' inherits ' || p.relname,
       'INHERITS: rows of the first are rows of the second, too, and no key of the second covers them', false
from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
where not c.relispartition and c.relkind in ('r', 'f') and i.inhrelid = any(%(tables)s)
"""
_TYPES = """
select n.nspname, t.typname, t.typnotnull, bn.nspname, coalesce(e.typname, b.typname), e.oid is not null,
       format_type(coalesce(e.oid, b.oid), t.typtypmod),
       (select array_agg(v.enumlabel::text order by v.enumsortorder) from pg_enum v where v.enumtypid = t.oid)
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_type b on b.oid = t.typbasetype
left join pg_type e on e.oid = b.typelem and b.typcategory = 'A'
left join pg_namespace bn on bn.oid = coalesce(e.typnamespace, b.typnamespace)
where t.typtype in ('e', 'd') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by t.oid
"""
Rows = list[tuple[Any, ...]]


def read_catalog(connection: Connection, schemas: Sequence[str] = ()) -> Diagram:
    """Return the diagram of the tables in these schemas; by default, in all but system schemas. Raises ErdError E059,
    E704.

    In schemas that are not named, dbt models are excluded.
    """
    return drawn(without_built(read_tables(connection, schemas), schemas), connection.dbname)


def read_tables(connection: Connection, schemas: Sequence[str] = ()) -> Tables:
    with connect(connection) as session:
        session.set_session(isolation_level="REPEATABLE READ", readonly=True)
        cursor = session.cursor()

        counted = 0

        def rows(query: str, **words: Any) -> Rows:
            nonlocal counted
            cursor.execute(query, words)
            found = cursor.fetchall()
            counted += len(found)
            return found

        try:
            wanted = _chosen(schemas, [name for (name,) in rows(_SCHEMAS)], connection)
            tables = rows(_TABLES, schemas=wanted)
            if not tables:
                _refuse(f"{connection.masked_url} has no tables in {', '.join(wanted) or 'any schema'}", ())
            of = {"tables": [oid for oid, *_ in tables]}
            found, by_oid = _tables(connection.dbname, tables)
            _with_columns(by_oid, rows(_COLUMNS, **of))
            _with_keys(by_oid, rows(_KEYS, **of), rows(_REFERENCES, **of))
            found.types = {(schema, name): _own_type(schema, name, *own) for schema, name, *own in rows(_TYPES)}
            _with_checks(by_oid, found, rows(_CHECKS, **of))
            beside = rows(_BESIDE, schemas=wanted)
            found.views = {name for name, why in beside if why.startswith("views")}
            found.seen += _unread_relations(connection.dbname, beside)
            found.seen += _without_words(connection.dbname, rows(_NO_WORDS, **of))
            found.parts = counted
            return found
        except SqlError as error:
            reason = str(error).strip().splitlines()[0]
            message = f"cannot read the catalog of {connection.masked_url}: {reason}"
            raise ErdError([Diagnostic(code="E704", message=message)]) from None


def _chosen(schemas: Sequence[str], known: list[str], connection: Connection) -> list[str]:
    for name in schemas:
        if name not in known:
            _refuse(f"{connection.masked_url} has no schema `{name}`", did_you_mean(name, known))
    return list(schemas) or known


def _refuse(message: str, fixes: tuple[str, ...]) -> None:
    fixes = fixes or ("name other schemas by `--schema`", "connect as a user who may see the tables")
    raise ErdError([Diagnostic(code="E059", message=message, fixes=fixes)])


def _tables(file: str, tables: Rows) -> tuple[Tables, dict[int, Table]]:
    found = Tables(title=file)
    by_oid: dict[int, Table] = {}
    for oid, schema, name, description, estimate, _ in tables:
        table = Table(schema=schema, name=name, span=Span(file, 1, 1), description=description or None)
        table.rows = estimate if estimate >= 0 else None
        by_oid[oid] = found.tables[table.id] = table
    for oid, *_, parent in tables:
        by_oid[oid].partition_of = by_oid[parent].id if parent in by_oid else None
    return found, by_oid


def _unread_relations(file: str, named: Rows) -> Iterator[Seen]:
    """Report views, and tables that are drawn although this user cannot read them."""
    for why in dict.fromkeys(why for _, why in named):
        text = ", ".join(name for name, other in named if other == why)
        yield Seen(kind="the catalog", why=why, span=Span(file, 1, 1), text=text)


def _without_words(file: str, named: Rows) -> Iterator[Seen]:
    """Report each claim of the catalog that the spec cannot express."""
    for text, why, unread in named:
        yield Seen(kind="the catalog", why=why, span=Span(file, 1, 1), text=text, unread=unread)


def _with_checks(by_oid: dict[int, Table], found: Tables, checks: Rows) -> None:
    for oid, schema, name, condition in checks:
        rule = Rule(text=condition, span=Span(found.title or "", 1, 1), said=check_of(condition))
        owner = by_oid.get(oid) or found.types.get((schema, name))
        if owner is not None:
            owner.rules.append(rule)


def _with_columns(by_oid: dict[int, Table], columns: Rows) -> None:
    for oid, name, not_null, description, *typed, counted in columns:
        table = by_oid[oid]
        column = Column(name=name, span=table.span, type=_type(*typed), not_null=not_null, is_counted=counted)
        column.description = description or None
        table.columns[name] = column


def _with_keys(by_oid: dict[int, Table], keys: Rows, references: Rows) -> None:
    for oid, is_primary, names in keys:
        if is_primary:
            by_oid[oid].key = tuple(names)
        else:
            by_oid[oid].uniques.append(tuple(names))
    for oid, schema, name, own, to in references:
        table = by_oid[oid]
        reference = Reference(columns=tuple(own), table=(schema, name), to=tuple(to), span=table.span)
        table.references.append(reference)


def _own_type(schema: str, name: str, not_null: bool, *over: Any) -> OwnType:
    *base, values = over
    if values is not None:
        return OwnType(schema=schema, name=name, values=tuple(values))
    return OwnType(schema=schema, name=name, over=_type(*base), not_null=not_null)


def _type(schema: str, name: str, array: bool, spelled: str) -> Type:
    """Return a type. `spelled` is the complete spelling of a built-in type, with modifiers."""
    if schema == "pg_catalog":
        return Type(name=spelled, array=array)
    modifier = spelled[spelled.index("(") :] if "(" in spelled else ""
    return Type(name=name, schema=schema, modifier=modifier, array=array)
