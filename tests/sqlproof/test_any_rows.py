"""Hand-written SQL that nothing decides: W207 where no order says which row, I204 where rows can tie in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from erd2dbt.pipelines.generation import plan

QUERIES: list[tuple[str | None, str, str]] = yaml.safe_load(
    Path(__file__).with_name("any_rows.yml").read_text(encoding="utf-8")
)
WORLD = """version: 1
project: shop
sources: {shop: {}}
entities:
  orders:
    key: order_id
    columns:
      order_id: int
      customer_id: {type: int, not_null: true}
      day: {type: date, not_null: true}
      city: text
  shipments:
    key: [order_id, line_no]
    columns: {order_id: int, line_no: int, qty: {type: int, not_null: true}, price: "numeric(12,2)"}
links:
  shipments }o--|| orders: order_id
"""


def codes_of(grain: str, query: str, accept: str = "{}") -> list[str]:
    sql = re.sub(r"(from|join) (orders|shipments)\b", r"\1 {{ ref('stg_\2') }} as \2", query)
    sql = re.sub(r" as (orders|shipments) (?!where|group|limit|order|as|\))(\w+)\b", r" as \2", sql)
    model = {"m": {"grain": grain.split(", "), "sql": sql, "accept": yaml.safe_load(accept)}}
    text = WORLD + yaml.safe_dump({"models": model}, width=1000)
    return [d.code for d in plan(text.encode(), "input.yml")[1].remarks if d.code in ("W207", "I204")]


@pytest.mark.parametrize(("code", "grain", "query"), QUERIES, ids=[query for _, _, query in QUERIES])
def test_one_of_several_rows(code: str | None, grain: str, query: str) -> None:
    assert codes_of(grain, query) == ([code] if code is not None else [])


def test_both_can_be_accepted() -> None:
    for code, grain, query in QUERIES:
        if code is not None:
            assert codes_of(grain, query, f"{{{code}: the rows are alike}}") == []
