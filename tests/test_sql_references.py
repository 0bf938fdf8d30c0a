"""Columns that hand-written SQL reads: those that are not there, or in several tables, are refused where they stand."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import plan

SPEC = """\
version: 1
project: shop
sources: {raw: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, country: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, at: timestamp, amount: int}}
  lines: {key: [order_id, line], columns: {order_id: int, line: int, qty: int}}
  theirs: {existing: their_model, key: order_id, columns: {order_id: int}}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
models:
  m:
    grain: order_id
    sql: |
      %s
"""
ORDERS, LINES, CUSTOMERS = (f"{{{{ ref('stg_{name}') }}}}" for name in ("orders", "lines", "customers"))
THEIRS = "{{ ref('their_model') }}"
JOINED = f"from {ORDERS} o join {CUSTOMERS} c on c.customer_id = o.customer_id"


def faults(sql: str) -> list[Diagnostic]:
    try:
        plan((SPEC % sql).encode(), "input.yml")
    except ErdError as error:
        return list(error.diagnostics)
    return []


LOST = {
    f"select order_id, amuont from {ORDERS}": "column `amuont` is not known",
    f"select o.order_id, o.qty from {ORDERS} o": "column `o.qty` is not known",
    f"select order_id, x.amount from {ORDERS} o": "column `x.amount` is not known",
    f"select o.order_id, customer_id {JOINED}": "column `customer_id` is ambiguous",
    f"select order_id from {ORDERS} where qty > 1": "column `qty` is not known",
    f"select order_id from {ORDERS} order by qty": "column `qty` is not known",
    f"select order_id from {ORDERS} group by order_id having max(qty) > 1": "column `qty` is not known",
    f"select order_id, sum(amount) over (partition by qty) as s from {ORDERS}": "column `qty` is not known",
    f"select distinct on (order_id) order_id from {ORDERS} order by order_id, qty": "column `qty` is not known",
    f"select o.order_id from {ORDERS} o join {CUSTOMERS} c on c.customer_id = o.buyer": "column `o.buyer` is not known",
    f"with few as (select order_id from {ORDERS}) select order_id, amount from few": "column `amount` is not known",
    f"select order_id, amount as a, a + 1 as b from {ORDERS}": "column `a` is not known",
    f"select order_id, amount as a from {ORDERS} where a > 1": "column `a` is not known",
    f"select order_id from {ORDERS} o where 1 in (select l.no from {LINES} l)": "column `l.no` is not known",
    f"select order_id, (select max(qty) from {LINES} l where l.order_id = o.id) as q from {ORDERS} o": (
        "column `o.id` is not known"
    ),
    f"select order_id from {ORDERS} where amount in (select amount2 from {LINES})": "column `amount2` is not known",
}
FOUND = (
    f"select order_id, amount as a from {ORDERS} order by a desc",
    f"select order_id as order_id, max(amount) as a from {ORDERS} group by order_id order by 2",
    f"select distinct on (id) order_id as order_id, order_id as id from {ORDERS} order by id",
    f"select order_id, date_trunc('month', at) as at from {ORDERS} group by order_id, at",
    f"select order_id, o.amount from {ORDERS} as o join {CUSTOMERS} using (customer_id) where customer_id > 1",
    f"select order_id from {ORDERS} o where exists (select from {LINES} l where l.order_id = amount)",
    f"select order_id, current_date as day, current_user as who, extract(year from at) as y from {ORDERS}",
    f"select order_id, make_interval(days => amount) as i, row_to_json(o) as j from {ORDERS} o",
    f"select order_id, x.top from {ORDERS} o cross join lateral (select max(qty) as top from {LINES} l "
    "where l.order_id = o.order_id) x",
    f'select order_id, "amount", AMOUNT as twice, sum(amount) over w as s from {ORDERS} window w as (partition by at)',
    f"select order_id, count(*) filter (where qty > 1) as n from {LINES} group by rollup (order_id) "
    "having order_id is not null",
    f"select order_id, not_listed from {THEIRS}",
    f"select order_id, count(*) as n from {LINES} group by 1 having sum(qty) > (select min(amount) from {ORDERS})",
    f"with recursive n as (select order_id, 1 as level from {ORDERS}) select order_id, level from n",
)


@pytest.mark.parametrize("sql", LOST)
def test_a_column_that_is_not_there_is_refused(sql: str) -> None:
    (fault,) = faults(sql)
    assert (fault.code, fault.message) == ("E031", f"in the SQL of `m`, {LOST[sql]}")
    assert fault.span is not None
    assert fault.span.line == 16


@pytest.mark.parametrize("sql", FOUND)
def test_a_column_that_is_there_is_found(sql: str) -> None:
    assert [fault for fault in faults(sql) if fault.code == "E031"] == []


def test_every_lost_column_is_named_once() -> None:
    found = faults(f"select order_id, amuont, qyt, amuont + 1 as more from {ORDERS}")
    assert [fault.message.partition(", ")[2] for fault in found] == [
        "column `amuont` is not known",
        "column `qyt` is not known",
    ]
    assert list(found[0].fixes) == ["did you mean `amount`?"]
