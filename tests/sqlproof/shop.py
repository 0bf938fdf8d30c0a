"""A small shop with rows: hand-written models of it are planned for their faults, and run for their figures."""

from __future__ import annotations

import re
import textwrap
from decimal import Decimal

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import plan
from erd2dbt.run.connection import Connection, connect

SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, region: {type: text, not_null: true}, referrer_id: int}}
  orders:
    key: order_id
    columns:
      order_id: int
      customer_id: {type: int, not_null: true}
      placed_on: {type: date, not_null: true}
      status: {type: text, not_null: false}
      shipping: {type: "numeric(12,2)", not_null: true}
  lines:
    key: [order_id, line_no]
    columns:
      order_id: int
      line_no: int
      qty: {type: int, not_null: true}
      price: {type: int, not_null: true}
      discount: {type: int, not_null: false}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
models:
"""
ROWS = """
create table customers (customer_id int, region text, referrer_id int);
insert into customers values (1, 'N', null), (2, 'N', 1), (3, 'S', 1), (4, 'S', 2);
create table orders (order_id int, customer_id int, placed_on date, status text, shipping numeric);
insert into orders values (1, 1, '2026-01-01', 'paid', 6), (2, 1, '2026-01-01', 'open', 6),
  (3, 1, '2026-01-02', null, 12), (4, 2, '2026-01-02', 'paid', 12), (5, 2, '2026-01-05', 'paid', 30);
create table lines (order_id int, line_no int, qty int, price int, discount int);
insert into lines values (1, 1, 1, 10, 1), (1, 2, 3, 20, null), (1, 3, 2, 10, null), (2, 1, 1, 10, 2),
  (2, 4, 2, 10, null), (3, 1, 2, 20, null), (3, 2, 2, 20, 5), (4, 1, 4, 10, null), (4, 2, 4, 10, 1), (5, 1, 1, 10, 2),
  (5, 2, 9, 40, null);
"""
FIRST = "row_number() over (partition by o.order_id order by l.line_no) = 1"
JOINED = "@lines l join @orders o on o.order_id = l.order_id"
SHIPPING = {1: Decimal(24), 2: Decimal(42)}


def hand_written(name: str, grain: str, sql: str) -> str:
    """The text of a model. `@orders` reads the staging model of an entity, `@@a` another model."""
    text = re.sub(r"@(\w+)", r"{{ ref('stg_\1') }}", re.sub(r"@@(\w+)", r"{{ ref('\1') }}", sql))
    return f"  {name}:\n    grain: {grain}\n    sql: |\n{textwrap.indent(text, '      ')}\n"


def diagnostics(models: str) -> list[Diagnostic]:
    try:
        return list(plan((SPEC + models).encode(), "spec.yml")[1].remarks)
    except ErdError as error:
        return list(error.diagnostics)


def faults(sql: str, *, grain: str = "customer_id", models: str = "") -> list[str]:
    """The codes of errors and warnings of one query, after the models that it reads."""
    found = diagnostics(models + hand_written("m", grain, sql))
    return sorted({d.code for d in found if d.code[0] in "EW"})


def load(database: Connection) -> None:
    with connect(database) as session:
        session.autocommit = True
        session.cursor().execute(ROWS)


def figures(database: Connection, sql: str) -> dict[object, object]:
    """The figure of each key, rounded. Where a key has several rows, the last one counts."""
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(re.sub(r"@", "", sql))
        return {key: None if value is None else round(Decimal(value), 4) for key, value in cursor.fetchall()}
