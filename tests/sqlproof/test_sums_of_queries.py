"""Sums over unions, shares of totals, changes of levels, lists of rows: what is refused, and what is not."""

from __future__ import annotations

import textwrap

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan

SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, name: text}}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, amount: "numeric(12,2)", shipping: "numeric(12,2)", status: text}
  lines: {key: line_id, columns: {line_id: int, order_id: int, qty: int, revenue: "numeric(12,2)", sku: text}}
  payments: {key: payment_id, columns: {payment_id: int, order_id: int, paid: "numeric(12,2)"}}
  levels: {key: [sku, day], columns: {sku: text, day: date, units: {type: int, stock: true}}}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
  payments }o--|| orders: order_id
models:
  m:
    grain: GRAIN
    sql: |
"""


def codes(sql: str, grain: str) -> list[str]:
    for entity in ("customers", "orders", "lines", "payments", "levels"):
        sql = sql.replace(f"@{entity}", f"{{{{ ref('stg_{entity}') }}}}")
    try:
        plan((SPEC.replace("GRAIN", grain) + textwrap.indent(sql, "      ")).encode(), "spec.yml")
    except ErdError as error:
        return sorted({d.code for d in error.diagnostics if d.code.startswith("E")})
    return []


BY_CUSTOMER = "select customer_id, {} as x from u group by 1"


@pytest.mark.parametrize(
    ("one", "other", "rest", "grain", "expected"),
    [
        ("select * from @orders", "select * from @orders", BY_CUSTOMER.format("sum(amount)"), "customer_id", ["E303"]),
        (
            "select customer_id, amount from @orders where status = 'a'",
            "select customer_id, amount from @orders where shipping > 1",
            BY_CUSTOMER.format("avg(amount)"),
            "customer_id",
            ["E303"],
        ),
        (
            "select 'a' as k, customer_id, amount from @orders",
            "select 'b', customer_id, amount from @orders",
            BY_CUSTOMER.format("sum(amount)"),
            "customer_id",
            ["E303"],
        ),
        (
            "select 'a' as k, customer_id, amount from @orders",
            "select 'b', customer_id, amount from @orders",
            ", v as (select k, customer_id, sum(amount) as x from u group by 1, 2)"
            " select customer_id, sum(x) as x from v group by 1",
            "customer_id",
            ["E303"],
        ),
        (
            "select 'a' as k, customer_id, amount from @orders",
            "select 'b', customer_id, amount from @orders",
            "select k, customer_id, sum(amount) as x from u group by 1, 2",
            "[k, customer_id]",
            [],
        ),
        (
            "select * from @orders where status = 'a'",
            "select * from @orders where status = 'b'",
            BY_CUSTOMER.format("sum(amount)"),
            "customer_id",
            [],
        ),
        (
            "select customer_id, amount from @orders",
            "select customer_id, -amount from @orders",
            BY_CUSTOMER.format("sum(amount)"),
            "customer_id",
            [],
        ),
        (
            "select customer_id, amount from @orders",
            "select customer_id, shipping from @orders",
            BY_CUSTOMER.format("sum(amount)"),
            "customer_id",
            [],
        ),
        (
            "select customer_id as who, amount from @orders",
            "select order_id, amount from @orders",
            "select who, sum(amount) as x from u group by 1",
            "who",
            [],
        ),
        (
            "select customer_id, amount from @orders",
            "select customer_id, amount from @orders",
            BY_CUSTOMER.format("max(amount)"),
            "customer_id",
            [],
        ),
    ],
)
def test_a_value_in_two_branches_of_a_union(one: str, other: str, rest: str, grain: str, expected: list[str]) -> None:
    assert codes(f"with u as ({one} union all {other}) {rest}", grain) == expected


def test_a_total_that_stands_in_two_branches() -> None:
    daily = "with d as (select status, sum(amount) as x from @orders group by 1), u as (select * from d union all {})"
    assert codes(daily.format("select * from d") + " select status, sum(x) as x from u group by 1", "status") == [
        "E303"
    ]
    returned = daily.format("select status, sum(shipping) from @orders group by 1")
    assert codes(returned + " select status, sum(x) as x from u group by 1", "status") == []


@pytest.mark.parametrize(
    ("halves", "by", "expected"),
    [
        (("sku <= 'm'", "sku > 'm'"), "day", []),
        (("sku <= 'm'", "sku > 'm'"), "sku", ["E309"]),
        (("sku <= 'm'", "sku >= 'm'"), "day", ["E303"]),
    ],
)
def test_levels_of_two_halves_are_added_at_one_time_only(halves: tuple[str, str], by: str, expected: list[str]) -> None:
    both = " union all ".join(f"select sku, day, units from @levels where {half}" for half in halves)
    assert codes(f"with u as ({both}) select {by}, sum(units) as x from u group by 1", by) == expected


def test_a_level_whose_day_a_branch_does_not_show() -> None:
    both = "select sku, day, units from @levels where sku <= 'm' union all select sku, null, units from @levels"
    assert codes(f"with u as ({both} where sku > 'm') select day, sum(units) as x from u group by 1", "day") == ["E309"]


SPREAD = """with {}t as (select order_id, {} as total, count(*) as n from {} group by order_id)
select o.customer_id, sum(l.revenue / t.total * o.shipping) as x
from {} l join @orders o on o.order_id = l.order_id join t on t.order_id = l.order_id{}
group by 1
"""


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("", "sum(revenue)", "@lines", "@lines", ""), []),
        (("", "sum(revenue)", "@lines", "@lines", " where l.qty > 1"), []),
        (("big as (select * from @lines where qty > 1), ", "sum(revenue)", "big", "big", ""), []),
        (("", "sum(revenue)", "@lines where qty > 1", "@lines", " where l.qty > 1"), []),
        (("", "sum(revenue)", "@lines where qty > 1", "@lines", ""), ["E302", "E303"]),
        (("big as (select * from @lines where qty > 1), ", "sum(revenue)", "big", "@lines", ""), ["E302", "E303"]),
        (("top as (select * from @lines limit 9), ", "sum(revenue)", "top", "@lines", ""), ["E302", "E303"]),
        (("", "sum(revenue) filter (where qty > 1)", "@lines", "@lines", ""), ["E302", "E303"]),
        (("", "sum(qty)", "@lines", "@lines", ""), ["E302", "E303"]),
        (("", "count(*)", "@lines", "@lines", ""), ["E302", "E303"]),
    ],
)
def test_an_amount_is_spread_by_shares_of_the_whole_alone(parts: tuple[str, ...], expected: list[str]) -> None:
    assert codes(SPREAD.format(*parts), "customer_id") == expected


def test_an_average_price_is_a_rate() -> None:
    sql = """with t as (select sku, sum(revenue) / nullif(sum(qty), 0) as price from @lines group by sku)
