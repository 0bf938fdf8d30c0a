"""`via:` beside a link from an entity to itself: rows are led round it only where the word names it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.connection import Connection, connect

SHOP = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  regions: {key: id, columns: {id: int}}
  customers: {key: id, columns: {id: int, region_id: int, referrer_id: int, credit: int}}
  orders: {key: id, columns: {id: int, customer_id: int, seller_id: int, total: int}}
links:
  customers }o--|| regions: region_id = id
  customers }o--o| customers: {referrer: referrer_id = id}
  orders }o--|| customers: {buyer: customer_id = id}
models:
"""
TWO_ROLES = SHOP.replace("customer_id = id}", "customer_id = id, seller: seller_id = id}")
ROWS = """\
create schema raw;
create table raw.regions as select * from (values (1), (2), (3)) as t (id);
create table raw.customers as select * from (values (1, 1, null, 50), (2, 1, 1, 20), (3, 2, 2, 50), (4, 3, 3, 7))
  as t (id, region_id, referrer_id, credit);
create table raw.orders as select * from (values
  (1, 1, 4, 30), (2, 1, 4, 100), (3, 2, 3, 40), (4, 3, 2, 7), (5, 4, 1, 5))
  as t (id, customer_id, seller_id, total);
"""
BUYERS = [(1, 170), (2, 7), (3, 5)]
SELLERS = [(1, 12), (2, 40), (3, 130)]
REFERRERS = [(1, 47), (2, 5), (3, 0)]  # of the buyers


def model(via: str, column: str = "orders.total") -> str:
    return f"  m: {{grain: id, rows: regions, columns: {{x: {{is: sum({column}), via: {via}}}}}}}\n"


def figures(database: Connection, text: str) -> list[tuple[Any, ...]]:
    made = generate(text.encode(), "spec.yml")
    sql = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", made.files[made.project.sql_paths["m"]])
    sql = re.sub(r"\{\{ ref\('stg_(\w+)'\) \}\}", r"raw.\1", sql)
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        cursor.execute(sql)
        return sorted(cursor.fetchall())


def ways(text: str) -> list[str]:
    """The ways that E205 lists."""
    with pytest.raises(ErdError) as refused:
        generate(text.encode(), "spec.yml")
    (fault,) = [one for one in refused.value.diagnostics if one.code.startswith("E")]
    assert fault.code == "E205"
    return fault.message.split(": ", 1)[1].split("; ")


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("customers", BUYERS),
        ("buyer", BUYERS),
        ("region_id", BUYERS),
        ("buyer.regions", BUYERS),
        ("referrer", REFERRERS),  # not the referrer's referrer
        ("referrer_id", REFERRERS),
        ("buyer.referrer.regions", REFERRERS),
        ("buyer.referrer.referrer.regions", [(1, 12), (2, 0), (3, 0)]),
    ],
)
def test_a_word_leads_round_a_link_only_by_its_name(database: Connection, word: str, right: object) -> None:
    assert figures(database, SHOP + model(word)) == right


def test_the_rows_themselves_may_have_the_link(database: Connection) -> None:
    text = SHOP + model("region_id", "customers.credit")
    assert figures(database, text) == [(1, 70), (2, 50), (3, 7)]
    assert figures(database, text.replace("via: region_id", "via: referrer")) == [(1, 70), (2, 7), (3, 0)]


def test_each_of_two_roles_leads_to_its_own_region(database: Connection) -> None:
    assert figures(database, TWO_ROLES + model("buyer")) == BUYERS
    assert figures(database, TWO_ROLES + model("seller")) == SELLERS


def test_the_ways_of_a_fault_go_round_no_link() -> None:
    """The entity does not decide between the roles, nor does a role that leads on from both."""
    found = ways(TWO_ROLES + model("customers"))
    assert len(found) == 2
    assert not any("referrer" in way for way in found)
    found = ways(TWO_ROLES + model("referrer"))
    assert len(found) == 2
    assert all("referrer" in way for way in found)
