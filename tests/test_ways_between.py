"""Several entities connect an input with the rows: none is guessed, and each word gives what independent SQL says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Fix
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

THEATRE = """\
version: 1
project: theatre
sources: {raw: {schema: raw}}
entities:
  halls: {key: hall_id, columns: {hall_id: int, name: text}}
  people: {key: person_id, columns: {person_id: int, name: text}}
  shows:
    key: show_id
    columns: {show_id: int, hall_id: int, title: text, starts_at: {type: timestamp, not_null: true}}
  castings: {key: [show_id, person_id], columns: {show_id: int, person_id: int, fee: int}}
  bookings: {key: booking_id, columns: {booking_id: int, show_id: int, buyer_id: int, guest_id: int}}
  tickets: {key: [booking_id, line], columns: {booking_id: int, line: int}}
links:
  shows }o--|| halls: hall_id
  castings }o--|| shows: show_id
  castings }o--|| people: person_id
  bookings }o--|| shows: show_id
  bookings }o--|| people: {buyer: buyer_id = person_id, guest: guest_id = person_id}
  tickets }o--|| bookings: booking_id
models:
"""
ROWS = """\
create schema raw;
create table raw.halls as select * from (values (1, 'ann'), (2, 'bob')) as t (hall_id, name);
create table raw.people as select * from (values (1, 'ann'), (2, 'ann'), (3, 'bob')) as t (person_id, name);
create table raw.shows as select * from (values
  (1, 1, 'a', timestamp '2025-01-31 23:00'), (2, 2, 'b', '2025-02-01 00:00'), (3, 2, 'c', '2025-02-28 10:00'))
  as t (show_id, hall_id, title, starts_at);
create table raw.castings as select * from (values (1, 1, 5), (2, 1, 6), (1, 2, 7)) as t (show_id, person_id, fee);
create table raw.bookings as select * from (values (1, 3, 1, 2), (2, 1, 3, 3), (3, 2, 3, 1), (4, 3, 3, 2))
  as t (booking_id, show_id, buyer_id, guest_id);
