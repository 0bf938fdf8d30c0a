"""A 0 in a row without a value of its own adds nothing to a sum. Any other aggregate reads it as a value."""

from __future__ import annotations

import pytest
from shop import FIRST, JOINED, SHIPPING, diagnostics, faults, figures, hand_written, load

from erd2dbt.run.connection import Connection

MASKED = hand_written(
    "a",
    "[order_id, line_no]",
    f"select l.order_id, l.line_no, o.customer_id, case when {FIRST} then o.shipping else 0 end as n from {JOINED}",
)


@pytest.mark.parametrize(("aggregate", "verb"), [("min", "takes the minimum of"), ("avg", "averages")])
def test_a_generated_model_reports_the_zeros_of_a_query(aggregate: str, verb: str) -> None:
    model = f'  m: {{grain: customer_id, rows: customers, columns: {{x: "{aggregate}(a.n)"}}}}\n'
    (found,) = [d for d in diagnostics(MASKED + model) if d.code == "E303"]
    assert f"`x` {verb} `a.n`, which shows 0 in rows that have no `orders.shipping` of their own" in found.message


def test_a_generated_model_may_sum_them() -> None:
    model = '  m: {grain: customer_id, rows: customers, columns: {x: "sum(a.n)", most: "max(a.n)"}}\n'
    assert [d.code for d in diagnostics(MASKED + model) if d.code[0] == "E"] == []


HIDDEN = f"case when {FIRST} then o.shipping end"
ZEROED = f"case when {FIRST} then o.shipping else 0 end"
MEANS = {1: 8, 2: 21}


def of_masked(aggregate: str, mask: str = HIDDEN) -> str:
    """An aggregate of a value that one line of each order shows."""
    inner = f"select o.customer_id, o.order_id, l.qty, {mask} as s from {JOINED}"
    return f"with x as ({inner}) select customer_id, {aggregate} as x from x group by 1"


def of_union(aggregate: str, filler: str) -> str:
    """An aggregate of the orders, with a further row for each line."""
    orders = "select customer_id, 'order' as kind, shipping as s from @orders"
    fillers = f"select o.customer_id, 'line', {filler} from {JOINED}"
    return f"with u as ({orders} union all {fillers}) select customer_id, {aggregate} as x from u group by 1"


@pytest.mark.parametrize(
    ("sql", "right"),
    [
        (of_masked("avg(coalesce(s, 0))"), MEANS),
        (of_masked("min(coalesce(s, 0))"), {1: 6, 2: 12}),
        (of_masked("count(coalesce(s, 0))"), {1: 3, 2: 2}),
        (of_masked("avg(greatest(s, 0))"), MEANS),
        (of_masked("avg(coalesce(s, qty))"), MEANS),
        (of_masked("avg(case when s > 0 then s else 0 end)"), MEANS),
        (of_masked("avg(case when s is null then 0 else s end)"), MEANS),
        (of_masked("avg(coalesce(nullif(s, 0), 0))", ZEROED), MEANS),
        (of_masked("sum(coalesce(s, 5))"), SHIPPING),
        (of_masked("avg(s) filter (where s >= 0)", ZEROED), MEANS),
        (of_union("avg(s)", "0"), MEANS),
        (of_union("min(s)", "0"), {1: 6, 2: 12}),
        (of_union("avg(coalesce(s, 0))", "null"), MEANS),
    ],
)
def test_a_default_for_the_hidden_rows_is_no_value(database: Connection, sql: str, right: dict[object, object]) -> None:
    assert faults(sql) == ["E303"]
    load(database)
    assert figures(database, sql) != right


@pytest.mark.parametrize(
    ("sql", "right"),
    [
        (of_masked("avg(s)"), MEANS),
        (of_masked("min(s)"), {1: 6, 2: 12}),
        (of_masked("sum(coalesce(s, 0))"), SHIPPING),
        (of_masked("max(coalesce(s, 0))"), {1: 12, 2: 30}),
        (of_masked("avg(s + 0)"), MEANS),
        (of_masked("avg(nullif(s, 0))", ZEROED), MEANS),
        (of_masked("avg(s) filter (where s > 0)", ZEROED), MEANS),
        (of_masked("avg(s) filter (where 0 <> s)", ZEROED), MEANS),
        (of_masked("avg(s)", ZEROED).replace("from x group", "from x where s > 0 group"), MEANS),
        (of_union("sum(s)", "0"), SHIPPING),
        (of_union("avg(s)", "null"), MEANS),
        (of_union("avg(s) filter (where kind = 'order')", "0"), MEANS),
        (
            "select customer_id, avg(s) as x from ("
            "select customer_id, shipping as s from @orders where status = 'paid' "
            "union all select customer_id, 0 from @orders where status is distinct from 'paid') y group by 1",
            {1: 2, 2: 21},
        ),
    ],
)
def test_a_sum_and_what_skips_null_are_right(database: Connection, sql: str, right: dict[object, object]) -> None:
    assert faults(sql) == []
    load(database)
    assert figures(database, sql) == right


def test_a_default_in_a_later_model_is_no_value_either() -> None:
    models = MASKED.replace(" else 0 end", " end")
    assert faults("select customer_id, avg(coalesce(n, 0)) as x from @@a group by 1", models=models) == ["E303"]
    assert faults("select customer_id, avg(n) as x from @@a group by 1", models=models) == []
    model = '  m: {grain: customer_id, rows: customers, columns: {x: "avg(coalesce(a.n, 0))", y: "avg(a.n)"}}\n'
    assert [d.code for d in diagnostics(models + model) if d.code[0] == "E"] == ["E303"]


@pytest.mark.parametrize("mask", [ZEROED, f"coalesce({HIDDEN}, 0)", f"o.shipping * ({FIRST})::int"])
def test_the_fix_fits_each_spelling_of_a_zero(mask: str) -> None:
    (found,) = [d for d in diagnostics(hand_written("m", "customer_id", of_masked("avg(s)", mask))) if d.code == "E303"]
    said = "show NULL for 0 in the rows that have no `orders.shipping` of their own: aggregates skip NULL"
    assert found.fixes[0] == said
