"""Tries every model as a view over empty tables, with the analyzer of a local Spark and a catalog in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence

from erd2dbt.engines.spark import SPARK
from erd2dbt.run.connection import SqlError
from erd2dbt.run.dry_run import CheckFault, scratch_model, scratch_source
from erd2dbt.run.spark.session import SAME, error_text, opened
from erd2dbt.run.tables import RawTable

_ident = SPARK.names.quoting.ident
_MISSING = re.compile(r"The table or view (.+?) cannot be found")


def prepare_check(models: Sequence[tuple[str, str]], raw_tables: Sequence[RawTable]) -> tuple[CheckFault, ...]:
    """Try (name, SQL) of all models, in dependency order. Only first causes are returned. Raises ErdError E708."""
    faults: list[CheckFault] = []
    broken: set[str] = set()
    settings = {"spark.master": "local[1]", **SAME}
    try:
        with opened(settings) as session:
            made = [(str(t), *_empty(t)) for t in raw_tables] + [(n, scratch_model(n), sql) for n, sql in models]
            for schema in sorted({name.rpartition(".")[0] for _, name, _ in made}):
                session.sql(f"create database if not exists {schema}")
            for label, name, sql in made:
                try:
                    session.sql(f"create view {name} as\n{sql}")
                except Exception as error:  # of pyspark, or of Java
                    missing = _MISSING.search(str(error))
                    if missing is None or missing[1].rpartition(".")[2].strip("`") not in broken:
                        faults.append(CheckFault(label, error_text(error), None))
                    broken |= {label, name.rpartition(".")[2].strip("`")}
    except SqlError as error:
        faults.append(CheckFault("Spark", str(error), None))
    return tuple(faults)


def _empty(table: RawTable) -> tuple[str, str]:
    typed = (f"cast(null as {SPARK.type_of(c.type) or 'string'}) as {_ident(c.name)}" for c in table.columns)
    return scratch_source(table.schema, table.name), f"select {', '.join(typed)} where false"
