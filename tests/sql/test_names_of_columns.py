"""Every word that PostgreSQL takes as the name of a column is one, wherever an expression has it."""

from __future__ import annotations

import re

import pytest
from sqlglot.dialects.postgres import Postgres

from erd2dbt.pipelines.generation import generate

WORDS = sorted({word.lower() for word in Postgres.Tokenizer.KEYWORDS if re.fullmatch(r"[A-Za-z_]+", word)})
SPEC = """
project: shop
version: 1
sources: {{raw: {{}}}}
entities:
  orders: {{key: order_id, columns: {{order_id: int, shop_id: {{type: int, not_null: true}}, {columns}}}}}
models:
  shops:
    grain: shop_id
    rows: orders
    columns:
      {largest}
  labels:
    grain: order_id
    rows: orders
    columns:
      {labels}
"""


@pytest.mark.parametrize("first", range(0, len(WORDS), 60))
def test_a_column_may_have_any_name(first: int) -> None:
    names = [f'"{word}"' for word in WORDS[first : first + 60]]
    assert len(names) > 2
    spec = SPEC.format(
        columns=", ".join(f"{name}: int" for name in names),
        largest="\n      ".join(f"m{n}: {{is: 'max(orders.{name})', type: int}}" for n, name in enumerate(names)),
        labels="\n      ".join(
            line
            for n, name in enumerate(names)
            for line in (
                f"t{n}: {{is: 'orders.{name}::text', type: text}}",
                f"b{n}: {{is: 'orders.{name} in (1, 2) and orders.{name} + 1 > 2', type: boolean}}",
            )
        ),
    )
    made = generate(spec.encode(), "shop.yml")
    assert made.files[made.project.sql_paths["shops"]].count("max(") == len(names)
