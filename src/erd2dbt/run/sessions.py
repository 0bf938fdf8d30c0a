"""Opens sessions on PostgreSQL, a DuckDB file, or a folder of Spark or ClickHouse, with the same interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from erd2dbt.run.adapter import open_warehouse
from erd2dbt.run.adapter_session import AdapterSession, AdapterTarget
from erd2dbt.run.clickhouse.session import ClickHouseFolder, FolderSession
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.duckdb.session import DuckDBFile, FileSession
from erd2dbt.run.spark.session import LakeSession, SparkFolder, opened

Place = Connection | DuckDBFile | SparkFolder | ClickHouseFolder | AdapterTarget


@contextmanager
def reading(place: Place, seconds: int) -> Iterator[Any]:
    """Open a read-only session with a time limit for each statement. Raises ErdError E704."""
    if isinstance(place, DuckDBFile):
        yield FileSession(place.path)
        return
    if isinstance(place, ClickHouseFolder):
        yield FolderSession(place.path)
        return
    if isinstance(place, SparkFolder):
        with opened(place.settings()) as lake:
            yield LakeSession(lake)
        return
    if isinstance(place, AdapterTarget):
        with open_warehouse(place.profiles_dir, place.profile, place.target) as warehouse:
            yield AdapterSession(warehouse)
        return
    with connect(place) as session:
        session.set_session(readonly=True, autocommit=True)
        with session.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, false)", (f"{seconds}s",))
        yield session
