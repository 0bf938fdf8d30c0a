"""The questions put to PostgreSQL: read only, one snapshot for all connections, each with a time limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.summary import plural
from erd2dbt.run.connection import Connection, Session, SqlError, connect
from erd2dbt.system.progress import counted
from erd2dbt.verify import profile_queries
from erd2dbt.verify.claim_queries import ClaimBatch
from erd2dbt.verify.tables import Table
from erd2dbt.verify.verdict import TableFigures

Progress = Callable[[str], None]
# Of the server, for grouping and sorting; more goes to its disk. With more of it, or with hash tables allowed more than
# sorts, the planner hashes a key with as many values as rows instead of sorting it, which takes three times as long.
_MEMORY = (("work_mem", "64MB"), ("hash_mem_multiplier", "1"))
_MULTIPLIED = 130000  # the first PostgreSQL that has the second of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How it is asked: rows of a sample (None: all), seconds for one statement, connections at once."""

    sample: int | None = None
    seconds: int = 600
    jobs: int = 2


@dataclass(slots=True, kw_only=True)
class Answers:
    """By entity, by claim and by pair; `kept`: claims that an index keeps, `failed`: what could not be answered, and
    PostgreSQL's words; `untried`: by entity and type, why values could not be tried."""

    figures: dict[str, TableFigures] = field(default_factory=dict)
    repeats: dict[Any, list[Any]] = field(default_factory=dict)
    pairs: dict[Any, list[Any]] = field(default_factory=dict)
    kept: set[Any] = field(default_factory=set)
    failed: dict[Any, str] = field(default_factory=dict)
    untried: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Inquiry:
    """One database seen at one moment, by any number of connections."""

    connection: Connection
    terms: Terms
    progress: Progress
    snapshot: str | None = None
    _open: list[Session] = field(default_factory=list)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """In a transaction of its own that cannot write. ErdError E704."""
        with connect(self.connection) as session:
            session.set_session(readonly=True, isolation_level="REPEATABLE READ")
            self._open.append(session)
            try:
                with session.cursor() as cursor:
                    if self.snapshot:
                        cursor.execute("set transaction snapshot %s", [self.snapshot])
                    cursor.execute("select set_config('statement_timeout', %s, true)", [f"{self.terms.seconds}s"])
                    for name, value in _MEMORY if session.server_version >= _MULTIPLIED else _MEMORY[:1]:
                        cursor.execute("select set_config(%s, %s, true)", [name, value])
                    yield cursor
            finally:
                self._open.remove(session)

    def share(self, cursor: Any) -> None:
        """Lets the other connections see what this one sees."""
        cursor.execute("savepoint before_sharing")
        try:
            cursor.execute("select pg_export_snapshot()")
            self.snapshot = cursor.fetchone()[0]
        except SqlError:  # a pooler or a replica that has none: each connection then has its own moment
            cursor.execute("rollback to savepoint before_sharing")

    def ask(self, tables: Iterable[Table], asked: Sequence[ClaimBatch]) -> Answers:
        """All tables and all groups of linked tables, several at once."""
        answers = Answers()
        with ThreadPoolExecutor(self.terms.jobs) as pool:
            jobs: list[Future[None]] = [pool.submit(self._claims, one, answers) for one in asked]
            jobs += [pool.submit(self._figures, table, answers) for table in tables]
            try:
                with counted("checking", len(jobs)) as count:
                    for job in as_completed(jobs):
                        job.result()
                        count.step()
            except BaseException:
                self._stop(jobs)
                raise
        return answers

    def _stop(self, jobs: Iterable[Future[None]]) -> None:
        for job in jobs:
            job.cancel()
        for session in list(self._open):
            with suppress(SqlError):
                session.cancel()

    def _figures(self, table: Table, answers: Answers) -> None:
        began = time.monotonic()
        sample = self.terms.sample
        try:
            with self.cursor() as cursor:
                values = (
                    self._optional(cursor, profile_queries.whole_sql(table))
                    if profile_queries.is_small(table, sample)
                    else []
                )
                counted = profile_queries.counted_of(values)
                if counted is None:
                    cursor.execute(profile_queries.aggregates_sql(table, sample))
                    counted = cursor.fetchone()
                    rows = counted[0] if sample is None else table.estimate
                    query = profile_queries.sample_sql(replace(table, estimate=rows), sample)
                    values = self._optional(cursor, query) if query else []
        except SqlError as error:
            refused = self._untriable(table) if error.pgcode != _CANCELED else {}
            if not refused:
                answers.failed[table.entity.name] = error_text(error)
                return
            answers.untried |= {(table.entity.name, type_): why for type_, why in refused.items()}
            columns = (replace(c, can_try=c.can_try and c.declared not in refused) for c in table.columns)
            self._figures(replace(table, columns=tuple(columns)), answers)
            return
        found = answers.figures[table.entity.name] = profile_queries.read(table, counted, values, sample)
        self.progress(speed(table.relation, "figures", found.rows, began))

    def _untriable(self, table: Table) -> dict[str, str]:
        """Types that the server cannot judge, as xml where it was built without; they spoil no other column."""
        refused = {}
        with self.cursor() as cursor:
            for type_ in dict.fromkeys(c.declared for c in table.columns if c.checked and c.can_try):
                cursor.execute("savepoint before_trying")
                try:
                    cursor.execute("select pg_input_is_valid('', %s)", [type_])
                except SqlError as error:
                    refused[type_] = error_text(error)
                    cursor.execute("rollback to savepoint before_trying")
        return refused

    def _optional(self, cursor: Any, query: str) -> list[tuple[Any, ...]]:
        """Frequent values are worth a look and no fault."""
        cursor.execute("savepoint before_sample")
        try:
            cursor.execute(query)
            return list(cursor.fetchall())
        except SqlError:
            cursor.execute("rollback to savepoint before_sample")
            return []

    def _claims(self, asked: ClaimBatch, answers: Answers) -> None:
        """One statement for all; when it fails, each claim alone, so that one that cannot be asked fails alone."""
        began = time.monotonic()
        try:
            rows = self._rows(asked)
        except SqlError as error:
            if len(asked.repeats) + len(asked.pairs) == 1 or error.pgcode == _CANCELED:
                answers.failed |= dict.fromkeys((*asked.repeats, *asked.pairs), error_text(error))
                return
            for one in asked.alone():
                self._claims(one, answers)
            return
        repeats, pairs = list(asked.repeats), list(asked.pairs)
        for what, number, found in rows:
            if what == "r":
                answers.repeats[repeats[number]] = found
            else:
                answers.pairs[pairs[number]] = found
        names = ", ".join(group.table.relation for group in asked.groups.values())
        self.progress(speed(names, f"{plural(len(rows), 'claim')}", None, began))

    def _rows(self, asked: ClaimBatch) -> list[tuple[str, int, list[Any]]]:
        with self.cursor() as cursor:
            cursor.execute(asked.sql(self.terms.sample))
            return list(cursor.fetchall())

    def worst(self, queries: Mapping[Any, str]) -> dict[Any, list[tuple[Any, ...]]]:
        """The answers of queries that only explain; none where there is none."""
        if not queries:
            return {}
        with self.cursor() as cursor:
            return {key: self._optional(cursor, query) for key, query in queries.items()}


_CANCELED = "57014"


@contextmanager
def sql_errors_as_faults(connection: Connection) -> Iterator[None]:
    """What PostgreSQL refuses altogether as E704."""
    try:
        yield
    except SqlError as error:
        message = f"PostgreSQL at {connection.masked_url} does not answer: {error_text(error)}"
        raise ErdError([Diagnostic(code="E704", message=message)]) from None


def error_text(error: SqlError) -> str:
    """What PostgreSQL says, in one line."""
    if error.pgcode == _CANCELED:
        return "it took longer than the time limit (`--timeout`)"
    return (error.diag.message_primary or str(error)).strip().splitlines()[0]


def speed(name: str, what: str, rows: int | None, began: float) -> str:
    """A line of progress. `began` is a time of `time.monotonic`, in seconds; `rows` None: not counted."""
    seconds = time.monotonic() - began
    speed = f" of {rows:,} rows ({rows / max(seconds, 1e-6):,.0f} rows/s)" if rows is not None else ""
    return f"{name}: {what}{speed} in {seconds:.1f} s"
