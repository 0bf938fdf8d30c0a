"""Totals of a coarser group that hand-written SQL shows on several rows, and shares of which the whole is not known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan
from erd2dbt.run.connection import Connection, connect

WORLD = """version: 1
project: p
sources: {s: {}}
entities:
  projects: {key: [tenant_id, project_no], columns: {tenant_id: int, project_no: int, budget: int}}
  people: {key: person_id, columns: {person_id: int, salary: int}}
  tasks: {key: [tenant_id, project_no, task_no], columns: {tenant_id: int, project_no: int, task_no: int, points: int}}
  logs:
    key: log_id
    columns: {log_id: int, tenant_id: int, project_no: int, task_no: int, hours: {type: int, not_null: true}}
  members:
    key: [tenant_id, project_no, person_id]
    columns: {tenant_id: int, project_no: int, person_id: int, share: {type: "numeric(5,4)", not_null: true}, rate: int}
links:
  tasks }o--|| projects: [tenant_id, project_no]
  logs }o--|| tasks: [tenant_id, project_no, task_no]
  members }o--|| projects: [tenant_id, project_no]
  members }o--|| people: person_id
models:
  hours_per_project: {grain: [tenant_id, project_no], rows: projects, columns: {h: sum(logs.hours)}}
  hours_by_sql:
    grain: [tenant_id, project_no]
    sql: select tenant_id, project_no, sum(hours) as h from {{ ref('stg_logs') }} group by 1, 2
"""
# One project with two tasks, another with one; three persons share the first, and one of them the second.
ROWS = """
create table projects as select * from (values (1, 1, 100), (1, 2, 50)) x(tenant_id, project_no, budget);
create table people as select * from (values (1, 1000), (2, 3000)) x(person_id, salary);
create table tasks as
  select * from (values (1, 1, 1, 3), (1, 1, 2, 5), (1, 2, 1, 8)) x(tenant_id, project_no, task_no, points);
create table logs as
  select * from (values (1, 1, 1, 1, 4), (2, 1, 1, 1, 2), (3, 1, 1, 2, 10), (4, 1, 2, 1, 1))
  x(log_id, tenant_id, project_no, task_no, hours);
create table members as
  select * from (values (1, 1, 1, 0.5, 10), (1, 1, 2, 0.5, 20), (1, 2, 1, 1.0, 30))
  x(tenant_id, project_no, person_id, share, rate);
