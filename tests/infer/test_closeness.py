"""Which table a column means by its name, where several names fit; and keys by ranked candidates."""

from __future__ import annotations

import pytest

from erd2dbt.infer.references import Relation, clear, references
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec


def meant(child: str, column: str, *tables: str, type_: str = "integer", **leads: str) -> str | None:
    """The table that `child.column` leads to, beside tables keyed by `id`; `leads`: another child's column -> table."""
    known = [Relation(name=name, columns={"id": type_, "label": "text"}, key=("id",)) for name in tables]
    known.append(Relation(name=child, columns={"id": type_, column: type_, "note": "text"}, key=("id",)))
    for other, table in leads.items():
        tied = frozenset({(other,)})
        known.append(Relation(name="others", columns={other: type_, "n": "text"}, tied=tied, leads={other: table}))
    found = clear(references(known).get((child, (column,)), ()), ("id",))
    return found.parent if found else None


@pytest.mark.parametrize(
    ("child", "column", "tables", "parent"),
    [
        ("visits", "report_id", ("reports", "yearly_reports"), "reports"),
        ("loans", "member_id", ("members", "club_members"), "members"),
        ("shop_lineextra", "line_id", ("shop_line", "shop_cart", "cellar_line", "cellar_rack"), "shop_line"),
        ("loans", "event_type_id", ("content_types", "content_rules"), None),
        ("loans", "reader_id", ("auth_reader", "auth_group", "auth_rule"), "auth_reader"),
        ("loans", "lent_by", ("users", "books"), "users"),
        ("loans", "owner_id", ("users", "power_users"), None),
        ("loans", "shape_id", ("colours", "sizes"), None),
        ("loans", "USER_ID_", ("users", "books"), "users"),
    ],
)
def test_the_closest_name_is_meant(child: str, column: str, tables: tuple[str, ...], parent: str | None) -> None:
    assert meant(child, column, *tables) == parent


def test_a_word_is_a_reference_where_the_same_column_is_one_elsewhere() -> None:
    assert meant("towns", "land", "lands", type_="text") is None
    assert meant("towns", "land", "lands", type_="text", land="lands") == "lands"


SQL = """
create table crews (crew_id int primary key, name text);
create table crew_tools (crew_id int not null references crews, tool text);
create table crew_codes (crew_id int not null references crews, code char(4) not null, unique (crew_id, code));
create table season_crews (season int, year int not null, crew_id int not null references crews, wins int);
create table positions_log (tracker_id bigint not null, seen_at timestamp, north int);
create table tours (tour_id int not null, crew_id int not null, started_on date, updated_at timestamp not null);
create table stage_times (tour_id int not null, stage_no int not null, seconds int);
create table captain (crew_id int not null, person text not null, since date);
"""


def test_keys_are_chosen_from_ranked_candidates() -> None:
    """A link to many contradicts its columns; what is declared unique goes first; upkeep is in no key."""
    erd = read_spec(drafted(SQL.encode(), "crews.sql", infer_keys=True)[1].encode(), "crews.yml")
    assert {one.name: [word.text for word in one.key] for one in erd.entities} == {
        "crews": ["crew_id"],
        "crew_tools": ["TODO"],
        "crew_codes": ["crew_id", "code"],
        "season_crews": ["TODO"],
        "positions_log": ["TODO"],
        "tours": ["tour_id"],
        "stage_times": ["tour_id", "stage_no"],
        "captain": ["crew_id"],
    }
