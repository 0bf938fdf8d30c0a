"""A local Spark: the same rows as on PostgreSQL; what to install where it cannot start."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engines.identifiers import ROWS, written
from engines.worlds import spark_places_in, tried
from erd2dbt.cli import main
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.engines.spark import SPARK
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.build import data_file
from erd2dbt.run.dry_run_views import raw_entities, raw_table
from erd2dbt.run.spark import session as local
from erd2dbt.run.spark.dry_run import prepare_check
from erd2dbt.run.spark.loading import rows_of
from erd2dbt.run.tables import RawColumn, RawTable
from erd2dbt.sqlproof.dbttext import opened as opened_text
from erd2dbt.sqlproof.dbttext import plain
from oracle.worlds import world
from test_golden import CASES, ROOT, _golden, _normal, spec_of

needs_spark = pytest.mark.skipif(
    bool(local.missing()), reason="; ".join(("no local Spark", *(one.install for one in local.missing())))
)
ident = SPARK.names.quoting.ident


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Java for all: tables and views in a catalog in memory."""
    folder = tmp_path_factory.mktemp("warehouse")
    settings = {
        "spark.master": "local[1]",
        "spark.sql.warehouse.dir": str(folder),
        **local.SAME,
        "spark.sql.shuffle.partitions": "1",
    }
    with local.opened(settings) as session:
        yield session


@needs_spark
@pytest.mark.parametrize(
    "case", [case for case in CASES if case != "hostile_text"]
)  # a schema in memory has a plain name
def test_golden_cases_have_the_same_rows(case: str, spark: Any) -> None:
    spec = spec_of(case)
    generated = generate(spec.read_bytes(), str(spec), engine_of=lambda _: SPARK)
    made(spark, generated, spec)
    files = sorted((_golden(case) / "expected" / "rows").glob("*.csv"))
    assert files
    for file in files:
        expected = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        columns = ", ".join(f"`{name}`" for name in expected[0])
        found = [tuple(row) for row in spark.sql(f"select {columns} from analytics.{ident(file.stem)}").collect()]
        assert _normal(found) == _normal(expected[1:]), file.stem


@needs_spark
def test_reserved_long_and_foreign_names_are_read(spark: Any, tmp_path: Path) -> None:
    path = written(tmp_path)
    generated = generate(path.read_bytes(), str(path), engine_of=lambda _: SPARK)
    made(spark, generated, path)
    for model, (columns, rows) in ROWS.items():
        names = ", ".join(ident(name) for name in columns)
        found = spark.sql(f"select {names} from analytics.{ident(model)} order by 1").collect()
        assert [tuple(row) for row in found] == rows


@needs_spark
def test_every_cell_of_random_worlds_is_what_the_language_says(spark: Any) -> None:
    cells = 0
    for seed in range(10):
        _, found = tried(world(seed), spark_places_in(spark))
        assert not found.violations, (seed, str(found.violations[0]))
        cells += found.cells
    assert cells > 50


@needs_spark
def test_values_that_do_not_fit(spark: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text('order_id,amount,note\n1,2.50,""\n2,much,x\n3,,\nfour,1,"a ""b"""\n')
    columns = (RawColumn("order_id", "integer"), RawColumn("amount", "numeric(12,2)"), RawColumn("note", "text"))
    with pytest.raises(ErdError) as problem:
        rows_of(spark, RawTable(schema="raw", name="orders", columns=columns, file=file), lambda _: None)
    said = [fault.message for fault in problem.value.diagnostics]
    assert said == [
        "`four` does not fit the type integer of raw.orders.order_id",
        "`much` does not fit the type numeric(12,2) of raw.orders.amount",
    ]
    file.write_text('order_id,amount,note\n1,2.50,""\n2,,\n3,0,"a ""b"""\n')
    found = rows_of(spark, RawTable(schema="raw", name="orders", columns=columns, file=file), lambda _: None)
    assert [row["note"] for row in found.collect()] == ["", None, 'a "b"']


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(local, "_H2", ())
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["build", str(ROOT / "specs" / "marketing.yml"), "--engine", "spark", "-o", "out"])
    assert done.exit_code == 2
    needed = [one.what for one in local.missing()]
    assert needed[-2:] == ["Java 17", "the jar of H2"]
    assert f"E708: the engine `spark` needs {', '.join(needed[:-1])} and {needed[-1]}, which are not" in done.output
    assert "apt-get install openjdk-17-jre-headless" in done.output
    assert "apt-get install libh2-java" in done.output
    assert not Path("out").exists()


@needs_spark
def test_the_analyzer_tells_first_causes() -> None:
    raw = RawTable(schema="raw", name="t", columns=(RawColumn("a", "integer"), RawColumn("b", "text")))
    models = [
        ("good", "select a, upper(b) as b from erd2dbt_check_raw.t"),
        ("bad", "select nope from erd2dbt_check_raw.t"),
        ("after", "select * from erd2dbt_check.bad"),
        ("worse", "select nosuch(a) as c from erd2dbt_check.good"),
    ]
    faults = prepare_check([(name, scratched(sql)) for name, sql in models], [raw])
    assert [fault.name for fault in faults] == ["bad", "worse"]
    assert "nope" in faults[0].message
    assert "nosuch" in faults[1].message


