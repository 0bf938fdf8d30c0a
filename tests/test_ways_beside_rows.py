"""An input may belong to the parent that its own link leads to, or to the parent of its row: `via:` decides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.connection import Connection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, city: {type: text, not_null: true}}}
  orders: {key: order_id, columns: {order_id: int, buyer_id: int}}
  parcels: {key: parcel_id, columns: {parcel_id: int, order_id: int, receiver_id: int, weight: int}}
links:
  orders }o--|| customers: buyer_id = customer_id
  parcels }o--|| orders: order_id
  parcels }o--|| customers: receiver_id = customer_id
models:
"""
OF_ORDERS = "  m: {grain: city, rows: orders, columns: {weight: WHAT}}\n"
OF_A_MODEL = """\
  bought: {grain: order_id, rows: orders, columns: {town: customers.city}}
  m: {grain: town, rows: bought, columns: {weight: WHAT}}
"""
ROWS = """\
create schema raw;
create table raw.customers (customer_id int, city text);
insert into raw.customers values (1, 'Bonn'), (2, 'Kiel'), (3, 'Bonn');
create table raw.orders (order_id int, buyer_id int);
insert into raw.orders values (10, 1), (11, 2), (12, 3);
create table raw.parcels (parcel_id int, order_id int, receiver_id int, weight int);
insert into raw.parcels values (1, 10, 2, 1), (2, 10, 1, 2), (3, 11, 3, 4), (4, 12, 2, 8);
"""
FIGURES = {"orders": {"Bonn": 11, "Kiel": 4}, "receiver_id": {"Bonn": 6, "Kiel": 9}}


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        found = session.cursor()
        found.execute(ROWS)
        yield found
        session.rollback()


@pytest.mark.parametrize("models", [OF_ORDERS, OF_A_MODEL], ids=["entity", "model"])
def test_each_way_that_is_listed_can_be_chosen(models: str, cursor: Any) -> None:
    with pytest.raises(ErdError) as refused:
        generate((SPEC + models.replace("WHAT", "sum(parcels.weight)")).encode(), "spec.yml")
    (fault,) = refused.value.diagnostics
    assert fault.code == "E205"
    words = re.findall(r"`via: (\w+)`", " ".join(str(fix) for fix in fault.fixes))
    assert sorted(words) == sorted(FIGURES)
    for word, wanted in FIGURES.items():
        formula = "{is: sum(parcels.weight), via: " + word + "}"
        made = generate((SPEC + models.replace("WHAT", formula)).encode(), "spec.yml")
        cursor.execute("savepoint before; create schema made; set local search_path = made")
        for one in made.planned.own:
            sql = made.files[made.project.sql_paths[one.relation.model]]
            sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", sql)
            cursor.execute(
                f"create view {one.relation.model} as " + re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", sql)
            )
        cursor.execute("select * from m")
        assert dict(cursor.fetchall()) == wanted, word
        cursor.execute("rollback to savepoint before")


def test_ways_that_give_the_same_values_are_one() -> None:
    """The link to the rows compares the tenant, too: both ways lead to one tenant."""
    spec = """\
version: 1
project: shop
sources: {raw: {}}
entities:
  tenants: {key: tenant_id, columns: {tenant_id: int, plan: {type: text, not_null: true}}}
  orders: {key: [tenant_id, no], columns: {tenant_id: int, no: int}}
  parcels: {key: parcel_id, columns: {parcel_id: int, tenant_id: int, no: int, weight: int}}
links:
  orders }o--|| tenants: tenant_id
  parcels }o--|| orders: [tenant_id, no]
  parcels }o--|| tenants: tenant_id
models:
  m: {grain: plan, rows: orders, columns: {weight: sum(parcels.weight), lines: count(parcels.parcel_id)}}
  bought: {grain: [tenant_id, no], rows: orders, columns: {what: tenants.plan}}
  by_plan: {grain: what, rows: bought, columns: {weight: sum(parcels.weight)}}
"""
    assert {plan.relation.name for plan in generate(spec.encode(), "spec.yml").planned.own} >= {"m", "by_plan"}
