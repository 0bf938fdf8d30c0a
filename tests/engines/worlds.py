"""A random world built on another engine in this process, and every cell compared with naive loops over the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.spark import SPARK
from oracle.judge import Emitted, Verdict, Violation, compare, emitted, raw_rows, raw_sql
from oracle.models import evaluated
from oracle.world import World

Rows = list[dict[str, Any]]
Types = dict[str, str]  # by column


@dataclass(frozen=True)
class Place:
    """A session for one world. `raw`: makes its tables. `view`: makes a view of a name and a text. `asked`: the types
    and the rows of a query. What the engine says is an error of its own."""

    engine: Engine
    raw: Callable[[World], None]
    view: Callable[[str, str], None]
    asked: Callable[[str], tuple[Types, Rows]]


Places = Callable[[], Any]  # a context with an empty place


def tried(world: World, places: Places) -> tuple[Emitted, Verdict]:
    """What is generated for the engine, and what its rows come to."""
    with places() as place:
        generated = emitted(world, place.engine)
        if generated.sql:
            place.raw(generated.world)
        return generated, _compared(generated, place)


def _compared(generated: Emitted, place: Place) -> Verdict:
    verdict = replace(generated.verdict, violations=[*generated.verdict.violations])
    tables = evaluated(generated.world)
    models = {model.name: model for model in generated.models}
    for name, text in generated.sql.items():
        try:
            place.view(name, text)
            if name not in models:
                continue
            types, rows = place.asked(f"select * from {_quoted(name, place)}")
            known = generated.types[name]
            wanted = place.asked(_nulls(known, place))[0] if known else {}
        except Exception as error:  # each engine has its own
            verdict.violations.append(Violation("database", name, actual=str(error).strip().splitlines()[0]))
            continue
        for column, type_ in wanted.items():
            if types.get(column) != type_:
                verdict.violations.append(
                    Violation("type", name, column, expected=type_, actual=types.get(column, "nothing"))
                )
        compare(models[name], tables.rows[name], rows, verdict, exact=False)
    return verdict


def _nulls(types: Mapping[str, str], place: Place) -> str:
    """A query whose columns have the types of the contract."""
    return f"select {', '.join(f'cast(null as {t}) as {_quoted(c, place)}' for c, t in types.items())}"


def _quoted(name: str, place: Place) -> str:
    quoting = place.engine.names.quoting
    return f"{quoting.mark}{quoting.between_quotes(name)}{quoting.mark}"


def _rows(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Rows:
    return [dict(zip(heads, row, strict=True)) for row in rows]


@contextmanager
def duckdb_places() -> Iterator[Places]:
    """A database in memory for each world."""
    import duckdb

    @contextmanager
    def place() -> Iterator[Place]:
        with duckdb.connect() as session:

            def raw(world: World) -> None:
                for statement in raw_sql(world):
                    session.execute(statement)

            def view(name: str, text: str) -> None:
                session.execute(f'create view "{name}" as {text}')

            def asked(query: str) -> tuple[Types, Rows]:
                answer = session.execute(query)
                types = {name: str(type_) for name, type_, *_ in answer.description}
                return types, _rows([*types], answer.fetchall())

            yield Place(DUCKDB, raw, view, asked)

    yield place


@contextmanager
def clickhouse_places() -> Iterator[Places]:
    """A database of one engine for each world."""
    from engines.in_clickhouse import client, filled

    session = client()

    def raw(world: World) -> None:
        for table, columns, rows in raw_rows(world):
            for statement in filled(f'"{table}"', columns, rows):
                session.command(statement)

    def view(name: str, text: str) -> None:
        session.command(f'create view "{name}" as {text}')

    def asked(query: str) -> tuple[Types, Rows]:
        types = {name: type_ for name, type_, *_ in session.query(f"describe ({query})").result_rows}
        return types, _rows([*types], session.query(query).result_rows)

    @contextmanager
    def place() -> Iterator[Place]:
        session.command("create database world")
        session.command("use world")
        try:
            yield Place(CLICKHOUSE, raw, view, asked)
        finally:
            session.command("use default")
            session.command("drop database world")

    yield place


@contextmanager
def spark_places() -> Iterator[Places]:
    """Views of a session of its own, which end with each world. Nothing is on a disk."""
    from erd2dbt.run.spark import session as local

    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        settings = {"spark.master": "local[1]", "spark.sql.warehouse.dir": folder, **local.SAME}
        settings |= {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false"}  # for small tables
        yield spark_places_in(stack.enter_context(local.opened(settings)))


def spark_places_in(session: Any) -> Places:
    """Views of an open session, whose Java process is that of all sessions of this Python."""

    @contextmanager
    def place() -> Iterator[Place]:
        of_world = session.newSession()
        views: list[str] = []

        def raw(world: World) -> None:
            for table, columns, rows in raw_rows(world):
                view(table, _constants(columns, rows))

        def view(name: str, text: str) -> None:
            of_world.sql(f"create temporary view `{name}` as {text}")
            views.append(name)

        def asked(query: str) -> tuple[Types, Rows]:
            answer = of_world.sql(query)
            types = {one.name: one.dataType.simpleString() for one in answer.schema}
            return types, _rows([*types], answer.collect())

        yield Place(SPARK, raw, view, asked)
        for name in views:
            of_world.catalog.dropTempView(name)

    return place


def _constants(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> str:
    """A query of constants with the types of the language."""
    literal = SPARK.names.quoting.literal
    heads = [f"`{name}`" for name, _ in columns]
    typed = ", ".join(
        f"cast({head} as {SPARK.type_of(type_)}) as {head}" for head, (_, type_) in zip(heads, columns, strict=True)
    )
    lines = (
        f"({', '.join('null' if value is None else literal(str(value)) for value in row)})"
        for row in rows or [[None] * len(columns)]
    )
    return f"select {typed} from values {', '.join(lines)} as t ({', '.join(heads)}){'' if rows else ' where false'}"


PLACES: dict[str, Callable[[], Any]] = {
    DUCKDB.name: duckdb_places,
    SPARK.name: spark_places,
    CLICKHOUSE.name: clickhouse_places,
}
