"""A spec built on a ClickHouse in this process (chdb): its data loaded, its models as views, no dbt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.build import data_file
from erd2dbt.run.dry_run_views import raw_entities, raw_table
from erd2dbt.run.duckdb.loading import load
from erd2dbt.run.duckdb.session import DuckDBFile, opened
from erd2dbt.sqlproof.dbttext import opened as opened_text
from erd2dbt.sqlproof.dbttext import plain

ident, literal = CLICKHOUSE.names.quoting.ident, CLICKHOUSE.names.quoting.literal


@cache
def client() -> Any:
    """One engine for the process, with the settings of the generated profile."""
    import clickhouse_connect

    return clickhouse_connect.get_client(interface="chdb", settings={"session_timezone": "UTC", "join_use_nulls": 1})


def in_clickhouse(spec: Path) -> Generated:
    return generate(spec.read_bytes(), str(spec), engine_of=lambda _: CLICKHOUSE)


def statements(generated: Generated, spec: Path, folder: Path) -> Iterator[str]:
    """The raw tables with the rows of the spec's files, as DuckDB's loader reads them."""
    sources = {source.name: source for source in generated.erd.sources}
    entities = raw_entities(generated)
    files = [data_file(entity, sources[entity.source], spec.parent, None) for entity in entities]
    tables = [raw_table(e, sources[e.source], f) for e, f in zip(entities, files, strict=True)]
    place = DuckDBFile(path=folder / "read.duckdb")
    load(tables, place, lambda _: None)
    yield from (f"create database if not exists {ident(schema)}" for schema in {table.schema for table in tables})
    with opened(place.path) as session:
        for table in tables:
            rows = session.execute(f"select * from {table.relation}").fetchall()
            columns = [(column.name, column.type) for column in table.columns]
            yield from filled(f"{ident(table.schema)}.{ident(table.name)}", columns, rows)


def filled(table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """The statements that make a table of columns (name, type of the language) with these rows."""
    kinds = ", ".join(f"{ident(name)} {CLICKHOUSE.type_of(type_)}" for name, type_ in columns)
    yield f"create table {table} ({kinds}) engine = Memory"
    if rows:
        lines = (f"({', '.join(map(_cell, row))})" for row in rows)
        yield f"insert into {table} values {', '.join(lines)}"


def _cell(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return f"unhex('{value.hex()}')"
    return literal(str(value)) if not isinstance(value, (bool, UUID)) else literal(str(value).lower())


@contextmanager
def views_in_clickhouse(generated: Generated, spec: Path, folder: Path) -> Iterator[Any]:
    """A client on which `analytics.<model>` is each model."""
    session = client()
    schemas = {"analytics", *(source.schema for source in generated.erd.sources)}
    sources = {source.name: source for source in generated.erd.sources}
    tables = {
        (e.source, dbt_table(e)): f"{ident(sources[e.source].schema)}.{ident(e.table)}" for e in generated.erd.entities
    }
    models = {name: f"analytics.{ident(name)}" for name in generated.project.sql_paths}
    try:
        for statement in (*statements(generated, spec, folder), "create database analytics"):
            session.command(statement)
        waiting = dict(generated.project.sql_paths)
        for plan in generated.planned.plans:
            if plan.relation.model in waiting:
                text = generated.files[waiting.pop(plan.relation.model)]
                session.command(
                    f"create view {models[plan.relation.model]} as {opened_text(plain(text, models, tables))}"
                )
        yield session
    finally:
        for schema in schemas:
            session.command(f"drop database if exists {ident(schema)}")
