"""A random world built on DuckDB in this process, and every cell compared with naive loops over the rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from erd2dbt.engines.duckdb import DUCKDB
from oracle.judge import Emitted, Verdict, Violation, compare, emitted, raw_sql
from oracle.models import evaluated
from oracle.world import World


def made_on_duckdb(world: World) -> tuple[Emitted, Verdict]:
    """What is generated for DuckDB, and what its rows come to."""
    made = emitted(world, DUCKDB)
    found = replace(made.verdict, violations=[*made.verdict.violations])
    rows = _rows(made, found)
    tables = evaluated(world)
    for model in made.models:
        if model.name in rows:
            compare(model, tables.rows[model.name], rows[model.name], found, exact=False)
    return made, found


def _rows(made: Emitted, verdict: Verdict) -> dict[str, list[dict[str, Any]]]:
    wanted = {model.name for model in made.models}
    found: dict[str, list[dict[str, Any]]] = {}
    with duckdb.connect() as session:
        for statement in raw_sql(made.world):
            session.execute(statement)
        for name, text in made.sql.items():
            try:
                session.execute(f'create view "{name}" as {text}')
                if name in wanted:
                    answer = session.execute(f'select * from "{name}"')
                    heads = [column[0] for column in answer.description]
                    found[name] = [dict(zip(heads, row, strict=True)) for row in answer.fetchall()]
            except duckdb.Error as error:
                verdict.violations.append(Violation("database", name, actual=str(error).splitlines()[0]))
    return found
