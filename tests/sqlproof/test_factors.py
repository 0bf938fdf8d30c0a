"""A product is the same in every spelling: the order of its factors, brackets and constants do not matter."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan

SPEC = """
version: 1
project: p
sources: {s: {}}
entities:
  orders: {key: order_id, columns: {order_id: int, overhead: {type: "numeric(12,2)", not_null: true}}}
  lines:
    key: [order_id, line_no]
    columns:
      order_id: int
      line_no: int
      dept: {type: text, not_null: true}
      share: {type: "numeric(6,3)", not_null: true}
      share_pct: {type: "numeric(6,3)", not_null: true}
      discount_pct: {type: "numeric(6,3)", not_null: true}
links:
  lines }o--|| orders: order_id
models:
"""
PACKED = """
  products: {key: product_id, columns: {product_id: int, pack_size: int, units_per_case: int, packed: int}}
  sales:
    key: [sale_id, product_id]
    columns: {sale_id: int, product_id: int, qty: {type: int, not_null: true}, worth: {type: int, not_null: true}}
links:
  lines }o--|| orders: order_id
  sales }o--|| products: product_id
models:
"""
PACKS = (
    "sales.qty / products.pack_size",
    "sales.qty * 1.0 / nullif(products.pack_size, 0)",
    "sales.qty / products.units_per_case",
    "2 * (sales.qty / products.pack_size)",
)
RATES = (
    "sales.qty / products.packed",
    "sales.worth / products.pack_size",
    "sales.worth / sales.qty",
    "products.pack_size / sales.qty",
)
SPREAD = (
    "orders.overhead * lines.share_pct / 100",
    "orders.overhead * (lines.share_pct / 100.0)",
    "lines.share_pct * orders.overhead / 100",
    "lines.share_pct / 100 * orders.overhead",
    "orders.overhead * lines.share_pct * 0.01",
    "0.01 * lines.share_pct * orders.overhead",
    "orders.overhead / 100 * lines.share_pct",
    "orders.overhead * lines.share_pct / 100 * 1.19",
    "orders.overhead * (lines.share_pct / 100) * (1 - lines.discount_pct / 100)",
    "(1 - lines.discount_pct / 100) * lines.share * orders.overhead",
    "0.05 * lines.share * orders.overhead",
    "orders.overhead * lines.share * 0.05",
    "lines.share * (0.05 * orders.overhead)",
    "orders.overhead * (lines.share / 20.0)",
    "orders.overhead * (0.05 * lines.share)::numeric",
)
TAKEN_WHOLE = (
    "orders.overhead * lines.share_pct",
    "orders.overhead * lines.discount_pct / 100",
    "orders.overhead * (lines.discount_pct / 100.0)",
    "0.05 * orders.overhead",
    "0.05 * lines.share * orders.overhead * lines.share",
    "orders.overhead * (0.05 * lines.share)::int",
    "orders.overhead * (0.05 - lines.share)",
)


CODES = ("E302", "E303", "W303")


def reported(text: str, formulas: tuple[str, ...], grain: str, rows: str, source: str) -> set[tuple[str, str]]:
    """(model, code) of what is reported for the sum of each formula, in a model `m…` and in the SQL of one `s…`."""
    for number, formula in enumerate(formulas):
        text += f"  m{number}: {{grain: {grain}, rows: {rows}, columns: {{x: sum({formula})}}}}\n"
        query = f"select {grain}, sum({formula}) as x from {source} group by {grain}"
        text += f'  s{number}: {{grain: {grain}, sql: "{query}"}}\n'
    try:
        found = plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = error.diagnostics
    lines = text.splitlines()
    return {(lines[d.span.line - 1].partition(":")[0].strip(), d.code) for d in found if d.span}


@pytest.mark.parametrize(("formulas", "is_right"), [(PACKS, True), (RATES, False)], ids=["packs", "rates"])
def test_pieces_in_packs_can_be_summed(formulas: tuple[str, ...], is_right: bool) -> None:
    """The size of a pack converts a number of pieces. Any other quotient of two columns is a ratio."""
    text = SPEC.partition("links:")[0] + PACKED.removeprefix("\n")
    source = "{{ ref('stg_sales') }} as sales join {{ ref('stg_products') }} as products using (product_id)"
    told = {model for model, code in reported(text, formulas, "sale_id", "sales", source) if code in CODES}
    assert told == (set() if is_right else {f"{kind}{number}" for kind in "ms" for number in range(len(formulas))})


@pytest.mark.parametrize(("formulas", "expected"), [(SPREAD, []), (TAKEN_WHOLE, ["E303"])], ids=["spread", "whole"])
def test_every_spelling_has_one_answer(formulas: tuple[str, ...], expected: list[str]) -> None:
    source = "{{ ref('stg_lines') }} as lines join {{ ref('stg_orders') }} as orders using (order_id)"
    told = {one for one in reported(SPEC, formulas, "dept", "lines", source) if one[1][0] == "E"}
    wanted = {(f"{kind}{number}", code) for kind in "ms" for number in range(len(formulas)) for code in expected}
    assert told == wanted
