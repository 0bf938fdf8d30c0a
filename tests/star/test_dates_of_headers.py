"""Rows without a date: parts take the date of their header, and what only refers to another row does not."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of

MEMBERS = "create table members (member_id int primary key, name text not null);"
CLAIMS = """
create table claims (claim_id int primary key, member_id int not null references members,
  {date} timestamp not null, fee_amount numeric(9, 2));
create table {part} ({part_key}, claim_id int not null references claims,
  refund_amount numeric(9, 2) not null{end});
"""
ORDERS = """
create table customers (customer_id int primary key, name text not null);
create table orders (order_id int primary key, customer_id int not null references customers,
  {date} date not null, total_amount numeric(9, 2));
create table {part} ({part_key}, order_id int not null references orders, net_amount numeric(9, 2) not null{end});
"""
OWN = "row_id int primary key"


def days(sql: str, table: str) -> list[str]:
    star = star_of(read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml"))
    model = next(spec for spec in star.specs if spec.name == star.models[table])
    return [by for name, by in (model.star.dimensions if model.star else ()) if name == "dim_dates"]


@pytest.mark.parametrize("schema", [MEMBERS + CLAIMS, ORDERS])
@pytest.mark.parametrize("part", ["requests", "appeals"])
def test_the_creation_of_a_header_is_not_that_of_what_refers_to_it(schema: str, part: str) -> None:
    assert days(schema.format(date="created_at", part=part, part_key=OWN, end=""), part) == []
    assert days(schema.format(date="created_at", part=part, part_key="line_no int", end=_key(schema)), part) != []


@pytest.mark.parametrize("schema", [MEMBERS + CLAIMS, ORDERS])
def test_a_cancellation_happens_later(schema: str) -> None:
    for part, has_date in (("cancellations", False), ("terminations", False), ("postings", True)):
        assert bool(days(schema.format(date="received_on", part=part, part_key=OWN, end=""), part)) is has_date


@pytest.mark.parametrize("schema", [MEMBERS + CLAIMS, ORDERS])
def test_parts_by_name_take_the_creation(schema: str) -> None:
    part = "claim_items" if "claims" in schema else "order_items"
    assert days(schema.format(date="created_at", part=part, part_key=OWN, end=""), part) != []


def _key(schema: str) -> str:
    header = "claim_id" if "claims" in schema else "order_id"
    return f", primary key ({header}, line_no)"
