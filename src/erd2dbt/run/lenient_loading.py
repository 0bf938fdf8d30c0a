"""Loads data files leniently, as warehouses do: with the columns of the file, and as text where values do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from erd2dbt.escape.sql import ident, literal
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.load import Loaded, RawColumn, RawTable, load
from erd2dbt.run.tables import open_data

Progress = Callable[[str], None]


def load_as_it_fits(tables: Sequence[RawTable], connection: Connection, progress: Progress) -> tuple[Loaded, ...]:
    """Load each table that has a file, with the file's columns. A table without a file is not created. Raises E703,
    E704."""
    _drop([table for table in tables if table.file is None], connection)
    return tuple(_loaded(as_filed(table), connection, progress) for table in tables if table.file is not None)


def _drop(tables: list[RawTable], connection: Connection) -> None:
    """Drop tables that an earlier run loaded from a file that no longer exists."""
    with connect(connection) as session, session.cursor() as cursor:
        for table in tables:
            cursor.execute(f"drop table if exists {table.relation} cascade")
        session.commit()


def as_filed(table: RawTable) -> RawTable:
    """Return the table with the columns of its file. Columns that the diagram does not have are text."""
    assert table.file is not None
    try:
        header = open_data(table.file).header
    except (OSError, ValueError):  # loading reports it with its place
        return table
    typed = {column.name: column for column in table.columns}
    return replace(table, columns=tuple(typed.get(name, RawColumn(name, "text")) for name in dict.fromkeys(header)))


def _loaded(table: RawTable, connection: Connection, progress: Progress) -> Loaded:
    try:
        return load([table], connection, progress)[0]
    except ErdError as error:
        if any(fault.code != "E702" for fault in error.diagnostics):
            raise
    plain = replace(table, columns=tuple(RawColumn(column.name, "text") for column in table.columns))
    loaded = load([plain], connection, progress)[0]
    with connect(connection) as session, session.cursor() as cursor:
        typed = [column for column in table.columns if column.type != "text"]
        tried = (f"bool_and({_fits(column)})" for column in typed)
        cursor.execute(f"select {', '.join(tried)} from {table.relation}")  # noqa: S608 - quoted
        fitting = [column for column, fits in zip(typed, cursor.fetchall()[0], strict=True) if fits is not False]
        if fitting:
            cursor.execute(f"alter table {table.relation} {', '.join(_cast(fitting))}")
        session.commit()
    return loaded


def _fits(column: RawColumn) -> str:
    name = ident(column.name)
    return f"{name} is null or pg_input_is_valid({name}, {literal(column.type)})"


def _cast(columns: list[RawColumn]) -> Iterator[str]:
    for column in columns:
        name = ident(column.name)
        yield f"alter column {name} type {column.type} using {name}::{column.type}"
