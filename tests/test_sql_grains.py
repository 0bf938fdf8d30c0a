"""Grains of hand-written SQL: what makes a column unique and never NULL is accepted, what does not is refused."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan

SPEC = """\
version: 1
project: shop
sources: {raw: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, region_id: {type: int, not_null: true}, name: text}}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, coupon: {type: text, not_null: false}, cost: int, credit: int}
  lines: {key: [order_id, line], columns: {order_id: int, line: int, grams: int, qty: int}}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
models:
  m:
    grain: %s
    sql: |
      %s
"""
ORDERS, LINES, CUSTOMERS = (f"{{{{ ref('stg_{name}') }}}}" for name in ("orders", "lines", "customers"))
LEFT = f"from {ORDERS} o left join"
TWICE = (
    f"(select customer_id from {ORDERS} where cost > 1 union all select customer_id from {ORDERS} where credit > 1) u"
)


def code(grain: str, sql: str) -> str:
    try:
        plan((SPEC % (grain, sql)).encode(), "input.yml")
    except ErdError as error:
        return error.diagnostics[0].code
    return ""


@pytest.mark.parametrize(
    "where",
    [
        "coupon = any (array['x', 'y'])", "coalesce(coupon, '') <> ''", "nullif(coupon, '') is not null",
        "coupon is distinct from null", "coupon in ('x', 'y')", "not coupon is null", "(coupon > 'a') is true",
        "coalesce(length(coupon), 0) > 0", "case when coupon is null then false else true end",
    ],
)  # fmt: skip
def test_a_filter_that_no_null_passes_fills_the_grain(where: str) -> None:
    assert code("coupon", f"select coupon, count(*) as n from {ORDERS} where {where} group by 1") == ""


@pytest.mark.parametrize(
    "where",
    [
        "coalesce(coupon, '') <> 'x'", "coupon is distinct from 'x'", "coupon = all (array['x'])", "coupon is not true",
        "coupon = 'x' or cost > 1", "coalesce(coupon, 'x') = 'x'",
    ],
)  # fmt: skip
def test_a_filter_that_null_passes_does_not(where: str) -> None:
    assert code("coupon", f"select coupon, count(*) as n from {ORDERS} where {where} group by 1") == "E103"


@pytest.mark.parametrize(
    "key",
    [
        "order_id || '|' || line", "order_id::text || '-' || line::text", "concat(order_id, '|', line)",
        "concat_ws('|', order_id, line)",
        "format('%s/%s', order_id, line)",
        "format('100%%%s:%s', line, order_id)",
    ],
)  # fmt: skip
def test_texts_that_can_be_taken_apart_are_keys(key: str) -> None:
    assert code("k", f"select {key} as k, grams from {LINES}") == ""


@pytest.mark.parametrize(
    "key",
    [
        "order_id::text || line::text",
        "order_id || '1' || line",
        "md5(order_id || '-' || line)",
        "format('%s%s', order_id, line)",
        "format('%5s-%s', order_id, line)",
        "format('%2$s-%2$s', order_id, line)",
    ],
)
def test_texts_that_cannot_are_none(key: str) -> None:
    assert code("k", f"select {key} as k, grams from {LINES}") == "E601"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("order_id::smallint", ""), ("order_id::bigint * 2", ""), ("order_id * -3 + 1", ""), ("-order_id", ""),
        ("order_id * 0", "E601"), ("order_id % 2", "E601"), ("order_id / 2", "E601"), ("abs(order_id)", "E601"),
    ],
)  # fmt: skip
def test_arithmetic_that_keeps_whole_numbers_apart_is_a_key(key: str, expected: str) -> None:
    assert code("k", f"select {key} as k, cost from {ORDERS}") == expected


@pytest.mark.parametrize(
    ("join", "expected"),
    [
        (f"{CUSTOMERS} c using (customer_id)", ""),
        (f"(select * from {CUSTOMERS} where name = 'x') c using (customer_id)", "E103"),
        (f"{CUSTOMERS} c on c.customer_id = o.customer_id and c.name = 'x'", "E103"),
        (f"(select * from {CUSTOMERS} where name = 'x') c using (customer_id) where c.name > ''", ""),
    ],
)
def test_the_optional_side_of_a_join_is_a_grain_where_links_promise_a_partner(join: str, expected: str) -> None:
    assert code("region_id", f"select c.region_id, sum(o.cost) as s {LEFT} {join} group by 1") == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"select customer_id, count(*) as n from {TWICE} group by 1", "E303"),
        (f"select customer_id, sum(1) as n from {TWICE} group by 1", "E303"),
        (f"select customer_id, count(*) as n from {TWICE.replace('credit > 1', 'cost <= 1')} group by 1", ""),
        (f"select customer_id, count(*) as n from {TWICE.replace('union all', 'union')} group by 1", ""),
        (
            f"select customer_id, sum(grams * cost) as n from {LINES} join {ORDERS} o using (order_id) group by 1",
            "E303",
        ),
        (f"select customer_id, sum(qty * cost) as n from {LINES} join {ORDERS} o using (order_id) group by 1", "E303"),
        (
            f"select customer_id, corr(grams, credit) as n from {LINES} join {ORDERS} o using (order_id) group by 1",
            "E303",
        ),
    ],
)
def test_rows_and_amounts_count_once(sql: str, expected: str) -> None:
    assert code("customer_id", sql) == expected
