"""One run reports all independent misspellings of a spec, and nothing that only follows from them."""

from __future__ import annotations

import re

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan

SPEC = """
version: 1
project: p
sources: {s: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, name: text, country: text}}
  orders: {key: order_id, columns: {order_id: int, buyer_id: int, payer_id: int, amount: int, shipping: int}}
links:
  orders }o--|| customers: {buyer: buyer_id = customer_id, payer: payer_id = customer_id}
models:
  role: {grain: order_id, rows: orders, columns: {n: {is: customers.name, via: buyr}, x: orders.amout}}
  roles: {grain: customer_id, rows: customers, via: seller, columns: {x: sum(orders.amonut), y: sum(odrers.amount)}}
  rows: {grain: customer_id, rows: custmers, columns: {x: sum(orders.amuont), y: max(customers.name)}}
  grain: {grain: customer_no, rows: customers, columns: {x: sum(orders.ammount)}}
  reader: {grain: order_id, rows: role, columns: {x: sum(role.x), y: sum(role.unknown), z: sum(orders.shippin)}}
  broken: {grain: order_id, rows: orders, columns: {x: (orders.amount, y: orders.amoutn}}
  two: {grain: order_id, rows: orders, columns: {x: orders.shiping + orders.shpping}}
  query: {grain: order_id, sql: "select order_id, amuont from {{ ref('stg_orders') }}"}
"""


def names(text: str) -> list[str]:
    """The unknown names, as the messages quote them."""
    with pytest.raises(ErdError) as error:
        plan(text.encode(), "input.yml")
    return [f"{d.code} {re.findall(r'`([^`]+)`', d.message)[-1]}" for d in error.value.diagnostics if d.code[0] == "E"]


def test_a_fault_of_one_model_hides_no_misspelling_of_another() -> None:
    assert names(SPEC) == [
        "E032 buyr",
        "E031 amout",
        "E032 seller",
        "E031 amonut",
        "E030 odrers",
        "E030 custmers",
        "E031 amuont",
        "E201 grain",
        "E031 ammount",
        "E031 shippin",
        "E020 )",
        "E031 amoutn",
        "E031 shiping",
        "E031 shpping",
        "E031 amuont",
    ]


def test_a_fault_of_an_entity_or_a_link_hides_no_misspelling_of_a_model_and_is_reported_once() -> None:
    models = """
  one: {grain: order_id, rows: orders, columns: {x: orders.amout, n: {is: customers.name, via: payer}}}
  key: {grain: order_id, rows: orders, columns: {key: orders.order_id}}
  two: {grain: order_id, rows: orders, columns: {y: orders.buyer_id, z: orders.shiping}}
"""
    text = SPEC.partition("models:")[0] + "models:" + models
    assert names(text) == ["E031 amout", "E031 shiping"]
    assert names(text.replace("{order_id: int", "{order_no: int")) == ["E033 orders", "E031 amout", "E031 shiping"]
    assert names(text.replace("  customers: {", "  custmers: {")) == ["E030 customers"] * 2 + [
        "E031 amout",
        "E031 shiping",
    ]
