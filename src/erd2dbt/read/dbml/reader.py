"""Converts DBML to tables, and these to a diagram."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram.drawing import Diagram, Seen
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.read.dbml.grammar import Document, Endpoint, Partial, Ref
from erd2dbt.read.dbml.parser import parse
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import PUBLIC, Reference, Table, Tables
from erd2dbt.read.text.accounting import Account
from erd2dbt.read.text.places import Places

_NAME = r"""(?:"(?:\\.|[^"\\\n])+"|[^\s"'{}\[\]().]+)"""
_TABLE = re.compile(rf"^[ \t]*Table\s+{_NAME}(?:\.{_NAME})*(?:\s+as\s+{_NAME})?\s*(?:\[[^\]]*\]\s*)?\{{",
                    re.IGNORECASE | re.MULTILINE)  # fmt: skip
_BESIDE = {
    "note": "a note",
    "records": "rows, and no tables",
    "diagramview": "a view of the diagram",
    "dep": "a lineage, and no relationship",
    "metadata": "metadata of one's own, of which the spec knows nothing",
}
_SERIAL = re.compile(r"(?:big|small)?serial[248]?", re.IGNORECASE)


def is_dbml(text: str) -> bool:
    return _TABLE.search(text) is not None


def read_dbml(text: str, file: str) -> Diagram:
    """Return the diagram of a file. Raises ErdError with every fault E058."""
    return drawn(read_tables(text, file), file)


def read_tables(text: str, file: str) -> Tables:
    """Return the tables of a file. Raises ErdError with every fault E058."""
    faults = Collector()
    account = Account(Places(file, text))
    document = parse(account, faults)
    faults.raise_if_failed()
    account.close()
    found = Tables(types=document.types, title=document.title, seen=account.seen, parts=account.parts)
    found.seen += [*_beside(document), *_idle(document)]
    for partial in document.tables.values():
        _include(partial, document, found)
        found.tables[partial.table.id] = partial.table
    names = frozenset(table.name for table in found.tables.values())
    for table in found.tables.values():
        _without_relation_fields(table, found, names)
        for column in table.columns.values():
            serial = column.type is not None and _SERIAL.fullmatch(column.type.name)
            column.not_null = column.not_null or bool(serial) or column.name in table.key
    for id_, group in document.groups:
        if member := found.tables.get(document.aliases.get(id_[1], id_)):
            member.group = group
    _refer(document, found)
    return found


def _beside(document: Document) -> Iterator[Seen]:
    """Report elements that are not part of the schema, and imported files, which are not read."""
    for kind, span, text in document.passed:
        yield Seen(kind=f"line {span.line}", why=_BESIDE[kind], span=span, text=text)
    for file, span in document.uses:
        why = "another file is not read from within this one; put both into one file"
        yield Seen(kind=f"line {span.line}", why=why, span=span, text=f"use {file}", unread=True)


def _idle(document: Document) -> Iterator[Seen]:
    """Report partials that no table includes: the result contains nothing of them."""
    used = {name for table in document.tables.values() for name, _ in table.includes}
    for name, partial in document.partials.items():
        if name not in used:
            span, text = partial.table.span, f"TablePartial {name}"
            yield Seen(kind=f"line {span.line}", why="no table includes this partial", span=span, text=text)


def _include(partial: Partial, document: Document, found: Tables) -> None:
    """Add the columns, keys and references of partials. A table's own columns take precedence, then those of the last
    partial."""
    table = partial.table
    own = list(table.columns)
    known = [(document.partials.get(name), name, place) for name, place in partial.includes]
    found.seen += [_lost(f"there is no partial `{name}`", table, name) for other, name, _ in known if other is None]
    others = [(other, place) for other, _, place in known if other is not None]
    says = {name: other for other, _ in others for name in other.table.columns} | dict.fromkeys(own, partial)
    order: dict[str, None] = {}
    for other, place in others:
        order |= dict.fromkeys((*own[:place], *(name for name in other.table.columns if name not in own)))
    order |= dict.fromkeys(own)
    table.columns = {name: replace(says[name].table.columns[name]) for name in order}
    marked = [name for name in order if name in says[name].marked]
    for other, _ in reversed(others):
        table.key = table.key or other.table.key
        table.description = table.description or other.table.description
    table.key = table.key or tuple(marked)
    table.rules += [rule for other, _ in others for rule in other.table.rules]
    for other, _ in others:
        lost = {name for name in other.table.columns if says[name] is not other}
        table.uniques += [one for one in other.table.uniques if len(one) > 1 or not lost.issuperset(one)]
        kept = [ref for ref in other.refs if not lost.issuperset(ref.left.columns)]
        partial.refs += [replace(ref, left=replace(ref.left, table=table.name)) for ref in kept]


def _without_relation_fields(table: Table, found: Tables, tables: frozenset[str]) -> None:
    """Remove columns whose type is a table: Prisma shows relations so."""
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
    """Add each reference to the table of the foreign key."""
    for partial in document.tables.values():
        for ref in partial.refs:
            left = replace(ref.left, schema=partial.table.schema)
            ends = (left, ref.right if ref.right.table else replace(left, columns=ref.right.columns))
            _refer_one(ref, ends if ref.relation.sign != "<" else (ends[1], ends[0]), document, found)
    for ref in document.refs:
        is_left = ref.relation.sign in (">", "<>") or (ref.relation.sign == "-" and _is_key(ref.right, document, found))
        is_left = is_left and not (ref.relation.sign == "-" and _is_key(ref.left, document, found))
        _refer_one(ref, (ref.left, ref.right) if is_left else (ref.right, ref.left), document, found)


def _is_key(end: Endpoint, document: Document, found: Tables) -> bool:
    table = found.tables.get(_id(end, document))
    return table is not None and table.key == end.columns


def _refer_one(ref: Ref, ends: tuple[Endpoint, Endpoint], document: Document, found: Tables) -> None:
    """Add one reference. `ends`: the one with the foreign key, and the referenced one."""
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
        one=ref.relation.sign == "-",
        many=ref.relation.sign == "<>",
        optional=ref.relation.right_optional if parent.columns is ref.right.columns else ref.relation.left_optional,
    )
    table.references.append(reference)


def _id(endpoint: Endpoint, document: Document) -> tuple[str, str]:
    if endpoint.schema is None and endpoint.table in document.aliases:
        return document.aliases[endpoint.table]
    return endpoint.schema or PUBLIC, endpoint.table
