"""Reads tables and columns of a warehouse through its dbt adapter; reads no rows and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from erd2dbt.diagram.drawing import Diagram, Seen
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span, did_you_mean
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import Column, Table, Tables, Type
from erd2dbt.run.adapter import Listed, Warehouse, WarehouseError
from erd2dbt.run.built_tables import without_built
from erd2dbt.sql.dialects import in_language

_SYSTEM = ("information_schema", "pg_catalog", "system", "sys")
_NO_KEYS = "dbt adapters list no keys, links or NOT NULL: draw them, or propose them with --infer-keys"


def read_warehouse(warehouse: Warehouse, schemas: Sequence[str] = ()) -> Diagram:
    """Return the diagram of the tables in these schemas; by default, in all but system schemas. Raises ErdError E059,
    E704."""
    title = warehouse.database or warehouse.schema
    try:
        known = [name for name in warehouse.schemas() if name.casefold() not in _SYSTEM]
        there = warehouse.listed(_chosen(schemas, known, warehouse))
    except WarehouseError as error:
        message = f"cannot read the catalog of {warehouse.shown}: {error}"
        raise ErdError([Diagnostic(code="E704", message=message)]) from None
    found = Tables(title=title)
    for one in there:
        if not one.is_view:
            table = _table(one, title, warehouse.dialect)
            found.tables[table.id] = table
    if not found.tables:
        _refuse(f"{warehouse.shown} has no tables in {', '.join(schemas or known) or 'any schema'}", ())
    views = [f"{one.schema}.{one.name}" for one in there if one.is_view]
    found.views = {one.name for one in there if one.is_view}
    if views:
        why = "views; their queries are no part of the diagram"
        found.seen += [Seen(kind="the catalog", why=why, span=Span(title, 1, 1), text=", ".join(views))]
    found.seen += [Seen(kind="the catalog", why=_NO_KEYS, span=Span(title, 1, 1), text=warehouse.shown)]
    found.parts = sum(1 + len(one.columns) for one in there)
    return drawn(without_built(found, schemas), title)


def _chosen(schemas: Sequence[str], known: Sequence[str], warehouse: Warehouse) -> list[str]:
    folded = {name.casefold(): name for name in known}
    for name in schemas:
        if name.casefold() not in folded:
            _refuse(f"{warehouse.shown} has no schema `{name}`", did_you_mean(name, known))
    return [folded[name.casefold()] for name in schemas] or list(known)


def _refuse(message: str, fixes: tuple[str, ...]) -> None:
    fixes = fixes or ("name other schemas by `--schema`", "connect as a user who may see the tables")
    raise ErdError([Diagnostic(code="E059", message=message, fixes=fixes)])


def _table(one: Listed, file: str, dialect: str) -> Table:
    table = Table(schema=one.schema, name=one.name, span=Span(file, 1, 1))
    for name, type_ in one.columns.items():
        table.columns[name] = Column(name=name, span=table.span, type=Type(name=in_language(type_, dialect)))
    return table