def scratched(sql: str) -> str:
    from erd2dbt.run.dry_run import scratch_model, scratch_source

    source, model = scratch_source("raw", "t"), scratch_model("x").rpartition(".")[0]
    return sql.replace("erd2dbt_check_raw.t", source).replace("erd2dbt_check.", f"{model}.")


def made(spark: Any, generated: Any, spec: Path) -> None:
    """Raw tables from the spec's data, and `analytics.<model>` as a view of each model."""
    sources = {source.name: source for source in generated.erd.sources}
    for schema in {*(source.schema for source in generated.erd.sources), "analytics"}:
        spark.sql(f"drop database if exists {ident(schema)} cascade")
        spark.sql(f"create database {ident(schema)}")
    for entity in raw_entities(generated):
        source = sources[entity.source]
        table = raw_table(entity, source, data_file(entity, source, spec.parent, None))
        name = f"{ident(source.schema)}.{ident(table.name)}"
        rows_of(spark, table, lambda _: None).write.mode("overwrite").saveAsTable(name)
    tables = {
        (e.source, dbt_table(e)): f"{ident(sources[e.source].schema)}.{ident(e.table)}" for e in generated.erd.entities
    }
    models = {name: f"analytics.{ident(name)}" for name in generated.project.sql_paths}
    waiting = dict(generated.project.sql_paths)
    for plan in generated.planned.plans:
        model = plan.relation.model
        if model in waiting:
            text = opened_text(plain(generated.files[waiting.pop(model)], models, tables))
            spark.sql(f"create view {models[model]} as {text}")
    assert not waiting


SHOP = """
version: 1
project: shop
sources: {raw: {}}
entities:
  orders: {key: order_id, columns: {order_id: int, customer_id: int, amount: "numeric(12,2)", order: text, n: bigint}}
models:
  per_customer:
    grain: customer_id
    rows: orders
    columns:
      big: sum(amount) filter (where amount > 10)
      many: count(*) filter (where amount > 10)
      typical: {is: avg(amount), type: "numeric(12,4)"}
      each: {is: avg(n) filter (where "order" = 'it''s'), type: "numeric(12,4)"}
"""


def test_how_it_is_written() -> None:
    """Filters are conditions inside; an average is a quotient of decimals; names stand in backticks."""
    made = generate(SHOP.encode(), "shop.yml", engine_of=lambda _: SPARK)
    text = " ".join(made.files[made.project.sql_paths["per_customer"]].split())
    assert "sum(case when amount > 10 then amount end)" in text
    assert "count(case when amount > 10 then 1 end) as many" in text
    assert "(sum(amount) / nullif(count(amount), 0)) as decimal(12, 4)" in text
    assert r"case when `order` = 'it\'s' then n end" in text
    assert "filter" not in text
    project = made.files["dbt_project.yml"]
    assert "+file_format: iceberg" in project
    assert "*.lake/" in made.files[".gitignore"]


SMALL = """
version: 1
project: small
engine: spark
sources: {raw: {data: data}}
entities:
  orders: {key: order_id, columns: {order_id: int, n: bigint}}
models:
  per_order:
    grain: order_id
    rows: orders
    columns:
      more: {is: orders.n + 1, type: bigint}
"""


@needs_spark
def test_dbt_builds_in_ansi_mode(tmp_path: Path) -> None:
    """dbt makes the tables that `psql` reads, an overflow is an error, and nothing is left beside the project."""
    (tmp_path / "small.yml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "data").mkdir()
    data = tmp_path / "data" / "orders.csv"
    data.write_text("order_id,n\n1,9223372036854775806\n2,5\n")
    built = run(tmp_path, "build", "small.yml", "-o", "dbt")
    assert built.returncode == 0, built.stdout
    asked = run(tmp_path, "psql", "dbt", "-c", "select order_id, more from per_order order by 1")
    assert [line.split() for line in asked.stdout.splitlines()[2:]] == [["1", "9223372036854775807"], ["2", "6"]]
    refused = run(tmp_path, "psql", "dbt", "-c", "select nope from per_order")
    assert (refused.returncode, "E707: Spark refuses it" in refused.stdout + refused.stderr) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "dbt", "small.yml"]
    data.write_text("order_id,n\n1,9223372036854775807\n2,5\n")
    built = run(tmp_path, "build", "small.yml", "-o", "dbt")
    assert built.returncode != 0
    assert "long overflow" in built.stdout + built.stderr
    assert "cannot be built: [ARITHMETIC_OVERFLOW]" in built.stdout + built.stderr
    assert "at org.apache.spark" not in built.stdout + built.stderr
    plain = subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "build", "--profiles-dir", "."],
        cwd=tmp_path / "dbt",
        env={**os.environ, **local.lake_of(tmp_path / "dbt", "small").environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode != 0
    assert "ARITHMETIC_OVERFLOW" in plain.stdout


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: the session of the other tests stays."""
    program = [sys.executable, "-c", "from erd2dbt.cli import main; main()", *words]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)
