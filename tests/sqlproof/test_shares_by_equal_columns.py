"""An amount of a parent, spread over its rows: neither the order of joins matters, nor which of two equal columns."""

from __future__ import annotations

from itertools import product

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate

SPEC = """\
version: 1
project: shop
sources: {{raw: {{}}}}
entities:
  orders: {{key: order_id, columns: {{order_id: int, customer_id: int, shipping: "numeric(10,2)"}}}}
  lines: {{key: line_id, columns: {{line_id: int, order_id: int, product: text, qty: int}}}}
links: {{"lines }}o--|| orders": order_id}}
models:
  m:
    grain: product
    sql: "select product, sum(part) as s from (select l.product, {part} as part {joins}) as p group by 1"
"""
ORDERS, LINES = "{{ ref('stg_orders') }}", "{{ ref('stg_lines') }}"
JOINS = (
    f"from {ORDERS} as o join {LINES} as l on l.order_id = o.order_id",
    f"from {LINES} as l join {ORDERS} as o on l.order_id = o.order_id",
    f"from {ORDERS} as o, {LINES} as l where l.order_id = o.order_id",
)
PARTS = (
    "o.shipping * l.qty / sum(l.qty) over (partition by {by})",
    "o.shipping * (l.qty::numeric / nullif(sum(l.qty) over (partition by {by}), 0))",
    "o.shipping / count(*) over (partition by {by})",
)
TOTALS = f"(select order_id, sum(qty) as qty, count(*) as n from {LINES} group by 1) as t"


def codes(part: str, joins: str) -> set[str]:
    try:
        generate(SPEC.format(part=part, joins=joins).encode(), "spec.yml")
    except ErdError as refused:
        return {one.code for one in refused.diagnostics if one.code.startswith("E")}
    return set()


@pytest.mark.parametrize(("part", "joins"), [*product(PARTS, JOINS)])
def test_either_of_two_equal_columns_names_the_partition(part: str, joins: str) -> None:
    for by in ("o.order_id", "l.order_id"):
        assert codes(part.format(by=by), joins) == set()
    for by in ("o.customer_id", "l.product", "l.line_id"):  # such parts of one order do not add up to its shipping
        assert codes(part.format(by=by), joins) != set()


@pytest.mark.parametrize("by", ["o", "l"])
@pytest.mark.parametrize("part", ["o.shipping * l.qty / t.qty", "o.shipping / t.n"])
def test_a_total_may_be_joined_to_either_column(part: str, by: str) -> None:
    for joins in JOINS[:2]:
        assert codes(part, f"{joins} join {TOTALS} on t.order_id = {by}.order_id") == set()
        assert codes(part, f"{joins} join {TOTALS} on t.order_id = o.customer_id") != set()
    for other in ("t", "l"):
        first = f"from {TOTALS} join {LINES} as l on l.order_id = t.order_id join {ORDERS} as o"
        assert codes(part, f"{first} on o.order_id = {other}.order_id") == set()


def test_a_column_that_is_null_without_a_match_is_another_partition() -> None:
    """All orders without lines are in one partition of `l.order_id`."""
    joins = f"from {ORDERS} as o left join {LINES} as l on l.order_id = o.order_id"
    assert codes("o.shipping / count(*) over (partition by l.order_id)", joins) != set()
