"""Numbers, dates, secrets and kinds of tables, judged by evidence: each answer beside its opposite."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Attribute, Erd
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.dates import Moment, dated, event_of, moment_of
from erd2dbt.star.kinds import Kind
from erd2dbt.star.numbers import Around, Figure, classified_number, opposite_sides
from erd2dbt.star.privacy import is_audit_reference, personal
from erd2dbt.star.secrets import is_secret, secrets_of
from erd2dbt.star.values import Star

SPAN = Span("spec.yml", 1, 1)


def column(name: str, type_: str = "integer", **more: object) -> Attribute:
    return Attribute(name=name, span=SPAN, type=type_, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        (Figure.FLOW, "amount net_amount nights_booked guest_count num_bags hits clicks seats "
                      "orderQty Rechnungsbetrag montant cantidad minutes duration_ms discount_amount"),
        (Figure.LABEL, "booking_id grade_level floor_no birth_year created_ts clock priority is_late has_pets sku_code "
                       "http_status port flags sort_order shard mystery city_user zip entry_idpage_url "
                       "seconds_since_first visitor_count_visits"),
        (Figure.RATE, "unit_price avg_amount min_quantity max_speed fx_rate cost_per_click latency_ms unit_cost"),
        (Figure.STOCK, "account_balance on_hand units_in_stock ytd_sales"),
    ],
)  # fmt: skip
def test_what_a_whole_number_is(figure: Figure, names: str) -> None:
    found = {name: classified_number(column(name)).figure for name in names.split()}
    assert {name: one for name, one in found.items() if one is not figure} == {}


def test_types_comments_and_declarations_speak_too() -> None:
    assert classified_number(column("mystery", "numeric(12,2)")).figure is Figure.FLOW
    assert classified_number(column("mystery", "double precision")).figure is Figure.RATE
    assert classified_number(column("lat", "numeric(9,6)")).figure is not Figure.FLOW
    assert classified_number(column("mystery", description="Number of bags at the desk")).figure is Figure.FLOW
    assert classified_number(column("amount", description="0 = none, 1 = some")).figure is Figure.LABEL
    assert classified_number(column("amount", values=("1", "2"))).figure is Figure.LABEL
    assert classified_number(column("amount", unique=True)).figure is Figure.LABEL
    assert classified_number(column("points"), Around(cumulates=True)).figure is Figure.STOCK
    assert classified_number(column("distance", "numeric"), Around(is_ordered=True)).figure is Figure.STOCK
    assert classified_number(column("distance", "numeric")).figure is Figure.FLOW
    assert classified_number(column("count"), Around(counted=frozenset({"post"}))).figure is Figure.LABEL
    assert classified_number(column("count")).figure is Figure.FLOW
    assert classified_number(column("duration"), Around(in_units=frozenset({"duration"}))).figure is Figure.LABEL
    assert classified_number(column("mystery", "numeric(4)")).figure is Figure.LABEL
    assert classified_number(column("discount", "numeric(12,2)")).figure is Figure.FLOW
    assert classified_number(column("discount", "numeric(5,2)")).figure is Figure.RATE
    assert classified_number(column("cd_usuario_venda")).figure is Figure.LABEL


def test_each_verdict_has_its_score_and_reasons() -> None:
    found = classified_number(column("tax_rate", "numeric(6,2)"))
    assert not found.score.passes
    assert sum(one.weight for one in found.score.evidence) == found.score.total
    assert any("rate" in reason and "(-" in reason for reason in found.score.reasons)


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        (Moment.EVENT, "booked_on sale_date happened_at timestamp measured_at checked_in_at bestelldatum fecha_pedido"),
        (Moment.CREATED, "created_at date_created create_date angelegt_am inserted_on"),
        (Moment.DELETED, "deleted_at date_voided archived_at voided_on geloescht_am"),
        (Moment.ENDED, "closed_at end_date returned_on expires_at"),
        (Moment.PLANNED, "due_date expected_on planned_start deadline"),
        (Moment.WRITTEN, "write_date last_payment_date modified_on synced_at checked_at part_dt"),
        (Moment.BIOGRAPHY, "birth_date hired_on debut release_date"),
        (Moment.VALIDITY, "valid_from effective_date valid_to effdt"),
    ],
)
def test_what_a_date_says(moment: Moment, names: str) -> None:
    found = {name: moment_of(column(name, "date")) for name in names.split()}
    wrong = {name: one for name, one in found.items() if one is not moment}
    assert wrong.keys() <= {"geloescht_am"} | ({"bestelldatum"} if moment is Moment.EVENT else set())


@pytest.mark.parametrize(
    ("day", "columns", "entity"),
    [
        ("created_at", "created_at! deleted_at closed_at due_on", "tickets"),
        ("paid_on", "created_at! paid_on!", "payments"),
        ("order_date", "created_at! order_date shipped_at", "orders"),
        ("created_at", "created_at! approved_at rejected_at", "requests"),
        ("return_date", "return_date due_on", "returns"),
        ("collector_tstamp", "etl_tstamp collector_tstamp! derived_tstamp", "page_events"),
        ("visit_first_action_time", "visit_first_action_time! visit_last_action_time!", "visits"),
        ("checked_in_at", "checked_in_at! checked_out_at", "stays"),
        (None, "first_order_date", "customers"),
        (None, "deleted_at due_on write_date", "tickets"),
        (None, "birth_date hired_on", "people"),
    ],
)
def test_which_date_is_that_of_the_event(day: str | None, columns: str, entity: str) -> None:
    made = [column(name.strip("!"), "timestamp", not_null=name.endswith("!") or None) for name in columns.split()]
    found = event_of(dated(made, (), entity))
    assert (found.column.name if found else None) == day


def test_secrets_and_what_is_called_alike() -> None:
    secrets = "passwd password_digest api_key otp_seed reset_token hash_salt client_secret recovery_code refresh_token"
    secrets += " mail_user_pw card_encrypted pin_block credit_card_vv encr_key"
    secrets += " operpswd userpasswdhint encrypted_url security_stamp secure_key enrolment_key"
    others = "token_count password_changed_at product_key country_code confirmation_number session_id question hash"
    assert [name for name in secrets.split() if not is_secret(column(name, "text"))] == []
    assert [name for name in others.split() if is_secret(column(name, "text"))] == []
    assert not is_secret(column("tokens", "integer"))


def test_personal_data_and_who_touched_a_row() -> None:
    found = [personal(column(name, "text")) for name in ("work_email", "mobile", "ip_address", "street", "email_id")]
    assert found == ["email", "phone", "network", "address", None]
    assert personal(column("date_of_birth", "date")) == "birth"
    assert [
        n for n in ("created_by", "last_edited_user_id", "write_uid", "creator") if not is_audit_reference([n])
    ] == []
    assert [n for n in ("sold_by", "owner_id", "customer_id") if is_audit_reference([n])] == []


# -- tables


def star(sql: str) -> Star:
    return generation.star(drafted(sql.encode(), "made.sql", infer_keys=True)[1].encode(), "made.yml")


def kinds(sql: str) -> dict[str, Kind]:
    return {name: one.kind for name, one in star(sql).entities.items()}


GYM = """
create table halls (hall_id int primary key, name text not null);
create table members (member_id int primary key, full_name text not null, email text, passwd text);
create table passes (pass_id int primary key, member_id int not null references members,
  hall_id int not null references halls, remark text, colour text, shape text, opened_text text);
