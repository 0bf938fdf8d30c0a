"""The analysis of an edited text, with what was kept of the text before, says what a first analysis says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from erd2dbt.design.models import planner
from erd2dbt.design.models.model import plan_model
from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.lsp.analysis import Analysis, analysed

SPECS = Path(__file__).parents[2] / "specs"
FILE = "spec.yml"
WORDS = ("orders", "amount", "sum", "count", "customers", "campaign_id", "where", "first", "}o--||", "status")


def edited(text: str, rng: random.Random) -> str:
    """One line inserted, removed, doubled or with another word; or a word of the language in place of another."""
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            lines.insert(at, "# a comment\n\n")
        case 1:
            del lines[at]
        case 2:
            lines.insert(at, lines[at])
        case 3:
            lines[at] = lines[at].replace(rng.choice(WORDS), rng.choice(WORDS))
        case _:
            end = rng.randrange(len(lines))
            lines[at : at + 3], lines[end : end + 3] = lines[end : end + 3], lines[at : at + 3]
    return "".join(lines)


@pytest.mark.parametrize("seed", range(3))
def test_an_edit_is_analysed_as_a_new_text(seed: int) -> None:
    """Also after texts with faults, and for plans: their places move with the lines above them."""
    rng = random.Random(seed)
    good = (SPECS / "marketing.yml").read_text("utf-8")
    before: Analysis | None = None
    proved = 0
    for step in range(25):
        text = edited(before.text if before and before.proved and step % 4 else good, rng)
        before, alone = analysed(text, FILE, before), analysed(text, FILE)
        assert before.faults == alone.faults
        assert (before.proved is None) == (alone.proved is None)
        if before.proved and alone.proved:
            proved += 1
            assert before.proved.plans == alone.proved.plans
    assert proved >= 3


def test_models_that_are_as_they_were_are_not_planned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither after a comment nor after a text that is no YAML; of two models the one that changed, and its readers."""
    planned: list[str] = []

    def plan(draft: ModelSpec, *rest: Any) -> Any:
        planned.append(draft.name)
        return plan_model(draft, *rest)

    monkeypatch.setattr(planner, "plan_model", plan)
    text = (SPECS / "marketing.yml").read_text("utf-8")
    first = analysed(text, FILE)
    assert len(planned) == 6
    planned.clear()
    second = analysed(f"# a comment\n{text}", FILE, first)
    broken = analysed(text.replace("links:", "links: ["), FILE, second)
    assert broken.proved is None
    third = analysed(text, FILE, broken)
    assert planned == []
    analysed(text.replace("default: unknown", "default: none known"), FILE, third)
    assert planned == ["customer_lifetime_value"]
