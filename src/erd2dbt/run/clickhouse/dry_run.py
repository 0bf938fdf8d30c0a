"""Tries every model as a view over empty tables, in a temporary ClickHouse in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence

from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.run.clickhouse.session import error_text, opened
from erd2dbt.run.connection import SqlError
from erd2dbt.run.dry_run import CheckFault, scratch_model, scratch_source
from erd2dbt.run.tables import RawTable

_ident = CLICKHOUSE.names.quoting.ident
_MISSING = re.compile(r"Unknown table expression identifier '(.+?)'")


def prepare_check(models: Sequence[tuple[str, str]], raw_tables: Sequence[RawTable]) -> tuple[CheckFault, ...]:
    """Try (name, SQL) of all models, in dependency order. Only first causes are returned. Raises ErdError E708."""
    faults: list[CheckFault] = []
    broken: set[str] = set()
    try:
        with opened(None) as client:
            made = [(str(t), *_empty(t)) for t in raw_tables] + [(n, scratch_model(n), sql) for n, sql in models]
            schemas = sorted({name.rpartition(".")[0] for _, name, _ in made})
            for schema in schemas:
                client.command(f"create database {schema}")
            for label, name, sql in made:
                try:
                    client.command(f"create view {name} as\n{sql}")
                except Exception as error:  # of the client, which is imported in one place
                    missing = _MISSING.search(str(error))
                    if missing is None or missing[1].rpartition(".")[2] not in broken:
                        faults.append(CheckFault(label, error_text(error), None))
                    broken |= {label, name.rpartition(".")[2].strip('"')}
            for schema in schemas:  # the process may open another one
                client.command(f"drop database {schema}")
    except SqlError as error:
        faults.append(CheckFault("ClickHouse", str(error), None))
    return tuple(faults)


def _empty(table: RawTable) -> tuple[str, str]:
    typed = (
        f"cast(null as {CLICKHOUSE.type_of(c.type) or 'Nullable(String)'}) as {_ident(c.name)}" for c in table.columns
    )
    return scratch_source(table.schema, table.name), f"select {', '.join(typed)} limit 0"
