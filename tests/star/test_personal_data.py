"""Tags of personal data follow a column into each model that shows it, under any name; facts leave it out."""

from __future__ import annotations

import pytest
import yaml

from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted

SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  customers:
    key: customer_id
    columns: {customer_id: int, email: text, contact: {type: text, from: phone_no}, birth_date: date, city: text}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, amount: "numeric(12,2)", ship_phone: text, sold_on: date, iban: text}
links:
  orders }o--|| customers: customer_id
"""
MODELS = """models:
  people: {grain: customer_id, rows: customers, keep: all}
  few: {grain: customer_id, rows: customers, keep: [email, city]}
  wide:
    grain: order_id
    rows: orders
    keep: [amount]
    columns:
      mail: orders.customers.email
      born: {is: orders.customers.birth_date, meta: {owner: crm}}
      lowered: lower(orders.customers.email)
      has_mail: orders.customers.email is not null
      both: "concat(orders.customers.email, orders.customers.city)"
      told: {is: orders.customers.email, meta: {pii: hashed}}
  later: {grain: order_id, rows: wide, columns: {mail_again: wide.mail, told_again: wide.told}}
  per:
    grain: customer_id
    rows: orders
    columns: {first_phone: min(orders.ship_phone), phones: count(orders.ship_phone)}
  mine:
    grain: customer_id
    sql: "select customer_id, email as e, city as c from {{ ref('stg_customers') }}"
"""


def tags(spec: str) -> dict[str, dict[str, object]]:
    """Model -> column -> its `meta`, of the columns of marts and intermediate models with one."""
    found: dict[str, dict[str, object]] = {}
    for path, text in generation.generate(spec.encode(), "spec.yml").files.items():
        if path.endswith(".yml") and ("/marts/" in path or "/intermediate/" in path):
            for model in yaml.safe_load(text)["models"]:
                metas = {c["name"]: c["config"]["meta"] for c in model["columns"] if "meta" in c.get("config", {})}
                found[model["name"]] = metas
    return found


def test_tags_follow_kept_columns_lookups_renames_and_hand_written_sql() -> None:
    assert tags(SPEC + MODELS) == {
        "people": {"email": {"pii": "email"}, "contact": {"pii": "phone"}, "birth_date": {"pii": "birth"}},
        "few": {"email": {"pii": "email"}},
        "wide": {
            "mail": {"pii": "email"},
            "born": {"pii": "birth", "owner": "crm"},
            "lowered": {"pii": "email"},
            "told": {"pii": "hashed"},
        },
        "later": {"mail_again": {"pii": "email"}, "told_again": {"pii": "hashed"}},
        "per": {"first_phone": {"pii": "phone"}},
        "mine": {"e": {"pii": "email"}},
    }


def test_dimensions_have_the_tags_of_their_own_columns_and_facts_have_no_personal_data() -> None:
    found = tags(SPEC)
    assert found["dim_customers"] == {
        "email": {"pii": "email"}, "contact": {"pii": "phone"}, "birth_date": {"pii": "birth"},
    }  # fmt: skip
    assert found["fct_orders"] == {}
    text = next(t for p, t in generation.generate(SPEC.encode(), "s.yml").files.items() if p.endswith("fct_orders.sql"))
    assert "ship_phone" not in text
    assert "iban" not in text


@pytest.mark.parametrize(
    ("name", "kind"), [("iban", "bank_account"), ("passport_no", "national_id"), ("pin_code", "address")]
)
def test_kinds_of_personal_data(name: str, kind: str) -> None:
    sql = f"create table people (person_id int primary key, full_name text, {name} text, city text, team text);"
    spec = drafted((sql + "create table trips (trip_id int primary key, person_id int not null references people,"
                    " went_on date, miles int);").encode(), "schema.sql")[1]  # fmt: skip
    assert tags(spec)["dim_people"] == {name: {"pii": kind}}
