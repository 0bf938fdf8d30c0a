"""What a spec gets that reads well but cannot be proved, and what is remarked of one that can, word for word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erd2dbt.faults.diagnostics import ErdError, as_text
from erd2dbt.pipelines.autofix import without_failing_fixes
from erd2dbt.pipelines.generation import plan

FOLDER = Path(__file__).parent / "faults"
SHOP = (FOLDER / "shop.yml").read_text(encoding="utf-8")
CASES = sorted((FOLDER / "proving").glob("*/input.yml"))


def said_of(text: str) -> str:
    """The faults of a spec, else the warnings and notes."""
    try:
        _, planned = plan(text.encode(), "input.yml")
    except ErdError as error:
        return as_text(without_failing_fixes(text.encode(), "input.yml", error.diagnostics), {"input.yml": text}) + "\n"
    return as_text(without_failing_fixes(text.encode(), "input.yml", planned.remarks), {"input.yml": text}) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_faults_of_proving(case: Path) -> None:
    """Inputs that begin with `models:` stand on the entities and links of shop.yml."""
    text = case.read_text(encoding="utf-8")
    said = said_of(SHOP + text if text.startswith("models:") else text)
    expected = case.parent / "expected.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_the_shop_itself_has_no_fault() -> None:
    models = "models:\n  order_list: {grain: order_id, rows: orders, keep: all}\n"
    assert "error" not in said_of(SHOP + models)
