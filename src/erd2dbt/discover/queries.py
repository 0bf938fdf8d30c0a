"""Queries that may fail without harm: read-only, in one snapshot, each with a time limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.run.adapter import Warehouse, WarehouseError
from erd2dbt.run.connection import Connection, SqlError, connect
from erd2dbt.sql.dialects import in_dialect

Progress = Callable[[str], None]
Row = tuple[Any, ...]
SAMPLE = 20_000  # rows of a sample, read before all rows are
_CANCELED = "57014"
_SECONDS = 300
_MEMORY = "128MB"  # memory of the server for grouping; more goes to its disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its `sql` in a query, and the database's type."""

    sql: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The table of an entity, and its existing columns."""

    sql: str
    columns: Mapping[str, Column]
    is_view: bool = False

    def has(self, names: tuple[str, ...]) -> bool:
        return all(name in self.columns for name in names)

    def sample(self, rows: int, wanted: int) -> str:
        """Return FROM with a repeatable sample of about this many rows; all rows if the table has no more."""
        if rows <= wanted:
            return self.sql
        if self.is_view:
            return f"(select * from {self.sql} limit {wanted}) as few"  # noqa: S608 - quoted
        return f"{self.sql} tablesample system ({max(100.0 * wanted / rows, 1e-6):.6f}) repeatable (1)"


class Probe(Protocol):
    """Queries that may fail one by one; `why` is the message of the last failure."""

    why: str

    @property
    def has_indexes(self) -> bool: ...
    def rows(self, query: str) -> list[Row] | None: ...
    def row(self, query: str) -> Row | None: ...


@dataclass(slots=True)
class WarehouseProbe:
    """Queries on any warehouse, through its dbt adapter."""

    warehouse: Warehouse
    why: str = ""
    has_indexes: bool = False

    def rows(self, query: str) -> list[Row] | None:
        try:
            return self.warehouse.rows(in_dialect(query, self.warehouse.dialect))
        except WarehouseError as error:
            self.why = str(error)
            return None

    def row(self, query: str) -> Row | None:
        found = self.rows(query)
        return found[0] if found else None


@dataclass(slots=True)
class PostgresProbe:
    """Queries on PostgreSQL, through a cursor."""

    cursor: Any
    why: str = ""
    has_indexes: bool = True

    def rows(self, query: str) -> list[Row] | None:
        self.cursor.execute("savepoint before_probe")
        try:
            self.cursor.execute(query)
            return list(self.cursor.fetchall())
        except SqlError as error:
            self.cursor.execute("rollback to savepoint before_probe")
            self.why = error_text(error)
            return None

    def row(self, query: str) -> Row | None:
        found = self.rows(query)
        return found[0] if found else None


@contextmanager
def postgres_probe(connection: Connection) -> Iterator[PostgresProbe]:
    """Open a probe on PostgreSQL. Raises ErdError E704 if the connection fails or is lost."""
    with connect(connection) as session:
        session.set_session(readonly=True, isolation_level="REPEATABLE READ")
        try:
            with session.cursor() as cursor:
                cursor.execute("select set_config('statement_timeout', %s, true)", [f"{_SECONDS}s"])
                cursor.execute("select set_config('work_mem', %s, true)", [_MEMORY])
                yield PostgresProbe(cursor)
        except SqlError as error:
            message = f"PostgreSQL at {connection.masked_url} does not answer: {error_text(error)}"
            raise ErdError([Diagnostic(code="E704", message=message)]) from None


def error_text(error: SqlError) -> str:
    """Return PostgreSQL's message in one line."""
    if error.pgcode == _CANCELED:
        return "it took longer than the time limit"
    return (error.diag.message_primary or str(error)).strip().splitlines()[0]
