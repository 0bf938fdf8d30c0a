"""What somebody did refers to users and staff, and not to the customers and patients that a row is about."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted


def inferred(sql: str) -> set[str]:
    """The columns with an inferred link."""
    spec = drafted(sql.encode(), "schema.sql", infer_keys=True)[1].partition("links:")[2]
    lines = [line for line in spec.splitlines() if "# inferred" in line]
    return {line.partition("  # inferred")[0].rpartition(": ")[2].partition(" = ")[0] for line in lines}


@pytest.mark.parametrize("people", ["customer", "patients", "kunde"])
def test_the_people_of_a_row_do_not_write_it(people: str) -> None:
    sql = f"""create table {people} (id int primary key, name text not null);
        create table samples (id int primary key, person_ref int not null references {people}, taken_on date not null,
          reviewed_by int, created_by int);
        create table notes (id int primary key, written_on date not null, updated_by int, owner_id int);"""
    assert inferred(sql) == {"owner_id"}


@pytest.mark.parametrize("people", ["users", "employees", "mitarbeiter"])
def test_users_and_staff_act_on_rows_that_they_are_in(people: str) -> None:
    sql = f"""create table {people} (id int primary key, name text not null);
        create table expenses (id int primary key, spent_by int not null references {people}, spent_on date not null,
          approved_by int, updated_by int);"""
    assert inferred(sql) == {"approved_by", "updated_by"}


def test_other_people_act_where_the_row_has_no_column_for_them() -> None:
    sql = """create table members (id int primary key, name text not null);
        create table loans (id int primary key, member_id int not null references members, lent_on date not null,
          approved_by int);
        create table rooms (id int primary key, code text not null, booked_by int, cleaned_by int);"""
    assert inferred(sql) == {"booked_by", "cleaned_by"}


def test_customers_refer_to_customers_by_a_part_and_are_not_written_by_them() -> None:
    sql = """create table customers (id int primary key, name text not null, referred_by int, created_by int);
        create table pets (id int primary key, name text not null, owner_id int, created_by int);"""
    assert inferred(sql) == {"referred_by", "owner_id"}