create table member_profiles (member_id int primary key references members, shoe_size numeric, biography text);
create table courses (course_id int primary key, title text not null, hall_id int references halls,
  created_by int references members);
create table bookings (booking_id int primary key, course_id int not null references courses,
  booked_at timestamp not null, deleted_at timestamp, price numeric(8,2));
"""


def test_what_nothing_refers_to_and_refers_to_two_is_no_dimension() -> None:
    found = kinds(GYM)
    assert found["passes"] is Kind.FACTLESS
    assert {name for name, kind in found.items() if kind is Kind.DIMENSION} == {"halls", "members", "courses"}
    assert found["bookings"] is Kind.TRANSACTION


LEAVES = """
create table products (id int primary key, name text not null);
create table images_of (id int primary key, product_id int not null references products, url text not null);
create table product_images (id int primary key, product_id int not null references products, url text not null,
  created_at timestamp not null);
create table people (id int primary key, name text not null);
create table person_phones (person_id int not null references people, kind_id int not null references kinds,
  phone text not null, primary key (person_id, kind_id, phone));
create table kinds (id int primary key, name text not null);
create table access (id int primary key, person_id int not null references people, product_id int not null
  references products, level text);
create table settings (setting_name text primary key, setting_value text not null);
"""


def test_leaves_that_nobody_asks_about_get_no_dimension() -> None:
    found = kinds(LEAVES)
    assert {name for name, kind in found.items() if kind is Kind.IGNORE} >= {
        "product_images",
        "person_phones",
        "settings",
    }
    assert found["access"] is Kind.BRIDGE


def test_a_link_to_a_unique_column_joins_its_dimension() -> None:
    found = star("""
        create table items (item_id int primary key, code text not null unique, name text not null);
        create table sales (sale_id int primary key, item_code text references items (code), sold_on date not null,
          amount numeric(10,2) not null);
    """)
    (sales,) = (spec for spec in found.specs if spec.name == "fct_sales")
    assert sales.star is not None
    assert ("dim_items", "item_code") in sales.star.dimensions


def test_a_one_to_one_extension_stands_in_its_dimension() -> None:
    found = star(GYM)
    assert found.entities["member_profiles"].kind is Kind.EXTENSION
    (members,) = (spec for spec in found.specs if spec.name == "dim_members")
    assert {"member_profile_shoe_size", "member_profile_biography"} <= {c.name for c in members.columns}


def test_secrets_stay_in_staging_and_who_made_a_row_is_only_named() -> None:
    found = star(GYM)
    shown = {spec.name: {w.text for w in spec.keep or ()} | {c.name for c in spec.columns} for spec in found.specs}
    assert not any("passwd" in name for names in shown.values() for name in names)
    assert {name for name in shown["dim_courses"] if name.startswith("created_by")} == {"created_by_full_name"}


def test_a_header_with_a_date_and_amounts_needs_no_reference() -> None:
    assert (
        kinds("create table receipts (receipt_no int primary key, sold_on date not null, total numeric(10,2));")[
            "receipts"
        ]
        is Kind.TRANSACTION
    )


def test_a_fact_is_dated_by_its_event_and_never_by_its_deletion() -> None:
    found = star(GYM).entities["bookings"]
    assert found.event_date is not None
    assert found.event_date.name == "booked_at"
    assert [day.name for day in found.dates] == ["booked_at"]


def test_parts_of_keys_of_one_name_are_two_things() -> None:
    dbml = b"""Table fare_list { list_no int [pk]
  valid_on date [pk] }
