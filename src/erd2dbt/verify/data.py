"""The spec's own data on the embedded server, as forgiving as a warehouse: what does not fit stays as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from erd2dbt.diagnostics import Diagnostic, ErdError
from erd2dbt.erd import Entity, Source
from erd2dbt.pipeline import Generated
from erd2dbt.run.build import data_file, raw_table
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.load import Loaded, RawColumn, RawTable, load
from erd2dbt.run.tables import open_data
from erd2dbt.sql.identifiers import ident, literal

Progress = Callable[[str], None]


def offer(
    generated: Generated, spec: Path, data: Path | None, connection: Connection, progress: Progress
) -> tuple[Loaded, ...]:
    """Loads each entity's file with the columns that it has; one without a file has no table. E703, E704."""
    sources = {s.name: s for s in generated.erd.sources}
    entities = [e for e in generated.erd.entities if e.existing is None]
    files = {e.name: _file(e, sources[e.source], spec.parent, data) for e in entities}
    if entities and not any(files.values()):
        raise ErdError([_no_data(spec)])
    tables = [raw_table(e, sources[e.source], files[e.name]) for e in entities]
    _drop([table for table in tables if table.file is None], connection)
    return tuple(_loaded(_as_filed(table), connection, progress) for table in tables if table.file is not None)


def _file(entity: Entity, source: Source, base: Path, data: Path | None) -> Path | None:
    try:
        found = data_file(entity, source, base, data)
    except ErdError:
        return None
    return found if found is not None and found.exists() else None


def _no_data(spec: Path) -> Diagnostic:
    fixes = (
        "name a database: `--url postgresql://…`, or `--target` of a dbt profile",
        "say where the rows are: `data:` of a source, or `--data FOLDER`",
    )
    return Diagnostic(code="E703", message=f"`{spec}` names no data that is there", fixes=fixes)


def _drop(tables: list[RawTable], connection: Connection) -> None:
    """What an earlier run loaded from a file that is gone."""
    with connect(connection) as session, session.cursor() as cursor:
        for table in tables:
            cursor.execute(f"drop table if exists {table.relation} cascade")
        session.commit()


def _as_filed(table: RawTable) -> RawTable:
    """The table with the columns of its file; those that the diagram does not have are text."""
    assert table.file is not None
    try:
        header = open_data(table.file).header
    except (OSError, ValueError):  # loading tells it with its place
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
