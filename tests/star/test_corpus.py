"""Real schemas become projects without a hand-written line: dbt builds them, and SQL of its own counts again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from erd2dbt import pipeline
from erd2dbt.erd import ModelSpec
from erd2dbt.run.dbt import run_dbt
from erd2dbt.sql.identifiers import ident
from star.corpus import loaded, needed, one_value, spec_of

if TYPE_CHECKING:
    from erd2dbt.design.plan import Plan
    from erd2dbt.pipeline import Generated
    from erd2dbt.run.connection import Connection

BROKEN = yaml.safe_load((Path(__file__).parent / "broken_claims.yml").read_text(encoding="utf-8"))
QUICK = ("chinook", "jaffle_shop", "simplebank")
ALL = (*QUICK, "northwind", "pagila", "jaffle_shop_large", "world", "openflights", "stackexchange", "oscar", "omop",
       "mimic_iv", "atcoder_novisteps", "dariah_unr", "adventureworks")  # fmt: skip
PROJECTS = ALL if os.environ.get("ERD2DBT_CORPUS_ALL") else QUICK


@needed
@pytest.mark.parametrize("name", PROJECTS)
def test_a_real_schema_builds(name: str, postgres_server: Connection, tmp_path: Path) -> None:
    """Only claims that are known to be wrong in the data fail; each mart has its grain, each sum its source's total."""
    generated = pipeline.generate(spec_of(name).encode(), f"{name}.yml")
    for path, text in generated.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    connection = loaded(name, postgres_server)
    environment = {**connection.environment(), "ERD2DBT_SCHEMA": "star"}
    run = run_dbt(["build"], tmp_path, tmp_path, None, environment, lambda _: None)
    assert len(run.results) > len(generated.planned.own), run
    failed = {r.unique_id.split(".")[2] for r in run.results if r.status in ("fail", "error")}
    if failed:  # what stands behind a broken claim was skipped
        again = run_dbt(["run"], tmp_path, tmp_path, None, environment, lambda _: None)
        broken_models = {r.unique_id.split(".")[2] for r in again.results if r.status != "success"}
        failed |= broken_models
    assert failed == set(BROKEN.get(name, {})), [
        (r.unique_id, r.message) for r in run.results if r.status in ("fail", "error")
    ]
    marts = [plan for plan in generated.planned.own if plan.relation.layer == "marts"]
    assert len(marts) >= 2
    for plan in marts:
        if plan.relation.model not in failed:
            counted_again(generated, plan, connection)


def counted_again(generated: Generated, plan: Plan, connection: Connection) -> None:
    """Rows are as many as distinct grains; where the rows are an entity's, as many as its own, with the same sums."""
    table = f"star.{ident(plan.relation.model)}"
    grain = ", ".join(map(ident, plan.relation.grain))
    assert one_value(connection, f"select count(*) - count(distinct ({grain})) from {table}") == 0, table
    spec = plan.spec
    assert isinstance(spec, ModelSpec)
    if spec.star is None or not spec.rows:
        return
    source = next(e for e in generated.erd.entities if e.name == spec.rows[0].text)
    schema = next(s.schema for s in generated.erd.sources if s.name == source.source)
    raw = f"{ident(schema)}.{ident(source.table)}"
    assert one_value(connection, f"select (select count(*) from {table}) - (select count(*) from {raw})") == 0, table
    for column in (c for c in source.columns if c.name in spec.star.measures):
        here = f"select sum({ident(column.name)}::numeric) from {table}"
        there = f"select sum({ident(column.raw or column.name)}::numeric) from {raw}"
        gap = f"select abs(coalesce(({here}), 0) - coalesce(({there}), 0)) < 0.01"
        assert one_value(connection, gap) is True, (table, column.name)
