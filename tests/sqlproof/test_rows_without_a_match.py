"""Queries that look for rows without a match, averages that are weighted, and fixes that keep the right figure."""

from __future__ import annotations

import pytest
from shop import JOINED, diagnostics, faults, figures, hand_written, load

from erd2dbt.run.connection import Connection

UNREFERRED = "@customers c left join @customers d on d.referrer_id = c.customer_id"
UNSOLD = "@orders o left join @lines l on l.order_id = o.order_id and l.qty > 2"


@pytest.mark.parametrize(
    ("sql", "grain", "right"),
    [
        (
            f"select c.region, count(*) as x from {UNREFERRED} where d.customer_id is null group by 1",
            "region",
            {"S": 2},
        ),
        (
            f"select c.region, count(*) as x from {UNREFERRED} where d.referrer_id is null group by 1",
            "region",
            {"S": 2},
        ),
        (
            f"select o.customer_id, sum(o.shipping) as x from {UNSOLD} where l.order_id is null group by 1",
            "customer_id",
            {1: 18},
        ),
        (
            f"select o.customer_id, count(*) as x from {UNSOLD} where l.price is null group by 1",
            "customer_id",
            {1: 2},
        ),
    ],
)
def test_rows_without_a_match_are_counted_and_summed(
    database: Connection, sql: str, grain: str, right: dict[object, object]
) -> None:
    assert faults(sql, grain=grain) == []
    load(database)
    assert figures(database, sql) == right


@pytest.mark.parametrize(
    "sql",
    [
        f"select o.customer_id, sum(o.shipping) as x from {UNSOLD} where l.discount is null group by 1",
        f"select o.customer_id, count(*) as x from {UNSOLD} where l.discount is null group by 1",
        f"select o.customer_id, count(*) as x from {UNSOLD} group by 1",
        f"select o.customer_id, count(*) as x from {UNSOLD} where l.order_id is null or l.qty > 3 group by 1",
    ],
)
def test_rows_with_a_match_beside_them_are_reported(sql: str) -> None:
    assert faults(sql) == ["E303"]


def rolled(count: str) -> str:
    """The averages of two days, weighted by a count of each day."""
    days = f"select placed_on, customer_id, avg(shipping) as s, {count} as n from @orders group by 1, 2"
    return f"select customer_id, sum(s * n) / nullif(sum(n), 0) as x from ({days}) y group by 1"


@pytest.mark.parametrize(
    ("count", "expected"),
    [("count(*)", []), ("count(shipping)", []), ("count(status)", ["E302"]), ("count(status) + 1", ["E302"])],
)
def test_averages_are_weighted_by_their_own_count(database: Connection, count: str, expected: list[str]) -> None:
    assert faults(rolled(count)) == expected
    load(database)
    assert (figures(database, rolled(count)) == {1: 8, 2: 21}) is not bool(expected)


def test_a_generated_model_weights_averages_by_their_own_count() -> None:
    counts = "count(*) as n, count(status) as k"
    days = f"select placed_on, customer_id, avg(shipping) as s, {counts} from @orders group by 1, 2"
    models = hand_written("a", "[placed_on, customer_id]", days)
    for count, expected in (("n", []), ("k", ["E302"])):
        model = f'  m: {{grain: customer_id, rows: a, columns: {{x: "ratio(sum(a.s * a.{count}), sum(a.{count}))"}}}}\n'
        assert [d.code for d in diagnostics(models + model) if d.code[0] == "E"] == expected


def fixes(sql: str) -> list[str]:
    (found,) = [d for d in diagnostics(hand_written("m", "customer_id", sql)) if d.code == "E303"]
    return [str(fix) for fix in found.fixes]


def test_the_fix_of_a_join_in_a_cte_is_that_of_the_join_itself() -> None:
    """The orders that the lines look up are one per order already: to aggregate them first changes nothing."""
    direct = f"select o.customer_id, sum(o.shipping) as x from {JOINED} group by 1"
    joined = f"select o.customer_id, o.shipping as s from {JOINED}"
    within = f"with x as ({joined}) select customer_id, sum(s) as x from x group by 1"
    assert fixes(direct) == fixes(within)
    assert fixes(within)[0] == "aggregate `orders` over its own rows, in a query without this join"


def test_the_fix_of_levels_of_groups_names_no_join() -> None:
    levels = "select customer_id, placed_on, sum(shipping) as s from @orders group by customer_id, rollup (placed_on)"
    sql = f"select customer_id, sum(s) as x from ({levels}) y group by 1"
    (found,) = [d for d in diagnostics(hand_written("m", "customer_id", sql)) if d.code == "E303"]
    assert "one row of `orders` is in several groups of `grouping sets`" in found.message
    assert fixes(sql)[0] == "sum `orders` in a query that groups by one list of columns"
