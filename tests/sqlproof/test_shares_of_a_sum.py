"""An amount is divided among rows by shares that sum to one: each row's own summand, divided by the sum of them.

Each accepted query is run: its figures are those of the orders. The refused ones beside it give other figures.
"""

from __future__ import annotations

import pytest
from shop import JOINED, SHIPPING, faults, figures, hand_written, load

from erd2dbt.run.connection import Connection

PART = "over (partition by o.order_id)"


def divided(share: str) -> str:
    return f"select customer_id, sum(s) as x from (select o.customer_id, {share} as s from {JOINED}) y group by 1"


def by_total(total: str, share: str) -> str:
    """The total comes from a CTE with one row per order."""
    return (
        f"with k as (select order_id, {total} as n from @lines group by 1) select o.customer_id, sum({share}) as x "
        f"from {JOINED} join k on k.order_id = o.order_id group by 1"
    )


RIGHT = [
    divided(f"o.shipping * (l.qty * l.price)::numeric / sum(l.qty * l.price) {PART}"),
    divided(f"o.shipping * l.price * l.qty / nullif(sum(l.qty * l.price) {PART}, 0)"),
    divided(f"o.shipping * ((l.qty * l.price)::numeric / sum(l.price * l.qty) {PART})"),
    divided(f"o.shipping * coalesce(l.discount, 1)::numeric / sum(coalesce(l.discount, 1)) {PART}"),
    divided(f"o.shipping * coalesce(l.discount, 0)::numeric / sum(l.discount) {PART}"),
    divided(f"o.shipping / count(*) {PART}"),
    divided(f"o.shipping / count(l.qty) {PART}"),
    by_total("sum(qty * price)", "o.shipping * (l.qty * l.price)::numeric / nullif(k.n, 0)"),
    by_total("sum(qty)", "o.shipping * l.qty::numeric / k.n"),
    by_total("count(*)", "o.shipping / k.n"),
    "with a as (select o.customer_id, o.order_id, o.shipping, l.qty * l.price as d, "
    f"sum(l.qty * l.price) {PART} as n from {JOINED}) "
    "select customer_id, sum(shipping * d / n::numeric) as x from a group by 1",
]
WRONG = [
    divided(f"o.shipping / count(l.discount) {PART}"),
    divided(f"o.shipping / nullif(count(case when l.qty > 1 then 1 end) {PART}, 0)"),
    divided(f"o.shipping * coalesce(l.discount, 1)::numeric / sum(l.discount) {PART}"),
    divided(f"o.shipping * (l.qty + 1)::numeric / sum(l.qty) {PART}"),
    divided(f"o.shipping * greatest(l.qty, 3)::numeric / sum(l.qty) {PART}"),
    divided(f"o.shipping * (l.qty * l.price)::numeric / sum(l.qty) {PART}"),
    divided(f"o.shipping * power(l.qty, 2)::numeric / sum(l.qty) {PART}"),
    divided(f"o.shipping * case when l.qty > 1 then l.qty else 5 end::numeric / sum(l.qty) {PART}"),
    divided(f"o.shipping * (l.qty * l.price)::numeric / (sum(l.qty) {PART} * sum(l.price) {PART})"),
    by_total("count(discount)", "o.shipping / k.n"),
    by_total("sum(qty)", "o.shipping * (l.qty + 1)::numeric / k.n"),
    by_total("sum(qty)", "o.shipping * l.qty::numeric * l.price / k.n"),
    f"with a as (select o.customer_id, o.shipping, l.qty + 1 as d, sum(l.qty) {PART} as n from {JOINED}) "
    "select customer_id, sum(shipping * d / n::numeric) as x from a group by 1",
]
FEW = "join @orders f on f.order_id = l.order_id and l.qty > 1"
NEXT = "join @lines f on f.order_id = l.order_id and f.line_no = l.line_no + 1"
WHOLE = "join @orders f on f.order_id = l.order_id"


def joined_total(source: str, total: str = "sum(l.qty)", *, share: str = "l.qty::numeric / k.n", rows: str = "") -> str:
    """The total comes from joined rows. `rows`: the joins of the rows that take a share of it."""
    return (
        f"with q as (select order_id, line_no from @lines where qty > 1), big as (select l.* from @lines l {FEW}), "
        f"k as (select l.order_id, {total} as n from {source} group by 1) "
        f"select o.customer_id, sum(o.shipping * {share}) as x from {JOINED} {rows} "
        "join k on k.order_id = o.order_id group by 1"
    )


