"""The rows of a table as they are."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.diagram.erd import Entity, Erd
from erd2dbt.escape.sql import ident
from erd2dbt.escape.terminal import inert
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.summary import Grid, plural, table
from erd2dbt.run.adapter import Warehouse, WarehouseError
from erd2dbt.run.connection import Connection
from erd2dbt.sql.dialects import in_dialect
from erd2dbt.verify.query_runner import Inquiry, Terms, sql_errors_as_faults
from erd2dbt.verify.tables import Found, Table, always_quoted, find
from erd2dbt.verify.warehouse_tables import find_tables
from erd2dbt.verify.warehouse_texts import text_of

_WIDE = 40  # characters of a value
_READ = 200  # of them that are read
_LINE = 250  # characters of a line


def first_rows(
    erd: Erd, entity: Entity, connection: Connection | Warehouse, schemas: Mapping[str, str], rows: int
) -> tuple[str, Grid]:
    """What it is, and a table for people in the order of the key. E712 when it is not there."""
    if isinstance(connection, Warehouse):
        found, names, shown = _of_warehouse(erd, entity, connection, schemas, rows)
    else:
        found, names, shown = _of_postgres(erd, entity, connection, schemas, rows)
    return f"{found.schema}.{found.name}, {plural(len(shown), 'row')}", table(names, shown)


_Rows = tuple[Table, list[str], list[list[str | None]]]


def _of_postgres(erd: Erd, entity: Entity, connection: Connection, schemas: Mapping[str, str], rows: int) -> _Rows:
    with sql_errors_as_faults(connection), Inquiry(connection, Terms(), lambda _: None).cursor() as cursor:
        found = _existing_table(find(cursor, erd, schemas, connection.schema), entity)
        order = f" order by {', '.join(_keys(found))}" if _keys(found) else ""
        names = [*(column.raw for column in found.columns), *found.spare]
        texts = ", ".join(f"left({ident(name)}::text, {_READ})" for name in names) or "null"
        cursor.execute(f"select {texts} from {found.relation}{order} limit {rows}")  # noqa: S608 - quoted
        return found, names, [[_cell(value) for value in row] for row in cursor.fetchall()]


def _of_warehouse(erd: Erd, entity: Entity, warehouse: Warehouse, schemas: Mapping[str, str], rows: int) -> _Rows:
    try:
        found = _existing_table(find_tables(warehouse, erd, schemas), entity)
        order = f" order by {', '.join(_keys(found))}" if _keys(found) else ""
        names = [*(column.raw for column in found.columns), *found.spare]
        listed = ", ".join(map(always_quoted, names)) or "null"
        query = f"select {listed} from {found.relation}{order} limit {rows}"  # noqa: S608 - quoted
        given = warehouse.rows(in_dialect(query, warehouse.dialect))
    except WarehouseError as error:
        message = f"{warehouse.shown} does not answer: {error}"
        raise ErdError([Diagnostic(code="E704", message=message)]) from None
    texts = [[None if value is None else text_of(value)[:_READ] for value in row] for row in given]
    return found, names, [[_cell(value) for value in row] for row in texts]


def _existing_table(found: Found, entity: Entity) -> Table:
    table = found.tables.get(entity.name)
    if table is None:
        message = f"the table of `{entity.name}` is not in the database"
        raise ErdError([Diagnostic(code="E712", message=message, span=entity.span)])
    return table


def _keys(table: Table) -> list[str]:
    keys = (table.column(word.text) for word in table.entity.key)
    return [key.quoted for key in keys if key is not None and key.comparable]


def _cell(value: str | None) -> str | None:
    """In one line, cut where it is long; an empty text is quoted, and so differs from NULL."""
    if value is None:
        return None
    text = inert(" ".join(value.split())) or "''"
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"


def laid_out(grid: Grid) -> str:
    """A table, or a line for each value where a table would be too wide to read."""
    if grid.find("\n") <= _LINE or not grid.rows:
        return grid
    widest = max(map(len, grid.columns))
    blocks = []
    for number, row in enumerate(grid.rows, start=1):
        lines = [f"{name:<{widest}}  {value}".rstrip() for name, value in zip(grid.columns, row, strict=True)]
        blocks.append("\n".join([f"-- row {number}", *lines]))
    return "\n".join(blocks)
