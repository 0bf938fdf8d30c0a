"""What `tier:`, `default:` and `order:` mean, on rows: each form gives the value that the reference says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.pipelines.generation import generate
from erd2dbt.run.connection import connect
from erd2dbt.sqlproof.dbttext import plain

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

SPEC = """
version: 1
project: shop
sources: {{raw: {{schema: public}}}}
entities:
  people: {{key: person_id, columns: {{person_id: int}}}}
  visits:
    key: visit_id
    columns: {{visit_id: int, person_id: int, at: date, seq: int, place: text, hours: int, cost: "numeric(12,2)"}}
links:
  visits }}o--|| people: person_id
models:
  found:
    grain: person_id
    rows: people
    columns:
      value: {column}
"""
DATA = """
create table people (person_id int);
create table visits (visit_id int, person_id int, at date, seq int, place text, hours int, cost numeric(12,2));
insert into people values (1), (2), (3);
insert into visits values
    (1, 1, '2024-01-01', 2, 'park', 4, 5.5), (2, 1, null, 1, 'zoo', 7, 80), (3, 1, '2024-03-01', null, 'lake', 12, 7),
    (4, 2, null, null, 'hill', null, null);
"""


def values(database: Connection, column: str) -> list[Any]:
    """The value for each person: with dates and a NULL among them, with NULL alone, and without a visit."""
    generated = generate(SPEC.format(column=column).encode(), "spec.yml")
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(DATA)
        for made in generated.planned.own:
            text = next(t for path, t in generated.files.items() if path.endswith(f"/{made.relation.model}.sql"))
            sql = plain(text).replace("raw.", "public.")
            cursor.execute(f"create view {made.relation.model} as {sql}")
        cursor.execute("select value from found order by person_id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("{first: visits.place, order: at}", ["park", "hill", None]),
        ("{last: visits.place, order: at}", ["lake", "hill", None]),
        ("{first: visits.place, order: at desc}", ["lake", "hill", None]),
        ("{last: visits.place, order: at desc}", ["park", "hill", None]),
        ("{first: visits.place, order: at nulls first}", ["zoo", "hill", None]),
        ("{first: visits.place, order: at desc nulls first}", ["zoo", "hill", None]),
        ("{first: visits.place, order: at nulls last}", ["park", "hill", None]),
        ("{last: visits.place, order: at nulls last}", ["zoo", "hill", None]),
        ("{last: visits.place, order: at nulls first}", ["lake", "hill", None]),
        ("{last: visits.place, order: at desc nulls last}", ["zoo", "hill", None]),
        ("{first: visits.place, order: [seq nulls first, at]}", ["lake", "hill", None]),
        ("first(visits.place order by visits.at nulls first)", ["zoo", "hill", None]),
        ("last(visits.place order by visits.seq desc nulls last, visits.at)", ["lake", "hill", None]),
        ("'string_agg(visits.place, '','' order by visits.at desc)'", ["zoo,lake,park", "hill", None]),
        ("'string_agg(visits.place, '','' order by visits.at desc nulls last)'", ["lake,park,zoo", "hill", None]),
        ("array_agg(visits.place order by visits.at nulls first)", [["zoo", "park", "lake"], ["hill"], None]),
        ("{tier: max(visits.hours), cut: {some: 5, many: 10}, else: few}", ["many", None, None]),
        ("{tier: min(visits.hours), cut: {some: 5, few: 4, many: 10}}", ["few", None, None]),
        ("{tier: min(visits.hours), cut: {many: 10, some: 5}, else: few}", ["few", None, None]),
        ("{tier: max(visits.at), cut: {old: 2020-01-01, new: 2024-02-01}, else: older}", ["new", None, None]),
        ("{is: max(visits.hours), default: 0.5}", [12, 0.5, 0.5]),
        ("{is: max(visits.cost), default: 0.125}", [80, 0.125, 0.125]),
        ("{is: sum(visits.hours), default: 0.25}", [23, 0.25, 0.25]),
        ("{is: max(visits.hours), default: 5000000000}", [12, 5000000000, 5000000000]),
        ('{is: max(visits.hours), default: "7"}', [12, 7, 7]),
        ("{is: max(visits.place), default: nowhere}", ["zoo", "hill", "nowhere"]),
        ("{is: 'coalesce(max(visits.hours), -2.5)'}", [12, -2.5, -2.5]),
        ("{is: 'coalesce(max(visits.cost), 0.125)'}", [80, 0.125, 0.125]),
        ("{is: 'coalesce(max(visits.seq), max(visits.cost), 3.75)'}", [2, 3.75, 3.75]),
        ("{is: 'coalesce(max(visits.cost), 98765432109)'}", [80, 98765432109, 98765432109]),
        ("to_hex(sum(visits.hours) + 0x10 + 1_000)", ["40f", "3f8", "3f8"]),
    ],
)
def test_columns_mean_what_the_reference_says(database: Connection, column: str, expected: list[Any]) -> None:
    found = values(database, column)
    assert [float(v) if isinstance(w, float) else v for v, w in zip(found, expected, strict=True)] == expected


def test_a_long_condition_means_what_it_says(database: Connection) -> None:
    long = "(visits.place = 'a place with a long name' or visits.place = 'zoo' or visits.place = 'hill')"
    column = f'{{is: "count(visits.visit_id) filter (where {long} and visits.hours = 7)"}}'
    assert values(database, column) == [1, 0, 0]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "string_agg(lower(visits.place) || ' in a town with a long name', '; and then to '"
            " order by visits.hours desc nulls last, visits.seq, visits.at nulls first, visits.visit_id)",
            "lake in a town with a long name; and then to zoo in a town with a long name; and then to "
            "park in a town with a long name",
        ),
        (
            "string_agg(distinct left(visits.place, 2) || ' of a rather long text', '; ' order by left(visits.place, 2)"
            " || ' of a rather long text' desc) filter (where visits.hours > 4 or visits.cost between 5 and 6)",
            "zo of a rather long text; pa of a rather long text; la of a rather long text",
        ),
    ],
)
def test_an_ordered_list_that_is_longer_than_a_line(database: Connection, call: str, expected: str) -> None:
    assert values(database, f'{{is: "{call}"}}')[0] == expected
