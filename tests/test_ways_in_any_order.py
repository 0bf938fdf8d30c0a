"""The sources of a union have no order: each has its own column of the grain's name, and each input its one way."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.pipelines.generation import generate
from erd2dbt.run.connection import Connection, connect
from ways import fault_of, figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SPEC = """\
version: 1
project: sea
sources: {raw: {schema: raw}}
entities:
  ports: {key: port_id, columns: {port_id: int, tons: int}}
  trips: {key: trip_id, columns: {trip_id: int, from_port: int, to_port: int, day: date, zone: int, load: int}}
  audits: {key: audit_id, columns: {audit_id: int, trip_id: int, day: date, score: int}}
  crew: {key: crew_id, columns: {crew_id: int, trip_id: int, hours: int}}
  finds: {key: find_id, columns: {find_id: int, audit_id: int, n: int}}
  visits: {key: visit_id, columns: {visit_id: int, day: date}}
links:
  trips }o--|| ports: {from: from_port = port_id, to: to_port = port_id}
  audits }o--|| trips: trip_id
  crew }o--|| trips: trip_id
  finds }o--|| audits: audit_id
models:
"""
ROWS = """\
create schema raw;
create table raw.ports as select * from (values (1, 10), (2, 20)) as t (port_id, tons);
create table raw.trips as select * from (values (1, 1, 2, date '2024-01-01', 7, 3), (2, 2, 1, '2024-01-02', 8, 4))
  as t (trip_id, from_port, to_port, day, zone, load);
create table raw.audits as select * from (values (1, 1, date '2024-01-02', 5), (2, 1, '2024-01-03', 6),
  (3, 2, '2024-01-03', 7)) as t (audit_id, trip_id, day, score);
create table raw.crew as select * from (values (1, 1, 8), (2, 1, 9), (3, 2, 2)) as t (crew_id, trip_id, hours);
create table raw.finds as select * from (values (1, 1, 1), (2, 1, 2), (3, 3, 4)) as t (find_id, audit_id, n);
create table raw.visits as select * from (values (1, date '2024-01-01'), (2, date '2024-01-04')) as t (visit_id, day);
"""


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        found = session.cursor()
        found.execute(ROWS)
        yield found
        session.rollback()


def model(rows: Sequence[str], column: str, grain: str = "day", more: str = "") -> str:
    return f"{SPEC}  m: {{grain: {grain}, rows: [{', '.join(rows)}], {more}columns: {{x: {column}}}}}\n"


@pytest.mark.parametrize("sources", [("audits", "trips"), ("audits", "trips", "visits")])
@pytest.mark.parametrize(
    ("column", "right"),
    [
        ("sum(trips.load)", [3, 4, 0]),
        ("sum(audits.score)", [0, 5, 13]),  # on the day of the audit, not on that of its trip
        ("sum(crew.hours)", [17, 2, 0]),
        ("sum(finds.n)", [0, 3, 4]),  # on the day of their audit
    ],
)
def test_a_parent_and_its_child_have_their_own_days(
    cursor: Any, sources: tuple[str, ...], column: str, right: list[int]
) -> None:
    for rows in permutations(sources):
        text = model(rows, column)
        assert [x for _, x in figures(cursor, text)] == [*right, *([0] if "visits" in rows else [])]
        remarks = generate(text.encode(), "spec.yml").planned.remarks
        assert [one.message for one in remarks if one.code in ("W402", "W406")] == []


def test_the_day_of_the_parent_can_be_said(cursor: Any) -> None:
    text = model(("trips", "audits"), "sum(audits.score)", more="via: {audits: trips}, ")
    assert [x for _, x in figures(cursor, text)] == [11, 7]


def test_a_column_that_one_source_has_is_read_by_both(cursor: Any) -> None:
    """`zone` is a column of the trips alone, `day` of both."""
    for rows in permutations(("trips", "audits")):
        found = figures(cursor, model(rows, "sum(audits.score)", "[day, zone]"))
        assert [(zone, x) for _, zone, x in found] == [(7, 0), (7, 5), (8, 0), (7, 6), (8, 7)]


@pytest.mark.parametrize(
    ("column", "right"), [("trips.load", [3, 4]), ("trips.from.tons", [10, 20]), ("trips.to.tons", [20, 10])]
)
def test_a_path_from_a_source_with_this_key_is_a_scalar(cursor: Any, column: str, right: list[int]) -> None:
    for rows in permutations(("trips", "audits")):
        assert [x for _, x in figures(cursor, model(rows, column, "trip_id"))] == right


def test_a_path_from_a_source_with_many_rows_is_none() -> None:
    for rows in permutations(("trips", "audits")):
        assert fault_of(model(rows, "trips.from.tons")).code == "E202"
        assert fault_of(model(rows, "audits.score", "trip_id")).code == "E202"
