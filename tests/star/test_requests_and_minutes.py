"""Dates of requests and plans, minutes, moments as numbers, and links that are excluded: what a star says of them."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.preparation import sound_links
from erd2dbt.star.values import Star

PEOPLE = "create table people (id int primary key, name text not null);\n"
PERSON = "person_id int not null references people"


def star(sql: str) -> Star:
    found = star_of(sound_links(read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml"))[0])
    assert found is not None
    return found


def reasons(found: Star, model: str) -> str:
    spec = next(one for one in found.specs if one.name == model)
    assert spec.star is not None
    return "\n".join(spec.star.because)


def event(columns: str, table: str = "things_done") -> str | None:
    date = star(f"{PEOPLE}create table {table} (id int primary key, {PERSON}, {columns});").entities[table].event_date
    return date.name if date else None


@pytest.mark.parametrize(
    ("columns", "date"),
    [
        ("requested_at timestamp not null, accepted_at timestamp, cost numeric(10,2)", "requested_at"),
        ("requested_on date not null, approved_on date, cost numeric(10,2)", "requested_on"),
        ("requested_date date not null, confirmed_at timestamp, cost numeric(10,2)", "requested_date"),
        ("order_date date not null, requested_date date, shipped_date date, cost numeric(10,2)", "order_date"),
        ("order_date date not null, requested_date date not null, cost numeric(10,2)", "order_date"),
        ("requested_date date, confirmed_at timestamp, cost numeric(10,2)", "confirmed_at"),
        ("due_date date not null, confirmed_at timestamp, cost numeric(10,2)", "confirmed_at"),
    ],
)
def test_a_request_that_every_row_has_comes_before_its_answer(columns: str, date: str) -> None:
    assert event(columns, "orders") == date


def test_both_dates_of_a_pair_are_told_apart() -> None:
    sql = f"""{PEOPLE}create table friendship (requester_id int not null references people,
        addressee_id int not null references people, status text, requested_at timestamp not null default now(),
        accepted_at timestamp, primary key (requester_id, addressee_id));"""
    assert "`requested_at` says when it happened" in reasons(star(sql), "fct_friendships")


@pytest.mark.parametrize("planned", ["next_run_on", "due_on", "planned_for", "prochaine_execution", "fecha_proxima"])
def test_a_plan_does_not_say_when_it_happened(planned: str) -> None:
    sql = (
        f"{PEOPLE}create table reminders (id int primary key, {PERSON}, {planned} date not null, amount numeric(10,2));"
    )
    told = reasons(star(sql), "fct_reminders")
    assert f"`{planned}` says when it happened" not in told
    assert "when it should be" in told


@pytest.mark.parametrize(
    "name", ["duration_min", "wait_min", "duracion_min", "dauer_min", "wartezeit_min", "travel_time_min", "duree_min"]
)
def test_min_behind_a_span_is_minutes(name: str) -> None:
    sql = (
        f"{PEOPLE}create table visits (id int primary key, {PERSON}, visited_on date not null, {name} int, pages int);"
    )
    assert {one.name for one in star(sql).entities["visits"].added} == {name, "pages"}


@pytest.mark.parametrize(
    "columns",
    [
        "wait_min int, wait_max int",
        "dauer_min int, max_dauer int",
        "duration_min numeric(6,2)",
        "price_min int",
        "stock_min int",
        "time_min int",
        "interval_min int",
    ],
)
def test_min_of_several_values_is_a_bound(columns: str) -> None:
    sql = f"{PEOPLE}create table visits (id int primary key, {PERSON}, visited_on date not null, {columns}, pages int);"
    assert {one.name for one in star(sql).entities["visits"].added} == {"pages"}


@pytest.mark.parametrize("clock", ["created bigint", "timecreated int", "started bigint", "date_added int"])
def test_a_moment_as_a_number_dates_a_row(clock: str) -> None:
    sql = f"{PEOPLE}create table orders (id int primary key, {PERSON}, updated bigint, {clock}, amount numeric(10,2));"
    name = clock.partition(" ")[0]
    assert f"`{name}` says when it happened, as a number" in reasons(star(sql), "fct_orders")


@pytest.mark.parametrize(
    "columns", ["created int", "uploaded bigint", "paid bigint", "updated bigint", "created bigint, ran_at timestamp"]
)
def test_what_may_be_a_count_or_the_last_write_is_no_moment(columns: str) -> None:
    sql = f"{PEOPLE}create table orders (id int primary key, {PERSON}, {columns}, amount numeric(10,2));"
    assert "as a number" not in reasons(star(sql), "fct_orders")


def test_a_number_that_says_when_something_ends_is_not_summed() -> None:
    columns = "visited_on date not null, expires bigint, pages int"
    sql = f"{PEOPLE}create table visits (id int primary key, {PERSON}, {columns});"
    assert {one.name for one in star(sql).entities["visits"].added} == {"pages"}


def test_a_link_that_is_excluded_leads_to_no_thing_without_a_table() -> None:
    sql = """create table clients (id int primary key, name text not null);
        create table calls (id int primary key, client_id uuid not null references clients(id),
          called_at timestamp not null, bytes int);
        create table mails (id int primary key, client_id uuid not null references clients(id),
          sent_at timestamp not null, bytes int);"""
    found = star(sql)
    assert not found.phantoms
    for model in ("fct_calls", "fct_mails"):
        told = reasons(found, model)
        assert "its link to `clients` on `client_id` is excluded" in told
        assert "without a table" not in told
