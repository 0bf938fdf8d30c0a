"""Keys and links that names tell where nobody declared them: each kind beside its opposite."""

from __future__ import annotations

import re

import pytest

from erd2dbt.pipelines.drafting import drafted


def keys(sql: str) -> dict[str, str]:
    text = drafted(sql.encode(), "schema.sql", infer_keys=True)[1]
    return dict(re.findall(r"^  (\w+):\n(?:    (?!key)[^\n]*\n)*    key: ([^#\n]+?) *(?:#.*)?$", text, re.M))


def links(sql: str) -> list[str]:
    text = drafted(sql.encode(), "schema.sql", infer_keys=True)[1]
    return re.findall(r"^  (\w+ \S+ \w+): ", text.partition("\nlinks:\n")[2], re.M)


@pytest.mark.parametrize(
    ("sql", "table", "key"),
    [
        # the database numbers the rows; an id that is repeated in a history is no key
        ("create table order_history (record_no serial, id text not null, note text);", "order_history", "record_no"),
        ("create table order_log (nr int generated always as identity, id text, note text);", "order_log", "nr"),
        # a version of a thing, to which others refer by both
        (
            "create table ways (way_id bigint not null, version int not null, at timestamp);"
            "create table way_tags (way_id bigint not null, k text not null, v text, version int not null);",
            "way_tags",
            "[way_id, version, k]",
        ),
        (
            "create table ways (way_id bigint not null, version int not null, at timestamp);"
            "create table way_tags (way_id bigint not null, k text not null, v text, version int not null);",
            "ways",
            "[way_id, version]",
        ),
        # codes of the rows themselves refer to nothing, as ids of other things do
        ("create table planes (name text, iata_code text, icao_code text);", "planes", "iata_code"),
        ("create table boxes (note text, item_code text, shelf_code text);", "boxes", "[item_code, shelf_code]"),
        # alone, a version counts how often the row was written
        ("create table ways (way_id bigint not null, version int not null, at timestamp);", "ways", "way_id"),
        # a table that is called after what it ties together, and one of its ids that is no part of that
        (
            "create table match_players (match_id int not null, player_id int not null, hero_id int not null, k int);"
            "create table matches (match_id int primary key); create table players (player_id int primary key);"
            "create table heroes (hero_id int primary key);",
            "match_players",
            "[match_id, player_id]",
        ),
        # the few columns that are never NULL
        (
            "create table sales (item_id int not null, ticket_number int not null, a int, b int, c int, d int, e int);",
            "sales",
            "[item_id, ticket_number]",
        ),
        # readings of one thing have a moment; members of a group have not
        (
            "create table readings (device_id int not null, metric_id int not null, ts timestamp not null, v real);",
            "readings",
            "[device_id, metric_id, ts]",
        ),
        # two numbers of one thing: that with which it begins
        ("create table item (item_sk int not null, item_id text not null, label text);", "item", "item_sk"),
        # short names
        (
            "create table employees (emp_no int not null, first_name text);"
            "create table departments (dept_no text not null, dept_name text);"
            "create table dept_emp (emp_no int not null, dept_no text not null, a date, b date, c text, d text);",
            "employees",
            "emp_no",
        ),
        # sums of a part of the calendar; an event has a moment and is no such part
        (
            "create table delivery (hour_ts timestamp not null, line_id int not null, country text not null,"
            " clicks bigint, spend bigint);",
            "delivery",
            "[hour_ts, line_id, country]",
        ),
        (
            "create table delivery (sent_ts timestamp not null, country text not null, clicks bigint, spend bigint);",
            "delivery",
            "TODO",
        ),
        # numbers within what was handed down; a rank sorts what a key tells apart
        (
            "create table offerings (course_code text not null, term_code text not null,"
            " section_no int not null, seats int);",
            "offerings",
            "[course_code, term_code, section_no]",
        ),
        # a code in front of its thing, as in French; a plural is counted
        (
            "create table contrat (no_contrat bigint not null, libelle text);"
            "create table sinistre (no_sinistre bigint not null, no_contrat bigint);"
            "create table formule (cd_formule text not null, libelle text);",
            "formule",
            "cd_formule",
        ),
    ],
)
def test_keys_that_names_tell(sql: str, table: str, key: str) -> None:
    assert keys(sql)[table] == key


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        # a unique id beside a key of codes
        (
            "create table account (id int not null unique, accno text primary key);"
            "create table entry_line (line_id int primary key, account_id int);",
            ["entry_line }o--o| account"],
        ),
        # a key that is wholly called as another table: one row of each
        (
            "create table person (person_id int primary key, name text);"
            "create table death (person_id int primary key, cause text);",
            ["death |o--|| person", "death }o--|| person", "death }o--o| person"],
        ),
        # the types of a table; any text may stand under such a word
        (
            "create table artist (id int primary key, type int); create table artist_type (id int primary key);"
            "create table label (id int primary key, type text); create table label_type (id int primary key);",
            ["artist }o--o| artist_type"],
        ),
        # a number in a role, and a number that is none
        (
            "create table area (id int primary key); create table level (id int primary key);"
            "create table place (place_id int primary key, begin_area int, max_level int);",
            ["place }o--o| area"],
        ),
    ],
)
def test_links_that_names_tell(sql: str, expected: list[str]) -> None:
    found = links(sql)
    assert len(found) == 1
    assert found[0] in expected


CLIENT = """
create table kna (mandt text not null, kunnr text not null, name text, city text);
create table mat (mandt text not null, matnr text not null, unit text, gross text);
create table stock (mandt text not null, matnr text not null, werks text not null, labst text);
create table orders (mandt text not null, vbeln text not null, kunnr text, day date);
create table positions (mandt text not null, vbeln text not null, posnr text not null, matnr text, qty text);
"""


def test_keys_within_a_client_with_which_all_tables_begin() -> None:
    assert keys(CLIENT) == {
        "kna": "[mandt, kunnr]",
        "mat": "[mandt, matnr]",
        "stock": "[mandt, matnr, werks]",
        "orders": "[mandt, vbeln]",
        "positions": "[mandt, vbeln, posnr]",
    }


def test_composite_keys_that_are_handed_down_are_links() -> None:
    found = {tuple(link.split()[::2]) for link in links(CLIENT)}
    assert {("orders", "kna"), ("positions", "orders"), ("positions", "mat"), ("stock", "mat")} <= found


def test_a_pair_that_two_tables_share_by_chance_is_no_link() -> None:
    sql = (
        "create table customers (customer_id int primary key); create table products (product_id int primary key);"
        "create table wishes (customer_id int, product_id int, since date, primary key (customer_id, product_id));"
        "create table reviews (review_id int primary key, customer_id int not null, product_id int not null);"
    )
    assert not [link for link in links(sql) if {"wishes", "reviews"} == set(link.split()[::2])]
