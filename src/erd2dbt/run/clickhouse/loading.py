"""Loads data files into tables of an embedded ClickHouse, all or none. CSV is read as in the other engines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.faults.diagnostics import Collector, Diagnostic, ErdError, Span
from erd2dbt.run.clickhouse.session import ClickHouseFolder, opened
from erd2dbt.run.connection import SqlError
from erd2dbt.run.load import Loaded, check_columns, collected, line_of
from erd2dbt.run.tables import DataFile, RawColumn, RawTable, is_parquet, open_data

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

Progress = Callable[[str], None]
_ident, _literal = CLICKHOUSE.names.quoting.ident, CLICKHOUSE.names.quoting.literal
_TEXT = "Nullable(String)"
_NEW = "erd2dbt_new"  # the database of the tables that are not complete

# A field is NULL if it is empty and unquoted; nothing else is changed.
_CSV = (
    "input_format_csv_skip_first_lines = 1, format_csv_null_representation = '', format_csv_delimiter = ',', "
    "input_format_csv_trim_whitespaces = 0, input_format_csv_empty_as_default = 0, format_csv_allow_single_quotes = 0, "
    "max_threads = 1"
)
_NUMBER = r"^[-+]?([0-9]+([.][0-9]{0,38})?|[.][0-9]{1,38})$"
_BARE = r"^[-+]?([0-9]+([.][0-9]{0,12}0*)?|[.][0-9]{1,12}0*)$"  # more digits would be lost
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_MOMENT = rf"^[12][0-9]{{3}}-[01][0-9]-[0-3][0-9]([ T]{_CLOCK})?"
_ZONE = r"(Z|[-+][0-9]{2}(:?[0-9]{2})?)?$"
_TRUE, _FALSE = "('t', 'true', 'y', 'yes', 'on', '1')", "('f', 'false', 'n', 'no', 'off', '0')"


def load(tables: Sequence[RawTable], place: ClickHouseFolder, progress: Progress) -> tuple[Loaded, ...]:
    """Replace each table by the rows of its file, or by an empty one. Raises ErdError E702, E703, E704, E708."""
    faults = Collector()
    place.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with opened(place.path) as client:
            client.command(f"drop database if exists {_NEW}")
            client.command(f"create database {_NEW}")
            found = [_attempt(client, table, number, faults, progress) for number, table in enumerate(tables)]
            faults.raise_if_failed()
            for number, table in enumerate(tables):
                name = f"{_ident(table.schema)}.{_ident(table.name)}"
                client.command(f"create database if not exists {_ident(table.schema)}")
                client.command(f"drop table if exists {name}")
                client.command(f"rename table {_NEW}.t{number} to {name}")
            client.command(f"drop database {_NEW}")
    except SqlError as error:
        message = f"the tables in `{place.path}` cannot be loaded: {error}"
        fixes = ("close what else has the folder open: one process at a time may use it",)
        raise ErdError([Diagnostic(code="E704", message=message, fixes=fixes)]) from None
    return tuple(one for one in found if one is not None)


def _attempt(client: Client, table: RawTable, number: int, faults: Collector, progress: Progress) -> Loaded | None:
    began = time.perf_counter()
    loaded = None
    with collected(table, faults):
        rows = _fill(client, table, f"{_NEW}.t{number}", progress)
        loaded = Loaded(table=table, rows=rows, seconds=time.perf_counter() - began, kept=False)
    if loaded is not None:
        progress(line_of(loaded))
    return loaded


def _fill(client: Client, table: RawTable, name: str, progress: Progress) -> int:
    columns = ", ".join(f"{_ident(column.name)} {_type(table, column)}" for column in table.columns)
    client.command(f"create table {name} ({columns}) engine = MergeTree order by tuple()")
    if table.file is None:
        return 0
    data = open_data(table.file)
    check_columns(table, data, progress)
    _refuse_misfits(client, table, data)
    read = ", ".join(_read(column, table, data) for column in table.columns)
    client.command(f"insert into {name} select {read} from {_rows(data)}")  # noqa: S608 - quoted
    return int(client.query(f"select count() from {name}").result_rows[0][0])  # noqa: S608


def _rows(data: DataFile) -> str:
    path = _literal(str(data.path.absolute()))
    if is_parquet(data.path):
        return f"file({path}, 'Parquet') settings max_threads = 1"
    names = ", ".join(f"c{place} {_TEXT}" for place in range(len(data.header)))
    return f"file({path}, 'CSV', {_literal(names)}) settings {_CSV}"


def _given(column: RawColumn, table: RawTable, data: DataFile) -> str:
    """The value in the file. An empty text is NULL where the column has another type."""
    if is_parquet(data.path):
        return _ident(column.name)
    text = f"c{data.header.index(column.name)}"
    return text if _type(table, column) == _TEXT else f"nullIf(trimBoth({text}), '')"


def _read(column: RawColumn, table: RawTable, data: DataFile) -> str:
    """The value as one of the column's type; NULL where it does not fit."""
    to, given = _type(table, column), _given(column, table, data)
    if is_parquet(data.path):
        return f"accurateCastOrNull({given}, {_literal(to)})"
    return given if to == _TEXT else _parsed(given, column.type, to.removeprefix("Nullable(").removesuffix(")"))


