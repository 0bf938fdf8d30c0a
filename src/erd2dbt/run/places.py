"""Where models are built and asked: a PostgreSQL, or a DuckDB file; sessions on either, with the same words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.duckdb.session import DuckDBFile, FileSession

Place = Connection | DuckDBFile


@contextmanager
def reading(place: Place, seconds: int) -> Iterator[Any]:
    """A session that only reads, each statement for so long at most. ErdError E704."""
    if isinstance(place, DuckDBFile):
        yield FileSession(place.path)
        return
    with connect(place) as session:
        session.set_session(readonly=True, autocommit=True)
        with session.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, false)", (f"{seconds}s",))
        yield session
