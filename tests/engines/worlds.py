"""A random world built on another engine in this process, and every cell compared with naive loops over the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.spark import SPARK
from oracle.judge import Emitted, Verdict, Violation, compare, emitted, raw_sql
from oracle.models import evaluated
from oracle.values import SQL_TYPES
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


def made_on_spark(world: World, session: Any) -> tuple[Emitted, Verdict]:
    """The same for Spark, with views of this session."""
    made = emitted(world, SPARK)
    names = [*(f"raw_{entity.table or entity.name}" for entity in world.entities), *made.sql]
    for name, text in _raw_on_spark(world):
        session.sql(f"create or replace temporary view `{name}` as {text}")

    def asked(name: str) -> Rows:
        found = session.table(f"`{name}`")
        return _rows(found.columns, found.collect())

    def view(name: str, text: str) -> None:
        for other in names:
            text = text.replace(f'"{other}"', f"`{other}`")
        session.sql(f"create or replace temporary view `{name}` as {text}")

    try:
        return made, _compared(made, view, asked)
    finally:
        for name in names:
            session.catalog.dropTempView(name)


def _rows(heads: Sequence[str], rows: Sequence[Any]) -> Rows:
    return [dict(zip(heads, row, strict=True)) for row in rows]


def _raw_on_spark(world: World) -> Iterator[tuple[str, str]]:
    literal = SPARK.names.quoting.literal
    for entity in world.entities:
        columns = [c for c in entity.columns if c.is_ is None]
        types = [SPARK.type_of("text" if c.cast else SQL_TYPES[c.type]) for c in columns]
        none = ", ".join(f"cast(null as {t}) as `{c.raw or c.name}`" for c, t in zip(columns, types, strict=True))
        selects = [f"select {none} where false"]
        for row in world.rows[entity.name]:
            values = [row[c.name] for c in columns]
            texts = ["null" if value is None else literal(str(value)) for value in values]
            selects.append("select " + ", ".join(f"cast({v} as {t})" for v, t in zip(texts, types, strict=True)))
        yield f"raw_{entity.table or entity.name}", " union all ".join(selects)


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
