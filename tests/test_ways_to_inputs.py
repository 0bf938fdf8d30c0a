"""E201 advises what can be done: to draw a link that is missing, to declare an entity, or to aggregate in a model."""

from __future__ import annotations

import re

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate

EXISTING = """
version: 1
project: names
sources: {raw: {}}
entities: {orders: {key: id, columns: {id: int, day: date, amount: int}}}
links: {}
models:
  calendar: {existing: dim_calendar, grain: day, columns: {day: date, week: int}}
  weeks: {grain: week, rows: calendar, columns: {amount: sum(orders.amount)}}
"""


COMPUTED = """
version: 1
project: names
sources: {raw: {}}
entities:
  orders: {key: id, columns: {id: int, amount: int}}
  lines: {key: [order_id, line], columns: {order_id: int, line: int, pieces: int}}
links: {"lines }|--|| orders": order_id = id}
models:
  order_list: {grain: id, rows: orders, columns: {is_big: orders.amount > 10}}
  sizes: {grain: is_big, rows: order_list, columns: {pieces: sum(lines.pieces)}}
"""


def advice(text: str) -> str:
    with pytest.raises(ErdError) as refused:
        generate(text.encode(), "spec.yml")
    (fault,) = refused.value.diagnostics
    assert fault.code == "E201"
    return str(fault.fixes[0])


def test_no_link_is_asked_for_that_is_there() -> None:
    assert advice(COMPUTED).startswith("aggregate `lines` in a column of `order_list` and read that")
    first, _, last = COMPUTED.replace("amount > 10", "amount > 10, pieces: sum(lines.pieces)").rpartition(
        "lines.pieces"
    )
    assert "sizes" in generate(f"{first}order_list.pieces{last}".encode(), "spec.yml").project.sql_paths


def test_no_link_is_asked_for_that_cannot_be_drawn() -> None:
    """A model has no links; as an entity, an existing one can have some."""
    assert advice(EXISTING).startswith("declare `calendar` as an entity with `existing:` and draw its link, or name")
    entity = "entities: {calendar: {existing: dim_calendar, key: day, columns: {day: date, week: int}}, "
    drawn = EXISTING.replace("entities: {", entity, 1).replace("links: {}", 'links: {"orders }o--|| calendar": day}')
    drawn = re.sub(r"  calendar: \{existing.*\n", "", drawn)
    assert "weeks" in generate(drawn.encode(), "spec.yml").project.sql_paths
