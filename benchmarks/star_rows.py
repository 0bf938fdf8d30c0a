"""The derived stars of real schemas on DuckDB, beside the same stars on PostgreSQL.

Usage: `ERD2DBT_CORPUS=FOLDER python benchmarks/star_rows.py [SCHEMA …]`. Each schema is drafted, its star is generated
for DuckDB, its rows are loaded, and dbt builds it with all tests and contracts. Prints what was built, what fails
because the rows break a claim on PostgreSQL, too (`known`), and all that is wrong: other failures, and marts without
PostgreSQL's rows. Of these the number is compared, and of each column the values that are not NULL, the sum of numbers,
the extremes of texts and dates. Exit code 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from corpus.schemas import loaded, spec_of
from corpus.test_real_projects import ALL, disagreements
from erd2dbt.datatypes.postgres import family
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.postgres import POSTGRES
from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.build import call_dbt, load_data, workplace
from erd2dbt.run.connection import Connection, Session, connect
from erd2dbt.run.dry_run_views import raw_entities, raw_table
from erd2dbt.run.duckdb.session import DuckDBFile, opened
from erd2dbt.run.postgres_embedded import serve
from erd2dbt.sqlproof.dbttext import opened as opened_text
from erd2dbt.sqlproof.dbttext import plain
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verdict import Report
from erd2dbt.verify.verification import verify

_BROKEN_KEY = ("violates primary key", "NOT NULL constraint failed", "PRIMARY KEY or UNIQUE constraint violation")
NEAR = 1e-9  # relative, of sums of floating-point numbers and of quotients


@dataclass(slots=True)
class Found:
    """A schema: marts, rows of all marts, models and tests of dbt; `known`: tests and models that fail because the rows
    break claims; `wrong`: all others, and the marts that differ."""

    name: str
    marts: int = 0
    rows: int = 0
    models: int = 0
    tests: int = 0
    known: int = 0
    wrong: list[str] = field(default_factory=list)


def tried(name: str, server: Connection, folder: Path) -> Found:
    text = spec_of(name).encode()
    found = Found(name)
    try:
        there, here = (generate(text, "spec.yml", engine_of=lambda _, e=e: e) for e in (POSTGRES, DUCKDB))
        connection = loaded(name, server)
        export(here, connection, folder / "data")
        report = verify(there, connection, schemas_of(there), Terms(), lambda _: None)
        place = build(here, report, folder, found)
        with connect(connection) as session, opened(place.path, read_only=True) as file:
            make_views(there, session)
            for plan in (plan for plan in here.planned.own if plan.relation.layer == "marts"):
                compare(plan, session, file, found)
    except ErdError as error:
        found.wrong += [f"{fault.code}: {fault.message}" for fault in error.diagnostics]
    return found


def schemas_of(generated: Generated) -> dict[str, str]:
    return {source.name: source.schema for source in generated.erd.sources}


def export(generated: Generated, connection: Connection, folder: Path) -> None:
    """The rows of each raw table as CSV, as PostgreSQL writes it; as Parquet where it has arrays."""
    folder.mkdir(parents=True)
    sources = {source.name: source for source in generated.erd.sources}
    with connect(connection) as session, session.cursor() as cursor:
        for entity in raw_entities(generated):
            table = raw_table(entity, sources[entity.source])
            columns = ", ".join(ident(column.name) for column in table.columns)
            query = f"select {columns} from {ident(table.schema)}.{ident(table.name)}"
            if any(column.type.endswith("[]") for column in table.columns):
                cursor.execute(query)
                found = cursor.fetchall()
                rows = {column.name: [row[n] for row in found] for n, column in enumerate(table.columns)}
                parquet.write_table(pyarrow.table(rows), folder / f"{entity.table}.parquet")
                continue
            with (folder / f"{entity.table}.csv").open("wb") as file:
                cursor.copy_expert(f"copy ({query}) to stdout csv header", file)


def build(generated: Generated, report: Report, folder: Path, found: Found) -> DuckDBFile:
    """The project built by dbt. `report`: of the claims that the same rows break on PostgreSQL."""
    project = folder / "project"
    for path, text in generated.files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    with workplace(generated, project, offline=False, target=None, profiles_dir=None) as place:
        assert isinstance(place.connection, DuckDBFile)
        load_data(generated, folder / "spec.yml", folder / "data", place, lambda _: None)
        first = last = call_dbt(["build"], place, lambda _: None)
        if first.counts.get("skipped"):  # what stands behind a broken claim
            last = call_dbt(["run"], place, lambda _: None)
        failed = {r.name: r.failures or 0 for r in first.results if r.status in ("fail", "warn")}
        refused = [r for r in last.results if r.status == "error"]
        repeated = [r for r in refused if any(words in r.message for words in _BROKEN_KEY)]
        found.models = sum(r.status == "success" and r.resource_type == "model" for r in last.results)
        found.tests = first.counts.get("pass", 0)
        found.known = len(failed) + len(repeated)
        found.wrong += [f"{r.name}: {r.message}" for r in refused if r not in repeated]
        found.wrong += [*first.errors, *disagreements(generated, report, failed)]
        return place.connection


def make_views(generated: Generated, session: Session) -> None:
    """`star.<model>` on PostgreSQL, in a transaction that is not committed."""
    sources = schemas_of(generated)
    tables = {(e.source, dbt_table(e)): f"{ident(sources[e.source])}.{ident(e.table)}" for e in generated.erd.entities}
    models = {name: f"star.{ident(name)}" for name in generated.project.sql_paths}
    with session.cursor() as cursor:
        cursor.execute("create schema star")
        for plan in generated.planned.plans:
            name = plan.relation.model
            text = plain(generated.files[generated.project.sql_paths[name]], models, tables)
            cursor.execute(f"create view {models[name]} as {opened_text(text)}")


def compare(plan: Plan, session: Session, file: Any, found: Found) -> None:
    """A mart that dbt could not build is no other one: it is among the failures."""
    model = plan.relation.model
    built = "select count(*) from information_schema.tables where table_schema = 'analytics' and table_name = ?"
    if not file.execute(built, [model]).fetchone()[0]:
        return
    heads = [("rows", "count(*)"), *figures(plan)]
    query = f"select {', '.join(figure for _, figure in heads)} from {{}}.{ident(model)}"
    with session.cursor() as cursor:
        cursor.execute(query.format("star"))
        wanted = cursor.fetchone()
    given = file.execute(query.format("analytics")).fetchone()
    found.marts += 1
    found.rows += given[0]
    for (head, _), one, other in zip(heads, wanted, given, strict=True):
        if not equal(one, other):
            found.wrong.append(f"{model}: {head} is {one} on PostgreSQL, {other} on DuckDB")


def figures(plan: Plan) -> Iterator[tuple[str, str]]:
    """What is compared of each column, and its SQL."""
    for shown in plan.relation.fields.values():
        name, kind = ident(shown.name), family(shown.type or "text")
        yield f"the count of {name}", f"count({name})"
        if kind in ("integer", "numeric"):
            yield f"the sum of {name}", f"sum({name})"
        elif kind == "float":  # PostgreSQL's sum of `real` has six digits
            yield f"the sum of {name}", f"sum({name}::double precision)"
        elif kind == "boolean":
            yield f"the trues of {name}", f"count(*) filter (where {name})"
        elif kind in ("text", "date", "timestamp"):
            yield f"the first {name}", f"min({name})"
            yield f"the last {name}", f"max({name})"


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float, Decimal)) and isinstance(other, (int, float, Decimal)):
        return one == other or (not isinstance(one, int) and math.isclose(one, other, rel_tol=NEAR))
    return bool(one == other)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemas", nargs="*", default=ALL)
    schemas: Sequence[str] = parser.parse_args().schemas
    wrong = 0
    print(f"{'schema':<20}{'models':>8}{'tests':>8}{'known':>8}{'marts':>8}{'rows':>12}{'wrong':>8}")
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder) / "server") as server:
        for name in schemas:
            one = tried(name, server, Path(folder) / name)
            wrong += len(one.wrong)
            numbers = f"{one.models:>8,}{one.tests:>8,}{one.known:>8,}{one.marts:>8,}{one.rows:>12,}"
            print(
                f"{name:<20}{numbers}{len(one.wrong):>8,}", *(f"    {line}" for line in one.wrong), sep="\n", flush=True
            )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
