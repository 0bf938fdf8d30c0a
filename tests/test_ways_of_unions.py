"""Several sources of a union lead to an input: none is taken for its place, and each word has its own figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import Fix
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect
from ways import fault_of, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = """\
version: 1
project: sea
sources: {raw: {schema: raw}}
entities:
  ports: {key: port_id, columns: {port_id: int, name: text, rating: int}}
  visits: {key: visit_id, columns: {visit_id: int, port_id: int, day: date, dues: int}}
  audits: {key: audit_id, columns: {audit_id: int, port_id: int, day: date}}
  trips: {key: trip_id, columns: {trip_id: int, from_port: int, to_port: int, day: date}}
  rates: {key: day, columns: {day: date, rate: int}}
links:
  visits }o--|| ports: port_id
  audits }o--|| ports: port_id
  trips }o--|| ports: {from: from_port = port_id, to: to_port = port_id}
models:
"""
ROWS = """\
create schema raw;
create table raw.ports as select * from (values (1, 'Oslo', 4), (2, 'Brest', 7), (3, 'Nice', 9))
  as t (port_id, name, rating);
create table raw.visits as select * from (values (1, 1, date '2024-01-01', 5), (2, 2, '2024-01-01', 6))
  as t (visit_id, port_id, day, dues);
create table raw.audits as select * from (values (1, 1, date '2024-01-02'), (2, 3, '2024-01-01'))
  as t (audit_id, port_id, day);
create table raw.trips as select * from (values (1, 1, 2, date '2024-01-02'), (2, 3, 2, '2024-01-03'))
  as t (trip_id, from_port, to_port, day);
create table raw.rates as select * from (values (date '2024-01-01', 1), (date '2024-01-04', 2))
  as t (day, rate);
"""
WAYS = {
    "audits": ["audits"],
    "visits": ["visits"],
    "trips": ["trips.from", "trips.to"],
}


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        found = session.cursor()
        found.execute(ROWS)
        yield found
        session.rollback()


def model(rows: tuple[str, ...], formula: str, grain: str = "day", more: str = "") -> str:
    return f"{SPEC}  m: {{grain: {grain}, rows: [{', '.join(rows)}], {more}columns: {{x: {formula}}}}}\n"


@pytest.mark.parametrize("others", [("audits", "visits"), ("audits", "trips"), ("rates", "trips", "visits")])
@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("count(distinct ports.name)", "count(distinct p.name)"),
        ("max(ports.rating)", "max(p.rating)"),
        ("min(ports.name)", "min(p.name)"),
        ("bool_or(ports.rating > 5)", "bool_or(p.rating > 5)"),
        ("\"string_agg(ports.name, ',' order by ports.name)\"", "string_agg(p.name, ',' order by p.name)"),
        ("{last: ports.rating, order: name}", "(array_agg(p.rating order by p.name desc))[1]"),
        ("{first: ports.rating, order: name}", "(array_agg(p.rating order by p.name))[1]"),
    ],
)
def test_each_source_has_a_word(cursor: Any, others: tuple[str, ...], formula: str, value: str) -> None:
    text = model(others, formula)
    fault = fault_of(text)
    again = fault_of(model(others[::-1], formula))
    assert (again.message, again.fixes) == (fault.message, fault.fixes)
    wanted = [word for source in sorted(others) for word in WAYS.get(source, [])]
    words = [word for fix in fault.fixes for word in re.findall(r"`via: ([\w.]+)`", fix)]
    assert (fault.code, words) == ("E205", wanted)
    assert fault.message.startswith("more than one way leads from `m` to `ports`: ")
    found = []
    days = " union ".join(f"select day from raw.{source}" for source in others)
    for fix, word in zip(fault.fixes, words, strict=True):
        assert isinstance(fix, Fix)
        source, _, role = word.partition(".")
        tied = f"raw.{source} s join raw.ports p on p.port_id = s.{f'{role}_port' if role else 'port_id'}"
        cursor.execute(f"select d.day, (select {value} from {tied} where s.day = d.day) from ({days}) d")
        right = sorted(cursor.fetchall())
        assert figures(cursor, pasted(text, fix) or "") == right
        found.append(tuple(right))
    assert len({*found}) > 1


def test_a_source_may_be_a_model() -> None:
    models = "  seen: {grain: audit_id, rows: audits, keep: [port_id, day], columns: {}}\n"
    models += "  went: {grain: trip_id, rows: trips, keep: [from_port, to_port, day], columns: {}}\n"
    for rows in (("seen", "went"), ("went", "seen")):
        text = model(rows, "max(ports.rating)").replace("models:\n", f"models:\n{models}")
        fault = fault_of(text)
        assert re.findall(r"`via: ([\w.]+)`", str(fault.fixes)) == ["seen", "went.from", "went.to"]
        for fix in fault.fixes:
            assert isinstance(fix, Fix)
            made = generate((pasted(text, fix) or "").encode(), "spec.yml")
            assert [r.code for r in made.planned.remarks if r.code.startswith("W")] == []


def test_the_only_source_with_a_way_is_taken(cursor: Any) -> None:
    found = [figures(cursor, model(rows, "max(ports.rating)")) for rows in (("rates", "audits"), ("audits", "rates"))]
    assert found[0] == found[1]
    assert [rating for _, rating in found[0]] == [9, 4, None]


def test_a_source_that_the_aggregate_names_is_meant(cursor: Any) -> None:
    formula = "count(distinct ports.name) filter (where visits.dues > 0)"
    for rows in (("audits", "visits"), ("visits", "audits")):
        assert [n for _, n in figures(cursor, model(rows, formula))] == [2, 0]


def test_columns_of_the_grain_lead_to_the_input_themselves(cursor: Any) -> None:
    for formula, right in (("ports.name", ["Brest", "Nice", "Oslo", "Oslo"]), ("max(ports.rating)", [4, 4, 7, 9])):
        for rows in (("audits", "visits"), ("visits", "audits")):
            found = figures(cursor, model(rows, formula, "[port_id, day]"))
            assert sorted(value for *_, value in found) == right


def test_columns_from_which_the_rows_come_are_not_guessed_by_name(cursor: Any) -> None:
    """`day` of the trips is one source of the column, as is the port that the word selects."""
    for rows in (("visits", "trips"), ("trips", "visits")):
        grain = "[port_id, day]" if rows[0] == "visits" else "[to_port, day]"
        text = model(rows, "count(trips.trip_id)", grain, "via: {trips: to}, ")
        remarks = generate(text.encode(), "spec.yml").planned.remarks
        assert [r.message for r in remarks if r.code in ("W402", "W406")] == []
        assert [n for *_, n in figures(cursor, text)] == [0, 0, 1, 1]
