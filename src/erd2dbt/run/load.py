"""Loads data files into typed tables: all or none of them, in one transaction, and only changed ones."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from erd2dbt.faults.diagnostics import Collector, Diagnostic, ErdError, Span, did_you_mean
from erd2dbt.run import fingerprint
from erd2dbt.run.connection import Connection, SqlError, connect
from erd2dbt.run.csvfile import UnreadableError
from erd2dbt.run.postgres_copy import copy, create, row_fault
from erd2dbt.run.tables import DataFile, RawColumn, RawTable, open_data
from erd2dbt.system.progress import Count, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Loaded", "RawColumn", "RawTable", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A loaded table; `kept` if it was up to date."""

    table: RawTable
    rows: int
    seconds: float
    kept: bool


def load(tables: Sequence[RawTable], connection: Connection, progress: Callable[[str], None]) -> tuple[Loaded, ...]:
    """Recreate each changed table, and fill it if it has a file. All or nothing.

    Raises ErdError: E702 for a row or a type that does not fit, E703 for a missing file or column, E704 without access.
    """
    faults = Collector()
    with connect(connection) as session:
        try:
            cursor = session.cursor()
            fingerprint.open_memory(cursor)
            with counted("loading", sum(map(_size, tables)), is_size=True) as count:
                loaded = [_attempt(cursor, table, faults, progress, count) for table in tables]
            faults.raise_if_failed()
            session.commit()
        except SqlError as error:
            raise ErdError([_no_access(connection, error)]) from None
    return tuple(one for one in loaded if one is not None)


def _size(table: RawTable) -> int:
    """Return the size of its file in bytes."""
    try:
        return table.file.stat().st_size if table.file is not None else 0
    except OSError:
        return 0


def _attempt(
    cursor: Any, table: RawTable, faults: Collector, progress: Callable[[str], None], count: Count
) -> Loaded | None:
    """Load one table under a savepoint. A fault is collected, and loading continues with the next table."""
    whole = count.done + _size(table)
    cursor.execute("savepoint before_table")
    loaded = None
    try:
        with collected(table, faults):
            loaded = _load(cursor, table, progress, count)
    except SqlError as error:
        cursor.execute("rollback to savepoint before_table")
        faults.found.append(row_fault(table, error))
    finally:
        count.done = whole
    if loaded is not None:
        progress(line_of(loaded))
    return loaded


@contextmanager
def collected(table: RawTable, faults: Collector) -> Iterator[None]:
    """Collect the faults of a table's data file, so that loading continues with the next table: E702, E703."""
    try:
        yield
    except ErdError as error:
        faults.found.extend(error.diagnostics)
    except UnreadableError as error:
        faults.add("E703", f"`{table.file}`, the data of {table}, cannot be read: {error}")
    except OSError as error:
        faults.add("E703", f"`{table.file}`, the data of {table}, cannot be read: {error.strerror or error}")


def line_of(loaded: Loaded) -> str:
    count = f"{loaded.rows:,} row{'' if loaded.rows == 1 else 's'}"
    if loaded.kept:
        return f"{loaded.table}: kept" + (f", {count}" if loaded.table.file else "")
    return f"{loaded.table}: {count} in {loaded.seconds:.1f} s"


def _load(cursor: Any, table: RawTable, progress: Callable[[str], None], count: Count) -> Loaded:
    start = time.perf_counter()
    known = fingerprint.recall(cursor, table.schema, table.name)
    exists = _exists(cursor, table)
    now = fingerprint.of_file(table.file, [(c.name, c.type) for c in table.columns], known)
    if exists and known is None and table.file is None:
        return Loaded(table=table, rows=0, seconds=0.0, kept=True)
    if exists and known is None:
        raise ErdError([_not_ours(table)])
    kept = exists and known is not None and now.same_content(known)
    rows = known.rows if known is not None and kept else _fill(cursor, table, progress, count)
    fingerprint.remember(cursor, table.schema, table.name, replace(now, rows=rows))
    return Loaded(table=table, rows=rows, seconds=time.perf_counter() - start, kept=kept)


def _fill(cursor: Any, table: RawTable, progress: Callable[[str], None], count: Count) -> int:
    create(cursor, table)
    if table.file is None:
        return 0
    data = open_data(table.file)
    check_columns(table, data, progress)
    return copy(cursor, table, data, count)


def _exists(cursor: Any, table: RawTable) -> bool:
    cursor.execute("select to_regclass(%s) is not null", [table.relation])
    return bool(cursor.fetchone()[0])


def check_columns(table: RawTable, data: DataFile, progress: Callable[[str], None]) -> None:
    """Check that every column of the table is in the file exactly once. Other columns are reported as ignored."""
    wanted = {column.name for column in table.columns}
    faults = Collector()
    place = Span(str(data.path), 1, 1)
    for column in table.columns:
        if column.name not in data.header:
            fixes = (*did_you_mean(column.name, set(data.header) - wanted), *_separator(data.header))
            faults.add("E703", f"{table} has a column `{column.name}`, but this file does not", place, fixes=fixes)
    for name, times in Counter(data.header).items():
        if times > 1 and name in wanted:
            faults.add("E703", f"the column `{name}` of {table} appears {times} times in this file", place)
    faults.raise_if_failed()
    if ignored := [f"`{name}`" for name in data.header if name not in wanted]:
        progress(f"{table}: ignored in `{data.path.name}`: {', '.join(ignored)}")


def _separator(header: Sequence[str]) -> tuple[str, ...]:
    other = next((mark for mark in ";\t|" if len(header) == 1 and mark in header[0]), None)
    return (f"separate the columns by commas, not by {other!r}",) if other else ()


def _not_ours(table: RawTable) -> Diagnostic:
    return Diagnostic(
        code="E704",
        message=f"{table} is in this database already and was not loaded from a data file: it stays as it is",
        fixes=("drop it if it is not needed", "load into another database: name another target"),
    )


def _no_access(connection: Connection, error: SqlError) -> Diagnostic:
    words = (error.diag.message_primary or str(error)).strip()
    return Diagnostic(
        code="E704",
        message=f"PostgreSQL at {connection.masked_url} refused the data: {words}",
        fixes=(f"grant `{connection.user}` the right to create schemas there, or name another target",),
    )
