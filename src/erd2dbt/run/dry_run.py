"""The dry run: every model as a view over empty sources, every test's query prepared, everything rolled back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.names.length import fit
from erd2dbt.run.connection import Connection, Session, SqlError, connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from erd2dbt.run.tables import RawTable

_SCRATCH = "erd2dbt_check"
_BATCH = 100  # statements sent at once
_ONE_REHEARSAL = 0x65726434  # the advisory lock during a dry run
_LEFT = """
select format('%%I.%%I', n.nspname, c.relname)
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where starts_with(n.nspname, %s) and c.relkind = 'v'
order by c.oid desc
limit %s
"""
_MISSING = re.compile(r'relation "(.+)" does not exist')


@dataclass(frozen=True, slots=True)
class CheckFault:
    """The database's message on a model, a test or a source. `position` is a 1-based offset in its SQL."""

    name: str
    message: str
    position: int | None


@dataclass(frozen=True, slots=True)
class _Step:
    """A statement to try. Its end is the caller's `sql`."""

    name: str
    head: str
    sql: str
    makes: str | None = None  # the relation, as PostgreSQL prints it

    @property
    def statement(self) -> str:
        return self.head + self.sql


def scratch_model(name: str) -> str:
    """Return the name of a model in the SQL of a dry run."""
    return f"{_SCRATCH}.{ident(name)}"


def scratch_source(schema: str, table: str) -> str:
    """Return the name of a source table in the SQL of a dry run."""
    return f"{ident(_scratch_schema(schema))}.{ident(table)}"


def _scratch_schema(schema: str) -> str:
    return fit(f"{_SCRATCH}_{schema}")


def prepare_check(
    models: Sequence[tuple[str, str]],
    raw_tables: Sequence[RawTable],
    connection: Connection,
    *,
    tests: Sequence[tuple[str, str]] = (),
) -> tuple[CheckFault, ...]:
    """Try (name, SQL) of all models, in dependency order, and of all tests. Only first causes are returned.

    The database does not change. Raises ErdError E704 when it cannot be used.
    """
    with connect(connection) as session:
        try:
            cursor = session.cursor()
            cursor.execute("select pg_advisory_lock(%s)", [_ONE_REHEARSAL])
            stage = _Stage(session=session, cursor=cursor, room=_room(cursor))
            _clear(stage)
            for schema in sorted({_SCRATCH, *(_scratch_schema(table.schema) for table in raw_tables)}):
                cursor.execute(f"create schema {ident(schema)}")
            relations = [*map(_source, raw_tables), *(_model(*model) for model in models)]
            faults = _attempt(stage, relations)
            faults += _attempt(stage, [_test(number, *test) for number, test in enumerate(tests)])
            session.rollback()
            _clear(stage)
        except SqlError as error:
            raise ErdError([_no_access(connection, error)]) from None
    return tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """A session, and the number of relations in one of its transactions. `broken` relations do not exist any more."""

    session: Session
    cursor: Any
    room: int
    broken: set[str] = field(default_factory=set)


def _source(table: RawTable) -> _Step:
    """Return a view of typed nulls: it needs a third of the locks of an empty table."""
    columns = ", ".join(f"null::{column.type} as {ident(column.name)}" for column in table.columns)
    made = f"{_scratch_schema(table.schema)}.{table.name}"
    head = f"create view {scratch_source(table.schema, table.name)} as "
    return _Step(str(table), head, f"select {columns}", made)


def _model(name: str, sql: str) -> _Step:
    return _Step(name, f"create view {scratch_model(name)} as\n", sql, f"{_SCRATCH}.{name}")


def _test(number: int, name: str, sql: str) -> _Step:
    return _Step(name, f"prepare erd2dbt_{number} as\n", sql)


def _attempt(stage: _Stage, steps: Sequence[_Step]) -> list[CheckFault]:
    """Return the faults of steps, which run in batches, and one by one where a batch fails."""
    faults: list[CheckFault] = []
    made = 0
    for start in range(0, len(steps), _BATCH):
        batch = steps[start : start + _BATCH]
        if not _succeeds(stage, "\n;\n".join(step.statement for step in batch)):
            stage.cursor.execute("deallocate all")  # prepared statements survive a rollback
            faults += [fault for step in batch if (fault := _try(stage, step)) is not None]
        made += len(batch)
        if made >= stage.room:
            stage.session.commit()
            made = 0
    return faults


def _succeeds(stage: _Stage, statements: str) -> bool:
    return _error(stage, statements) is None


def _error(stage: _Stage, statements: str) -> SqlError | None:
    """Execute a step under a savepoint, and return its error."""
    stage.cursor.execute("savepoint erd2dbt")
    try:
        stage.cursor.execute(statements)
    except SqlError as error:
        stage.cursor.execute("rollback to savepoint erd2dbt")
        return error
    stage.cursor.execute("release savepoint erd2dbt")
    return None


def _try(stage: _Stage, step: _Step) -> CheckFault | None:
    error = _error(stage, step.statement)
    if error is None:
        return None
    if step.makes is not None:
        stage.broken.add(step.makes)
    words = error.diag.message_primary or str(error).strip()
    missing = _MISSING.fullmatch(words)
    if missing and missing[1] in stage.broken:
        return None
    place = error.diag.statement_position
    position = int(place) - len(step.head) if place else None
    hints = [hint for hint in (error.diag.message_detail, error.diag.message_hint) if hint]
    return CheckFault(step.name, ". ".join([words, *hints]), position if position and position > 0 else None)


def _room(cursor: Any) -> int:
    """Return the number of relations for one transaction: a quarter of the server's lock table, which others share."""
    cursor.execute("show max_locks_per_transaction")
    per_transaction = int(cursor.fetchone()[0])
    cursor.execute("show max_connections")
    return per_transaction * int(cursor.fetchone()[0]) // 4


def _clear(stage: _Stage) -> None:
    """Drop the relations that a long dry run committed, even if it was killed, in equally small transactions."""
    cursor = stage.cursor
    while True:
        cursor.execute(_LEFT, [_SCRATCH, stage.room])
        views = [row[0] for row in cursor.fetchall()]
        if not views:
            break
        cursor.execute(f"drop view {', '.join(views)} cascade")
        stage.session.commit()
    cursor.execute("select nspname from pg_namespace where starts_with(nspname, %s)", [_SCRATCH])
    for (schema,) in cursor.fetchall():
        cursor.execute(f"drop schema {ident(schema)}")
    stage.session.commit()


def _no_access(connection: Connection, error: SqlError) -> Diagnostic:
    words = (error.diag.message_primary or str(error)).strip()
    return Diagnostic(
        code="E704",
        message=f"PostgreSQL at {connection.masked_url} does not allow a dry run of the models: {words}",
        fixes=(f"grant `{connection.user}` the right to create schemas there, or name another target",),
    )
