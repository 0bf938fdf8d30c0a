"""Loads one data file into one new table by COPY, and explains COPY's message on a row that does not fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.run.csvfile import Field, UnreadableError, find_field
from erd2dbt.run.tables import is_parquet, open_data
from erd2dbt.system.progress import Count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from erd2dbt.run.connection import SqlError
    from erd2dbt.run.tables import DataFile, RawColumn, RawTable

_NOT_IN_A_TYPE = re.compile(r"[;'\"\\]|--|/\*")
_CHUNK = 1 << 16


def create(cursor: Any, table: RawTable) -> None:
    """Replace the table by an empty one, and drop views on it. Raises SqlError, ErdError E702."""
    strange = [column for column in table.columns if _NOT_IN_A_TYPE.search(column.type)]
    if strange:
        raise ErdError([_no_type(table, column) for column in strange])
    columns = ", ".join(f"{ident(column.name)} {column.type}" for column in table.columns)
    cursor.execute(f"create schema if not exists {ident(table.schema)}")
    cursor.execute(f"drop table if exists {table.relation} cascade")
    cursor.execute(f"create table {table.relation} ({columns})")


class _Counted:
    """A stream that counts the bytes read from it, as CSV, even if the file is smaller."""

    def __init__(self, stream: Any, count: Count) -> None:
        self._stream, self._count = stream, count

    def read(self, size: int = -1) -> Any:
        found = self._stream.read(size)
        self._count.step(min(len(found), max(0, (self._count.total or 0) - self._count.done)))
        return found


def copy(cursor: Any, table: RawTable, data: DataFile, count: Count) -> int:
    """Copy the rows of the file into the empty table; return their number. Raises SqlError."""
    wanted = tuple(column.name for column in table.columns)
    names, spare = _named(data.delivered(wanted), wanted)
    for name in spare:  # COPY cannot skip columns of a file
        cursor.execute(f"alter table {table.relation} add column {name} text")
    with data.rows(wanted) as stream:
        cursor.copy_expert(_copy(table, names), _Counted(stream, count), _CHUNK)
    rows = int(cursor.rowcount)
    for name in spare:
        cursor.execute(f"alter table {table.relation} drop column {name}")
    cursor.execute(f"analyze {table.relation}")
    return rows


def _named(delivered: Sequence[str], wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the file's columns by their names in the table, and those that the table does not have."""
    prefix = "ignored"
    while any(name.startswith(prefix) for name in wanted):
        prefix += "_"
    names = [ident(name) if name in wanted else f"{prefix}{n}" for n, name in enumerate(delivered)]
    return names, [called for called, name in zip(names, delivered, strict=True) if name not in wanted]


def _copy(table: RawTable, names: Sequence[str]) -> str:
    """Copy the rows. An unquoted empty field is NULL; a quoted one too, if the type has no empty text."""
    nullable = [ident(column.name) for column in table.columns if family(column.type) != "text"]
    force = f", force_null ({', '.join(nullable)})" if nullable else ""
    into = f"{table.relation} ({', '.join(names)})"
    return f"copy {into} from stdin with (format csv, header, encoding 'UTF8'{force})"


def _no_type(table: RawTable, column: RawColumn) -> Diagnostic:
    return Diagnostic(code="E702", message=f"`{column.type}`, of {table}.{column.name}, is not a type of PostgreSQL")


def row_fault(table: RawTable, error: SqlError) -> Diagnostic:
    """Return E702 for PostgreSQL's message while this table was filled, with the field if it names one."""
    words = (error.diag.message_primary or str(error).strip().split("\n")[0]).strip()
    said = re.compile(rf"COPY {re.escape(table.name)}, line (\d+)(?:, column (.*))?", re.DOTALL)
    context = said.match(error.diag.context or "")
    if context is None or table.file is None:
        return Diagnostic(code="E702", message=f"{table} cannot be loaded: {words}")
    line, rest = int(context[1]), context[2] or ""
    column = next((c for c in _longest_first(table.columns) if rest.startswith(f"{c.name}: ")), None)
    field = _find(table, line, column)
    return _fault(table, words, line, column, field)


def _longest_first(columns: Sequence[RawColumn]) -> list[RawColumn]:
    return sorted(columns, key=lambda column: -len(column.name))


def _find(table: RawTable, line: int, column: RawColumn | None) -> Field | None:
    """Read the file again up to the faulty record."""
    assert table.file is not None
    wanted = tuple(c.name for c in table.columns)
    try:
        data = open_data(table.file)
        order = data.delivered(wanted)
        with data.rows(wanted) as stream:
            return find_field(stream, line, order.index(column.name) if column else len(order))
    except (OSError, UnreadableError):  # the file was removed meanwhile
        return None


def _fault(table: RawTable, words: str, line: int, column: RawColumn | None, field: Field | None) -> Diagnostic:
    if column is not None:
        shown = " ".join(field.value.split())[:60] if field else "a value"
        message = f"`{shown}` does not fit the type {column.type} of {table}.{column.name}"
    else:
        message = f"a row does not fit {table}"
    in_file = Span(str(table.file), field.line, field.column, field.end) if field else Span(str(table.file), line, 1)
    if table.file is not None and is_parquet(table.file):  # its rows have numbers, but no lines
        number = field.record if field else line - 1
        return Diagnostic(code="E702", message=f"{message}, in row {number} of `{table.file}`", notes=(words,))
    fixes = ("correct the value, or the column's type in the spec",) if column else ()
    return Diagnostic(code="E702", message=message, span=in_file, notes=(words,), fixes=fixes)
