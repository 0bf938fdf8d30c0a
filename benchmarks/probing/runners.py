"""Engines that are at hand: a session, tables with the values of probes, and selects from them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from erd2dbt.engines.registry import ENGINES
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import serve
from probing.table import Probe, Table

AGGREGATED = "g"  # the column with the group of a row, whose number stands in `i` otherwise
NOWHERE = 9  # a group without rows
BAGS = 5


class Runner(Protocol):
    """One engine. `fill` makes the table `name` of columns (name, language type) from texts; `rows` raises; `refusal`
    is what the engine says of a select that it does not take, whatever the rows are. `takes`: words of PostgreSQL's
    refusals of values that the engine has, and that are right."""

    name: str
    takes: tuple[str, ...]

    def versions(self) -> dict[str, str]: ...
    def fill(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | None]]) -> None: ...
    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...
    def refusal(self, sql: str) -> str | None: ...
    def type_of(self, text: str, probe: Probe) -> str: ...


def literals(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | None]], typed: Any) -> str:
    """`select cast('1' as int) as a, … union all …`."""
    lines = []
    for row in rows:
        cells = (f"cast({quoted(value)} as {typed(type_)}) as {name}" for value, (name, type_) in
                 zip(row, columns, strict=True))  # fmt: skip
        lines.append(f"select {', '.join(cells)}")
    return "\nunion all ".join(lines)


def _type(engine: str, type_: str) -> str:
    found = ENGINES[engine].type_of(type_)
    assert found is not None, type_
    return found


def quoted(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


class Postgres:
    name = "postgres"
    takes: tuple[str, ...] = ()

    def __init__(self, session: Any) -> None:
        self.session = session
        session.autocommit = True
        self.cursor = session.cursor()
        self.cursor.execute("set timezone to 'UTC'")

    def versions(self) -> dict[str, str]:
        return {"PostgreSQL": str(self.rows("show server_version")[0][0]).split()[0]}

    def fill(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | None]]) -> None:
        self.cursor.execute(f"drop table if exists {name}")
        self.cursor.execute(f"create temp table {name} as {literals(columns, rows, str)}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql)
        return list(self.cursor.fetchall())

    def refusal(self, sql: str) -> str | None:
        return _tried(lambda: self.cursor.execute(f"explain {sql}"))

    def type_of(self, text: str, probe: Probe) -> str:
        raise NotImplementedError


class DuckDb:
    name = "duckdb"
    takes: tuple[str, ...] = ()

    def __init__(self) -> None:
        import duckdb

        self.session = duckdb.connect()
        with suppress(duckdb.Error):  # of an extension that comes with the wheel
            self.session.execute("set timezone = 'UTC'")

    def versions(self) -> dict[str, str]:
        return {name: version(name) for name in ("duckdb", "dbt-duckdb")}

    def fill(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | None]]) -> None:
        made = literals(columns, rows, lambda type_: _type("duckdb", type_))
        self.session.execute(f"create or replace temp table {name} as {made}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self.session.execute(sql).fetchall())

    def refusal(self, sql: str) -> str | None:
        return _tried(lambda: self.session.execute(f"explain {sql} limit 0"))

    def type_of(self, text: str, probe: Probe) -> str:
        self.fill("typed", *_one_row(probe.table))
        return str(self.rows(f"describe select {text} as v from typed")[0][1])


class Spark:
    name = "spark"
    takes: tuple[str, ...] = ()

    def __init__(self) -> None:
        from pyspark.sql import SparkSession

        self.folder = tempfile.TemporaryDirectory(prefix="erd2dbt-probes-")
        builder = SparkSession.builder.master("local[1]").appName("probes")
        for key, value in {
            "spark.ui.enabled": "false",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "1",
            "spark.sql.warehouse.dir": str(Path(self.folder.name) / "warehouse"),
            "spark.log.level": "OFF",
        }.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")

    def versions(self) -> dict[str, str]:
        return {name: version(name) for name in ("pyspark", "dbt-spark")}

    def fill(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | None]]) -> None:
        names = ", ".join(column for column, _ in columns)
        values = ", ".join("(" + ", ".join(_spark_text(value) for value in row) + ")" for row in rows)
        cells = ", ".join(f"cast({column} as {_type('spark', type_)}) as {column}" for column, type_ in columns)
        self.session.sql(f"select {cells} from values {values} as raw ({names})").cache().createOrReplaceTempView(name)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def refusal(self, sql: str) -> str | None:
        return _tried(lambda: self.session.sql(sql))  # which analyzes and does not run

    def type_of(self, text: str, probe: Probe) -> str:
        self.fill("typed", *_one_row(probe.table))
        return str(self.session.sql(f"select {text} as v from typed").schema[0].dataType.simpleString())


def _spark_text(value: str | None) -> str:
    if value is None:
        return "cast(null as string)"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


class ClickHouse:
    """In this process, by the client that dbt's adapter takes as well."""

    name = "clickhouse"
    takes = ("numeric field overflow",)  # a Decimal(12, 2) has up to 16 digits before the point

    def __init__(self) -> None:
        import clickhouse_connect

        settings = {"session_timezone": "UTC", "date_time_input_format": "best_effort", "max_threads": 1}
        self.client = clickhouse_connect.get_client(interface="chdb", settings=settings)
        self.client.command("create database if not exists probes")
        self.client.command("use probes")
        self.typed: Table | None = None  # the table that `typed` is made of

    def versions(self) -> dict[str, str]:
        return {"chdb": version("chdb"), "ClickHouse": str(self.client.server_version)}

    def fill(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | None]]) -> None:
        kinds = ", ".join(f"{column} {_type('clickhouse', type_)}" for column, type_ in columns)
        values = ", ".join("(" + ", ".join(_clickhouse_text(value) for value in row) + ")" for row in rows)
        self.client.command(f"drop table if exists {name}")
        self.client.command(f"create table {name} ({kinds}) engine = Memory")
        self.client.command(f"insert into {name} values {values}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.client.query(sql).result_rows]

    def refusal(self, sql: str) -> str | None:
        return _tried(lambda: self.client.query(f"explain query tree {sql}"))

    def type_of(self, text: str, probe: Probe) -> str:
        if self.typed != probe.table:
            self.fill("typed", *_one_row(probe.table))
            self.typed = probe.table
        return str(self.rows(f"describe (select {text} as v from typed)")[0][1])


def _one_row(table: Table) -> tuple[list[tuple[str, str]], list[tuple[str | None, ...]]]:
    columns, rows = numbered(table)
    return columns, rows[:1]


def _tried(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except Exception as error:  # each engine has its own
        lines = str(error).splitlines()
        return lines[0][:160] if lines else type(error).__name__
    return None


def _clickhouse_text(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


RUNNERS = {"duckdb": DuckDb, "spark": Spark, "clickhouse": ClickHouse}


@contextmanager
def postgres(connection: Connection | None = None) -> Iterator[Postgres]:
    """On the server that is given, else on an embedded one of its own."""
    if connection is not None:
        with connect(connection) as session:
            yield Postgres(session)
        return
    with tempfile.TemporaryDirectory(prefix="erd2dbt-") as folder:
        Path(folder).chmod(0o755)
        with serve(Path(folder) / "server") as own, connect(own) as session:
            yield Postgres(session)


def numbered(table: Table) -> tuple[list[tuple[str, str]], list[tuple[str | None, ...]]]:
    """The table with the number of each row in front."""
    columns = [("i", "integer"), *zip(table.columns, table.types, strict=True)]
    return columns, [(str(number), *row) for number, row in enumerate(table.rows)]


def grouped(table: Table) -> tuple[list[tuple[str, str]], list[tuple[str | None, ...]]]:
    """Bags of the table's rows: all of them, the first ones, the last one, which is NULL, and each alone."""
    bags = [table.rows, table.rows[:3], table.rows[1:5], table.rows[-1:], table.rows[:1] * 3]
    columns = [(AGGREGATED, "integer"), *zip(table.columns, table.types, strict=True)]
    return columns, [(str(number), *row) for number, bag in enumerate(bags) for row in bag]
