"""A random world built on another engine in this process, and every cell compared with naive loops over the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from engines.in_clickhouse import client, filled
from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.engines.duckdb import DUCKDB
from oracle.judge import Emitted, Verdict, Violation, compare, emitted, raw_rows, raw_sql
from oracle.models import evaluated
from oracle.world import World

Rows = list[dict[str, Any]]
View = Callable[[str, str], None]  # makes a view of a name and a text; what the engine says is SqlError


def made_on_duckdb(world: World) -> tuple[Emitted, Verdict]:
    """What is generated for DuckDB, and what its rows come to."""
    import duckdb

    made = emitted(world, DUCKDB)
    with duckdb.connect() as session:
        for statement in raw_sql(made.world):
            session.execute(statement)

        def asked(name: str) -> Rows:
            answer = session.execute(f'select * from "{name}"')
            return _rows([column[0] for column in answer.description], answer.fetchall())

        def view(name: str, text: str) -> None:
            session.execute(f'create view "{name}" as {text}')

        return made, _compared(made, view, asked)


def made_in_clickhouse(world: World) -> tuple[Emitted, Verdict]:
    """What is generated for ClickHouse, and what its rows come to."""
    made = emitted(world, CLICKHOUSE)
    session = client()
    session.command("create database world")
    try:
        session.command("use world")
        for table, columns, rows in raw_rows(made.world):
            for statement in filled(f'"{table}"', columns, rows):
                session.command(statement)

        def asked(name: str) -> Rows:
            answer = session.query(f'select * from "{name}"')
            return _rows(answer.column_names, answer.result_rows)

        def view(name: str, text: str) -> None:
            session.command(f'create view "{name}" as {text}')

        return made, _compared(made, view, asked)
    finally:
        session.command("use default")
        session.command("drop database world")


def _rows(heads: Sequence[str], rows: Sequence[Any]) -> Rows:
    return [dict(zip(heads, row, strict=True)) for row in rows]


def _compared(made: Emitted, view: View, asked: Callable[[str], Rows]) -> Verdict:
    verdict = replace(made.verdict, violations=[*made.verdict.violations])
    tables = evaluated(made.world)
    models = {model.name: model for model in made.models}
    for name, text in made.sql.items():
        try:
            view(name, text)
            rows = asked(name) if name in models else None
        except Exception as error:  # each engine has its own
            verdict.violations.append(Violation("database", name, actual=str(error).splitlines()[0]))
            continue
        if rows is not None:
            compare(models[name], tables.rows[name], rows, verdict, exact=False)
    return verdict
