"""A column that says its type has it for the columns that read it, too."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.generation import generate

SPEC = """version: 1
project: p
sources: {{s: {{}}}}
entities:
  shops: {{key: shop_id, columns: {{shop_id: int, size: int}}}}
  sales: {{key: sale_id, columns: {{sale_id: int, shop_id: int, price: "numeric(12,4)"}}}}
links:
  sales }}o--|| shops: shop_id
models:
  m:
    grain: shop_id
    rows: sales
    columns:
      a: {first}
      share: "shops.size / nullif(a, 0)"
"""


@pytest.mark.parametrize(
    ("first", "read"),
    [
        ('{is: "count(sales.sale_id)", type: "numeric(12,2)"}', "size / nullif(a, 0)"),
        ('{is: "max(sales.price)", type: int}', "size / nullif(a, 0)"),
        ('"count(sales.sale_id)"', "size / nullif(sales_by_shop.a, 0)"),
    ],
)
def test_a_column_is_read_in_its_type(first: str, read: str) -> None:
    assert read in generate(SPEC.format(first=first).encode(), "spec.yml").files["models/marts/m.sql"].replace(
        "shops.", ""
    )
