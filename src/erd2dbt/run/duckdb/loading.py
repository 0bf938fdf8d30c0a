"""Loads data files into a DuckDB file, all or none: CSV into typed tables, Parquet as a view of the file."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.engines.duckdb import DUCKDB, misread
from erd2dbt.faults.diagnostics import Collector, Diagnostic, ErdError, Span
from erd2dbt.run.connection import SqlError
from erd2dbt.run.duckdb.session import DuckDBFile, opened
from erd2dbt.run.lenient_loading import as_filed
from erd2dbt.run.load import Loaded, check_columns, collected, line_of
from erd2dbt.run.tables import DataFile, RawColumn, RawTable, is_parquet, open_data

Progress = Callable[[str], None]
DuckDB = Any  # a connection of its own, from `opened`
_ident, _literal = DUCKDB.names.quoting.ident, DUCKDB.names.quoting.literal
_BAD_VALUE = re.compile(r"Could not convert string ['\"](.*?)['\"] to", re.DOTALL)


def load(tables: Sequence[RawTable], place: DuckDBFile, progress: Progress) -> tuple[Loaded, ...]:
    """Replace each table by the rows of its file, or by an empty one. Raises ErdError E702, E703, E704."""
    faults = Collector()
    place.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with opened(place.path) as session:
            session.execute("begin")
            found = [_attempt(session, table, faults, progress) for table in tables]
            faults.raise_if_failed()
            session.execute("commit")
    except SqlError as error:
        message = f"the DuckDB file `{place.path}` cannot be loaded: {error}"
        fixes = ("close what else has the file open: one process at a time may write it",)
        raise ErdError([Diagnostic(code="E704", message=message, fixes=fixes)]) from None
    return tuple(one for one in found if one is not None)


def _attempt(session: DuckDB, table: RawTable, faults: Collector, progress: Progress) -> Loaded | None:
    began = time.perf_counter()
    loaded = None
    with collected(table, faults):
        rows = _fill(session, table, progress)
        loaded = Loaded(table=table, rows=rows, seconds=time.perf_counter() - began, kept=False)
    if loaded is not None:
        progress(line_of(loaded))
    return loaded


def _fill(session: DuckDB, table: RawTable, progress: Progress) -> int:
    name = f"{_ident(table.schema)}.{_ident(table.name)}"
    columns = ", ".join(f"{_ident(column.name)} {_type(table, column)}" for column in table.columns)
    session.execute(f"create schema if not exists {_ident(table.schema)}")
    for (kind,) in session.execute(
        "select table_type from information_schema.tables where table_schema = ? and table_name = ?",
        [table.schema, table.name],
    ).fetchall():
        session.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {name}")
    if table.file is None:
        session.execute(f"create table {name} ({columns})")
        return 0
    data = open_data(table.file)
    check_columns(table, data, progress)
    read = ", ".join(_read(column, table, data) for column in table.columns)
    selected = f"select {read} from {_file(data)}"  # noqa: S608 - quoted
    try:
        if is_parquet(table.file):
            _check_digits(session, table, data)
            session.execute(f"create view {name} as {selected}")
        else:
            session.execute(f"create table {name} ({columns})")
            session.execute(f"insert into {name} {selected}")
        return _first_value(session.execute(f"select count(*) from (select * from {name})"))  # noqa: S608 - quoted
    except ErdError:
        raise
    except Exception as error:  # duckdb's own, which cannot be imported here
        raise ErdError([_misfit(session, table, data, str(error))]) from None


def _first_value(answer: Any) -> int:
    return int(answer.fetchone()[0])


def _type(table: RawTable, column: RawColumn) -> str:
    found = DUCKDB.type_of(column.type)
    if found is None:
        message = f"`{column.type}`, of {table}.{column.name}, is not a type of DuckDB"
        raise ErdError([Diagnostic(code="E702", message=message)])
    return found


def _file(data: DataFile) -> str:
    """Return SQL for the rows of a file. A CSV field is NULL if it is empty and unquoted."""
    path = _literal(str(data.path.absolute()))
    if is_parquet(data.path):
        return f"read_parquet({path})"
    columns = "{" + ", ".join(f"{_literal(f'c{place}')}: 'varchar'" for place in range(len(data.header))) + "}"
    return (
        f"read_csv({path}, columns = {columns}, header = true, auto_detect = false, delim = ',', "
        "quote = '\"', escape = '\"', allow_quoted_nulls = false, nullstr = '')"
    )


def _read(column: RawColumn, table: RawTable, data: DataFile) -> str:
    to = _type(table, column)
    if is_parquet(data.path):
        return f"cast({_ident(column.name)} as {to}) as {_ident(column.name)}"
    text = f"c{data.header.index(column.name)}"
    is_text = family(column.type) == "text" or to == "varchar"
    value = text if is_text else f"cast({_whole(text, column.type, to)} as {to})"
    return f"{value} as {_ident(column.name)}"


_INTEGERS = frozenset({"smallint", "integer", "bigint"})
_BARE = DUCKDB.type_of("numeric")


def _whole(text: str, type_: str, to: str) -> str:
    """Return the text of a value for DuckDB; an error if the type would not keep the value exactly."""
    filled = f"nullif({text}, '')"
    lost = _lost(text, type_, to)
    if to == "blob":  # hexadecimal, as PostgreSQL writes it
        filled = f"case when starts_with({text}, '\\x') then unhex(substr({text}, 3)) else cast({filled} as blob) end"
    return filled if lost is None else f"case when {lost} then error('digits would be lost') else {filled} end"


def _lost(text: str, type_: str, to: str) -> str | None:
    """Return a condition for texts that DuckDB would silently round or change; None for types where it never does."""
    if to == "blob":
        return f"contains({text}, '\\') and not regexp_full_match({text}, '\\\\x([0-9A-Fa-f][0-9A-Fa-f])*')"
    return misread(type_, text)


def _check_digits(session: DuckDB, table: RawTable, data: DataFile) -> None:
    """Check that every number of a Parquet file is a value of its column. Raises ErdError E702."""
    types = {name: type_ for name, type_, *_ in session.execute(f"describe select * from {_file(data)}").fetchall()}  # noqa: S608
    for column in table.columns:
        to, name = _type(table, column), _ident(column.name)
        there = types.get(column.name, "")
        if not there.startswith(("DECIMAL", "FLOAT", "DOUBLE")) or (to not in _INTEGERS and to != _BARE):
            continue
        rounded = f"cast({name} as {to}) <> {name}"
        bad = session.execute(f"select {name} from {_file(data)} where {rounded} limit 1").fetchone()  # noqa: S608
        if bad is not None:
            message = f"`{bad[0]}` does not fit the type {column.type} of {table}.{column.name}"
            fixes = ("correct the value, or the column's type in the spec",)
            raise ErdError([Diagnostic(code="E702", message=message, span=Span(str(data.path), 1, 1), fixes=fixes)])


def _misfit(session: DuckDB, table: RawTable, data: DataFile, said: str) -> Diagnostic:
    """Return the first value that does not fit, with its row; otherwise DuckDB's message."""
    words = said.strip().splitlines()[0].partition("Error: ")[2] or said.strip().splitlines()[0]
    session.execute("rollback")  # a failed transaction refuses further queries
    session.execute("begin")
    for column in () if is_parquet(data.path) else table.columns:
        to, text = _type(table, column), f"c{data.header.index(column.name)}"
        if to == "varchar":
            continue
        lost = f" or {found}" if (found := _lost(text, column.type, to)) is not None else ""
        bad = (
            f"select row_number() over (), {text} from {_file(data)} "  # noqa: S608 - quoted
            f"qualify nullif({text}, '') is not null and (try_cast({text} as {to}) is null{lost}) limit 1"
        )
        try:
            found = session.execute(bad).fetchone()
        except Exception:
            break
        if found is not None:
            message = (
                f"`{' '.join(str(found[1]).split())[:60]}` does not fit the type {column.type} of {table}.{column.name}"
            )
            place = Span(str(data.path), int(found[0]) + 1, 1)
            fixes = ("correct the value, or the column's type in the spec",)
            return Diagnostic(code="E702", message=message, span=place, notes=(words,), fixes=fixes)
    return Diagnostic(code="E702", message=f"{table} cannot be loaded from `{data.path}`: {words}")


