"""DBML as tables, and so as a diagram."""

from __future__ import annotations

import re
from dataclasses import replace

from erd2dbt.diagnostics import Collector
from erd2dbt.diagram import Diagram, Seen
from erd2dbt.read.dbml.grammar import Document, Endpoint, Partial, Ref
from erd2dbt.read.dbml.parser import parse
from erd2dbt.read.places import Places
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import PUBLIC, Column, Reference, Table, Tables

_NAME = r"""(?:"[^"\n]+"|[^\s"'{}\[\]().]+)"""
_TABLE = re.compile(rf"^[ \t]*Table\s+{_NAME}(?:\.{_NAME})*(?:\s+as\s+{_NAME})?\s*(?:\[[^\]]*\]\s*)?\{{",
                    re.IGNORECASE | re.MULTILINE)  # fmt: skip
_SERIAL = re.compile(r"(?:big|small)?serial[248]?", re.IGNORECASE)


def is_dbml(text: str) -> bool:
    return _TABLE.search(text) is not None


def read_dbml(text: str, file: str) -> Diagram:
    """The diagram of a file. ErdError with every fault of E058."""
    return drawn(read_tables(text, file), file)


def read_tables(text: str, file: str) -> Tables:
    """The tables of a file. ErdError with every fault of E058."""
    faults = Collector()
    document = parse(Places(file, text), faults)
    faults.raise_if_failed()
    found = Tables(types=document.types, title=document.title)
    for partial in document.tables.values():
        _include(partial, document, found)
        found.tables[partial.table.id] = partial.table
    for table in found.tables.values():
        _without_relation_fields(table, found)
        for column in table.columns.values():
            serial = column.type is not None and _SERIAL.fullmatch(column.type.name)
            column.not_null = column.not_null or bool(serial) or column.name in table.key
    for id_, group in document.groups:
        if member := found.tables.get(document.aliases.get(id_[1], id_)):
            member.group = group
    _refer(document, found)
    return found


def _include(partial: Partial, document: Document, found: Tables) -> None:
    """Columns, keys and references of partials, where they are named; the table's own come first."""
    table = partial.table
    own = list(table.columns.values())
    columns: list[Column] = []
    for name, place in [*partial.includes, ("", len(own))]:
        columns += [column for column in own[:place] if column not in columns]
        other = document.partials.get(name)
        if other is None:
            if name:
                found.seen.append(_lost(f"there is no partial `{name}`", table, name))
            continue
        columns += [replace(column) for column in other.table.columns.values() if column.name not in table.columns]
        table.key = table.key or other.table.key
        table.uniques += other.table.uniques
        table.description = table.description or other.table.description
        partial.refs += [replace(ref, left=replace(ref.left, table=table.name)) for ref in other.refs]
    table.columns = {column.name: column for column in columns}


def _without_relation_fields(table: Table, found: Tables) -> None:
    """A column whose type is a table is no column: Prisma shows relations so."""
    tables = {other.name for other in found.tables.values()}
    for name, column in list(table.columns.items()):
        if (
            column.type
            and column.type.name in tables
            and found.own_type(column.type) is None
            and not column.type.modifier
        ):
            del table.columns[name]
            why = f"its type is the table `{column.type.name}`: a relation, and no column"
            found.seen.append(Seen(kind="column", why=why, span=column.span, text=f"{table.name}.{name}"))


def _lost(why: str, table: Table, text: str) -> Seen:
    return Seen(kind=f"line {table.span.line}", why=why, span=table.span, text=text, unread=True)


def _refer(document: Document, found: Tables) -> None:
    """Each reference at the table that holds it."""
    for partial in document.tables.values():
        for ref in partial.refs:
            ends = (replace(ref.left, schema=partial.table.schema), ref.right)
            _refer_one(ref, ends if ref.relation != "<" else (ends[1], ends[0]), document, found)
    for ref in document.refs:
        ends = (ref.left, ref.right) if ref.relation in (">", "<>") else (ref.right, ref.left)
        _refer_one(ref, ends, document, found)


def _refer_one(ref: Ref, ends: tuple[Endpoint, Endpoint], document: Document, found: Tables) -> None:
    """`ends`: the one that holds the key, and the one that it leads to."""
    child, parent = ends
    table = found.tables.get(_id(child, document))
    if table is None:
        text, kind = f"{child.table} to {parent.table}", f"the reference on line {ref.span.line}"
        why = f"there is no table `{child.table}`"
        found.seen.append(Seen(kind=kind, why=why, span=ref.span, text=text, unread=True))
        return
    reference = Reference(
        columns=child.columns,
        table=_id(parent, document),
        to=parent.columns,
        span=ref.span,
        one=ref.relation == "-",
        many=ref.relation == "<>",
    )
    table.references.append(reference)


def _id(endpoint: Endpoint, document: Document) -> tuple[str, str]:
    if endpoint.schema is None and endpoint.table in document.aliases:
        return document.aliases[endpoint.table]
    return endpoint.schema or PUBLIC, endpoint.table
