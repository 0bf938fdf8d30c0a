"""Sums over lateral joins and correlated subqueries: values that repeat for several rows before them are refused."""

from __future__ import annotations

import pytest

from sqlproof.test_sums_of_queries import codes

LINES = "from @lines l where l.order_id = o.order_id"
BOTH = "from @orders o join @lines l using (order_id)"
BY = "select o.customer_id, sum(x.a) as a {} group by 1"
KINDS = "select x.kind, sum(x.a) as a, count(x.a) as n {} group by 1"


@pytest.mark.parametrize(
    ("sql", "grain", "expected"),
    [
        # a product of an order's amount and a line's
        (BY.format(f"from @orders o cross join lateral (select o.shipping * l.qty as a {LINES}) x"), "customer_id", 1),
        (BY.format(f"{BOTH} cross join lateral (select o.shipping * l.qty as a) x"), "customer_id", 1),
        (BY.format(f"from @orders o cross join lateral (select sum(o.shipping) as a {LINES}) x"), "customer_id", 1),
        (BY.format(f"from @orders o cross join lateral (select sum(l.revenue) as a {LINES}) x"), "customer_id", 0),
        (BY.format(f"from @orders o cross join lateral (select l.revenue + 1 as a {LINES}) x"), "customer_id", 0),
        (BY.format("from @orders o cross join lateral (select o.shipping * 2 as a) x"), "customer_id", 0),
        (f"select o.order_id, (select sum(l.qty * o.shipping) {LINES}) as a from @orders o", "order_id", 1),
        (f"select o.order_id, (select sum(l.qty) * o.shipping {LINES}) as a from @orders o", "order_id", 0),
        # the rows of one order, for each of its payments
        (
            BY.format(
                "from @orders o join @payments p using (order_id) cross join lateral (select l.revenue as a"
            ).replace(" group", f" {LINES}) x group"),
            "customer_id",
            1,
        ),
        (
            BY.format("from @orders o cross join lateral (select sum(c.amount) as a from @orders c").replace(
                " group", " where c.customer_id = o.customer_id) x group"
            ),
            "customer_id",
            1,
        ),
        # columns turned into rows
        (
            KINDS.format("from @orders o cross join lateral (values ('s', o.shipping), ('a', o.amount)) x(kind, a)"),
            "kind",
            0,
        ),
        (
            KINDS.format(f"{BOTH} cross join lateral (values ('s', o.shipping), ('r', l.revenue)) x(kind, a)"),
            "kind",
            1,
        ),
        (
            KINDS.format(
                f"{BOTH} cross join lateral (select 's' as kind, o.shipping as a union all select 'r', l.revenue) x"
            ),
            "kind",
            1,
        ),
        (BY.format("from @orders o cross join lateral unnest(array[o.shipping, o.amount]) as x(a)"), "customer_id", 0),
        (BY.format(f"{BOTH} cross join lateral unnest(array[o.shipping, o.amount]) as x(a)"), "customer_id", 1),
        (BY.format("from @orders o cross join lateral generate_series(1, o.order_id) as x(a)"), "customer_id", 0),
        # lateral in lateral
        (
            "select c.customer_id, sum(x.a) as a from @customers c cross join lateral (select y.a from @orders o "
            f"cross join lateral (select sum(l.revenue) as a {LINES}) y where o.customer_id = c.customer_id) x "
            "group by 1",
            "customer_id",
            0,
        ),
        (
            "select c.customer_id, sum(x.a) as a from @customers c cross join lateral (select y.a from @orders o "
            f"cross join lateral (select l.revenue * o.shipping as a {LINES}) y where o.customer_id = c.customer_id) x "
            "group by 1",
            "customer_id",
            1,
        ),
    ],
)
def test_each_row_before_has_its_own_values(sql: str, grain: str, expected: int) -> None:
    assert set(codes(sql, grain)) == ({"E303"} if expected else set())


@pytest.mark.parametrize("order", [BOTH, "from @lines l join @orders o using (order_id)"])
def test_a_part_of_an_amount_of_other_rows_is_no_rate(order: str) -> None:
    """`amount` need not be the total of `revenue`. The order of the tables decides nothing."""
    assert codes(
        f"select o.customer_id, sum(l.revenue / o.amount * o.shipping) as a {order} group by 1", "customer_id"
    ) == ["E302", "E303"]
    assert (
        codes(f"select o.customer_id, sum(o.shipping / o.amount * l.revenue) as a {order} group by 1", "customer_id")
        == []
    )


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("select c.customer_id, o.amount from @customers c join @orders o using (customer_id)", ["E303"]),
        ("select c.customer_id, o.amount from @orders o left join @customers c using (customer_id)", ["E303"]),
        ("select c.customer_id, o.amount from @customers c join @orders o on o.order_id = c.customer_id", []),
    ],
)
def test_a_table_and_its_own_join_are_no_two_roles(other: str, expected: list[str]) -> None:
    rows = f"with u as (select customer_id, amount from @orders union all {other})"
    assert codes(f"{rows} select customer_id, sum(amount) as a from u group by 1", "customer_id") == expected