def file_of(folder: Path, project: str) -> DuckDBFile:
    """Return the path of a project's file in its folder."""
    return DuckDBFile(path=folder / f"{project}.duckdb")


def load_as_it_fits(tables: Sequence[RawTable], place: DuckDBFile, progress: Progress) -> tuple[Loaded, ...]:
    """Load each table that has a file, with the file's columns. Values that do not fit make a column text. Raises E703,
    E704."""
    return tuple(_loaded(as_filed(table), place, progress) for table in tables if table.file is not None)


def _loaded(table: RawTable, place: DuckDBFile, progress: Progress) -> Loaded:
    """Load a table with its types. If that fails, load text, then convert each column whose values all fit its type."""
    try:
        return load([table], place, progress)[0]
    except ErdError as error:
        if any(fault.code != "E702" for fault in error.diagnostics):
            raise
    plain = replace(table, columns=tuple(RawColumn(column.name, "text") for column in table.columns))
    loaded = load([plain], place, progress)[0]
    name = f"{_ident(table.schema)}.{_ident(table.name)}"
    with opened(place.path) as session:
        for column in (c for c in table.columns if _type(table, c) != "varchar"):
            to, text = _type(table, column), _ident(column.name)
            value = f"nullif({text}, '')"
            lost = f" or {found}" if (found := _lost(text, column.type, to)) is not None else ""
            misfit = f"{value} is not null and (try_cast({value} as {to}) is null{lost})"
            if not _first_value(session.execute(f"select count(*) from {name} where {misfit}")):  # noqa: S608 - quoted
                session.execute(
                    f"alter table {name} alter {text} type {to} using cast({_whole(text, column.type, to)} as {to})"
                )
    return loaded
