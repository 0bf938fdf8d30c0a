"""The rows of a table as they are."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.diagnostics import Diagnostic, ErdError
from erd2dbt.erd import Entity, Erd
from erd2dbt.report import plural, table
from erd2dbt.run.connection import Connection
from erd2dbt.sql.identifiers import ident
from erd2dbt.verify.asking import Inquiry, Terms, refusals_told
from erd2dbt.verify.tables import find

_WIDE = 40  # characters of a value


def first_rows(erd: Erd, entity: Entity, connection: Connection, schemas: Mapping[str, str], rows: int) -> str:
    """A table for people, in the order of the key. E712 when it is not there."""
    with refusals_told(connection), Inquiry(connection, Terms(), lambda _: None).cursor() as cursor:
        found = find(cursor, erd, schemas, connection.schema).tables.get(entity.name)
        if found is None:
            message = f"the table of `{entity.name}` is not in the database"
            raise ErdError([Diagnostic(code="E712", message=message, span=entity.span)])
        keys = [column for word in entity.key if (column := found.column(word.text)) is not None and column.comparable]
        order = f" order by {', '.join(ident(key.raw) for key in keys)}" if keys else ""
        cursor.execute(f"select * from {found.relation}{order} limit {rows}")  # noqa: S608 - quoted
        names = [column.name for column in cursor.description]
        shown = [[_cell(value) for value in row] for row in cursor.fetchall()]
    return f"{found.schema}.{found.name}, {plural(len(shown), 'row')}\n{table(names, shown)}"


def _cell(value: object) -> str | None:
    """In one line, cut where it is long."""
    if value is None:
        return None
    text = " ".join(str(value).split())
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"
