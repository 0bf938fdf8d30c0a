"""Sessions on a DuckDB file, with the words of PostgreSQL's driver; the seam to duckdb.

One process at a time may write a file, and dbt is another one: a session holds the file only while it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.registry import require
from erd2dbt.run.connection import SqlError

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckDBFile:
    """A database file, and the schema in which dbt builds."""

    path: Path
    schema: str = "analytics"

    @property
    def masked_url(self) -> str:
        """For eyes."""
        return str(self.path)

    def environment(self) -> dict[str, str]:
        """What a generated profiles.yml reads by `env_var`."""
        return {"ERD2DBT_DUCKDB": str(self.path.absolute()), "ERD2DBT_SCHEMA": self.schema}


@contextmanager
def opened(path: Path | None, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of duckdb's own, on a file or in memory; its errors are SqlError. ErdError E708."""
    require(DUCKDB)
    import duckdb

    try:
        with duckdb.connect(":memory:" if path is None else str(path), read_only=read_only) as connection:
            connection.execute("set TimeZone = 'UTC'")  # as in the profile: the same moments on every machine
            yield connection
    except duckdb.Error as error:
        raise SqlError(words(str(error))) from None


def words(text: str) -> str:
    """What it says, without the kind of the error and without hints."""
    first = text.strip().splitlines()[0] if text.strip() else "it gives no reason"
    kind, colon, rest = first.partition(": ")
    return rest if colon and kind.endswith("Error") else first


@dataclass(frozen=True, slots=True)
class Head:
    """A column of an answer."""

    name: str


@dataclass(slots=True)
class Cursor:
    """Each statement in a connection of its own, its whole answer in memory."""

    path: Path
    description: Sequence[Head] | None = None
    _rows: list[tuple[Any, ...]] = field(default_factory=list)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *error: object) -> None:
        self._rows = []

    def execute(self, *statements: str) -> None:
        """The answer is that of the last one. Raises SqlError."""
        with opened(self.path, read_only=True) as connection:
            for statement in statements[:-1]:
                connection.execute(statement)
            answer = connection.execute(statements[-1])
            self.description = [Head(column[0]) for column in answer.description or ()]
            self._rows = answer.fetchall()

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None


@dataclass(frozen=True, slots=True)
class FileSession:
    """Reads only."""

    path: Path

    def cursor(self) -> Cursor:
        return Cursor(self.path)
