"""Every model of the golden projects, read back from its SQL, has the grain that its plan has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from erd2dbt.sqlproof.query import fan_traps, judge

sys.path.insert(0, str(Path(__file__).parent))
from projects import ROOT, models

GOLDEN = ROOT / "tests" / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir())


def files(case: str) -> tuple[Path, Path]:
    if case == "marketing":
        return ROOT / "specs" / "marketing.yml", ROOT / "examples" / "marketing" / "project"
    return GOLDEN / case / "input" / "spec.yml", GOLDEN / case / "expected" / "project"


@pytest.mark.parametrize("case", CASES)
def test_every_grain_is_proved_again_from_the_sql(case: str) -> None:
    found = {}
    for made, tree, tables in models(*files(case)):
        judged = judge(tree, tables)
        assert judged.state is not None
        proved = judged.state.is_key(made.relation.grain)
        held = made.proof.assumed is not None or (proved is not None and proved <= made.proof.claims)
        found[made.relation.model] = (set(judged.state.columns), held)
        assert judged.unjudged == ()
    assert found == {p.relation.model: (set(p.relation.fields), True) for p, _, _ in models(*files(case))}


@pytest.mark.parametrize("case", CASES)
def test_no_generated_model_falls_into_a_trap(case: str) -> None:
    assert {p.relation.model: fan_traps(tree, tables) for p, tree, tables in models(*files(case))} == {
        p.relation.model: () for p, _, _ in models(*files(case))
    }