create table raw.tickets as select * from (values (1, 1), (1, 2), (4, 1)) as t (booking_id, line);
"""
OVER = {
    "castings": "select person_id, count(distinct show_id) from raw.castings group by 1",
    "buyer": "select buyer_id, count(distinct show_id) from raw.bookings group by 1",
    "guest": "select guest_id, count(distinct show_id) from raw.bookings group by 1",
}
TITLES = "  m: {grain: person_id, rows: people, columns: {x: count(distinct shows.title)}}\n"


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        yield cursor


def fault_of(text: str) -> Diagnostic:
    with pytest.raises(ErdError) as refused:
        generate(text.encode(), "spec.yml")
    (fault,) = [one for one in refused.value.diagnostics if one.code.startswith("E")]
    return fault


def figures(cursor: Any, text: str) -> list[tuple[Any, ...]]:
    """The rows of the model `m`, in order."""
    made = generate(text.encode(), "spec.yml")
    cursor.execute("savepoint before; create schema made; set local search_path = made")
    for one in made.planned.own:
        sql = made.files[made.project.sql_paths[one.relation.model]]
        sql = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", sql))
        cursor.execute(f"create view {one.relation.model} as {sql}")
    cursor.execute("select * from m")
    found = sorted(cursor.fetchall())
    cursor.execute("rollback to savepoint before")
    return found


def words(fault: Diagnostic) -> list[str]:
    return [word for fix in fault.fixes for word in re.findall(r"`via: (\w+)`", fix)]


def test_a_bridge_beside_another_entity_is_not_taken_unasked(cursor: Any) -> None:
    """Tickets go over bookings, and are not a third way."""
    fault = fault_of(THEATRE + TITLES)
    assert (fault.code, words(fault)) == ("E205", ["buyer", "guest", "castings"])
    found = set()
    for fix, word in zip(fault.fixes, words(fault), strict=True):
        assert isinstance(fix, Fix)
        cursor.execute(OVER[word])
        right = dict(cursor.fetchall())
        got = figures(cursor, pasted(THEATRE + TITLES, fix) or "")
        assert got == [(person, right.get(person, 0)) for person in (1, 2, 3)]
        found.add(tuple(got))
    assert len(found) == len(OVER)


def test_a_bridge_alone_is_taken(cursor: Any) -> None:
    alone = re.sub(r"  (?:bookings|tickets) [^\n]*\n", "", THEATRE)
    assert figures(cursor, alone + TITLES) == [(1, 2), (2, 1), (3, 0)]


@pytest.mark.parametrize("word", ["bookings", "tickets"])
def test_an_entity_with_two_links_to_the_rows_does_not_decide(word: str) -> None:
    said = TITLES.replace("count(distinct shows.title)", f"{{is: count(distinct shows.title), via: {word}}}")
    fault = fault_of(THEATRE + said)
    assert (fault.code, sorted(words(fault))) == ("E205", ["buyer", "guest"])


def test_a_way_by_two_roles_is_offered_where_no_other_is(cursor: Any) -> None:
    """As long as no bridge is drawn, there is nothing to take; the words are those that are accepted."""
    text = re.sub(r"  castings [^\n]*\n|  castings: [^\n]*\n", "", THEATRE) + TITLES
    fault = fault_of(text)
    assert (fault.code, sorted(words(fault))) == ("E201", ["buyer", "guest"])
    for fix in fault.fixes[:2]:
        (word,) = re.findall(r"`via: (\w+)`", fix)
        cursor.execute(OVER[word])
        right = dict(cursor.fetchall())
        assert isinstance(fix, Fix)
        assert figures(cursor, pasted(text, fix) or "") == [(person, right.get(person, 0)) for person in (1, 2, 3)]


def test_rows_that_only_a_parent_connects_are_aggregated_by_it_first(cursor: Any) -> None:
    """Bookings belong to shows, and castings lead to the shows only."""
    alone = re.sub(r"  bookings }o--\|\| people[^\n]*\n", "", THEATRE)
    model = "  m: {grain: person_id, rows: people, columns: {x: COLUMN}}\n"
    fault = fault_of(alone + model.replace("COLUMN", "count(bookings.booking_id)"))
    assert fault.code == "E201"
    fix = fault.fixes[0]
    assert isinstance(fix, Fix)
    assert "aggregate it per row of `shows`" in fix
    pasted_fix = pasted(alone + model.replace("COLUMN", "count(bookings.booking_id)"), fix) or ""
    assert figures(cursor, pasted_fix) == [(1, 2), (2, 1), (3, 0)]
    by_show = "  by_show: {grain: show_id, rows: shows, columns: {n: count(bookings.booking_id)}}\n"
    assert figures(cursor, alone + by_show + model.replace("COLUMN", "sum(by_show.n)")) == [(1, 2), (2, 1), (3, 0)]


def test_a_name_does_not_win_over_a_bridge(cursor: Any) -> None:
    """`people.name` equals `halls.name`, and castings lead from the shows to the people."""
    alone = re.sub(r"  (?:bookings|tickets) [^\n]*\n", "", THEATRE)
    model = "  m: {grain: name, rows: people, columns: {x: {is: max(shows.title)}}}\n"
    fault = fault_of(alone + model)
    assert (fault.code, words(fault)) == ("E205", ["castings"])
    assert "`halls.name` by its name; over `castings`" in fault.message
    (fix,) = [one for one in fault.fixes if isinstance(one, Fix)]
    assert figures(cursor, pasted(alone + model, fix) or "") == [("ann", "b"), ("bob", None)]
    meant = model.replace("max(shows.title)", "max(shows.title), accept: {W406: halls are named after people}")
    assert figures(cursor, alone + meant) == [("ann", "a"), ("bob", "c")]


def test_a_word_decides_for_the_columns_that_it_leads_to(cursor: Any) -> None:
    """`guest` says which person; the hall of the show is found without it."""
    model = "  m: {grain: [person_id, hall_id], rows: bookings, via: {bookings: guest}, columns: {n: count(*)}}\n"
    cursor.execute("select guest_id, hall_id, count(*) from raw.bookings join raw.shows using (show_id) group by 1, 2")
    right = sorted(cursor.fetchall())
    assert figures(cursor, THEATRE + model) == right
    open_one = fault_of(THEATRE + model.replace("via: {bookings: guest}, ", ""))
    assert [fix for fix in open_one.fixes if "guest" in fix] == ["say which: `via: {bookings: guest}`"]


def test_a_period_is_computed_in_the_entity(cursor: Any) -> None:
    model = "  m: {grain: [hall_id, month], rows: shows, columns: {n: count(*)}}\n"
    fault = fault_of(THEATRE + model)
    assert fault.code == "E201"
    cursor.execute("select hall_id, date_trunc('month', starts_at)::date, count(*) from raw.shows group by 1, 2")
    right = sorted(cursor.fetchall())
    assert isinstance(fault.fixes[0], Fix)
    assert figures(cursor, pasted(THEATRE + model, fault.fixes[0]) or "") == right
    own = model.replace("{n:", "{month: \"date_trunc('month', shows.starts_at)::date\", n:")
    assert fault_of(THEATRE + own).fixes[0].startswith("a model has no formula for its grain: move `month`")
