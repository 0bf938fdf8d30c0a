"""A model that is nested deeper than the stack has room for is a fault with a place, wherever the stack ends."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan
from erd2dbt.system import recursion

SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  orders: {key: order_id, columns: {order_id: int, amount: "numeric(12,2)"}}
models:
  flat: {grain: order_id, rows: orders, columns: {x: orders.amount}}
"""
FORMULA = "  deep: {{grain: order_id, rows: orders, columns: {{x: {}}}}}\n"
QUERY = "  deep: {{grain: order_id, sql: \"select order_id, {} as x from {{{{ ref('stg_orders') }}}}\"}}\n"


@pytest.mark.parametrize("levels", [200, 300, 390])
@pytest.mark.parametrize(("model", "column"), [(FORMULA, "orders.amount"), (QUERY, "amount")], ids=["formula", "sql"])
def test_the_place_of_what_is_too_deep(model: str, column: str, levels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = model.format("abs(" * levels + column + ")" * levels)
    plan((SPEC + model.format(column)).encode(), "spec.yml")
    monkeypatch.setattr(recursion, "_ROOM", 0)
    with pytest.raises(ErdError) as refused:
        plan((SPEC + deep).encode(), "spec.yml")
    (only,) = refused.value.diagnostics
    assert only.code in ("E005", "E020")
    assert only.span is not None
    assert only.span.line == 8
