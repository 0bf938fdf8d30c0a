"""Rows that only look like events: parts of things, templates, parts of the calendar, and stamps on every table."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.kinds import FACTS, Classified, Kind

THINGS = """
create table clients (client_id int primary key, name text not null);
create table robots (robot_id int primary key, name text not null);
"""


def star(sql: str) -> dict[str, Classified]:
    return dict(star_of(read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml")).entities)


def kind_of(table: str, columns: str) -> Kind:
    return star(f"{THINGS} create table {table} ({columns});")[table].kind


CLIENT = "client_id int not null references clients"
ROBOT = "robot_id int not null references robots"


@pytest.mark.parametrize("table", ["recurring_invoices", "invoice_template_lines", "vorlage_rechnung"])
def test_a_template_describes_what_happens_again(table: str) -> None:
    columns = f"id int primary key, {CLIENT}, {ROBOT}, begin_date date not null, end_date date, days int"
    assert kind_of(table, columns) not in FACTS
    assert kind_of("invoices", columns) in FACTS


def test_parts_of_what_does_not_happen() -> None:
    panels = "create table panels (panel_id int primary key, name text not null);"
    parts = "id int primary key, panel_id int not null references panels, text text not null"
    assert star(f"{panels} create table panel_rows ({parts});")["panel_rows"].kind is Kind.IGNORE
    assert star(f"{panels} create table panel_rows ({parts}, cost money);")["panel_rows"].kind is not Kind.IGNORE


@pytest.mark.parametrize("table", ["fiscal_year", "accounting_periods", "fiscal_quarters"])
def test_a_part_of_the_calendar_is_no_event(table: str) -> None:
    dates = "id int primary key, begin_date date not null, end_date date not null, closed boolean"
    found = star(f"{THINGS} create table {table} ({dates}); create table calls (id int primary key, {CLIENT});")
    assert table not in found or found[table].kind not in FACTS


STAMPED = "created_at timestamp, updated_at timestamp"


def five(column: str) -> str:
    return " ".join(f"create table c{n}_kinds (id int primary key, label text not null, {column});" for n in range(5))


def test_a_creation_date_on_every_table_dates_none() -> None:
    levels = f"id int primary key, {CLIENT}, {ROBOT}, short_name text, {STAMPED}"
    some = star(f"{THINGS} create table grade_levels ({levels}); {five('note text')}")
    clients = "create table clients (client_id int primary key, name text not null, " + STAMPED + ");"
    robots = "create table robots (robot_id int primary key, name text not null, " + STAMPED + ");"
    every = star(f"{clients} {robots} create table grade_levels ({levels}); {five(STAMPED)}")
    assert some["grade_levels"].kind in FACTS
    assert every["grade_levels"].kind not in FACTS


def test_a_name_of_two_parents_and_a_word_that_joins_them() -> None:
    columns = f"id int primary key, {CLIENT}, {ROBOT}, is_main boolean, gets_mail boolean, {STAMPED}"
    assert kind_of("clients_join_robots", columns) is Kind.BRIDGE
    assert kind_of("clients_robot_links", columns.replace(STAMPED, "linked_on date, paid_on date")) is not Kind.BRIDGE
    assert kind_of("clients_visit_robots", f"{columns}, visited_at timestamp not null") is not Kind.BRIDGE


def test_money_does_not_fit_in_a_small_integer() -> None:
    columns = f"id int primary key, {CLIENT}, ordered_on date not null, total numeric(12,2)"
    small = star(f"{THINGS} create table orders ({columns}, tax_included smallint not null);")["orders"]
    wide = star(f"{THINGS} create table orders ({columns}, tax_amount int not null);")["orders"]
    assert {c.name for c in small.added} == {"total"}
    assert {c.name for c in wide.added} == {"total", "tax_amount"}


def test_settings_belong_to_somebody_as_well() -> None:
    own = f"{CLIENT}, title varchar(100) not null, config_value text, primary key (client_id, title)"
    assert kind_of("config", own) is Kind.IGNORE
    assert kind_of("readings", own.replace("config_value text", "read_value int, read_at timestamp")) is not Kind.IGNORE
