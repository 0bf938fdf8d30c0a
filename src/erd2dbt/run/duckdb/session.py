"""Sessions on a DuckDB file, with the interface of PostgreSQL's driver; the seam to duckdb.

Only one process at a time may write a file, and dbt is another process. A session therefore opens the file for each
query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.registry import require
from erd2dbt.run.connection import SqlError
from erd2dbt.run.cursor import Answer, Cursor

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckDBFile:
    """A database file, and the schema in which dbt builds."""

    path: Path
    schema: str = "analytics"

    @property
    def masked_url(self) -> str:
        """The address for display."""
        return str(self.path)

    def environment(self) -> dict[str, str]:
        """The variables that a generated profiles.yml reads by `env_var`."""
        return {"ERD2DBT_DUCKDB": str(self.path.absolute()), "ERD2DBT_SCHEMA": self.schema}


@contextmanager
def opened(path: Path | None, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a native connection, on a file or in memory. Its errors are SqlError. Raises ErdError E708."""
    require(DUCKDB)
    import duckdb

    try:
        with duckdb.connect(":memory:" if path is None else str(path), read_only=read_only) as connection:
            connection.execute("set TimeZone = 'UTC'")  # as in the profile: the same time zone on every machine
            yield connection
    except duckdb.Error as error:
        raise SqlError(error_text(str(error))) from None


def error_text(text: str) -> str:
    """Return the message without the kind of the error and without hints."""
    first = text.strip().splitlines()[0] if text.strip() else "it gives no reason"
    kind, colon, rest = first.partition(": ")
    return rest if colon and kind.endswith("Error") else first


@dataclass(frozen=True, slots=True)
class FileSession:
    """A read-only session."""

    path: Path

    def cursor(self) -> Cursor:
        return Cursor(self._answer)

    def _answer(self, statements: Sequence[str]) -> Answer:
        """Return the result of a query, in a new connection."""
        with opened(self.path, read_only=True) as connection:
            for statement in statements[:-1]:
                connection.execute(statement)
            answer = connection.execute(statements[-1])
            return [column[0] for column in answer.description or ()], answer.fetchall()