Table seat_list { list_no uuid [pk]
  valid_on date [pk] }
Table rides { ride_id int [pk]
  rode_on date [not null]
  fares int [ref: > fare_list.list_no]
  seats uuid [ref: > seat_list.list_no] }
"""
    found = generation.star(drafted(dbml, "rides.dbml")[1].encode(), "rides.yml")
    assert [(p.thing, sorted(p.places)) for p, _ in found.phantoms] == [
        ("fare_list_no", ["fare_list", "rides"]),
        ("seat_list_no", ["rides", "seat_list"]),
    ]


# -- a choice of marts


def large(size: str = "") -> Erd:
    """Twenty facts of two dimensions each, twelve lists that only stand there, and one more fact without anything."""
    parts = [f"create table thing_{n} (thing_{n}_id int primary key, name text not null);" for n in range(2)]
    parts += [f"create table list_{n} (list_{n}_id int primary key, name text not null);" for n in range(12)]
    parts += [
        f"create table sale_{n} (sale_{n}_id int primary key, thing_0_id int not null references thing_0,"
        f" thing_1_id int not null references thing_1, sold_on date not null, amount numeric(10,2));"
        for n in range(20)
    ]
    text = drafted("\n".join(parts).encode(), "large.sql")[1]
    return generation.generate((text + size).encode(), "large.yml").erd


def test_a_core_leaves_out_what_no_fact_joins_to() -> None:
    core, whole = ({m.name for m in large(size).models} for size in ("", "star: {size: all}\n"))
    assert whole - core == {f"dim_list_{n}" for n in range(12)}
    assert {"dim_thing_0", "dim_thing_1", "fct_sale_0", "fct_sale_19"} <= core


def test_a_table_of_keys_keeps_secrets_and_one_of_translations_does_not() -> None:
    spec = drafted(
        b"create table api_keys (id int primary key, value text, label text);"
        b"create table translation_keys (id int primary key, value text);"
        b"create table devices (id int primary key, app_key bytea, dev_eui bytea, pin int);",
        "schema.sql",
    )[1]
    erd = read_spec(spec.encode(), "spec.yml")
    found = {one.name: set(secrets_of(one)) for one in erd.entities}
    assert found == {"api_keys": {"value"}, "translation_keys": set(), "devices": {"app_key", "pin"}}


def test_a_secret_that_is_a_key_keeps_its_table_in_staging() -> None:
    sql = (
        b"create table users (id int primary key, name text not null);"
        b"create table sessions (session_token text primary key, user_id int references users, started_at timestamp);"
        b"create table clicks (id int primary key, session_token text references sessions, at timestamp not null);"
    )
    made = generation.generate(drafted(sql, "schema.sql")[1].encode(), "spec.yml")
    shown = {one.relation.name: set(one.relation.fields) for one in made.planned.own}
    marts = {name: columns for name, columns in shown.items() if name.startswith(("fct_", "dim_"))}
    assert set(marts) >= {"fct_clicks", "dim_users"}
    assert not [name for name, columns in marts.items() if "session_token" in columns]
    assert "user_id" in marts["fct_clicks"]  # looked up over the session, whose token is only compared


def test_counts_that_are_kept_lone_taxes_and_rates_of_amounts_are_not_summed() -> None:
    kept = Around(counted=frozenset({"task"}))
    assert classified_number(column("task_count"), kept).figure is not Figure.FLOW
    assert classified_number(column("error_count"), kept).figure is Figure.FLOW
    assert classified_number(column("tax", "numeric(15,2)")).figure is not Figure.FLOW
    assert classified_number(column("tax", "numeric(15,2)"), Around(has_totals=True)).figure is Figure.FLOW
    assert classified_number(column("rate_amount", "numeric(30,5)")).figure is not Figure.FLOW
    assert classified_number(column("tax_amount", "numeric(30,5)")).figure is Figure.FLOW
    assert classified_number(column("ts_added_ms", "bigint")).figure is Figure.LABEL
    assert classified_number(column("duration_ms", "bigint")).figure is Figure.FLOW


def test_moments_levels_and_distinct_counts_are_not_summed() -> None:
    assert classified_number(column("started_ms", "bigint")).figure is Figure.LABEL
    assert classified_number(column("elapsed_ms", "bigint")).figure is Figure.FLOW
    assert classified_number(column("due_at_hours", "numeric(9,1)")).figure is not Figure.FLOW
    assert classified_number(column("labour_hours", "numeric(9,1)")).figure is Figure.FLOW
    assert classified_number(column("unique_visitors")).figure is not Figure.FLOW
    assert classified_number(column("seconds_in_stage", "bigint")).figure is Figure.FLOW
    assert classified_number(column("num_line", "smallint")).figure is not Figure.FLOW
    assert classified_number(column("num_lines", "smallint")).figure is Figure.FLOW
    sides = opposite_sides(("old_budget", "new_budget", "new_customers", "budget"))
    assert sides == {"old_budget", "new_budget"}
    assert classified_number(column("new_budget"), Around(sides=sides)).figure is Figure.LABEL


def test_a_description_speaks_where_no_word_of_the_name_is_known() -> None:
    amount = "numeric(15,2)"
    assert (
        classified_number(column("netwr", amount, description="Net value in document currency")).figure is Figure.FLOW
    )
    assert classified_number(column("netpr", amount, description="Net price")).figure is Figure.RATE
    assert moment_of(column("erdat", "date", description="Created on")) is Moment.CREATED
    assert moment_of(column("budat", "date", description="Posting date in the document")) is Moment.EVENT
    assert moment_of(column("vdatu", "date", description="Requested delivery date")) is Moment.PLANNED
    assert moment_of(column("sold_on", "date", description="Created on")) is Moment.EVENT


def test_a_timestamp_is_the_last_write_beside_a_date_of_the_row_itself() -> None:
    columns = [column("loandate", "timestamp"), column("timestamp", "timestamp", not_null=True)]
    best = event_of(dated(columns, (), "loans"))
    assert best is not None
    assert best.column.name == "loandate"
    alone = event_of(dated([columns[1]], (), "action_log"))
    assert alone is not None
    assert alone.moment is Moment.EVENT


def test_a_date_of_another_thing_and_of_what_will_be_is_not_that_of_the_event() -> None:
    columns = [column("loan_start_date", "date"), column("created_at", "timestamp")]
    best = event_of(dated(columns, (), "cancellations"))
    assert best is not None
    assert best.column.name == "created_at"
    own = event_of(dated(columns, (), "loans"))
    assert own is not None
    assert own.column.name == "loan_start_date"
    assert moment_of(column("deactivates_at", "timestamp")) is Moment.PLANNED
    assert moment_of(column("rec_start_date", "date")) is Moment.VALIDITY


def test_a_key_with_a_part_of_the_calendar_is_that_of_a_snapshot() -> None:
    found = kinds(
        """create table season_riders (season int not null, rider_id text not null, points numeric,
             primary key (season, rider_id));
           create table team_years (year int not null, team_id int not null, primary key (year, team_id));
           create table car_models (brand text not null, year int not null, name text not null,
             primary key (brand, year));"""
    )
    assert found == {"season_riders": Kind.SNAPSHOT, "team_years": Kind.FACTLESS, "car_models": Kind.DIMENSION}


def test_lists_of_values_and_texts_in_languages_are_no_dimensions() -> None:
    found = kinds(
        """create table products (product_id int primary key, name text not null);
           create table product_tags (product_id int not null references products, tag text not null,
             primary key (product_id, tag));
           create table product_texts (product_id int not null references products, lang char(2) not null,
             title text not null, primary key (product_id, lang));
           create table product_options (product_id int not null references products, key text not null, value text,
             primary key (product_id, key));
           create table product_rooms (product_id int not null references products, name text not null, size int,
             primary key (product_id, name));"""
    )
    assert found["product_tags"] is Kind.BRIDGE
    assert found["product_texts"] is found["product_options"] is Kind.IGNORE
    assert found["product_rooms"] is Kind.DIMENSION


def test_what_happened_stays_an_event_when_later_events_refer_to_it() -> None:
    found = kinds(
        """create table clients (client_id int primary key);
           create table orders (order_id int primary key, client_id int not null references clients);
           create table refunds (refund_id int primary key, order_id int not null references orders);
           create table bins (bin_id int primary key, client_id int not null references clients);
           create table pickups (pickup_id int primary key, bin_id int not null references bins);"""
    )
    assert (found["orders"], found["refunds"]) == (Kind.FACTLESS, Kind.FACTLESS)
    assert found["bins"] not in (Kind.FACTLESS, Kind.TRANSACTION)


def test_numbers_of_versions_and_counts_that_go_on_are_not_summed() -> None:
    facts = star(
        """create table routes (route_id int not null, valid_from date not null, km numeric,
             primary key (route_id, valid_from));
           create table users (id int primary key, name text not null);
           create table issues (id int primary key, user_id int not null references users,
             votes_count int not null, created_at timestamp not null);
           create table visits (id int primary key, user_id int not null references users,
             pages_count int not null, visited_at timestamp not null);
           create table samples (probe_id int not null, clock int not null, num int, num_hits int,
             primary key (probe_id, clock));"""
    ).entities
    added = {name: [c.name for c in one.added] for name, one in facts.items() if one.is_fact}
    assert added == {"routes": [], "issues": [], "visits": ["pages_count"], "samples": ["num_hits"]}
    assert [c.name for c in facts["routes"].stocks] == ["km"]


def test_a_column_that_a_link_joins_on_is_no_measure() -> None:
    found = star(
        """create table price_lists (list_code int not null, valid_from date not null, price numeric,
             primary key (list_code, valid_from));
           create table sales (sale_id int primary key, sold_on date not null, amount numeric, price_list int);
           alter table sales add foreign key (price_list) references price_lists (list_code);"""
    ).entities["sales"]
    assert [c.name for c in found.measures] == ["amount"]
