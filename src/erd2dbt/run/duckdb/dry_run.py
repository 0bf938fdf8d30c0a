"""Tries every model as a view over empty tables, in a temporary DuckDB in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence

from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.run.connection import SqlError
from erd2dbt.run.dry_run import CheckFault, scratch_model, scratch_source
from erd2dbt.run.duckdb.session import error_text, opened
from erd2dbt.run.tables import RawTable

_ident = DUCKDB.names.quoting.ident
_MISSING = re.compile(r"Table with name (.+?) does not exist")


def prepare_check(models: Sequence[tuple[str, str]], raw_tables: Sequence[RawTable]) -> tuple[CheckFault, ...]:
    """Try (name, SQL) of all models, in dependency order. Only first causes are returned. Raises ErdError E708."""
    faults: list[CheckFault] = []
    broken: set[str] = set()
    try:
        with opened(None) as session:
            made = [(str(t), *_empty(t)) for t in raw_tables] + [(n, scratch_model(n), sql) for n, sql in models]
            for schema in sorted({name.rpartition(".")[0] for _, name, _ in made}):
                session.execute(f"create schema if not exists {schema}")
            for label, name, sql in made:
                try:
                    session.execute(f"create view {name} as\n{sql}")
                except Exception as error:  # duckdb's own, which is imported in one place
                    missing = _MISSING.search(str(error))
                    if missing is None or missing[1] not in broken:
                        faults.append(CheckFault(label, error_text(str(error)), None))
                    broken |= {label, name.rpartition(".")[2].strip('"')}
    except SqlError as error:
        faults.append(CheckFault("DuckDB", str(error), None))
    return tuple(faults)


def _empty(table: RawTable) -> tuple[str, str]:
    typed = (f"null::{DUCKDB.type_of(c.type) or c.type} as {_ident(c.name)}" for c in table.columns)
    return scratch_source(table.schema, table.name), f"select {', '.join(typed)} limit 0"
