"""Selects of a UNION ALL may show figures of the same rows: their sum counts these rows twice.

Each accepted query is run: its figures are those of the tables. The refused ones beside it give other figures.
"""

from __future__ import annotations

import pytest
from shop import JOINED, SHIPPING, diagnostics, faults, figures, hand_written, load

from erd2dbt.run.connection import Connection


def summed(one: str, other: str) -> str:
    return f"select customer_id, sum(s) as x from ({one} union all {other}) y group by 1"


def of_orders(value: str, where: str = "true") -> str:
    return f"select customer_id, {value} as s from @orders where {where}"


def twice(value: str) -> str:
    """A CTE that is read twice, once with a filter."""
    made = f"select order_id, customer_id, {value} as s from @orders"
    both = "select * from m where order_id < 3 union all select * from m"
    return f"with m as ({made}) select customer_id, sum(s) as x from ({both}) y group by 1"


def of_lines(value: str, where: str) -> str:
    return f"select o.customer_id, {value} as s from {JOINED} where {where}"


PER_DAY = "select customer_id, placed_on as d, sum(shipping) as s from @orders group by 1, 2"
PER_CUSTOMER = "select customer_id, null as d, sum(shipping) from @orders group by 1"
PAID, UNPAID = "status = 'paid'", "status is distinct from 'paid'"
SHARE = f"select o.customer_id, o.order_id, o.shipping / count(*) over (partition by o.order_id) as s from {JOINED}"


@pytest.mark.parametrize(
    ("sql", "right"),
    [
        (summed(of_orders("coalesce(shipping, 0)"), of_orders("shipping")), SHIPPING),
        (summed(of_orders("shipping * 2"), of_orders("shipping * 2")), {1: 48, 2: 84}),
        (summed(of_orders("round(shipping, 0)"), of_orders("shipping", PAID)), SHIPPING),
        (summed(of_orders(f"case when {PAID} then shipping else 0 end"), of_orders("shipping")), SHIPPING),
        (
            summed(
                of_orders(f"case when {PAID} then shipping end"), of_orders("case when order_id < 4 then shipping end")
            ),
            SHIPPING,
        ),
        (twice("shipping * 1.5"), {1: 36, 2: 63}),
        (twice("case when status = 'paid' then shipping end"), {1: 6, 2: 42}),
        (f"with m as ({SHARE}) " + summed("select * from m", "select * from m"), SHIPPING),
        (
            summed(of_orders("sum(shipping)", f"{PAID} group by 1"), of_orders("sum(shipping)", "true group by 1")),
            SHIPPING,
        ),
        (summed(of_orders("count(*)", f"{PAID} group by 1"), of_orders("count(*)", "true group by 1")), {1: 3, 2: 2}),
        (
            summed(of_orders("max(shipping)", f"{PAID} group by 1"), of_orders("max(shipping)", "true group by 1")),
            {1: 12, 2: 30},
        ),
        (summed(PER_DAY, PER_CUSTOMER), SHIPPING),
        (summed("select customer_id, placed_on as d, shipping as s from @orders", PER_CUSTOMER), SHIPPING),
        (summed(of_lines("l.qty * l.price", "l.qty > 1"), of_lines("l.price * l.qty", "l.qty > 2")), {1: 180, 2: 440}),
    ],
)
def test_a_figure_of_the_same_rows_in_two_selects_is_not_summed(
    database: Connection, sql: str, right: dict[object, object]
) -> None:
    assert "E303" in faults(sql)
    load(database)
    assert figures(database, sql) != right


@pytest.mark.parametrize(
    "sql",
    [
        summed(of_orders("coalesce(shipping, 0)", PAID), of_orders("shipping", UNPAID)),
        summed(of_orders(f"case when {PAID} then shipping end"), of_orders(f"case when {UNPAID} then shipping end")),
        summed(
            of_orders(f"case when {PAID} then shipping else 0 end"),
            of_orders(f"case when {PAID} then 0 else shipping end"),
        ),
        summed(
            of_orders(f"sum(shipping) filter (where {PAID})", "true group by 1"),
            of_orders(f"sum(shipping) filter (where {UNPAID})", "true group by 1"),
        ),
        summed(of_orders("sum(shipping)", f"{PAID} group by 1"), of_orders("sum(shipping)", f"{UNPAID} group by 1")),
        f"select customer_id, sum(s) as x from ({PER_DAY} union all {PER_CUSTOMER}) y where d is not null group by 1",
        "select customer_id, sum(s) as x from (select order_id, customer_id, max(s) as s from ("
        "select order_id, customer_id, shipping as s from @orders where order_id < 4 union all "
        "select order_id, customer_id, coalesce(shipping, 0) from @orders) y group by 1, 2) z group by 1",
    ],
)
def test_selects_of_other_rows_are_summed(database: Connection, sql: str) -> None:
    assert faults(sql) == []
    load(database)
    assert figures(database, sql) == SHIPPING


