"""`build --stepwise`: models one after the other, with the rows of each step, up to the first that breaks its grain."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Shop

SPEC = """version: 1
project: shop
contract: off
sources: {shop: {schema: raw, data: data}}
entities:
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, amount: "numeric(12,2)"}
models:
  order_pairs:
    grain: order_id
    assume: {reason: customers buy once}
    sql: |
      select orders.order_id, others.amount
      from {{ ref('stg_orders') }} as orders
      left join {{ ref('stg_orders') }} as others on orders.customer_id = others.customer_id
  unreached: {grain: order_id, rows: order_pairs, keep: all}
"""


def test_stopped_at_the_guilty_join(shop: Shop) -> None:
    """Its rows before and after are said; the models behind it are not made."""
    Path("shop.yml").write_text(SPEC, encoding="utf-8")
    done = shop.run("build", "shop.yml", "-o", "out", "--stepwise")
    assert done.exit_code == 2
    assert "error E706: `order_pairs` has 5 rows for 3 values of (order_id)" in done.stderr
    assert "the join that fans out is `left join " in done.stderr
    assert ": 3 rows in, 5 rows out; most for 1 (4 rows)" in done.stderr
    said = [re.sub(" +", " ", line) for line in done.stdout.splitlines()]
    assert "stg_orders rows by (order_id) 3 3 one row each" in said
    assert said[-1] == " rows by (order_id) 5 3 values"
    told = json.loads(Path("out/target/stepwise.json").read_text(encoding="utf-8"))
    assert [(one["model"], one["rows"], one["values"], one["holds"]) for one in told["models"]] == [
        ("stg_orders", 3, 3, True),
        ("order_pairs", 5, 3, False),
    ]
    assert told["faults"] == ["`order_pairs` has 5 rows for 3 values of (order_id)"]
