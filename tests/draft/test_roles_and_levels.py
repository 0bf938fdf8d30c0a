"""Undeclared keys with linking letters, levels of a day, and links by role, each beside a name that is like it."""

from __future__ import annotations

import re

import pytest

from erd2dbt.pipelines.drafting import drafted

PEOPLE = "create table users (id int primary key, name text);"


def spec(sql: str) -> str:
    return drafted(sql.encode(), "schema.sql", infer_keys=True)[1]


def key(sql: str, table: str) -> str:
    found = re.search(rf"^  {table}:\n(?:    (?!key)[^\n]*\n)*    key: ([^#\n]+?) *(?:#.*)?$", spec(sql), re.M)
    assert found is not None
    return found[1]


def links(sql: str) -> list[str]:
    """`child.column -> parent` of each link of one column."""
    found, child, parent = [], "", ""
    for line in spec(sql).partition("\nlinks:\n")[2].splitlines():
        if head := re.match(r"  (\w+) \S+ (\w+):(.*)", line):
            child, parent = head[1], head[2]
        pair = re.search(r": (?:\w+: )?(\w+)(?: = \w+)?(?:  #.*)?$", line)
        if pair:
            found.append(f"{child}.{pair[1]} -> {parent}")
    return found


@pytest.mark.parametrize(
    ("sql", "table", "expected"),
    [
        ("create table rechnung (rechnungs_nr int, kunden_nr int, betrag numeric);", "rechnung", "rechnungs_nr"),
        (
            "create table rechnungen (rechnungsnummer int, kunden_nr int, betrag numeric);",
            "rechnungen",
            "rechnungsnummer",
        ),
        ("create table auftrag (auftrags_id int, kunden_nr int, am date);", "auftrag", "auftrags_id"),
        ("create table kunde (kundennr int, plz text, filial_nr int);", "kunde", "kundennr"),
        # a number of another thing is no key, though its word is like the table's
        ("create table rechnung (rechtsform_nr int, betrag numeric);", "rechnung", "TODO"),
        ("create table posten (postens_zahl int, betrag numeric);", "posten", "TODO"),
    ],
)
def test_letters_link_a_table_and_its_number(sql: str, table: str, expected: str) -> None:
    assert key(sql, table) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("soldes (id_compte int, jour date, montant numeric(10,2))", "[id_compte, jour]"),
        ("balances (account_id int, day date, amount numeric(10,2), updated_at timestamp)", "[account_id, day]"),
        ("bestand (lager_id int, artikel_id int, stichtag date, menge int)", "[lager_id, artikel_id, stichtag]"),
        # events have several rows of a thing on a day; a moment is no day; a text is no figure
        ("payments (account_id int, day date, amount numeric(10,2))", "TODO"),
        ("balances (account_id int, taken_at timestamp, amount numeric(10,2))", "TODO"),
        ("balances (account_id int, day date, note text, amount numeric(10,2))", "TODO"),
        ("balances (account_id int, deleted_on date, amount numeric(10,2))", "TODO"),
    ],
)
def test_levels_have_one_row_for_a_thing_and_a_day(table: str, expected: str) -> None:
    things = "create table accounts (account_id int primary key, name text);"
    assert key(f"{things}create table {table};", table.partition(" ")[0]) == expected


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("deployments (id int primary key, at timestamp, rollback_of int)", ["rollback_of -> deployments"]),
        ("invoices (id int primary key, total numeric, correction_of int)", ["correction_of -> invoices"]),
        ("category (id int primary key, name text, parent_category int)", ["parent_category -> category"]),
        ("categorias (id int primary key, nombre text, categoria_padre int)", ["categoria_padre -> categorias"]),
        ("projects (id int primary key, owner_id int, created_by int)", ["created_by -> users", "owner_id -> users"]),
        ("projekte (id int primary key, angelegt_von int)", ["angelegt_von -> users"]),
        (
            "fichas (id int primary key, creado_por int, gebucht_von int)",
            ["creado_por -> users", "gebucht_von -> users"],
        ),
        # figures, people and texts are no rows of the same table; `von` of a place is no person
        ("matches (id int primary key, best_of int, number_of int)", []),
        ("matches (id int primary key, rollback_of text, member_of int)", []),
        ("fahrten (id int primary key, abfahrt_von int, created_by text)", []),
        ("category (id int primary key, name text, parent_count int)", []),
    ],
)
def test_links_by_role(table: str, found: list[str]) -> None:
    name = table.partition(" ")[0]
    assert sorted(links(f"{PEOPLE}create table {table};")) == [f"{name}.{one}" for one in found]


def test_two_tables_of_users_leave_a_person_open() -> None:
    two = "create table admin_user (id int primary key, name text);"
    one = "create table projects (id int primary key, created_by int, angelegt_von int);"
    assert links(PEOPLE + one) == ["projects.created_by -> users", "projects.angelegt_von -> users"]
    assert links(PEOPLE + two + one) == []