select l.order_id, sum(l.qty * t.price) as x from @lines l join t on t.sku = l.sku group by 1
"""
    assert codes(sql, "order_id") == []


CHANGE = "with d as (select sku, day, {} as x from @levels) select sku, sum(x) as x from d group by sku"
AFTER = "over (partition by sku order by day)"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (f"units - lag(units) {AFTER}", []),
        (f"units - coalesce(lag(units, 1) {AFTER}, 0)", []),
        (f"lead(units) {AFTER} - units", []),
        (f"lag(units) {AFTER}", ["E309"]),
        (f"units + lag(units) {AFTER}", ["E309"]),
        (f"units - 2 * lag(units) {AFTER}", ["E309"]),
        (f"units - lag(units, 2) {AFTER}", ["E309"]),
        ("units - lag(units) over (order by day, sku)", ["E309"]),
    ],
)
def test_the_change_of_a_level_is_no_level(formula: str, expected: list[str]) -> None:
    assert codes(CHANGE.format(formula), "sku") == expected


LISTS = "select o.customer_id, {} as x from @orders o join @lines l on l.order_id = o.order_id group by 1"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("jsonb_agg(o.shipping)", ["E303"]),
        ("json_agg(o)", ["E303"]),
        ("array_agg(o.*)", ["E303"]),
        ("array_agg(o.shipping order by o.order_id)", ["E303"]),
        ("string_agg(o.status, ',')", ["E303"]),
        ("json_object_agg(o.order_id::text, o.shipping)", ["E303"]),
        ("xmlagg(o.status::xml)", ["E303"]),
        ("bit_xor(o.order_id)", ["E303"]),
        ("regr_count(o.shipping, l.qty)", ["E303"]),
        ("stddev(o.shipping)", ["E303"]),
        ("jsonb_agg(l.revenue)", []),
        ("jsonb_agg(l)", []),
        ("jsonb_agg(distinct o.shipping)", []),
        ("jsonb_object_agg(o.order_id, o.shipping)", []),
        ("bit_or(o.order_id)", []),
        ("bool_and(o.shipping > 1)", []),
        ("max(o.shipping)", []),
    ],
)
def test_an_aggregate_that_keeps_each_row_over_a_join_that_repeats_rows(call: str, expected: list[str]) -> None:
    assert codes(LISTS.format(call), "customer_id") == expected


BOTH = """select o.order_id, {} as x
from @orders o left join @lines l on l.order_id = o.order_id left join @payments p on p.order_id = o.order_id
group by 1
"""


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ("count(distinct l.line_id) - count(distinct p.payment_id)", []),
        ("max(l.qty) + count(distinct p.payment_id)", []),
        ("sum(l.qty)", ["E303", "E304"]),
        ("count(distinct l.line_id) + count(p.payment_id)", ["E303", "E304"]),
    ],
)
def test_two_branches_that_multiply_each_other(figures: str, expected: list[str]) -> None:
    assert codes(BOTH.format(figures), "order_id") == expected


@pytest.mark.parametrize(
    "figure",
    [
        "count(case l.sku when 'a' then 1 end)",
        "sum(case l.sku when 'a' then l.qty else 0 end)",
        "sum(case when l.sku = 'a' then 1 else 0 end)",
    ],
)
def test_a_case_that_is_a_filter(figure: str) -> None:
    sql = "select o.customer_id, {} as x from @orders o left join @lines l on l.order_id = o.order_id group by 1"
    assert codes(sql.format(figure), "customer_id") == []


FIRST = "with r as (select *, {} over (partition by order_id{}) as n from @lines) select order_id, sku from r where {}"


@pytest.mark.parametrize(
    ("call", "order", "test", "expected"),
    [
        *(
            ("row_number()", " order by line_id", test, [])
            for test in ("n = 1", "n <= 1", "n < 2", "1 >= n", "2 > n", "n between 0 and 1", "n in (1)")
        ),
        ("rank()", " order by line_id", "n <= 1", []),
        ("count(*)", "", "n <= 1", []),
        ("row_number()", " order by line_id", "n <= 2", ["E601"]),
        ("rank()", " order by sku", "n <= 1", ["E601"]),
        ("sum(qty)", "", "n <= 1", ["E601"]),
        ("count(*) filter (where qty > 1)", "", "n <= 1", ["E601"]),
        ("count(*)", " order by line_id rows between 2 preceding and 1 preceding", "n <= 1", ["E601"]),
    ],
)
def test_the_first_of_each(call: str, order: str, test: str, expected: list[str]) -> None:
    assert codes(FIRST.format(call, order, test), "order_id") == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("'o-' || order_id", []),
        ("concat('o-', order_id)", []),
        ("concat('o-', order_id::text, '-x')", []),
        ("concat(order_id, customer_id)", ["E601"]),
        ("concat('o-', status)", ["E601"]),
        ("concat('o-', left(order_id::text, 3))", ["E601"]),
    ],
)
def test_a_key_with_constants_around_it(key: str, expected: list[str]) -> None:
    assert codes(f"select {key} as k, amount from @orders", "k") == expected


PAID = "with t as (select order_id, sum(paid) as s, count(*) as n from @payments group by 1), "
PER_LINE = "m as (select l.order_id, l.line_id, {} as s from @lines l join t on t.order_id = l.order_id group by 1, 2) "


@pytest.mark.parametrize("value", ["sum(t.s)", "sum(t.n)", "coalesce(sum(t.s), 0)", "max(t.s)", "sum(t.s) * 2"])
def test_totals_that_finer_rows_repeat_are_not_summed_again(value: str) -> None:
    query = PAID + PER_LINE.format(value)
    assert codes(query + "select order_id, sum(s) as s from m group by 1", "order_id") == ["E303"]
    assert codes(query + "select order_id, line_id, sum(s) over (partition by order_id) as s from m", "line_id") == [
        "E303"
    ]
    assert codes(query + "select order_id, max(s) as s from m group by 1", "order_id") == []
    assert codes(query + "select line_id, sum(s) as s from m group by 1", "line_id") == []


def test_totals_that_occur_once_are_summed_again() -> None:
    orders = PAID + "m as (select o.order_id, o.customer_id, sum(t.s) as s from @orders o join t using (order_id) {}) "
    query = orders.format("group by 1, 2") + "select customer_id, sum(s) as s from m group by 1"
    assert codes(query, "customer_id") == []
    of_lines = PAID.replace("@payments", "@lines").replace("sum(paid)", "sum(qty)")
    coarser = (
        "m as (select o.customer_id, o.status, sum(t.s) as s from @orders o join t using (order_id) group by 1, 2) "
    )
    assert codes(of_lines + coarser + "select customer_id, sum(s) as s from m group by 1", "customer_id") == []


FIRST_LINE = "row_number() over (partition by o.order_id order by l.line_id)"
PER_JOINED = "with x as (select o.customer_id, {} as v from @lines l join @orders o on o.order_id = l.order_id) "


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"case when {FIRST_LINE} = 1 then o.shipping end", []),
        (f"case when {FIRST_LINE} = 1 then o.shipping else 0 end", []),
        (f"case when 1 = {FIRST_LINE} and l.qty > 0 then o.shipping end", []),
        (f"case when {FIRST_LINE} = 1 then o.shipping else o.amount end", ["E303"]),
        (f"case when {FIRST_LINE} <= 2 then o.shipping end", ["E303"]),
        ("case when row_number() over (partition by l.line_id order by l.qty) = 1 then o.shipping end", ["E303"]),
        ("case when l.qty = 1 then o.shipping end", ["E303"]),
    ],
)
def test_a_value_that_only_the_first_row_shows_is_summed(value: str, expected: list[str]) -> None:
    query = PER_JOINED.format(value) + "select customer_id, sum(v) as v from x group by 1"
    assert codes(query, "customer_id") == expected


TREE = (
    "with recursive c as (select order_id, order_id as root, amount from @orders {} "
    "union all select o.order_id, {}, o.amount from @orders o join c on c.order_id = o.customer_id) "
)


@pytest.mark.parametrize(
    ("start", "carried", "grain", "expected"),
    [
        ("", "c.root", "order_id", ["E303"]),
        ("", "o.order_id", "order_id", ["E303"]),
        ("", "c.root", "root", []),
        ("where customer_id is null", "c.root", "order_id", []),
    ],
)
def test_a_recursion_from_every_row_repeats_rows(start: str, carried: str, grain: str, expected: list[str]) -> None:
    query = TREE.format(start, carried) + f"select {grain}, sum(amount) as s from c group by 1"
    assert codes(query, grain) == expected
