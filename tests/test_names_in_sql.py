"""Entities and models of any name: the tables and the parts of their SQL stay apart, and paths read the named one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from erd2dbt.escape.sql import ident
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
    columns:
      own: sum(orders.amount)
      theirs: 'sum("{name}".amount)'
      n: 'count("{name}".id)'
      beyond: 'sum("{name}".amount) - own'
      fewer: 'count("{name}".id) - own'
      far: {{is: 'sum("{name}".amount) + own', default: 0}}
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
        cursor.execute("select own, theirs, n, beyond, fewer, far from totals")
        assert cursor.fetchall() == [(7, 30, 2, 23, -5, 37)]
        cursor.execute("select id, total, last from each order by id")
        assert cursor.fetchall() == [(1, 3, 2), (2, 4, 4)]
        cursor.execute("select id, amount, theirs from bare order by id")
        assert cursor.fetchall() == [(1, 1, 10), (2, 2, 10), (3, 4, 20)]
