"""The unit test of every model passes on the SQL that is generated and fails on a naive join of the same inputs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.connection import Connection, Session, connect

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "prove"))
from mutants import mutants, unit_tests
from worlds import world

CHUNK = 30
ROOT = Path(__file__).parents[2]
SPECS = {
    "marketing": ROOT / "specs" / "marketing.yml",
    **{f.parents[1].name: f for f in sorted((ROOT / "tests" / "golden").glob("*/input/spec.yml"))},
    **{f.stem: f for f in sorted((ROOT / "tests" / "unit_tests" / "specs").glob("*.yml"))},
    **{f"star {f.parent.name}": f for f in sorted((ROOT / "tests" / "star" / "stars").glob("*/spec.yml"))},
}


def held(generated: Generated, session: Session) -> int:
    """How many naive joins are found out by the unit tests of a project, all of which pass."""
    found = 0
    for test in unit_tests(generated):
        assert test.outcome(session, test.own_sql()) == test.expected(), test.written
        against = list(mutants(test))
        assert against, test.written["name"]
        for mutant in against:
            assert mutant.is_told(test, session), (test.written["name"], mutant.said, mutant.query)
            found += 1
    return found


@pytest.mark.parametrize("case", SPECS)
def test_unit_tests_tell_naive_joins_from_what_is_generated(case: str, database: Connection) -> None:
    with connect(database) as session:
        assert held(generate(SPECS[case].read_bytes(), "spec.yml"), session) >= 1


@pytest.mark.parametrize("chunk", range(4))
def test_unit_tests_of_random_diagrams(chunk: int, database: Connection) -> None:
    """Each model that joins has one: nothing in these diagrams keeps rows from being made up."""
    found = 0
    with connect(database) as session:
        for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
            try:
                generated = generate(world(seed).spec, "spec.yml")
            except ErdError:
                continue
            assert not [plan.untested for plan in generated.planned.own if plan.untested], seed
            found += held(generated, session)
    assert found >= CHUNK


def test_what_dbt_cannot_compare_has_no_unit_test() -> None:
    generated = generate(SPECS["types"].read_bytes(), "spec.yml")
    assert {p.relation.name for p in generated.planned.own if p.untested} == {"m_array", "m_bytes"}


DIAGRAM = """\
version: 1
project: p
sources: {raw: {}}
entities:
  parents: {key: parent_id, columns: {parent_id: int, name: text, at: date, kinds: "text[]"}}
  children: {key: child_id, columns: {child_id: int, parent_id: {type: int, not_null: true}, kinds: "text[]"}}
links:
  children }o--|| parents: parent_id
models:
"""
HIDDEN = (
    ("where: name ~ '^A', columns: {n: count(children.child_id)}", "cannot be evaluated"),
    ("where: at > current_date - 7 and at < current_date, columns: {n: count(children.child_id)}", "no generated row"),
    ("where: name = 'a' and name = 'b', columns: {n: count(children.child_id)}", "no generated row passes"),
)


@pytest.mark.parametrize(("model", "why"), HIDDEN)
def test_a_model_without_a_unit_test_says_why(model: str, why: str) -> None:
    spec = f"{DIAGRAM}  m: {{grain: parent_id, rows: parents, {model}}}\n"
    generated = generate(spec.encode(), "spec.yml")
    (remark,) = [r for r in generated.planned.remarks if r.code == "I605"]
    assert why in remark.message
    assert not list(unit_tests(generated))


def test_tests_that_are_off_are_not_missed() -> None:
    spec = f"{DIAGRAM}  m: {{grain: parent_id, rows: parents, {HIDDEN[0][0]}}}\ntests: {{unit: off}}\n"
    generated = generate(spec.encode(), "s")
    assert not [r for r in generated.planned.remarks if r.code == "I605"]


@pytest.mark.parametrize("case", ["types", "shapes"])
def test_dbt_runs_the_unit_tests(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On empty tables, so that nothing but unit tests can fail."""
    monkeypatch.setenv("ERD2DBT_CACHE", os.environ["ERD2DBT_TESTS_POSTGRES"] + f"/unit_{case}")
    generated = generate(SPECS[case].read_bytes(), "spec.yml")
    (tmp_path / "data").mkdir()
    for entity in generated.erd.entities:
        header = ",".join(f'"{column.name}"' for column in entity.columns)
        (tmp_path / "data" / f"{entity.table}.csv").write_text(f"{header}\n", encoding="utf-8")
    words = ["build", str(SPECS[case]), "-o", str(tmp_path / "out"), "--data", str(tmp_path / "data")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output


def test_rows_of_many_inputs_are_not_multiplied() -> None:
    """Fourteen roles of one pair of entities: all of them bare at once would be hundreds of millions of rows."""
    roles = [f"role_{n}" for n in range(14)]
    keys = "".join(f", {role}: int" for role in roles)
    links = ", ".join(f"{role}: {role} = person_id" for role in roles)
    columns = ", ".join(f"n_{role}: {{is: sum(orders.amount), via: {role}}}" for role in roles)
    spec = f"""\
version: 1
project: p
sources: {{raw: {{}}}}
entities:
  persons: {{key: person_id, columns: {{person_id: int}}}}
  orders: {{key: order_id, columns: {{order_id: int, amount: int{keys}}}}}
links:
  orders }}o--|| persons: {{{links}}}
models:
  m: {{grain: person_id, rows: persons, columns: {{{columns}}}}}
"""
    (test,) = unit_tests(generate(spec.encode(), "spec.yml"))
    assert len(test.plan.joined) == 14
