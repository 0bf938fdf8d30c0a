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
        # what is called and its value, within something; a value with a moment is a reading
        (
            "create table config (school_id int not null, title text not null, config_value text);"
            "create table plans (plan_id int primary key, school_id int, note text);",
            "config",
            "[school_id, title]",
        ),
        # what an id and a word distinguish is no part of the key; a number of its own at the start is enough
        (
            "create table player_storage (player_id int not null, key int not null, value int not null);"
            "create table players (player_id int primary key, name text not null);",
            "player_storage",
            "[player_id, key]",
        ),
        (
            "create table careplan (cplgeneralid int not null, stay_id int not null, cplgroup text not null,"
            " cplvalue text); create table stays (stay_id int primary key, note text);",
            "careplan",
            "cplgeneralid",
        ),
        # an id that counts within the first id; one that numbers all rows, and one that other tables refer to
        (
            "create table player_outfits (player_id int not null, outfit_id int not null, addons int not null);"
            "create table players (player_id int primary key, name text not null);",
            "player_outfits",
            "[player_id, outfit_id]",
        ),
        (
            "create table player_outfits (player_id int not null, outfit_id serial, addons int not null);"
            "create table players (player_id int primary key, name text not null);",
            "player_outfits",
            "outfit_id",
        ),
        (
            "create table player_outfits (player_id int not null, outfit_id int not null, addons int not null);"
            "create table players (player_id int primary key, name text not null);"
            "create table sales (sale_id int primary key, outfit_id int not null, price numeric);",
            "player_outfits",
            "outfit_id",
        ),
        # a day before the ids of what it links
        (
            "create table player_awards (won_on date not null, award_id int not null, player_id int not null,"
            " times int not null); create table players (player_id int primary key, name text);"
            "create table awards (award_id int primary key, name text);",
            "player_awards",
            "[won_on, award_id, player_id]",
        ),
        # the only text of a thing, called as the table; several of a thing, in a plural
        (
            "create table vcard (username varchar(9) not null, vcard text not null, created_at timestamp not null);"
            "create table last (username varchar(9) not null, state text not null);"
            "create table motd (username varchar(9) not null, xml text);",
            "vcard",
            "username",
        ),
        # an id that another table begins with, and the id of the rest of the name; ids that only such tables have
        (
            "create table class_tasks (task_id int not null, title text, note text);"
            "create table pupil_tasks (task_id int not null, pupil_id int not null, answer text);",
            "pupil_tasks",
            "[task_id, pupil_id]",
        ),
        (
            "create table post_meta (meta_id int not null, post_id int not null, k text);"
            "create table term_meta (meta_id int not null, term_id int not null, k text);",
            "post_meta",
            "meta_id",
        ),
        # the part of a day behind the day, where nothing else is never NULL; no other id
        (
            "create table attendance_period (student_id int not null, school_date date not null,"
            " period_id int not null, code text, note text); create table students (student_id int primary key);",
            "attendance_period",
            "[student_id, school_date, period_id]",
        ),
        (
            "create table housekeeping (room_id int not null, cleaned_on date not null, staff_id int not null,"
            " minutes int, note text); create table rooms (room_id int primary key);",
            "housekeeping",
            "[room_id, cleaned_on]",
        ),
        # a code and its description, though other tables have columns of these names
        (
            "create table wards (ward_cd char(2) not null, descr varchar(50) not null);"
            "create table rooms (ward_cd char(2) not null, descr varchar(50) not null, room_no int, beds int);",
            "wards",
            "ward_cd",
        ),
        # an id that is unique only with its kind
        (
            "create table voids (type int not null, id int not null, note text, unique (type, id));",
            "voids",
            "[type, void_id]",
        ),
        # how much there is identifies nothing
        (
            "create table till_accounts (till_id int not null, balance int not null, a int, b int, c int, d int);",
            "till_accounts",
            "till_id",
        ),
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
        ("create table boxes (item_code text, shelf_code text, note text);", "boxes", "[item_code, shelf_code]"),
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
        # what it begins with and another table repeats; numbers behind it; two things that others share by chance
        (
            "create table runs (company text not null, grp text not null, ends_on date not null, note text);"
            "create table checks (company text not null, grp text not null, ends_on date not null,"
            " page_num int not null, total numeric(9,2), person text); create table firms (firm int primary key);",
            "runs",
            "[company, grp, ends_on]",
        ),
        (
            "create table runs (company text not null, grp text not null, ends_on date not null, note text);"
            "create table checks (company text not null, grp text not null, ends_on date not null,"
            " page_num int not null, total numeric(9,2), person text); create table firms (firm int primary key);",
            "checks",
            "[company, grp, ends_on, page_num]",
        ),
        # numbers within something
        (
            "create table blocks (block_id int primary key, note text);"
            "create table slots (block_id int not null, bay int not null, tier int not null, box text, note text);",
            "slots",
            "[block_id, bay, tier]",
        ),
        # a number that others repeat with more behind it
        (
            "create table cases (file_ref text not null, kind_id int not null, opened date, closed date, note text);"
            "create table papers (file_ref text not null, paper_no int not null, name text);"
            "create table parties (file_ref text not null, person_id int not null, primary key (file_ref, person_id));",
            "cases",
            "file_ref",
        ),
        # a code to which others refer by the name of the table and its own
        (
            "create table staff (badge text not null, name text not null, note text);"
            "create table moves (id int primary key, staff_badge text);",
            "staff",
            "badge",
        ),
        # a short code before what it stands for; a setting before its value
        ("create table causes (reason varchar(4) not null, reason_descr text);", "causes", "reason"),
        ("create table config (key text not null, value text);", "config", "key"),
        # all that is never NULL, in front
        (
            "create table memberships (team_id int not null, user_id int not null, joined_on date not null,"
            " left_on date, role_name text); create table teams (team_id int primary key);"
            "create table users (user_id int primary key);",
            "memberships",
            "[team_id, user_id, joined_on]",
        ),
        # a part of what another table has by an id and a place
        (
            "create table match_game (match_id int not null, game_no int not null, length int,"
            " primary key (match_id, game_no));"
            "create table stats (match_id int not null, game_no int not null, user_id int not null, kills int);",
            "stats",
            "[match_id, game_no, user_id]",
        ),
        # one of several kinds of things
        (
            "create table likes (user_id int not null, likeable_type text not null, likeable_id int not null,"
            " created_at timestamp); create table users (user_id int primary key);",
            "likes",
            "[user_id, likeable_type, likeable_id]",
        ),
        # a number of its own within what it begins with, as others have both
        (
            "create table banks (bank_code text primary key, name text);"
            "create table branch (bank_code text not null, branch_no int not null, city text);"
            "create table transfers (id int primary key, bank_code text, branch_no int);",
            "branch",
            "[bank_code, branch_no]",
        ),
        # a part of the calendar of something; a profile of somebody; a token that is kept for an address
        (
            "create table user_month (month_sk int not null, user_sk int not null, sales int);"
            "create table users (user_sk int primary key, name text);",
            "user_month",
            "[month_sk, user_sk]",
        ),
        (
            "create table seller (seller_id int primary key, name text);"
            "create table seller_profile (seller_id int not null, logo text, about text);",
            "seller_profile",
            "seller_id",
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
        # a number called as the table and as its key; the number of a contact is none
        (
            "create table clerk (staff_nr int primary key, name text);"
            "create table visit (visit_id int primary key, clerk_nr int, desk_nr int);",
            ["visit }o--o| clerk"],
        ),
        # who plays a part in the row; how many do
        (
            "create table users (user_id int primary key, name text);"
            "create table streams (stream_id int primary key, follower int, followers int, title text);",
            ["streams }o--o| users"],
        ),
        # a key of three columns with which another key begins
        (
            "create table runs (company int, grp int, ends_on date, primary key (company, grp, ends_on));"
            "create table jobs (job_id int primary key, company int, grp int);"
            "create table checks (company int, grp int, ends_on date, page int,"
            " primary key (company, grp, ends_on, page));",
            ["checks }o--o| runs"],
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


def test_the_one_above_in_another_language_is_of_the_same_table() -> None:
    text = drafted(
        b"create table amt (amt_kz int primary key, uebergeordnet_kz int, benachbart_kz int, typ_kz int);",
        "schema.sql",
        infer_keys=True,
    )[1]
    assert re.findall(r"(\w+) = amt_kz", text) == ["uebergeordnet_kz"]


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


@pytest.mark.parametrize(
    ("sql", "table", "key"),
    [
        # a log has many rows for the id of another thing; an id of its own is its key
        ("create table points_log (track_id bigint not null, lat int, lon int, at timestamp);", "points_log", "TODO"),
        ("create table points_log (point_id bigint not null, lat int, at timestamp);", "points_log", "point_id"),
        ("create table points_log (track_id bigint not null unique, lat int, at timestamp);", "points_log", "track_id"),
        ("create table readings (meter_id bigint not null, kwh int, read_at timestamp);", "readings", "TODO"),
        # rates that hold from a day on
        (
            "create table tarif_ghs (code_ghs text not null, valid_from date not null, price numeric(9, 2) not null);",
            "tarif_ghs",
            "TODO",
        ),
        # shortened: the first letters, or the consonants
        (
            "create table station (stn_cd char(3) not null, stn_nm text not null, city text);"
            "create table stk_bal (stn_cd char(3) not null, part_no text not null, snap_dt date not null, qty int);",
            "station",
            "stn_cd",
        ),
        (
            "create table station (stn_cd char(3) not null, stn_nm text not null, city text);"
            "create table stk_bal (stn_cd char(3) not null, part_no text not null, snap_dt date not null, qty int);"
            "create table part (part_no text not null, d text);",
            "stk_bal",
            "[stn_cd, part_no, snap_dt]",
        ),
        (
            "create table lease_return (ret_id int not null, tail_no text not null, stn_cd text not null, amt int);"
            "create table flights (flight_id int not null, tail_no text not null, stn_cd text);",
            "lease_return",
            "ret_id",
        ),
        # a number of its own needs nothing else, though a place follows
        (
            "create table labor_bkg (bkg_id int not null, wo_no text not null, seq_no int not null, hours int);"
            "create table wo_tasks (wo_no text not null, seq_no int not null, title text);",
            "labor_bkg",
            "bkg_id",
        ),
        # an amount and a name behind the ids are no part of a key
        (
            "create table maint_part (maint_id int not null, part_no text not null, qty int not null, cost int);"
            "create table maint (maint_id int not null, day date); create table part (part_no text not null, d text);"
            "create table site (site_id int not null, label text);",
            "maint_part",
            "[maint_id, part_no]",
        ),
        # revisions, to which others refer by both
        (
            "create table task_card (task_no text not null, rev_no int not null, title text not null, day date);"
            "create table done (done_id int not null, task_no text not null, rev_no int not null, at timestamp);",
            "task_card",
            "[task_no, rev_no]",
        ),
        # a code behind the first id is that of the table with exactly its name
        (
            "create table events (trip_id int not null, event_code text not null, at timestamp);"
            "create table event_codes (code text not null, label text not null);",
            "events",
            "[trip_id, event_code]",
        ),
        # the id first, and shortened, as most tables of the schema have it
        (
            "create table rendez_vous (id_rdv int not null, ipp text not null, prevu_le timestamp not null);"
            "create table acte (id_acte int not null, ipp text not null, nb int);"
            "create table rejet_noemie (id_rejet int not null, motif text); create table patient (ipp text not null);",
            "rendez_vous",
            "id_rdv",
        ),
        # a number of a place in other languages
        (
            "create table facture (num_facture text not null, jour date);"
            "create table ligne_facture (num_facture text not null, num_ligne int not null, montant int);",
            "ligne_facture",
            "[num_facture, num_ligne]",
        ),
    ],
)
def test_keys_of_logs_and_of_shortened_names(sql: str, table: str, key: str) -> None:
    assert keys(sql)[table] == key


def test_a_table_with_a_plural_of_another_language_is_nearer_than_one_that_ends_in_the_word() -> None:
    sql = (
        "create table almacenes (id_almacen int primary key, nombre text);"
        "create table movimientos_almacen (id_movimiento int primary key, cantidad int);"
        "create table existencias (id_existencia int primary key, id_almacen int not null, cantidad int not null);"
    )
    assert links(sql) == ["existencias }o--o| almacenes"]


def test_all_columns_of_a_key_behind_one_role_are_a_link() -> None:
    """Two removals of parts refer to components as a whole, and not to the part that begins their key."""
    sql = (
        "create table part (part_no text primary key, title text);"
        "create table component (part_no text not null references part, serial_no text not null, state text,"
        " primary key (part_no, serial_no));"
        "create table changes (change_id int primary key, off_part_no text, off_serial_no text, on_part_no text,"
        " on_serial_no text, seen_part_no text);"
    )
    text = drafted(sql.encode(), "schema.sql", infer_keys=True)[1]
    assert "changes }o--o| part: seen_part_no = part_no  #" in text
    component = text.partition("changes }o--o| component:\n")[2]
    assert re.findall(r"^    \w+: (\[.*?\])", component, re.M) == [
        "[off_part_no = part_no, off_serial_no = serial_no]",
        "[on_part_no = part_no, on_serial_no = serial_no]",
    ]


THINGS = """
create table devices (device_id int, label text);
create table sites (site_id int, label text);
create table metrics (metric_id int, label text);
"""


@pytest.mark.parametrize(
    ("sql", "table", "key"),
    [
        # readings have a moment behind their ids, and only figures behind that
        ("create table readings (device_id int, metric_id int, read_at timestamp, value real, quality int);",
         "readings", "[device_id, metric_id, read_at]"),
        ("create table payments (device_id int, paid_at timestamp, amount int, tip int);", "payments", "TODO"),
        ("create table price_history (device_id int, valid_from date, valid_to date, amount numeric(9, 2));",
         "price_history", "[device_id, valid_from]"),
        # an id behind the attributes is no part of the key
        ("create table visits (site_id int, visited_on date, score int, note text, device_id int);", "visits", "TODO"),
        ("create table scores (site_id int, scored_on date, points real, device_id int);", "scores",
         "[site_id, scored_on]"),
        # what stands behind the ids may be a part of the key, too; a name is none
        ("create table slots (site_id int, device_id int, bay smallint, note text);", "slots", "TODO"),
        ("create table slots (site_id int, device_id int, label text, note text);", "slots", "[site_id, device_id]"),
        ("create table texts (device_id int, tongue char(2), note text);", "texts", "TODO"),
        # a flag distinguishes two rows at most
        ("create table flags (on_off char(1), title text); create table logs (on_off char(1), note text);",
         "flags", "TODO"),
        # the id with which only one table begins, before the id of another table
        ("create table antennas (antenna_eui text, site_id int, height numeric(5, 1));"
         "create table uplinks (received_at timestamp, antenna_eui text, payload text);", "antennas", "antenna_eui"),
        # ids that nothing names, with which another table begins, too: either table may be theirs
        ("create table members (thing_id int, group_id int, note text);"
         "create table guests (thing_id int, group_id int, note text);", "members", "TODO"),
        # the id that shortens the name of one table
        ("create table claim (clm_id text, device_id int, note text);"
         "create table claim_line (clm_id text, line_num int, amount int);", "claim", "clm_id"),
    ],
)  # fmt: skip
def test_keys_where_nothing_is_declared_not_null(sql: str, table: str, key: str) -> None:
    assert keys(THINGS + sql)[table] == key


def test_the_client_with_which_all_tables_begin_needs_no_not_null() -> None:
    tables = ("orders (mandt text, order_id int, note text)", "plants (mandt text, plant_id int, note text)")
    more = ("parts (mandt text, part_id int, note text)", "order_lines (mandt text, order_id int, line_no int)")
    found = keys(";".join(f"create table {one}" for one in (*tables, *more)))
    assert found["orders"] == "[mandt, order_id]"
    assert found["order_lines"] == "[mandt, order_id, line_no]"


def test_a_key_by_its_place_is_not_said_to_be_never_null() -> None:
    sql = f"{THINGS} create table readings (device_id int, metric_id int, read_at timestamp, value real, quality int);"
    text = drafted(sql.encode(), "schema.sql", infer_keys=True)[1]
    line = next(one for one in text.splitlines() if "read_at]" in one)
    assert "nothing is declared NOT NULL" in line
    assert "never NULL" not in line


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        # a price is valid since a day; a contract has one validity
        ("create table tariffs (tariff_code text not null, valid_from date not null, amount numeric(9, 2));",
         "[tariff_code, valid_from]"),
        ("create table tariffs (tariff_code text not null, decided_on date not null, amount numeric(9, 2));",
         "tariff_code"),
        ("create table contracts (contract_code text not null, valid_from date not null, amount numeric(9, 2));",
         "contract_code"),
        # a number behind another table's id counts within that; an id is enough
        ("create table coupons (ticket_no text not null, coupon_no int not null, seat text);"
         "create table tickets (ticket_no text not null, issued date);", "[ticket_no, coupon_no]"),
        ("create table coupons (ticket_no text not null, coupon_id int not null, seat text);"
         "create table tickets (ticket_no text not null, issued date);", "coupon_id"),
    ],
)  # fmt: skip
def test_prices_and_numbers_within_another_thing(sql: str, key: str) -> None:
    assert next(iter(keys(sql).values())) == key