create view hours_per_project as select tenant_id, project_no, sum(hours) as h from logs group by 1, 2;
create view hours_by_sql as select * from hours_per_project;
"""
KEY = "tenant_id, project_no, task_no"
TASK = "t.tenant_id, t.project_no, t.task_no"
ON = "b.tenant_id = t.tenant_id and b.project_no = t.project_no"
OF_TASK = "l.tenant_id = t.tenant_id and l.project_no = t.project_no and l.task_no = t.task_no"
OF_PROJECT = "l.tenant_id = t.tenant_id and l.project_no = t.project_no"
TOTALS = (
    "select tenant_id, project_no, sum(hours) as h, count(*) as n, avg(hours) as a, max(hours) as m "
    "from @logs group by 1, 2"
)
PARTS = {
    "KEY": KEY,
    "TASK": TASK,
    "ON": ON,
    "OF_TASK": OF_TASK,
    "OF_PROJECT": OF_PROJECT,
    "TOTALS": TOTALS,
    "FROM": f"from @tasks t join ({TOTALS}) b on {ON}",
    "WITH": f"with b as ({TOTALS})",
    "PEOPLE": "from @members x join @people e on e.person_id = x.person_id",
    "PROJECTS": "from @members x join @projects p on p.tenant_id = x.tenant_id and p.project_no = x.project_no",
}
QUERIES = yaml.safe_load(Path(__file__).with_name("repeated_totals.yml").read_text(encoding="utf-8"))


def queries(kind: str) -> dict[str, str]:
    """`repeated`: each shows the hours of a project on each of its tasks. `once`: the hours of a task."""
    return {name: sql.format(**PARTS) for name, sql in QUERIES[kind].items()}


def cases(*kinds: str) -> list[Any]:
    return [pytest.param(sql, id=f"{kind} {name}") for kind in kinds for name, sql in queries(kind).items()]


def judged(sql: str, grain: str = KEY, **more: str) -> list[str]:
    text = re.sub(r"@(\w+)", r"{{ ref('stg_\1') }}", sql)
    text = re.sub(r"\b(from|join) (hours_\w+)", r"\1 {{ ref('\2') }}", text)
    also = "".join(f"    {key}: {value}\n" for key, value in more.items())
    spec = f"{WORLD}  m:\n    grain: [{grain}]\n{also}    sql: |\n      {text}\n"
    try:
        found = plan(spec.encode(), "spec.yml")[1].remarks
    except ErdError as refused:
        found = tuple(refused.diagnostics)
    return [fault.code for fault in found if fault.code[0] == "E" or fault.code in ("W305", "W303")]


@pytest.mark.parametrize("sql", cases("repeated", "counts"))
def test_a_repeated_total_is_reported(sql: str) -> None:
    assert judged(sql) == ["W305"]
    assert judged(sql, accept="{W305: shown beside the tasks}") == []


@pytest.mark.parametrize("sql", cases("right", "once"))
def test_other_values_are_not(sql: str) -> None:
    assert judged(sql) == []


@pytest.mark.parametrize(("grain", "sql", "expected"), [*QUERIES["single"], *QUERIES["shares"]])
def test_totals_of_groups_and_shares_of_wholes(grain: str, sql: str, expected: list[str]) -> None:
    """A total with one row per group is right. So is a share of what the first part of its key identifies."""
    assert judged(sql.format(**PARTS), grain) == expected


@pytest.mark.parametrize(("times", "sql", "expected"), QUERIES["without the group"])
def test_the_group_of_a_total_need_not_be_shown(
    times: int, sql: str, expected: list[str], database: Connection
) -> None:
    """A project with three logs has 16 hours, and one with a single log has 1."""
    assert judged(sql.format(**PARTS), "log_id") == expected
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        cursor.execute(f"select sum(h)::int from ({sql.format(**PARTS).replace('@', '')}) x")
        assert cursor.fetchone() == (16 * times + 1,)


def test_the_language_judges_the_same() -> None:
    """An aggregate at a coarser key is reported there, too. A column of a model with that key is a lookup."""
    model = "  m: {{grain: [{}], rows: tasks, columns: {{h: {}}}}}\n"
    taken = {
        formula: [d.code for d in plan((WORLD + model.format(KEY, formula)).encode(), "s.yml")[1].remarks]
        for formula in ("hours_per_project.h", "projects.budget", "sum(members.rate)")
    }
    assert [("W305" in codes) for codes in taken.values()] == [False, False, True]


def test_a_repeated_total_adds_up_to_more(database: Connection) -> None:
    """The sum of the column over the tasks counts the hours of the first project twice; elsewhere it is the total."""

    def total(sql: str) -> int:
        cursor.execute(f"select sum(h)::int from ({sql.replace('@', '')}) x")
        return int(cursor.fetchone()[0])

    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        for kind, expected in (("repeated", 16 + 16 + 1), ("once", 16 + 1)):
            assert {name: total(sql) for name, sql in queries(kind).items()} == dict.fromkeys(QUERIES[kind], expected)


def test_shares_of_a_project_keep_its_budget_and_no_salary(database: Connection) -> None:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        cursor.execute(f"select sum(p.budget * x.share)::int {PARTS['PROJECTS']}".replace("@", ""))
        assert cursor.fetchone() == (100 + 50,)
        cursor.execute(f"select sum(e.salary * x.share)::int {PARTS['PEOPLE']}".replace("@", ""))
        assert cursor.fetchone() == (500 + 1500 + 1000,)  # not 1000 + 3000: the shares of a person sum to 1.5 and 0.5
