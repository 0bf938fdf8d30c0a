"""Entities and models of any name: the tables and the parts of their SQL stay apart, and paths read the named one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.connection import connect

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

SPEC = """
version: 1
project: names
sources: {{raw: {{schema: raw}}}}
entities:
  "{name}": {{key: id, columns: {{id: int, label: text, amount: int}}}}
  orders: {{key: id, columns: {{id: int, fk: int, amount: int, day: date}}}}
links:
  "orders }}o--|| {name}": fk = id
models:
  totals:
    grain: label
    rows: orders
    columns: {{own: sum(orders.amount), theirs: 'sum("{name}".amount)', n: 'count("{name}".id)'}}
  each:
    grain: id
    rows: "{name}"
    columns: {{total: sum(orders.amount), last: {{last: orders.amount, order: [day, id]}}}}
  bare: {{grain: id, rows: orders, keep: [amount], columns: {{theirs: {name}.amount}}}}
"""
NAMES = ["x" * 63, "ä" * 31, "true", "null", "current_user", "select", "fetch", "Kunden", "final", "orders_by_label"]
ROWS = """
create schema raw;
create table raw."{name}" as select * from (values (1, 'a', 10), (2, 'a', 20)) as t (id, label, amount);
create table raw.orders as select * from (values
  (1, 1, 1, date '2025-01-01'), (2, 1, 2, '2025-01-02'), (3, 2, 4, '2025-01-01'))
  as t (id, fk, amount, day);
"""


@pytest.mark.parametrize("name", NAMES)
def test_an_entity_of_any_name_is_read(name: str, database: Connection) -> None:
    made = generate(SPEC.format(name=name).encode(), "spec.yml")
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS.format(name=name))
        for one in made.planned.own:
            sql = made.files[made.project.sql_paths[one.relation.model]]
            sql = re.sub(r"\{\{ source\('raw', '(.+?)'\) \}\}", lambda m: f"raw.{ident(m[1])}", sql)
            sql = re.sub(r"\{\{ ref\('(.+?)'\) \}\}", lambda m: ident(m[1]), sql)
            cursor.execute(f"create view {ident(one.relation.model)} as {sql}")
        cursor.execute("select own, theirs, n from totals")
        assert cursor.fetchall() == [(7, 30, 2)]
        cursor.execute("select id, total, last from each order by id")
        assert cursor.fetchall() == [(1, 3, 2), (2, 4, 4)]
        cursor.execute("select id, amount, theirs from bare order by id")
        assert cursor.fetchall() == [(1, 1, 10), (2, 2, 10), (3, 4, 20)]


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


def test_no_link_is_asked_for_that_cannot_be_drawn() -> None:
    """A model has no links; as an entity, an existing one can have some."""
    with pytest.raises(ErdError) as refused:
        generate(EXISTING.encode(), "spec.yml")
    (fault,) = refused.value.diagnostics
    assert fault.code == "E201"
    assert fault.fixes[0].startswith("declare `calendar` as an entity with `existing:` and draw its link, or name")
    entity = "entities: {calendar: {existing: dim_calendar, key: day, columns: {day: date, week: int}}, "
    drawn = EXISTING.replace("entities: {", entity, 1).replace("links: {}", 'links: {"orders }o--|| calendar": day}')
    drawn = re.sub(r"  calendar: \{existing.*\n", "", drawn)
    assert "weeks" in generate(drawn.encode(), "spec.yml").project.sql_paths
