"""Pairs of two things: bridges where a date only says since when they are paired, facts where it says an event."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.kinds import Classified, Kind

ENDS = """
create table robots (robot_id int primary key, name text not null);
create table zones (zone_id int primary key, name text not null);
"""
PAIR = "robot_id int not null references robots, zone_id int not null references zones"


def star(sql: str) -> dict[str, Classified]:
    return dict(star_of(read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml")).entities)


def kind_of(table: str, dates: str, key: str) -> Kind:
    return star(f"{ENDS} create table {table} ({PAIR}, {dates}, {key});")[table].kind


@pytest.mark.parametrize(
    ("table", "dates"),
    [
        ("robot_zone", "granted_at timestamp not null"),
        ("robot_zone", "created_at timestamp not null"),
        ("robot_access", "assigned_at timestamptz, expires_at timestamptz"),
        ("robot_zones", "linked_on date, revoked_at timestamp"),
        ("robot_zones", "zugewiesen_am date"),
        ("robot_zones", "asignado_en date"),
    ],
)
def test_dates_of_a_pair(table: str, dates: str) -> None:
    assert kind_of(table, dates, "primary key (robot_id, zone_id)") is Kind.BRIDGE


@pytest.mark.parametrize(
    ("table", "dates"),
    [
        ("zone_visits", "visited_at timestamp not null"),
        ("robot_zone", "visited_at timestamp not null"),
        ("robot_zone", "granted_at timestamp not null, inspected_at timestamp"),
        ("purchases", "purchased_at timestamp not null"),
        ("likes", "given_at timestamp not null"),
    ],
)
def test_dates_of_an_event(table: str, dates: str) -> None:
    assert kind_of(table, dates, "primary key (robot_id, zone_id)") is Kind.FACTLESS
    assert kind_of(table, dates, "row_id int primary key") is Kind.FACTLESS


def test_a_quantity_makes_it_a_fact() -> None:
    key = "primary key (robot_id, zone_id)"
    assert kind_of("robot_zone", "granted_at timestamp not null, trips_count int not null", key) is not Kind.BRIDGE


def test_a_surrogate_key_of_unique_pairs() -> None:
    own, again = "id int primary key, unique (robot_id, zone_id)", "id int primary key"
    assert kind_of("robot_zones", "created_at timestamp not null", own) is Kind.BRIDGE
    assert kind_of("robot_access", "granted_at timestamp not null", own) is Kind.BRIDGE
    assert kind_of("likes", "created_at timestamp not null", own) is Kind.FACTLESS
    assert kind_of("robot_zones", "granted_at timestamp not null", again) is Kind.FACTLESS


TEXTS = """
create table {one} (id int primary key, code varchar(9) not null);
create table {one}_translation (id int primary key, {one}_id int not null references {one},
  {language} varchar(5) not null, title varchar(80), body text{end});
"""


@pytest.mark.parametrize(("one", "language"), [("post", "lang"), ("product", "locale")])
def test_texts_of_languages_stay_in_staging(one: str, language: str) -> None:
    unique = f", unique ({one}_id, {language})"
    found = star(TEXTS.format(one=one, language=language, end=unique))
    assert found[f"{one}_translation"].kind is Kind.IGNORE
    assert found[one].kind is Kind.DIMENSION


@pytest.mark.parametrize(("one", "other"), [("Category", "Post"), ("Article", "Tag")])
def test_a_and_b_are_the_key_of_a_bridge(one: str, other: str) -> None:
    ends = "".join(f'create table "{name}" (id int primary key, name text not null);' for name in (one, other))
    pair = (
        f'create table "_{one}To{other}" ("A" int not null references "{one}", "B" int not null references "{other}");'
    )
    text = drafted((ends + pair).encode(), "schema.sql", infer_keys=True)[1]
    bridge = next(
        found for found in star_of(read_spec(text.encode(), "spec.yml")).entities.values() if "_to_" in found.name
    )
    assert [word.text for word in bridge.entity.key] == ["a", "b"]
    assert bridge.kind is Kind.BRIDGE