def _parsed(text: str, type_: str, to: str) -> str:
    """A text as a value of the engine's type; NULL where PostgreSQL would refuse it, or digits would be lost."""
    if to.startswith("Int"):
        return f"accurateCastOrNull({text}, {_literal(to)})"
    if to.startswith("Float"):
        return f"if(isInfinite(to{to}OrNull({text})) and not match({text}, '[iI]'), null, to{to}OrNull({text}))"
    if to == "Bool":
        return f"case when lower({text}) in {_TRUE} then true when lower({text}) in {_FALSE} then false end"
    if to == "Date32":
        return f"if(toString(toDate32OrNull({text})) = {text}, toDate32OrNull({text}), null)"
    if to.startswith("DateTime64"):
        pattern = _MOMENT + (_ZONE if canonical(type_) == "timestamp with time zone" else "$")
        return f"if(match({text}, {_literal(pattern)}), parseDateTime64BestEffortOrNull({text}, 6, 'UTC'), null)"
    pattern, digits = _BARE if canonical(type_) == "numeric" else _NUMBER, to.rstrip(")").rpartition(" ")[2]
    value = f"accurateCastOrNull(round(toDecimal256OrNull({text}, 38), {digits}), {_literal(to)})"
    return f"if(match({text}, {_literal(pattern)}), {value}, null)"


def _refuse_misfits(client: Client, table: RawTable, data: DataFile) -> None:
    """Raise ErdError E702 for the first value of each column that does not fit its type."""
    tried = [column for column in table.columns if _type(table, column) != _TEXT]
    if not tried:
        return
    tests = ", ".join(_first_misfit(column, table, data) for column in tried)
    numbered = f"(select *, rowNumberInAllBlocks() + 2 as erd2dbt_line from {_rows(data)})"  # noqa: S608
    (row,) = client.query(f"select {tests} from {numbered}").result_rows  # noqa: S608
    found = Collector()
    for column, (line, value) in zip(tried, row, strict=True):
        if value is not None:
            message = f"`{' '.join(value.split())[:60]}` does not fit the type {column.type} of {table}.{column.name}"
            place = Span(str(data.path), 1 if is_parquet(data.path) else int(line), 1)
            found.add("E702", message, place, fixes=("correct the value, or the column's type in the spec",))
    found.raise_if_failed()


def _first_misfit(column: RawColumn, table: RawTable, data: DataFile) -> str:
    """An aggregate: the line and the text of the first value that does not fit, with NULL where there is none."""
    given, read = _given(column, table, data), _read(column, table, data)
    is_cut = f" or {read} <> {given}" if is_parquet(data.path) and family(column.type) in ("integer", "numeric") else ""
    misfit = f"{given} is not null and ({read} is null{is_cut})"
    return f"argMinIf(tuple(erd2dbt_line, toNullable(toString({given}))), erd2dbt_line, {misfit})"


def _type(table: RawTable, column: RawColumn) -> str:
    found = CLICKHOUSE.type_of(column.type)
    if found is None:
        message = f"`{column.type}`, of {table}.{column.name}, is not a type of ClickHouse"
        raise ErdError([Diagnostic(code="E702", message=message)])
    return found
