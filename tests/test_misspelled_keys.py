"""A key column that is misspelled is one fault: the links to the key are not faults of their own."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan

SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  customers: {key: KEY, columns: {customer_id: int, name: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, payer_id: int}}
  visits: {key: visit_id, columns: {visit_id: int, customer_id: int}}
links:
  orders }o--|| customers: {buyer: customer_id, payer: payer_id = customer_id}
  visits }o--|| customers: customer_id
models:
  m: {grain: customer_id, rows: customers, columns: {n: count(orders.buyer), v: count(*)}}
"""


@pytest.mark.parametrize(
    ("key", "expected"), [("custmer_id", ["E033"]), ("[customer_id, nmae]", ["E033"]), ("name", ["E403"] * 3)]
)
def test_a_misspelled_key_is_one_fault(key: str, expected: list[str]) -> None:
    with pytest.raises(ErdError) as refused:
        plan(SPEC.replace("KEY", key).encode(), "spec.yml")
    assert [one.code for one in refused.value.diagnostics if one.code in ("E033", "E403")] == expected
