"""The unit test of every model passes on the SQL that is generated and fails on a naive join of the same inputs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from erd2dbt.pipeline import Generated, generate
from erd2dbt.run.connection import Connection, Session, connect

sys.path.insert(0, str(Path(__file__).parent))
from mutants import mutants, unit_tests

ROOT = Path(__file__).parents[2]
SPECS = {
    "marketing": ROOT / "specs" / "marketing.yml",
    **{f.parents[1].name: f for f in sorted((ROOT / "tests" / "golden").glob("*/input/spec.yml"))},
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
