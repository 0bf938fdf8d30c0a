"""Types, enumerations and participation held against rows, and the item of the Miro board behind each claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erd2dbt.pipelines import generation
from erd2dbt.run.connection import connect
from erd2dbt.verify.as_markdown import report_markdown
from erd2dbt.verify.as_text import faults
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verdict import State
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

SPEC = """
version: 1
project: kinds
miro:
  board: uXjVO_hqdJE=
  items:
    people: "345"
    people.small: "346"
    "pets |o--|| people": "347"
sources: {raw: {}}
entities:
  people:
    key: person
    columns:
      person: int
      small: smallint
      price: numeric(6,2)
      told: text
      coded: text
      born: {type: date, cast: true}
      size: {type: text, values: [S, M, L]}
      extra: xml
  pets: {key: pet, columns: {pet: int, person: int}}
links:
  pets |o--|| people: person
models: {}
"""
MADE = """
create schema raw;
create table raw.people (person int, small int, price numeric, told text, coded text, born text, size text, extra text);
insert into raw.people select n, n, n, '2024-02-' || 9 + n, '00' || n, '2024-02-' || 9 + n, 'S', '<a/>'
from generate_series(1, 8) n;
update raw.people set small = 70000 where person = 3; update raw.people set price = 123456.789 where person = 4;
update raw.people set born = '2024-02-31' where person = 5; update raw.people set size = 'XL' where person = 6;
create table raw.pets (pet int, person int); insert into raw.pets values (1, 1), (2, 1), (3, null), (4, 99);
"""


def test_each_kind_with_its_item(database: Connection) -> None:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(MADE)
        session.commit()
    made = generation.generate(SPEC.encode(), "kinds.yml")
    report = verify(made, database, {"raw": "raw"}, Terms(), lambda _: None)
    assert [(v.text, v.found, v.worst[0][0] if v.worst else "", v.item) for v in report.broken] == [
        ("people: small contains smallint", 1, "70000", "346"),
        ("people: price contains numeric(6,2)", 1, "123456.789", "345"),
        ("people: born contains date", 1, "2024-02-31", "345"),
        ("people: size is one of S, M, L", 1, "XL", "345"),
        ("pets: every person exists in people (person)", 1, "99", "347"),
        ("pets: person is not null", 1, "3", "347"),
        ("pets: at most one row per person", 2, "1", "347"),
    ]
    (link,) = report.links
    assert (link.observed, link.left_values, link.right_values, link.shared) == ("}o--o|", 2, 8, 1)
    said = [note for note in report.notes if "seems to contain" in note]
    assert said == ["`people.told` is text and seems to contain dates: `cast: true` with that type converts it"]
    untested = {v.text: v.why for v in report.verdicts if v.state is State.UNTESTED}
    assert set(untested) <= {"people: extra contains xml"}  # some servers know no XML; no other column suffers from it
    assert "item 346 of the Miro board" in [note for fault in faults(report) for note in fault.notes]
    assert "  * item 347 of the Miro board" in report_markdown(report)


def test_tables_and_columns_that_nobody_drew(database: Connection) -> None:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(MADE + "alter table raw.pets add chip int, add food text;")
        cursor.execute("create table raw.vets (vet int); create table raw.visits (visit int);")
        cursor.execute("create view raw.all_pets as select pet from raw.pets;")
        session.commit()
    made = generation.generate(SPEC.encode(), "kinds.yml")
    report = verify(made, database, {"raw": "raw"}, Terms(), lambda _: None)
    assert [note for note in report.notes if "the diagram" in note] == [
        "2 tables are not in the diagram: raw.vets, raw.visits",
        "1 view is not in the diagram: raw.all_pets",
        "`pets` has 2 columns more than the diagram: `chip`, `food`",
    ]