NOTHING_LOST = [
    joined_total(f"@lines l {WHOLE}"),
    joined_total(f"@lines l {WHOLE} join @customers c on c.customer_id = f.customer_id"),
    joined_total("@orders f join @lines l on l.order_id = f.order_id"),
    joined_total("@orders f left join @lines l on l.order_id = f.order_id"),
    joined_total(f"@lines l left {FEW}"),
    joined_total("@lines l cross join lateral (select max(f.placed_on) as y from @orders f where l.qty > 1) y"),
    joined_total(f"@lines l {WHOLE}", "count(*)", share="1.0 / k.n"),
    joined_total(f"@lines l {FEW}", rows=FEW),
    joined_total(f"@lines l {FEW}", rows=FEW.replace("f", "g").replace("grom", "from")),
    joined_total(f"@lines l {FEW}", "count(*)", share="1.0 / k.n", rows=FEW),
    joined_total(
        "@lines l join q using (order_id, line_no)", rows="join q on q.line_no = l.line_no and l.order_id = q.order_id"
    ),
]
FEWER = [
    joined_total(f"@lines l {FEW}"),
    joined_total("@orders f join @lines l on f.order_id = l.order_id and l.qty > 1"),
    joined_total(f"@lines l {NEXT}"),
    joined_total("@lines l join q using (order_id, line_no)"),
    joined_total("@lines l join (select order_id, line_no from @lines where qty > 1) z using (order_id, line_no)"),
    joined_total("@lines l cross join lateral (select f.status from @orders f where l.qty > 1 limit 1) y"),
    joined_total("big l"),
    joined_total(f"@lines l {FEW}", "count(*)", share="1.0 / k.n"),
    joined_total("big l", "count(*)", share="1.0 / k.n"),
    joined_total(f"@lines l {FEW}", rows=FEW.replace("> 1", "> 0")),
    joined_total("(select distinct on (order_id) * from @lines order by order_id, line_no) l"),
]


@pytest.mark.parametrize("sql", NOTHING_LOST)
def test_a_total_may_join_what_loses_no_row_or_the_same_rows(database: Connection, sql: str) -> None:
    assert faults(sql) == []
    load(database)
    assert figures(database, sql) == SHIPPING


@pytest.mark.parametrize("sql", FEWER)
def test_a_total_of_fewer_rows_divides_no_amount(database: Connection, sql: str) -> None:
    assert {"E302", "E303"} & set(faults(sql))
    load(database)
    assert figures(database, sql) != SHIPPING


def test_the_joins_of_another_model_belong_to_its_total() -> None:
    for join, expected in ((FEW, ["E302", "E303"]), (WHOLE, [])):
        models = hand_written("k", "order_id", f"select l.order_id, sum(l.qty) as n from @lines l {join} group by 1")
        sql = (
            f"select o.customer_id, sum(o.shipping * l.qty::numeric / k.n) as x from {JOINED} "
            "join @@k k on k.order_id = o.order_id group by 1"
        )
        assert faults(sql, models=models) == expected


@pytest.mark.parametrize("sql", RIGHT)
def test_the_very_summand_of_a_sum_is_a_share_of_it(database: Connection, sql: str) -> None:
    assert faults(sql) == []
    load(database)
    assert figures(database, sql) == SHIPPING


@pytest.mark.parametrize("sql", WRONG)
def test_another_value_is_no_share(database: Connection, sql: str) -> None:
    assert {"E302", "E303"} & set(faults(sql))
    load(database)
    assert figures(database, sql) != SHIPPING


def test_a_share_of_another_model_is_one_of_what_it_sums(database: Connection) -> None:
    totals = "select order_id, sum(qty) as n, sum(qty * price) as revenue from @lines group by 1"
    models = hand_written("k", "order_id", totals)
    for share, expected in (("l.qty", ["E302", "E303"]), ("l.qty * l.price", [])):
        sql = (
            f"select o.customer_id, sum(o.shipping * ({share})::numeric / k.revenue) as x from {JOINED} "
            "join @@k k on k.order_id = o.order_id group by 1"
        )
        assert faults(sql, models=models) == expected
