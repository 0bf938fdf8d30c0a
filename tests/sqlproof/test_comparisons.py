# ruff: noqa: E501
"""Comparisons of columns that no link connects, and of a part of a composite link: W406 in every clause."""

from __future__ import annotations

import re

import pytest
import yaml

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import plan

WORLD = """version: 1
project: p
sources: {s: {}}
entities:
  customers: {key: id, columns: {id: int, name: text, status: text}}
  stores: {key: id, columns: {id: int, name: text}}
  products: {key: id, columns: {id: int, name: text}}
  orders:
    key: id
    columns: {id: int, customer_id: int, store_id: int, day: date, status: text, amount: int}
  lines: {key: [order_id, line_no], columns: {order_id: int, line_no: int, product_id: int, qty: int}}
  payments: {key: id, columns: {id: int, order_id: int, paid_on: date, status: text, paid: int}}
  tenants: {key: tenant_id, columns: {tenant_id: int, name: text}}
  people: {key: [tenant_id, person_id], columns: {tenant_id: int, person_id: int, name: text}}
  projects:
    key: [tenant_id, project_no]
    columns: {tenant_id: int, project_no: int, owner_id: int, budget: int}
  tasks:
    key: [tenant_id, project_no, task_no]
    columns: {tenant_id: int, project_no: int, task_no: int, assignee_id: int, hours: int}
  rates: {key: [currency, day], columns: {currency: text, day: date, rate: "numeric(9,4)"}}
  bills: {key: bill_id, columns: {bill_id: int, currency: text, day: date, total: int}}
links:
  orders }o--|| customers: customer_id = id
  orders }o--|| stores: store_id = id
  lines }o--|| orders: order_id = id
  lines }o--|| products: product_id = id
  payments }o--|| orders: order_id = id
  people }o--|| tenants: tenant_id
  projects }o--|| tenants: tenant_id
  projects }o--|| people: {owner: [tenant_id, owner_id = person_id]}
  tasks }o--|| projects: [tenant_id, project_no]
  tasks }o--|| people: {assignee: [tenant_id, assignee_id = person_id]}
  bills }o--|| rates: [currency, day]
"""
TABLES = "customers|stores|products|orders|lines|payments|people|projects|tasks|rates|bills"

