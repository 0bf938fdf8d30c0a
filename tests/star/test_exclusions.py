"""Each column that a mart excludes has its reason, and so has each table without a mart."""

from __future__ import annotations

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.report import star_text
from erd2dbt.star.values import Star

SHOP = """
create table users (user_id int primary key, username varchar(50) not null, email varchar(80), login_pass varchar(60),
  refresh_tok varchar(90), updated_at timestamp, synced_at timestamp);
create table flights (flight_id int primary key, flight_no varchar(8) not null, airline varchar(20));
create table bookings (booking_id int primary key, user_id int not null references users,
  flight_id int not null references flights, booked_at timestamp not null, amount numeric(10,2), smtp_pass varchar(60),
  contact_email varchar(80), billing_phone varchar(20), checked_at timestamp, cancelled_at timestamp,
  updated_at timestamp, modified_at timestamp);
create table vault_entries (vault_entry_id int primary key, user_id int references users, otp_seed varchar(60));
create table migrations (migration_id int primary key, batch int);
"""


def star(sql: str) -> Star:
    found = star_of(read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert found is not None
    return found


def reasons(found: Star, model: str) -> str:
    spec = next(one for one in found.specs if one.name == model)
    assert spec.star is not None
    return "\n".join(spec.star.because)


def test_each_column_that_a_mart_leaves_out_has_its_reason() -> None:
    found = star(SHOP)
    fact, users = reasons(found, "fct_bookings"), reasons(found, "dim_users")
    assert "secrets stay in staging: `smtp_pass`" in fact
    assert "personal data stays out of facts: `contact_email` (email), `billing_phone` (phone)" in fact
    assert "audit columns stay in staging: `updated_at`, `modified_at`" in fact
    assert (
        "`checked_at` (when the row was last touched), `cancelled_at` (when the row was deleted or withdrawn)" in fact
    )
    assert "`login_pass` (`pass` behind `login`" in users
    assert "`refresh_tok` (`tok`" in users
    assert "personal data stays out" not in users
    for spec in found.specs:
        if spec.keep is not None and spec.star is not None and spec.star.entity:
            entity = found.entities[spec.star.entity].entity
            hidden = {c.name for c in entity.columns} - {word.text for word in (*spec.keep, *entity.key)}
            assert hidden
            assert [name for name in hidden if f"`{name}`" not in "\n".join(spec.star.because)] == []


def test_each_table_without_a_mart_has_its_reason() -> None:
    found = star(SHOP)
    text = star_text(found)
    assert {one.name for one in found.without_model} == {"vault_entries", "migrations"}
    assert all(f"# {one.name} has no model of its own: {one.because[0]}" in text for one in found.without_model)


def test_what_a_collapsed_table_does_not_pass_on_is_listed() -> None:
    many = ", ".join(f"fact_{n} text" for n in range(12))
    found = star(
        f"create table brands (brand_id int primary key, name text not null, {many}, api_secret text);"
        "create table products (product_id int primary key, name text not null,"
        " brand_id int not null references brands);"
        "create table sales (sale_id int primary key, product_id int not null references products,"
        " sold_on date not null, amount numeric(10,2));"
    )
    because = reasons(found, "dim_products")
    assert "of `brands` it has only names and codes, and not `fact_0`, `fact_1`" in because
    assert "secrets stay in staging: `api_secret`" in because


def test_a_fact_that_joins_nothing_says_so() -> None:
    found = star(
        "create table payments (payment_id int primary key, amount numeric(10,2), fee numeric(10,2), checked_at date);"
        "create table shops (shop_id int primary key, name text not null);"
        "create table sales (sale_id int primary key, shop_id int not null references shops, sold_on date not null,"
        " amount numeric(10,2));"
    )
    facts = [spec.star for spec in found.specs if spec.star is not None and spec.star.kind.endswith("fact")]
    told = [any("it joins no dimension" in reason for reason in one.because) for one in facts]
    assert told == [not one.dimensions for one in facts]
    assert sorted(told) == [False, True]


def test_an_aggregated_fact_lists_what_is_not_in_its_grain() -> None:
    spec = """version: 1
project: p
sources: {s: {}}
entities:
  shops: {key: shop_id, columns: {shop_id: int, name: text}}
  visits:
    key: visit_id
    role: fact
    grain: [shop_id, visited_on]
    columns: {visit_id: int, shop_id: {type: int, not_null: true}, visited_on: {type: date, not_null: true},
      minutes: int, checked_at: timestamp, cancelled_at: timestamp}
links:
  visits }o--|| shops: shop_id
"""
    found = star_of(read_spec(spec.encode(), "spec.yml"))
    assert found is not None
    because = reasons(found, "fct_visits")
    assert "neither in that grain nor summed, and so excluded: `visit_id`, `checked_at`, `cancelled_at`" in because
