"""Real schemas become projects without a hand-written line: dbt builds them, and SQL of this test's own counts again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from erd2dbt import pipeline
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
    """Rows are as many as distinct grains; what may be added up comes to what its source comes to."""
    table = f"star.{ident(plan.relation.model)}"
    grain = ", ".join(map(ident, plan.relation.grain))
    assert one_value(connection, f"select count(*) - count(distinct ({grain})) from {table}") == 0, table
    star = getattr(plan.spec, "star", None)
    rows = getattr(plan.spec, "rows", ())
    if star is None or not rows or list(plan.relation.grain) != [w.text for w in entity(generated, rows[0].text).key]:
        return
    source = entity(generated, rows[0].text)
    schema = next(s.schema for s in generated.erd.sources if s.name == source.source)
    raw = f"{ident(schema)}.{ident(source.table)}"
    assert one_value(connection, f"select (select count(*) from {table}) - (select count(*) from {raw})") == 0, table
    for name in star.measures:
        column = next(c for c in source.columns if c.name == name)
        sums = f"(select sum({ident(name)}::numeric) from {table}), (select sum({ident(column.raw or name)}::numeric) from {raw})"
        assert one_value(connection, f"select row({sums}) is null or abs(coalesce(a, 0) - coalesce(b, 0)) < 0.01 from (select {sums}) as t (a, b)"), (table, name)  # fmt: skip


def entity(generated: Generated, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return next(e for e in generated.erd.entities if e.name == name)
