"""A spec built on DuckDB in this process: its data loaded, its models as views, no dbt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.build import data_file
from erd2dbt.run.dry_run_views import raw_entities, raw_table
from erd2dbt.run.duckdb.loading import load
from erd2dbt.run.duckdb.session import DuckDBFile, opened
from erd2dbt.sqlproof.dbttext import opened as opened_text
from erd2dbt.sqlproof.dbttext import plain

ident = DUCKDB.names.quoting.ident


def on_duckdb(spec: Path) -> Generated:
    return generate(spec.read_bytes(), str(spec), engine_of=lambda _: DUCKDB)


@contextmanager
def views_of(generated: Generated, spec: Path, folder: Path) -> Iterator[Any]:
    """A connection on which `analytics.<model>` is each model."""
    place = DuckDBFile(path=folder / "made.duckdb")
    sources = {source.name: source for source in generated.erd.sources}
    entities = raw_entities(generated)
    files = [data_file(entity, sources[entity.source], spec.parent, None) for entity in entities]
    load([raw_table(e, sources[e.source], f) for e, f in zip(entities, files, strict=True)], place, lambda _: None)
    tables = {
        (e.source, dbt_table(e)): f"{ident(sources[e.source].schema)}.{ident(e.table)}" for e in generated.erd.entities
    }
    models = {name: f"analytics.{ident(name)}" for name in generated.project.sql_paths}
    with opened(place.path) as session:
        session.execute("create schema analytics")
        for name, path in generated.project.sql_paths.items():
            session.execute(
                f"create view {models[name]} as {opened_text(plain(generated.files[path], models, tables))}"
            )
        yield session