OF_NO_LINK = [
    ("id", "select o.id, c.name from @orders o join @customers c on c.id = o.id"),
    ("id", "with c as (select id as oid, name from @customers) select o.id, c.name from @orders o join c on c.oid = o.id"),
    ("id", "select o.id, c.name from @orders o left join @customers c on c.id = o.store_id"),
    ("id", "select o.id, c.name from @orders o, @customers c where c.id = o.store_id"),
    ("id", "select o.id, c.name from @orders o join @customers c on c.id = o.customer_id and c.id = o.store_id"),
    ("id", "select o.id, (select sum(l.qty) from @lines l where l.product_id = o.id) as n from @orders o"),
    ("id", "select o.id, (select count(*) from @payments p where p.id = o.id) as n from @orders o"),
    ("id", "select o.id from @orders o where exists (select 1 from @payments p where p.id = o.id)"),
    ("id", "select o.id from @orders o where not exists (select 1 from @lines l where o.id = l.product_id)"),
    ("id", "select o.id from @orders o where o.id in (select id from @payments)"),
    ("id", "select o.id from @orders o where o.id not in (select l.product_id from @lines l)"),
    ("id", "select o.id from @orders o where o.id = any (select l.product_id from @lines l)"),
    ("id", "select o.id, s.n from @orders o left join lateral (select sum(qty) n from @lines l where l.product_id = o.id) s on true"),
    ("id", "select id from @orders except select product_id from @lines"),
    ("id", "select id from @orders intersect select id from @customers"),
]  # fmt: skip
BY_A_LINK = [
    ("id", "select o.id, c.name from @orders o join @customers c on c.id = o.customer_id"),
    ("id", "with c as (select id as oid, name from @customers) select o.id, c.name from @orders o join c on c.oid = o.customer_id"),
    ("id", "select o.id, (select sum(l.qty) from @lines l where l.order_id = o.id) as n from @orders o"),
    ("id", "select o.id from @orders o where exists (select 1 from @payments p where p.order_id = o.id and p.status = o.status)"),
    ("id", "select o.id from @orders o where exists (select 1 from @payments p where p.paid_on = o.day)"),
    ("id", "select o.id from @orders o where o.id in (select order_id from @lines)"),
    ("id", "select o.id from @orders o where o.id not in (select order_id from @payments)"),
    ("id", "select o.id from @orders o where o.status in (select status from @payments)"),
    ("id", "select o.id from @orders o where o.amount in (select paid from @payments)"),
    ("id", "select o.id from @orders o where (o.id, o.status) in (select order_id, status from @payments)"),
    ("id", "select o.id, s.n from @orders o left join lateral (select sum(qty) n from @lines l where l.order_id = o.id) s on true"),
    ("id", "select id from @orders except select order_id from @lines"),
    ("status", "select status from @orders intersect select status from @payments"),
    ("id", "select p.id, l.n from @payments p join (select order_id, count(*) n from @lines group by 1) l on l.order_id = p.order_id"),
    ("id", "select a.id, count(distinct b.id) n from @orders a join @orders b on b.store_id = a.store_id group by 1"),
]  # fmt: skip
A_PART = [
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, sum(t.hours) e from @projects p join @tasks t on t.project_no = p.project_no group by 1, 2"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, (select sum(t.hours) from @tasks t where t.project_no = p.project_no) h from @projects p"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, h.h from @projects p left join (select project_no, sum(hours) h from @tasks group by 1) h on h.project_no = p.project_no"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, h.h from @projects p left join lateral (select sum(t.hours) h from @tasks t where t.project_no = p.project_no) h on true"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no from @projects p where exists (select 1 from @tasks t where t.project_no = p.project_no)"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no from @projects p where project_no in (select project_no from @tasks)"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no from @projects p where project_no not in (select project_no from @tasks)"),
    ("tenant_id, project_no", "with t as (select tenant_id as tid, project_no as pno, sum(hours) h from @tasks group by 1, 2) select p.tenant_id, p.project_no, sum(t.h) h from @projects p left join t on t.pno = p.project_no group by 1, 2"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, sum(t.hours) h from @projects p join @tasks t on t.project_no = p.project_no where t.tenant_id = 7 group by 1, 2"),
    ("tenant_id, person_id", "select e.tenant_id, e.person_id, sum(t.hours) h from @people e left join @tasks t on t.assignee_id = e.person_id group by 1, 2"),
]  # fmt: skip
THE_WHOLE = [
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, sum(t.hours) e from @projects p join @tasks t on t.project_no = p.project_no and t.tenant_id = p.tenant_id group by 1, 2"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, sum(t.hours) e from @projects p join @tasks t on t.project_no = p.project_no where p.tenant_id = t.tenant_id group by 1, 2"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, sum(t.hours) e from @projects p join @tasks t on t.project_no = p.project_no where p.tenant_id = 7 and t.tenant_id = 7 group by 1, 2"),
    ("project_no", "with p as (select project_no from @projects where tenant_id = 7), t as (select project_no, hours from @tasks where tenant_id = 7) select p.project_no, sum(t.hours) e from p join t using (project_no) group by 1"),
    ("project_no", "with p as (select project_no, sum(budget) b from @projects group by 1), t as (select project_no, sum(hours) h from @tasks group by 1) select project_no, b, h from p join t using (project_no)"),
    ("tenant_id", "with p as (select tenant_id, sum(budget) b from @projects group by 1), t as (select tenant_id, sum(hours) h from @tasks group by 1) select tenant_id, b, h from p join t using (tenant_id)"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, (select sum(t.hours) from @tasks t where t.project_no = p.project_no and t.tenant_id = p.tenant_id) h from @projects p"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no, (select sum(t.hours) from @tasks t where t.project_no = p.project_no and t.tenant_id = 7) h from @projects p where p.tenant_id = 7"),
    ("tenant_id, project_no", "select p.tenant_id, p.project_no from @projects p where (tenant_id, project_no) in (select tenant_id, project_no from @tasks)"),
    ("tenant_id, project_no, task_no", "select t.tenant_id, t.project_no, t.task_no, e.name from @tasks t join @projects p on p.tenant_id = t.tenant_id and p.project_no = t.project_no join @people e on e.tenant_id = p.tenant_id and e.person_id = t.assignee_id"),
    ("bill_id", "select b.bill_id, (select r.rate from @rates r where r.currency = b.currency and r.day <= b.day order by r.day desc limit 1) x from @bills b"),
    ("bill_id", "select b.bill_id, r.rate from @bills b join @rates r on r.currency = b.currency and r.day = date '2024-01-01'"),
]  # fmt: skip


def faults(grain: str, query: str) -> list[Diagnostic]:
    sql = re.sub(rf"@({TABLES})\b", r"{{ ref('stg_\1') }}", query)
    text = WORLD + yaml.safe_dump({"models": {"m": {"grain": grain.split(", "), "sql": sql}}}, width=2000)
    try:
        found = plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = error.diagnostics
    return [fault for fault in found if fault.code == "W406" or fault.code[0] == "E"]


@pytest.mark.parametrize(("grain", "query"), OF_NO_LINK)
def test_columns_that_no_link_connects_are_reported(grain: str, query: str) -> None:
    (fault,) = faults(grain, query)
    assert fault.code == "W406"
    assert "no link connects them" in fault.message


@pytest.mark.parametrize(("grain", "query"), A_PART)
def test_a_part_of_a_composite_link_is_reported(grain: str, query: str) -> None:
    (fault,) = faults(grain, query)
    assert fault.code == "W406"
    assert re.search(r"without `\w+\.tenant_id`", fault.message)


@pytest.mark.parametrize(("grain", "query"), [*BY_A_LINK, *THE_WHOLE])
def test_what_a_link_compares_is_not_reported(grain: str, query: str) -> None:
    assert faults(grain, query) == []


def test_the_fix_names_the_columns_of_the_link() -> None:
    (fault,) = faults("id", "select o.id, c.name from @orders o left join @customers c on c.id = o.store_id")
    assert "`orders.customer_id` = `customers.id`" in str(fault.fixes)
