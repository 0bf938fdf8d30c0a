"""Numbers that a query makes for each row, such as flags: each is a value of that row, and a join may repeat it."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate

DIAGRAM = """version: 1
project: p
sources: {raw: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, region: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, status: text, total: int}}
  lines: {key: line_id, columns: {line_id: int, order_id: int, amount: int}}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
models:
"""
ORDERS, LINES = "{{ ref('stg_orders') }}", "{{ ref('stg_lines') }}"
FLAG = "case when status = 'paid' then 1 else 0 end"
NUMBERS = [
    FLAG,
    "(status = 'paid')::int",
    "1",
    "case when total > 50 then 10 when total > 20 then 5 else 0 end",
    "row_number() over (partition by customer_id order by order_id)",
    f"(exists(select 1 from {LINES} l where l.order_id = o.order_id))::int",
]


def by_line(number: str, aggregate: str) -> str:
    """A model that makes a number per order, joins the lines of each order, and aggregates per customer."""
    made = f"with o as (select order_id, customer_id, {number} as n from {ORDERS} o)"
    joined = f"from o join {LINES} l on l.order_id = o.order_id group by o.customer_id"
    return query(f"{made} select o.customer_id, {aggregate} as v {joined}")


def query(sql: str) -> str:
    return f"{DIAGRAM}  m: {{grain: customer_id, sql: {sql!r}}}\n".replace("\\'", "''")


def by_region(rate: str, formula: str) -> str:
    """A model that makes a value per customer by SQL, and one that aggregates it per region."""
    sql = f'sql: "select customer_id, {rate} as r from {ORDERS} group by customer_id"'
    model = f"m: {{grain: region, rows: customers, columns: {{v: {formula}}}}}"
    return f"{DIAGRAM}  rates: {{grain: customer_id, {sql}}}\n  {model}\n"


def codes(text: str) -> set[str]:
    try:
        made = generate(text.encode(), "spec.yml")
    except ErdError as refused:
        return {fault.code for fault in refused.diagnostics}
    return {remark.code for remark in made.planned.remarks} & {"W303", "W305"}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("aggregate", ["sum(o.n)", "avg(o.n)", "sum(o.n) filter (where l.amount > 1)"])
def test_a_number_of_an_order_is_not_summed_over_its_lines(number: str, aggregate: str) -> None:
    assert codes(by_line(number, aggregate)) == {"E303"}


@pytest.mark.parametrize(
    "aggregate",
    [
        "max(o.n)",
        "sum(l.amount * o.n)",
        "sum(case when o.n = 1 then l.amount else 0 end)",
        "count(distinct o.order_id)",
    ],
)
def test_what_does_not_count_it_twice_is_right(aggregate: str) -> None:
    assert codes(by_line(FLAG, aggregate)) == set()


@pytest.mark.parametrize("rate", [f"avg({FLAG})", "avg((status = 'paid')::int)", f"stddev({FLAG})"])
@pytest.mark.parametrize("formula", ["avg(rates.r)", "sum(rates.r)"])
def test_the_mean_of_a_flag_is_a_mean(rate: str, formula: str) -> None:
    assert codes(by_region(rate, formula)) == {"E302"}


@pytest.mark.parametrize("count", [f"sum({FLAG})", "sum((status = 'paid')::int)", "count(*)"])
@pytest.mark.parametrize("formula", ["sum(rates.r)", "avg(rates.r)", "max(rates.r)"])
def test_the_sum_of_a_flag_is_a_count(count: str, formula: str) -> None:
    assert codes(by_region(count, formula)) == set()


def test_a_union_of_amounts_and_zeros_is_summed_once() -> None:
    refunds = f"select customer_id, 0, total from {ORDERS} where status = 'refunded'"
    both = f"with o as (select customer_id, total, 0 as refund from {ORDERS} union all {refunds})"
    assert codes(query(f"{both} select customer_id, sum(total) - sum(refund) as v from o group by 1")) == set()


def test_a_constant_of_no_table_is_not_a_number_per_row() -> None:
    taxed = f"select o.customer_id, sum(o.total * p.vat) as v from {ORDERS} o cross join p group by 1"
    assert codes(query(f"with p as (select 1.19 as vat) {taxed}")) == set()
