"""Events dated by their own verb, dimensions handed down by headers, one-to-one tables, and parts that are events."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from erd2dbt.cli import main

USERS = "create table users (id int primary key, name text not null, email text);\n"
CHAIN = """
create table kunde (kunden_nr int primary key, name text);
create table bestellung (bestell_nr int primary key, kunden_nr int not null references kunde,
  bestelldatum date not null);
create table rechnung (rechnungs_nr int primary key, bestell_nr int not null references bestellung,
  rechnungsdatum date not null, betrag numeric(10,2));
create table zahlung (zahlungs_nr int primary key, rechnungs_nr int not null references rechnung,
  zahlungsdatum date not null, betrag numeric(10,2));
"""


def said(*words: str) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def models(tmp_path: Path, sql: str) -> dict[str, dict[str, object]]:
    (tmp_path / "schema.sql").write_text(sql, encoding="utf-8")
    found = yaml.safe_load(said("suggest", str(tmp_path / "schema.sql")))["models"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("table", "verb", "expected"),
    [
        ("orders", "placed_at", "placed_date"),
        ("shipments", "shipped_at", "shipped_date"),
        ("orders", "shipped_at", "created_date"),
        ("orders", "paid_at", "created_date"),
    ],
)
def test_the_own_verb_dates_an_event_though_it_may_be_null(
    tmp_path: Path, table: str, verb: str, expected: str
) -> None:
    columns = f"user_id int not null references users, {verb} timestamp, total_cents int, created_at timestamp not null"
    found = models(tmp_path, f"{USERS}create table {table} (id int primary key, {columns});")
    assert f"Event date: `{expected}`" in str(found[f"fct_{table}"]["description"])


def test_dimensions_are_handed_down_from_header_to_header(tmp_path: Path) -> None:
    found = models(tmp_path, CHAIN)
    assert "kunden_nr" in found["fct_rechnung"]["columns"]  # type: ignore[operator]
    carried = found["fct_zahlung"]["columns"]
    assert isinstance(carried, dict)
    assert carried["kunden_nr"]["is"] == "zahlung.rechnung.bestellung.kunden_nr"
    assert "bestelldatum" not in carried


def test_one_to_one_tables_with_their_own_key_are_in_the_dimension(tmp_path: Path) -> None:
    found = models(
        tmp_path,
        USERS
        + """create table profiles (id int primary key, user_id int not null unique references users, bio text);
        create table user_settings (id int primary key, user_id int unique references users, theme text);
        create table shops (id int primary key, manager_id int not null unique references users, city text);
        create table credentials (id int primary key, user_id int not null unique references users,
          password_hash text);
        create table orders (id int primary key, user_id int references users, ordered_at timestamp,
          total_cents int);""",
    )
    assert {"profile_bio", "user_setting_theme"} <= set(found["dim_users"]["columns"])  # type: ignore[call-overload]
    assert {"dim_profiles", "dim_user_settings", "dim_credentials"}.isdisjoint(found)
    assert "dim_shops" in found
    assert "password" not in str(found)


def test_rows_with_a_date_and_a_number_are_no_part_of_a_person(tmp_path: Path) -> None:
    found = models(
        tmp_path,
        USERS
        + """create table tasks (id int primary key, user_id int references users, due_on date, completed_at timestamp,
          hours_spent numeric);
        create table user_images (id int primary key, user_id int references users, url text, created_at timestamp);""",
    )
    assert "fct_tasks" in found
    assert "user_images" not in str(found.keys())


@pytest.mark.parametrize(("text", "model"), [("body", "fct_notes"), ("content", "fct_notes"), ("role", "bridge_notes")])
def test_a_text_that_people_write_makes_no_bridge(tmp_path: Path, text: str, model: str) -> None:
    columns = f"topic_id int not null references topics, user_id int not null references users, {text} text"
    topics = "create table topics (id int primary key, name text not null);\n"
    assert model in models(tmp_path, f"{USERS}{topics}create table notes (id int primary key, {columns});")


@pytest.mark.parametrize("installed", ["installed_on", "eingebaut_am", "instalado_em", "installato_il"])
def test_an_installation_makes_no_event_of_a_thing(tmp_path: Path, installed: str) -> None:
    found = models(
        tmp_path,
        f"""create table customers (customer_id int primary key, name text);
        create table meters (meter_id int primary key, customer_id int not null references customers, {installed} date);
        create table readings (reading_id int primary key, meter_id int not null references meters,
          read_on date not null,
          consumption_kwh numeric(10,2));""",
    )
    assert "dim_meters" in found


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("order_history (order_id int references orders, seq int, user_id int references users, changed_at timestamp,"
         " primary key (order_id, seq))", "fct_order_histories"),
        ("order_changes (id int primary key, order_id int not null references orders, user_id int not null references"
         " users, changed_at timestamp)", "fct_order_changes"),
        # the last write of a pair is not a change of something
        ("order_watchers (order_id int references orders, user_id int references users, changed_at timestamp,"
         " primary key (order_id, user_id))", "bridge_order_watchers"),
    ],
)  # fmt: skip
def test_a_history_is_an_event_of_the_day_of_its_change(tmp_path: Path, table: str, model: str) -> None:
    orders = "create table orders (order_id int primary key, name text not null);\n"
    found = models(tmp_path, f"{USERS}{orders}create table {table};")
    shown = str(found[model].get("columns")) + str(found[model].get("keep"))
    assert ("changed_at" in shown) == model.startswith("fct_")