def test_two_figures_of_a_row_and_a_reversal_are_summed(database: Connection) -> None:
    """Money less a discount, and shipping less that of open orders: none is in the sum twice."""
    margin = summed(of_lines("l.qty * l.price", "true"), of_lines("-l.qty * coalesce(l.discount, 0)", "true"))
    reversal = summed(of_orders("shipping"), of_orders("-shipping", "status = 'open'"))
    assert faults(margin) == []
    assert faults(reversal) == []
    load(database)
    assert figures(database, reversal) == {1: 18, 2: 42}


WEIGHTS = (
    "with w as (select order_id, {} as w from @lines where {} union all select order_id, {} from @lines where {}) "
    "select o.customer_id, sum(o.shipping * w.w) as x from w join @orders o on o.order_id = w.order_id group by 1"
)
BY_PIECES = "qty::numeric / sum(qty) over (partition by order_id)"
EVENLY = "1.0 / count(*) over (partition by order_id)"


@pytest.mark.parametrize("first", [BY_PIECES, EVENLY])
@pytest.mark.parametrize("halves", [("true", "true"), ("line_no = 1", "line_no > 1")])
def test_shares_of_two_selects_are_not_summed(database: Connection, first: str, halves: tuple[str, str]) -> None:
    """Those of each select sum to one for each order, so the shipping is taken twice, also where the lines differ."""
    sql = WEIGHTS.format(first, halves[0], EVENLY, halves[1])
    assert "E303" in faults(sql)
    load(database)
    assert figures(database, sql) == {1: 48, 2: 84}


def test_an_amount_that_two_selects_spread_is_not_summed(database: Connection) -> None:
    sql = summed(f"{SHARE} where l.line_no = 1", f"{SHARE} where l.line_no > 1")
    assert "E303" in faults(sql)
    load(database)
    assert figures(database, sql) == {1: 48, 2: 84}


KINDS = f"""select customer_id, 'total' as k, sum(shipping) as n from @orders group by 1
union all select customer_id, 'paid', sum(shipping) from @orders where {PAID} group by 1
"""


@pytest.mark.parametrize("where", ["", "where k = 'total'"])
def test_a_later_model_sums_one_kind_of_figure(database: Connection, where: str) -> None:
    models = hand_written("a", "[customer_id, k]", KINDS)
    sql = f"select customer_id, sum(n) as x from @@a {where} group by 1"
    assert faults(sql, models=models) == ([] if where else ["E303"])
    load(database)
    shown = figures(database, sql.replace("@@a", f"({KINDS}) a"))
    assert (shown == SHIPPING) is bool(where)


def test_a_generated_model_does_not_sum_both_kinds() -> None:
    models = hand_written("a", "[customer_id, k]", KINDS)
    both = models + '  m: {grain: customer_id, rows: customers, columns: {x: "sum(a.n)"}}\n'
    one = (
        models + "  m: {grain: customer_id, rows: customers, columns: {x: \"sum(a.n) filter (where a.k = 'paid')\"}}\n"
    )
    (found,) = [d for d in diagnostics(both) if d.code[0] == "E"]
    assert "over rows of `a` that differ in (k) and have figures of the same rows of `orders`" in found.message
    assert found.fixes[0] == "sum one kind of figure: filter by one value of (k)"
    assert [d.code for d in diagnostics(one) if d.code[0] == "E"] == []


FAN = f"select o.order_id, o.customer_id, o.shipping as s, l.qty, l.line_no from {JOINED}"
HALVES = "select * from f where order_id < 3 union all select * from f where order_id >= 3"


def picked(of: str, keys: str) -> str:
    """The sum of the greatest value per group of a finer grain than that of the value."""
    inner = f"select customer_id, {keys}, max(s) as s from {of} group by customer_id, {keys}"
    return f"with f as ({FAN}), v as ({HALVES}), w as (select customer_id, s, line_no, qty from f) " + (
        f"select customer_id, sum(s) as x from ({inner}) z group by 1"
    )


@pytest.mark.parametrize(
    ("sql", "is_right"),
    [
        (picked("v", "order_id, qty"), False),
        (picked("v", "order_id, line_no"), False),
        (picked("w", "line_no, qty"), False),
        (picked("f", "order_id"), True),
        (picked("v", "order_id"), True),
    ],
)
def test_a_repeated_value_is_taken_once_per_its_key(database: Connection, sql: str, *, is_right: bool) -> None:
    assert ("E303" in faults(sql)) is not is_right
    load(database)
    assert (figures(database, sql) == SHIPPING) is is_right
