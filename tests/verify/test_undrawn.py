"""Links and keys that the data has and the diagram does not draw; and what looks like one and is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.pipelines import generation
from erd2dbt.run.connection import Connection, connect
from erd2dbt.verify import undeclared
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.spec_comments import annotated
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from erd2dbt.verify.verdict import Report

SPEC = """
version: 1
project: shop
sources: {shop: {}}
entities:
  addresses: {key: address_id, columns: {address_id: int, city: text, "is_active": boolean}}
  customers: {key: customer_id, columns: {customer_id: int, address_id: int, billing_address_id: int, tier_id: int}}
  tiers: {key: tier_id, columns: {tier_id: text, label: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, parent_id: int, score_id: int, shop_id: int}}
  scores: {key: score_id, columns: {score_id: int, points: int}}
  order_lines: {key: order_id, columns: {order_id: int, line_no: int, sku: text, doc: json}}
links:
  customers }o--|| addresses: address_id
  order_lines }o--|| orders: order_id
models: {}
"""
ROWS = """
create schema shop;
create table shop.addresses as select i as address_id, 'c' || i % 9 as city, true as is_active
from generate_series(1, 300) as i;
create table shop.customers as
select i as customer_id, i as address_id, case when i % 3 = 0 then 301 - i end as billing_address_id, i % 3 as tier_id
from generate_series(1, 200) as i;
create table shop.tiers as select i::text as tier_id, 't' as label from generate_series(0, 2) as i;
create table shop.orders as
select
    i as order_id, 1 + i % 200 as customer_id, nullif(i % 400, 0) as parent_id, i + 90000 as score_id,
    1 + i % 2 as shop_id
from generate_series(1, 1000) as i;
create table shop.scores as select i as score_id, i as points from generate_series(1, 60) as i;
create table shop.order_lines as
select 1 + i / 2 as order_id, 1 + i % 2 as line_no, 'a' || i % 30 as sku, '{}'::json as doc
from generate_series(0, 1999) as i;
"""


@pytest.fixture
def shop(database: Connection) -> Connection:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(ROWS)
        session.commit()
    return database


def report(connection: Connection, terms: Terms | None = None) -> Report:
    made = generation.generate(SPEC.encode(), "shop.yml")
    return verify(made, connection, {"shop": "shop"}, terms or Terms(), lambda _: None)


PROPOSED = [
    "`customers.billing_address_id` -> `addresses.address_id` is not declared: 66 of 66 values found; the name "
    "matches; the link would be `customers }o--o| addresses: billing_address_id = address_id`",
    "`orders.customer_id` -> `customers.customer_id` is not declared: 200 of 200 values found; the name matches; "
    "the link would be `orders }o--|| customers: customer_id`",
    "`orders.parent_id` -> `orders.order_id` is not declared: 399 of 399 values found; the name matches; "
    "the link would be `orders }o--o| orders: parent_id = order_id`",
    "the key of `order_lines` does not hold; (order_id, line_no) would: unique in 2,000 of 2,000 rows, never NULL; "
    "smallest of 2 candidates",
]


def test_links_and_keys_are_proposed(shop: Connection) -> None:
    """Not the false friends: types that differ, ranges that do not meet, ids that are within each other's range by
    chance (points, tiers, shops), a key that holds."""
    found = report(shop)
    texts = [one.text for one in found.proposals if one.kind != "unique"]
    assert texts == PROPOSED
    assert set(texts) <= set(found.notes)


def test_another_key_goes_into_the_spec_as_a_comment(shop: Connection) -> None:
    said = "# observed: proposal: `key: [order_id, line_no]`, unique in 2,000 of 2,000 rows, never NULL"
    assert said in annotated(SPEC, report(shop))


def test_a_sample_says_so_little_that_only_its_values_are_told(shop: Connection) -> None:
    found = report(shop, Terms(sample=500))
    assert [one.text for one in found.proposals if one.kind == "link"] == PROPOSED[:3]


def test_what_cannot_be_asked_cheaply_is_not(shop: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of large tables only those with an index are looked up, and no more than so many."""
    monkeypatch.setattr(undeclared, "SMALL", 0)
    with connect(shop) as session, session.cursor() as cursor:
        cursor.execute("create index on shop.customers (customer_id)")
        session.commit()
    assert [one.target for one in report(shop).proposals if one.kind == "link"] == ["customers"]
    monkeypatch.setattr(undeclared, "_MOST", 0)
    assert [one.target for one in report(shop).proposals if one.kind == "link"] == []


def test_machines_read_them_in_parts(shop: Connection, tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    spec.write_text(SPEC, encoding="utf-8")
    done = CliRunner().invoke(
        main, ["verify", str(spec), "--url", shop.url, "--format", "json"], catch_exceptions=False
    )
    proposals = json.loads(done.stdout)["proposals"]
    assert [(p["kind"], p["entity"], p["columns"], p["target"], p["target_columns"]) for p in proposals] == [
        ("unique", "customers", ["address_id"], "", []),
        ("link", "customers", ["billing_address_id"], "addresses", ["address_id"]),
        ("unique", "orders", ["score_id"], "", []),
        ("link", "orders", ["customer_id"], "customers", ["customer_id"]),
        ("link", "orders", ["parent_id"], "orders", ["order_id"]),
        ("key", "order_lines", ["order_id", "line_no"], "", []),
    ]
    assert proposals[1]["evidence"] == "66 of 66 values found; the name matches"
    for form in ("markdown", "html"):
        told = CliRunner().invoke(main, ["verify", str(spec), "--url", shop.url, "--format", form]).stdout
        assert "is not declared: 66 of 66 values found" in told


OPEN_KEY = """
version: 1
project: shop
sources: {shop: {}}
entities:
  readers: {key: TODO, columns: {reader_id: {type: int, unique: true}, city: text}}
  loans: {key: loan_id, columns: {loan_id: int, reader_id: int, address_id: int}}
  addresses: {key: address_id, columns: {address_id: int, city: text}}
links:
  loans }o--|| readers: reader_id
models: {}
"""


def test_a_declared_link_to_an_open_key_is_not_proposed_again(database: Connection) -> None:
    rows = """
    create schema shop;
    create table shop.readers as select i as reader_id, 'c' || i % 9 as city from generate_series(1, 300) as i;
    create table shop.addresses as select i as address_id, 'c' || i % 9 as city from generate_series(1, 300) as i;
    create table shop.loans as
    select i as loan_id, 1 + i % 200 as reader_id, 1 + i % 150 as address_id from generate_series(1, 1000) as i;
    """
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(rows)
        session.commit()
    made = generation.generate(OPEN_KEY.encode(), "shop.yml")
    found = verify(made, database, {"shop": "shop"}, Terms(), lambda _: None)
    links = [(one.columns, one.target) for one in found.proposals if one.kind == "link"]
    assert links == [(("address_id",), "addresses")]
