"""Rows beside names: codes that are called as amounts are not summed, amounts with a bad name are; a date that says
nothing dates nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from erd2dbt.diagram.erd import Attribute
from erd2dbt.discover.drafts import from_rows
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import diagram_in, draft_text
from erd2dbt.run.connection import connect
from erd2dbt.star.numbers import Figure, classified_number
from erd2dbt.star.row_evidence import Statistics, judged

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

WHOLE = {"rows": 1000, "filled": 1000, "is_whole": True}
SOME = {"rows": 1000, "filled": 900, "distinct": 800}


@pytest.mark.parametrize(
    ("name", "type_", "seen", "figure"),
    [
        ("cost_centre", "integer", Statistics(**WHOLE, distinct=5, low=100, high=900, mean=400), Figure.LABEL),
        ("ticket_count", "integer", Statistics(**WHOLE, distinct=1000, low=1, high=1000, mean=500), Figure.LABEL),
        ("quantity", "integer", Statistics(**WHOLE, distinct=6, low=1, high=6, mean=2), Figure.FLOW),
        ("fee_units", "integer", Statistics(**WHOLE, distinct=900, low=10_001, high=98_000, mean=50_000), Figure.LABEL),
        ("zzz", "double precision", Statistics(**SOME, low=0, high=9000, mean=90, cents=True),
         Figure.FLOW),
        ("zzz", "double precision", Statistics(**SOME, low=-90, high=90, mean=3), Figure.RATE),
        ("unit_price", "numeric", Statistics(**SOME, low=0, high=9000, mean=90, cents=True),
         Figure.RATE),
        ("amount", "numeric", Statistics(rows=1000, filled=0, distinct=0), Figure.FLOW),
        ("cost_centre", "integer", Statistics(rows=9, filled=9, is_whole=True, distinct=2, low=100, high=900, mean=400),
         Figure.FLOW),
    ],
)  # fmt: skip
def test_rows_confirm_or_veto(name: str, type_: str, seen: Statistics, figure: Figure) -> None:
    found = judged(classified_number(Attribute(name=name, span=Span("x", 1, 1), type=type_)), seen)
    assert found.figure is figure
    assert sum(one.weight for one in found.score.evidence) == found.score.total


SQL = """
create table machines (machine_id int primary key, name text not null);
create table jobs (job_id int primary key, machine_id int not null references machines, performed_on date,
  started_on date, ended_on date, cost_centre int not null, zzz double precision not null, quantity int not null);
"""
ROWS = """
insert into machines select n, 'machine ' || n from generate_series(1, 9) as n;
insert into jobs select n, 1 + n % 9, null, date '2026-01-01' + n % 200, null, 100 * (1 + n % 5),
  case when n % 10 = 0 then 5000 else n % 7 + n / 100.0 end, 1 + n % 4 from generate_series(1, 400) as n;
"""


def test_a_draft_says_what_rows_change(database: Connection) -> None:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(SQL + ROWS)
        session.commit()
    text = draft_text(
        diagram_in(SQL.encode(), "jobs.sql"),
        infer_keys=True,
        propose=lambda draft: from_rows(draft, database, lambda _: None),
    )
    by_names = generation.star(draft_text(diagram_in(SQL.encode(), "jobs.sql"), infer_keys=True).encode(), "n.yml")
    assert [c.name for c in by_names.entities["jobs"].added] == ["cost_centre", "quantity"]
    jobs = generation.star(text.encode(), "jobs.yml").entities["jobs"]
    assert {c.name for c in jobs.added} == {"zzz", "quantity"}
    assert jobs.event_date is not None
    assert jobs.event_date.name == "started_on"
    assert "5 whole numbers with gaps in 400 rows are like codes (-2)" in text
    assert "it is NULL in all of 400 rows (-4)" in text


ALONE = """
create table machines (machine_id int primary key, name text not null);
create table tasks (task_id int primary key, machine_id int not null references machines,
  performed_on date, quantity int);
create table loads (load_id int primary key, machine_id int not null references machines,
  performed_on date, quantity int);
"""
ONE_DAY = """
insert into machines select n, 'machine ' || n from generate_series(1, 9) as n;
insert into tasks select n, 1 + n % 9, null, n % 7 from generate_series(1, 100) as n;
insert into loads select n, 1 + n % 9, date '2026-01-01', n % 7 from generate_series(1, 100) as n;
"""


def test_a_date_without_values_is_none_and_a_load_of_one_day_keeps_its_date(database: Connection) -> None:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(ALONE + ONE_DAY)
        session.commit()
    text = draft_text(
        diagram_in(ALONE.encode(), "tasks.sql"),
        infer_keys=True,
        propose=lambda draft: from_rows(draft, database, lambda _: None),
    )
    star = generation.star(text.encode(), "tasks.yml")
    assert "event_date: none" in text
    assert star.entities["tasks"].event_date is None
    assert star.entities["tasks"].dates == ()
    day = star.entities["loads"].event_date
    assert day is not None
    assert day.name == "performed_on"
    tasks = next(spec for spec in star.specs if spec.name == "fct_tasks")
    assert "Event date" not in (tasks.description or "")
