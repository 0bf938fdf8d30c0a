"""What is said of sums and averages that do not add up, word for word, and what an accepted one says of itself."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from erd2dbt.faults.codes import CODES
from erd2dbt.faults.diagnostics import ErdError, as_text
from erd2dbt.pipelines.autofix import without_failing_fixes
from erd2dbt.pipelines.generation import generate, plan

FOLDER = Path(__file__).parent / "faults" / "additivity"
TRADE = (FOLDER / "trade.yml").read_text(encoding="utf-8")
CASES = sorted(FOLDER.glob("*/input.yml"))
CODES_OF_ADDITIVITY = ("E301", "E302", "E303", "E309", "W303", "W305", "W307", "W308", "W309", "W310")


def spec_of(case: str) -> str:
    return TRADE + (FOLDER / case / "input.yml").read_text(encoding="utf-8")


def said_of(text: str) -> str:
    """Everything that is said but the notes on links that no model follows."""
    try:
        found = plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = tuple(error.diagnostics)
    shown = without_failing_fixes(text.encode(), "input.yml", [d for d in found if d.code != "I038"])
    return as_text(shown, {"input.yml": text}) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_what_is_said(case: Path) -> None:
    said = said_of(spec_of(case.parent.name))
    expected = case.parent / "expected.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES_OF_ADDITIVITY)
def test_every_code_is_shown_twice(code: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*/expected.txt")]
    assert len(re.findall(rf": (?:error|warning) {code}:", "".join(texts))) >= 2


def test_an_accepted_fault_is_silent_and_gives_its_reason_in_the_description() -> None:
    text = spec_of("accepted")
    assert not re.findall(r": (?:error|warning) [EW]30\d:", said_of(text))
    files = "".join(generate(text.encode(), "input.yml").files.values())
    flat = re.sub(r"\s+", " ", files)
    accepted = re.findall(r"([EW]30\d): ([^,}\n]+)", text)
    assert len(accepted) == 7
    for code, reason in accepted:
        assert f"({code} accepted: {reason})" in flat
    without = re.sub(r",? ?accept: \{[^}]*\}", "", text)
    assert {code for code, _ in accepted} == set(re.findall(r" ([EW]30[1-9]):", said_of(without)))


@pytest.mark.parametrize("code", CODES_OF_ADDITIVITY)
def test_every_code_can_be_accepted(code: str) -> None:
    assert CODES[code].acceptable


@pytest.mark.parametrize(("grain", "offered"), [("account_id", True), ("city", False)])
def test_a_mean_level_is_offered_where_a_group_is_one_thing(grain: str, offered: bool) -> None:
    """The mean over the days of a city's accounts is not the mean level of the city."""
    said = said_of(
        f"""version: 1
project: bank
sources: {{bank: {{}}}}
entities:
  accounts: {{key: account_id, columns: {{account_id: int, city: text}}}}
  balances: {{key: [account_id, day], columns: {{account_id: int, day: date, balance: {{type: int, stock: true}}}}}}
links:
  balances }}o--|| accounts: account_id
models:
  m: {{grain: {grain}, rows: accounts, where: city is not null, columns: {{balance: sum(balances.balance)}}}}
"""
    )
    assert "E309" in said
    assert ("take the mean level" in said) is offered


def test_a_computed_column_that_divides_integers_says_so_unless_it_is_accepted() -> None:
    text = """version: 1
project: shop
sources: {shop: {}}
entities:
  boxes:
    key: box_id
    columns:
      box_id: int
      pieces: int
      layers: int
      per_layer: {is: pieces / layers}
      exact: {is: "pieces / nullif(layers::numeric, 0)"}
      full: {is: pieces / layers, accept: {W310: full layers are meant}}
models:
  m: {grain: box_id, rows: boxes}
"""
    found = plan(text.encode(), "input.yml")[1].remarks
    assert [d.message for d in found if d.code == "W310"] == [
        "`boxes.per_layer` divides integers: `pieces / layers` drops the fraction, as 3 / 4 is 0"
    ]


ORDERS = "{{ ref('stg_orders') }}"
QUERY = """version: 1
project: shop
sources: {{shop: {{}}}}
entities:
  customers: {{key: id, columns: {{id: int, credit: int, rate: "numeric(4,2)"}}}}
  orders: {{key: id, columns: {{id: int, customer_id: int, total: int, huge: bigint}}}}
links:
  orders }}o--|| customers: customer_id = id
models:
  m:
    grain: id
    sql: "select c.id, {value} as v from {{{{ ref('stg_customers') }}}} c"
"""


@pytest.mark.parametrize(
    ("value", "dropped"),
    [
        (f"c.credit / (select sum(o.total) from {ORDERS} o)", "c.credit / (select sum(o.total) from stg_orders as o)"),
        (
            f"100 * c.credit / nullif((select count(*) from {ORDERS}), 0)",
            "100 * c.credit / nullif((select count(*) from stg_orders), 0)",
        ),
        (
            f"(select max(o.total) from {ORDERS} o where o.customer_id = c.id) / c.credit",
            "(select max(o.total) from stg_orders as o where o.customer_id = c.id) / c.credit",
        ),
        (
            f"(select count(*) from {ORDERS}) / (select c.credit)",
            "(select count(*) from stg_orders) / (select c.credit)",
        ),
        (f"(select count(*) from {ORDERS}) / 12", "(select count(*) from stg_orders) / 12"),
        (f"(select sum(o.total) / c.credit from {ORDERS} o where o.customer_id = c.id)", "sum(o.total) / c.credit"),
        (f"c.credit / (select sum(o.huge) from {ORDERS} o)", ""),  # a sum of bigint is numeric
        (f"c.credit / (select max(c.rate) from {ORDERS} o)", ""),
        (f"(select max(o.total) from {ORDERS} o) / 12", ""),
        (f"(c.credit / (select sum(o.total) from {ORDERS} o))::int", ""),
        (f"c.credit in (select o.total from {ORDERS} o)", ""),
    ],
)
def test_a_scalar_subquery_is_an_integer_where_its_output_is_one(value: str, dropped: str) -> None:
    found = plan(QUERY.format(value=value).encode(), "input.yml")[1].remarks
    said = [d.message for d in found if d.code == "W310"]
    why = "divides integers and drops the fraction, as 3 / 4 is 0"
    assert said == ([f"in the SQL of `m`, `{dropped}` {why}"] if dropped else [])
