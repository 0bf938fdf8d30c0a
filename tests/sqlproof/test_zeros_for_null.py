"""A 0 in a row without a value of its own adds nothing to a sum. Any other aggregate reads it as a value."""

from __future__ import annotations

import pytest
from shop import FIRST, JOINED, diagnostics, hand_written

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
