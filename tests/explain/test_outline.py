"""What `plan` says of a spec, a draft, and a diagram, word for word. `ERD2DBT_UPDATE_GOLDEN=1` rewrites it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main
from read.board.drawn import FIXTURES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FAULTY = """\
version: 1
project: shop
sources: {raw: {}}
entities:
  orders: {key: order_id, columns: {order_id: {type: int, from: id}, user_id: int, paid_on: {type: date, cast: true}}}
models:
  users:  # inferred: nobody drew it
    description: Those who *buy* <b>things</b>, and the `rest`
    grain: user_id
    rows: orders
    columns: {order: orders.order_id, paid: max(orders.paid_on)}
  days:
    grain: paid_on
    sql: select paid_on from {{ ref('stg_orders') }} group by paid_on
"""


def plan(*words: str) -> Result:
    return CliRunner().invoke(main, ("plan", *words), catch_exceptions=False)


def check(said: Result, name: str) -> None:
    assert (said.exit_code, said.stderr) == (0, "")
    expected = HERE / "expected" / name
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(said.stdout, encoding="utf-8", newline="\n")
    assert said.stdout == expected.read_text(encoding="utf-8")


def test_of_a_draft() -> None:
    check(plan(str(ROOT / "tests" / "draft" / "cases" / "reference" / "expected.yml")), "plan_of_draft.txt")


def test_of_a_proved_spec() -> None:
    check(plan(str(ROOT / "specs" / "marketing.yml")), "plan_of_spec.txt")


def test_of_a_board_as_markdown(tmp_path: Path) -> None:
    """Straight from the diagram: no lines are told, since there is no file that has them."""
    pages = [json.loads((FIXTURES / name).read_text()) for name in ("rest_items.json", "rest_connectors.json")]
    (tmp_path / "board.json").write_text(json.dumps([*pages[0], *pages[1]]), encoding="utf-8")
    check(plan(str(tmp_path / "board.json"), "--format", "markdown"), "plan_of_board.md")


@pytest.mark.parametrize(("form", "ending"), [("text", "txt"), ("markdown", "md")])
def test_of_a_faulty_spec(tmp_path: Path, form: str, ending: str) -> None:
    (tmp_path / "spec.yml").write_text(FAULTY, encoding="utf-8")
    check(plan(str(tmp_path / "spec.yml"), "--format", form), f"plan_of_faults.{ending}")


def test_of_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "spec.yml").write_text(FAULTY.replace("grain:", "grian:"), encoding="utf-8")
    (tmp_path / "board.json").write_text('[{"id": 1', encoding="utf-8")
    for name, code in (("spec.yml", "E008"), ("board.json", "E054"), ("none.yml", "E015")):
        said = plan(str(tmp_path / name))
        assert (said.exit_code, said.stdout) == (2, "")
        assert f"error {code}: " in said.stderr


def test_of_a_spec_with_an_open_key_that_no_model_reads(tmp_path: Path) -> None:
    """The rest is generated, so the plan says what is proved, and what is derived."""
    (tmp_path / "spec.yml").write_text(
        "version: 1\nproject: shop\nsources: {raw: {}}\nentities:\n"
        "  orders: {key: order_id, columns: {order_id: int, amount: int, ordered_on: date}}\n"
        "  notes: {key: TODO, columns: {body: text}}\n",
        encoding="utf-8",
    )
    said = plan(str(tmp_path / "spec.yml")).stdout
    assert "all 2 grains are proved. Open: 1 to be decided." in said
    assert "generate` derives" in " ".join(said.split())
    assert "fct_orders" in said
