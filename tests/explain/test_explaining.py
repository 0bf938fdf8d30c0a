"""What `explain MODEL[.COLUMN]`, `claims` and `lineage` say, word for word. `ERD2DBT_UPDATE_GOLDEN=1` rewrites it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOLDEN = ROOT / "tests" / "golden"
CASES = {
    "pick": ("explain", "customer_lifetime_value", "marketing"),
    "lookups": ("explain", "order_weeks", "roles"),
    "lookups.json": ("explain", "order_weeks", "roles", "--format", "json"),
    "lookups.mermaid": ("explain", "order_weeks", "roles", "--format", "mermaid"),
    "union": ("explain", "campaign_days", "union_rows"),
    "assumed": ("explain", "latest_sales", "handwritten_sql"),
    "staging": ("explain", "stg_orders", "roles"),
    "column": ("explain", "campaign_performance.engaged_sessions", "marketing"),
    "column.json": ("explain", "campaign_performance.engaged_sessions", "marketing", "--format", "json"),
    "column.mermaid": ("explain", "campaign_performance.engaged_sessions", "marketing", "--format", "mermaid"),
    "claims": ("claims", "composite_keys"),
    "claims.json": ("claims", "roles", "--format", "json"),
    "lineage": ("lineage", "chasm"),
    "lineage.json": ("lineage", "handwritten_sql", "--format", "json"),
    "openlineage.json": ("lineage", "handwritten_sql", "--format", "openlineage", "--namespace", "postgres://warehouse",
                         "--event-time", "2026-01-02T03:04:05Z"),
}  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.fixture(autouse=True)
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the specs of the golden projects, each under the project's name."""
    monkeypatch.chdir(tmp_path)
    for spec in GOLDEN.glob("*/input/spec.yml"):
        shutil.copy(spec, tmp_path / spec.parts[-3])
    shutil.copy(ROOT / "specs" / "marketing.yml", tmp_path / "marketing")
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_told_word_for_word(case: str) -> None:
    done = run(*CASES[case])
    assert (done.exit_code, done.stderr) == (0, "")
    expected = HERE / "expected" / (case if "." in case else f"{case}.txt")
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(done.stdout, encoding="utf-8", newline="\n")
    assert done.stdout == expected.read_text(encoding="utf-8")
    if "json" in case:
        json.loads(done.stdout)


def test_the_only_spec_of_the_folder_need_not_be_named(specs: Path) -> None:
    none = run("explain", "orders.amount")
    assert none.exit_code == 2
    assert "there is none here" in none.stderr
    shutil.copy(specs / "roles", "first.yml")
    assert run("explain", "stg_orders").stdout == run("explain", "stg_orders", "roles").stdout.replace(
        "roles:", "first.yml:"
    )
    shutil.copy(specs / "chasm", "second.yaml")
    two = run("explain", "stg_orders")
    assert two.exit_code == 2
    assert "there are first.yml, second.yaml here" in two.stderr


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("order_week", "error E030: there is no model `order_week`\n  = fix: did you mean `order_weeks`?"),
        ("order_weeks.amont", "error E031: `order_weeks` has no column `amont`\n  = fix: did you mean `amount`?"),
        ("order_weeks.zzz", "error E031: `order_weeks` has no column `zzz`\n  = fix: known: `order_id`, `"),
    ],
)
def test_what_is_not_there(what: str, said: str) -> None:
    done = run("explain", what, "roles")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_a_spec_with_faults_is_not_explained(specs: Path) -> None:
    spec = specs / "roles"
    spec.write_text(spec.read_text(encoding="utf-8").replace("grain: order_id", "grain: order_ids"), encoding="utf-8")
    for command in (("explain", "order_weeks"), ("claims",), ("lineage",)):
        done = run(*command, "roles")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "order_ids" in done.stderr


def test_a_code_as_json() -> None:
    told = json.loads(run("explain", "E202", "--format", "json").stdout)
    assert told["code"] == "E202"
    assert run("explain", "E202", "--format", "mermaid").exit_code == 2
