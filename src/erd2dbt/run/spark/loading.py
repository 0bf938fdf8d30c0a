"""Loads data files into Iceberg tables of a local Spark, all or none. CSV is read as in the other engines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.engines.spark import SPARK
from erd2dbt.faults.diagnostics import Collector, Diagnostic, ErdError, Span
from erd2dbt.run.connection import SqlError
from erd2dbt.run.load import Loaded, check_columns, collected, line_of
from erd2dbt.run.spark.session import SparkFolder, error_text, opened
from erd2dbt.run.tables import DataFile, RawColumn, RawTable, is_parquet, open_data

Progress = Callable[[str], None]
_ident = SPARK.names.quoting.ident


def load(tables: Sequence[RawTable], place: SparkFolder, progress: Progress) -> tuple[Loaded, ...]:
    """Replace each table by the rows of its file, or by an empty one. Raises ErdError E702, E703, E704, E708."""
    faults = Collector()
    place.path.mkdir(parents=True, exist_ok=True)
    try:
        with opened(place.settings()) as session:
            ready = [_attempt(session, table, faults, progress) for table in tables]
            faults.raise_if_failed()
            return tuple(_written(session, *one, progress) for one in ready if one is not None)
    except SqlError as error:
        message = f"the tables in `{place.path}` cannot be loaded: {error}"
        raise ErdError([Diagnostic(code="E704", message=message)]) from None


def _attempt(session: Any, table: RawTable, faults: Collector, progress: Progress) -> tuple[RawTable, Any] | None:
    """Load the rows of a table, each value cast to its type."""
    with collected(table, faults):
        return table, rows_of(session, table, progress)
    return None


def rows_of(session: Any, table: RawTable, progress: Progress) -> Any:
    """Return the rows of a table as a typed data frame. Raises ErdError E702, E703; UnreadableError, OSError."""
    if table.file is None:
        typed = (f"cast(null as {_type(table, c)}) as {_ident(c.name)}" for c in table.columns)
        return session.sql(f"select {', '.join(typed)} where false")
    data = open_data(table.file)
    check_columns(table, data, progress)
    if is_parquet(table.file):
        given = session.read.parquet(str(table.file.absolute()))
        return given.selectExpr(*(f"cast({_ident(c.name)} as {_type(table, c)}) as {_ident(c.name)}" for c in
                                  table.columns))  # fmt: skip
    texts = _csv(session, data)
    _refuse_misfits(texts, table, data)
    return texts.selectExpr(*(f"{_read(c, table, data)} as {_ident(c.name)}" for c in table.columns))


def _csv(session: Any, data: DataFile) -> Any:
    """Return all fields as texts. A field is NULL if it is empty and unquoted."""
    schema = ", ".join(f"c{place} string" for place in range(len(data.header)))
    read = session.read.schema(schema).option("header", "true").option("quote", '"').option("escape", '"')
    read = (
        read.option("multiLine", "true")
        .option("nullValue", "\u0001")  # marks a field without quotes and characters
        .option("emptyValue", "")
        .option("enforceSchema", "true")
    )
    return read.option("maxCharsPerColumn", "-1").csv(str(data.path.absolute()))


def _read(column: RawColumn, table: RawTable, data: DataFile) -> str:
    text, to = f"c{data.header.index(column.name)}", _type(table, column)
    is_text = family(column.type) == "text" or to == "string"
    return text if is_text else f"cast(nullif({text}, '') as {to})"


def _refuse_misfits(texts: Any, table: RawTable, data: DataFile) -> None:
    """Raise ErdError E702 for the first value of each column that does not fit its type."""
    found = Collector()
    tried = {c.name: (f"c{data.header.index(c.name)}", _type(table, c)) for c in table.columns}
    tried = {name: (text, to) for name, (text, to) in tried.items() if to != "string"}
    if not tried:
        return
    wrong = {
        name: f"nullif({text}, '') is not null and try_cast({text} as {to}) is null"
        for name, (text, to) in tried.items()
    }
    firsts = (f"min(case when {test} then {tried[name][0]} end) as {_ident(name)}" for name, test in wrong.items())
    row = texts.selectExpr(*firsts).first()
    for column in table.columns:
        value = row[column.name] if column.name in tried else None
        if value is not None:
            message = f"`{' '.join(value.split())[:60]}` does not fit the type {column.type} of {table}.{column.name}"
            place = Span(str(data.path), 1, 1)
            found.add("E702", message, place, fixes=("correct the value, or the column's type in the spec",))
    found.raise_if_failed()


def _written(session: Any, table: RawTable, rows: Any, progress: Progress) -> Loaded:
    began = time.perf_counter()
    name = f"{_ident(table.schema)}.{_ident(table.name)}"
    try:
        session.sql(f"create namespace if not exists {_ident(table.schema)}")
        rows.writeTo(name).using("iceberg").createOrReplace()
        count = session.table(name).count()
    except Exception as error:  # of pyspark, or of Java
        message = f"{table} cannot be loaded from `{table.file}`: {error_text(error)}"
        raise ErdError([Diagnostic(code="E702", message=message)]) from None
    loaded = Loaded(table=table, rows=count, seconds=time.perf_counter() - began, kept=False)
    progress(line_of(loaded))
    return loaded


def _type(table: RawTable, column: RawColumn) -> str:
    found = SPARK.type_of(column.type)
    if found is None:
        message = f"`{column.type}`, of {table}.{column.name}, is not a type of Spark"
        raise ErdError([Diagnostic(code="E702", message=message)])
    return found
