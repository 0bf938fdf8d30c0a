"""Real schemas become projects without a hand-written line: dbt builds them on their rows, `verify` and dbt's tests
judge each claim alike, and SQL that knows nothing of the tool counts again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from corpus.counting import counted_again
from corpus.schemas import loaded, needed, spec_of
from erd2dbt.pipelines import generation
from erd2dbt.run.dbt import run_dbt
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verdict import State, Verdict
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.run.connection import Connection
    from erd2dbt.run.dbt import DbtRun
    from erd2dbt.verify.verdict import Report

LISTED = Path(__file__).with_name("broken_claims.yml")
QUICK = ("chinook", "jaffle_shop", "simplebank")
ALL = (*QUICK, "northwind", "pagila", "jaffle_shop_large", "world", "openflights", "stackexchange", "oscar", "omop",
       "mimic_iv", "atcoder_novisteps", "dariah_unr", "dariah_unr.dbml", "adventureworks")  # fmt: skip
QUIET = ("chinook", "northwind", "pagila")  # nothing is wrong in them, and nothing is left undrawn
PROJECTS = ALL if os.environ.get("ERD2DBT_CORPUS_ALL") else QUICK
_COUNTED = ("is not null", " exists in ", " has a matching row ")  # dbt's tests count the same rows


@needed
@pytest.mark.parametrize("name", PROJECTS)
def test_a_real_schema(name: str, postgres_server: Connection, tmp_path: Path) -> None:
    """Only claims that are known to be wrong in the data fail; each mart has its grain, each sum its source's total."""
    generated = generation.generate(spec_of(name).encode(), f"{name}.yml")
    connection = loaded(name, postgres_server)
    schemas = {source.name: source.schema for source in generated.erd.sources}
    report = verify(generated, connection, schemas, Terms(), lambda _: None)
    assert name not in QUIET or {one.kind for one in report.proposals} <= {"unique"}
    built = project(generated, connection, tmp_path)
    assert disagreements(generated, report, built["tests"]) == []
    listed = broken(name)
    assert {v.text: v.found for v in report.broken} == listed["claims"]
    assert built["refused"] == listed["refused"]
    marts = [plan for plan in generated.planned.own if plan.relation.layer == "marts"]
    assert len(marts) >= 2
    for plan in marts:
        if plan.relation.model not in built["refused"]:
            counted_again(generated, plan, connection)


def broken(name: str) -> dict[str, Any]:
    """The claims that the rows break, by text, with how many do; and the models that PostgreSQL refuses for it."""
    groups = yaml.safe_load(LISTED.read_text(encoding="utf-8")).get(name, [])
    assert all(group["because"] for group in groups)
    claims = {text: count for group in groups for text, count in group.get("claims", {}).items()}
    return {"claims": claims, "refused": {model for group in groups for model in group.get("refused", ())}}


def project(generated: Generated, connection: Connection, folder: Path) -> dict[str, Any]:
    """`tests` of the raw tables that failed, with their rows; models that PostgreSQL `refused`."""
    for path, text in generated.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    run = dbt(["build"], folder, connection)
    assert len(run.results) > len(generated.planned.own), run
    failed = {r.name: r.failures for r in run.results if r.status == "fail"}
    assert {r.name for r in run.results if r.status == "error" and r.resource_type != "model"} == set()
    again = dbt(["run"], folder, connection)  # what stands behind a broken claim was skipped
    return {"tests": failed, "refused": {r.name for r in again.results if r.status == "error"}}


def dbt(words: list[str], folder: Path, connection: Connection) -> DbtRun:
    return run_dbt(words, folder, folder, None, {**connection.environment(), "ERD2DBT_SCHEMA": "star"}, lambda _: None)


def disagreements(generated: Generated, report: Report, failed: Mapping[str, int]) -> list[str]:
    """Claims that `verify` and the generated tests judge otherwise, and failed tests that no broken claim explains."""
    left, said = dict(failed), []
    for verdict in report.verdicts:
        names = [name for name in names_of(verdict, generated) if name in failed]
        counts = [failed[name] for name in names]
        for name in names:
            left.pop(name, None)
        is_counted = any(words in verdict.text for words in _COUNTED)
        if verdict.kind in ("type", "missing"):
            said += [verdict.text] if verdict.state is not State.HOLDS else []
        elif (verdict.state is State.BROKEN) != bool(names) or (is_counted and sum(counts) != verdict.found):
            failing = ", ".join(f"{name} ({count})" for name, count in zip(names, counts, strict=True)) or "none"
            said.append(f"{verdict.text}: {verdict.state} by {verdict.found}; failing tests: {failing}")
    return said + [f"{name} fails: {count}" for name, count in left.items()]


def names_of(verdict: Verdict, generated: Generated) -> Iterator[str]:
    """The tests of a claim by their names: one, and for the columns of a key those that they are filled."""
    entity = next(e for e in generated.erd.entities if e.name == verdict.entity)
    yield from (test for claim, test in generated.project.guards.items() if claim.text == verdict.text)
    raw = {c.raw or c.name for c in entity.columns if c.name in verdict.columns}
    kind = {"key": "not_null", "values": "accepted_values"}.get(verdict.kind)
    for source in (file.source for file in generated.project.sources):
        for table in (t for t in source.tables if source.name == entity.source and t.name == entity.table):
            for column in (c for c in table.columns if c.name in raw):
                for test in (t for t in column.tests if t.name == kind):
                    yield test.label or f"source_{test.name}_{source.name}_{table.name}_{column.name}"
