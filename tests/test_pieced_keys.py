"""No key is taken in part from a row and in part over another link of that row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.connection import Connection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTITIES: dict[str, Any] = {
    "regions": {"key": "region_id", "columns": {"region_id": "int"}},
    "reps": {"key": "rep_id", "columns": {"rep_id": "int", "region_id": "int", "boss": "int"}},
    "orders": {"key": "order_id", "columns": {"order_id": "int", "owner_id": "int", "total": "int"}},
    "extras": {"key": "order_id", "columns": {"order_id": "int", "helper": "int", "cost": "int"}},
    "credits": {
        "key": ["order_id", "rep_id"],
        "columns": {"order_id": "int", "rep_id": "int", "share": "numeric(5,4)", "hours": "int"},
    },
    "days": {"key": "day", "columns": {"day": "int"}},
    "coins": {"key": "coin", "columns": {"coin": "int"}},
    "rates": {"key": ["coin", "day"], "columns": {"coin": "int", "day": "int", "rate": "int"}},
    "bills": {
        "key": "bill_id",
        "columns": {"bill_id": "int", "coin": "int", "day": "int", "order_id": "int", "due": "int"},
    },
    "notes": {
        "key": ["tenant", "no", "rep_id"],
        "columns": {"tenant": "int", "no": "int", "rep_id": "int", "size": "int"},
    },
    "jobs": {"key": ["tenant", "no"], "columns": {"tenant": "int", "no": "int", "owner_id": "int", "worth": "int"}},
    "tasks": {
        "key": ["tenant", "no", "line"],
        "columns": {"tenant": "int", "no": "int", "line": "int", "share": "numeric(5,4)"},
    },
}
LINKS: dict[str, Any] = {
    "reps }o--|| regions": "region_id",
    "reps }o--o| reps": {"boss": "boss = rep_id"},
    "orders }o--|| reps": "owner_id = rep_id",
    "extras |o--|| orders": "order_id",
    "extras }o--|| reps": {"helper": "helper = rep_id"},
    "credits }o--|| orders": "order_id",
    "credits }o--|| reps": "rep_id",
    "rates }o--|| coins": "coin",
    "rates }o--|| days": "day",
    "bills }o--|| coins": "coin",
    "bills }o--|| days": "day",
    "bills }o--|| orders": "order_id",
    "jobs }o--|| reps": "owner_id = rep_id",
    "notes }o--|| jobs": ["tenant", "no"],
    "notes }o--|| reps": "rep_id",
    "tasks }o--|| jobs": ["tenant", "no"],
}
ROWS = {
    "regions": [(1,), (2,)],
    "reps": [(1, 1, None), (2, 2, 1), (3, 1, 1)],
    "orders": [(10, 1, 100), (11, 2, 40), (12, 1, 7)],
    "extras": [(10, 2, 5), (11, 1, 6)],
    "credits": [(10, 1, 1, 9), (10, 2, 2, 3), (11, 1, 3, 8), (11, 3, 4, 6), (12, 1, 5, 1)],
    "days": [(1,), (2,)],
    "coins": [(1,), (2,)],
    "rates": [(1, 1, 10), (1, 2, 20), (2, 1, 30)],
    "bills": [(1, 1, 2, 10, 3), (2, 2, 1, 10, 4), (3, 1, 1, 11, 5)],
    "jobs": [(1, 1, 1, 50), (1, 2, 2, 60), (2, 1, 1, 70)],
    "notes": [(1, 1, 1, 1), (1, 1, 2, 2), (1, 2, 3, 4), (2, 1, 2, 8), (2, 1, 1, 16)],
    "tasks": [(1, 1, 1, 1), (1, 1, 2, 2), (2, 1, 1, 4), (2, 1, 2, 8), (1, 2, 1, 3)],
}
SHARED = "select c.rep_id, sum(o.total * c.share) from raw.credits c join raw.orders o using (order_id) group by 1"
NOTED = "select n.rep_id, sum(j.worth * n.size) from raw.notes n join raw.jobs j using (tenant, no) group by 1"
# The grain, the rows, formulas of one meaning, and SQL that says what it is.
RIGHT = {
    "per person": (
        "rep_id",
        "reps",
        ["sum(orders.total * credits.share)", "sum(credits.share * orders.total)"],
        SHARED,
    ),
    "per person, from the bridge": (
        "rep_id",
        "credits",
        ["sum(orders.total * credits.share)", "sum(credits.share * orders.total)"],
        SHARED,
    ),
    "per order": (
        "order_id",
        "orders",
        ["sum(orders.total * credits.share)", "sum(credits.share * orders.total)"],
        "select order_id, sum(total * share) from raw.orders join raw.credits using (order_id) group by 1",
    ),
    "a difference": (
        "rep_id",
        "reps",
        ["sum(orders.total - credits.hours)", "sum(-credits.hours + orders.total)"],
        "select rep_id, sum(total - hours) from raw.credits join raw.orders using (order_id) group by 1",
    ),
    "a condition of the bridge": (
        "rep_id",
        "reps",
        ["sum(orders.total) filter (where credits.hours > 5)"],
        "select rep_id, sum(total) from raw.credits join raw.orders using (order_id) where hours > 5 group by 1",
    ),
    "a key of three columns": (
        "rep_id",
        "reps",
        ["sum(jobs.worth * notes.size)", "sum(notes.size * jobs.worth)"],
        NOTED,
    ),
    "a key along one link": (
        "rep_id",
        "reps",
        ["sum(tasks.share * jobs.worth)", "sum(jobs.worth * tasks.share)"],
        "select owner_id, sum(share * worth) from raw.jobs join raw.tasks using (tenant, no) group by 1",
    ),
    "what two parents share": (
        "bill_id",
        "bills",
        ["bills.due * rates.rate", "rates.rate * bills.due"],
        "select bill_id, due * rate from raw.bills left join raw.rates using (coin, day)",
    ),
}
# The grain, the rows, and a formula that has several values for each row.
SEVERAL = {
    "of an order": ("order_id", "orders", "credits.share"),
    "a condition": ("order_id", "orders", "case when credits.hours > 3 then 1 else 0 end"),
    "beside an aggregate": ("order_id", "orders", "max(credits.hours) + credits.hours"),
    "of an extension": ("order_id", "extras", "credits.share"),
    "of the order of a bill": ("bill_id", "bills", "credits.share"),
    "of a key of three": ("[tenant, no]", "jobs", "notes.size"),
}


def made(grain: str, rows: str, formula: str, *, turned: bool = False) -> Generated:
    pairs = [list(part.items()) for part in (ENTITIES, LINKS)]
    entities, links = (dict(part[::-1] if turned else part) for part in pairs)
    model = {
        "grain": yaml.safe_load(grain),
        "rows": rows,
        "columns": {"t": formula},
        "accept": {"W402": "some have none"},
    }
    spec = {
        "version": 1,
        "project": "p",
        "sources": {"raw": {}},
        "entities": entities,
        "links": links,
        "models": {"m": model},
    }
    return generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute("create schema raw")
        for name, rows in ROWS.items():
            columns = ", ".join(f"{column} int" for column in ENTITIES[name]["columns"])
            cursor.execute(f"create table raw.{name} ({columns})")
            for row in rows:
                cursor.execute(f"insert into raw.{name} values ({', '.join('%s' for _ in row)})", row)
        yield cursor


def figures(cursor: Any, generated: Generated) -> dict[Any, Any]:
    cursor.execute("savepoint before; create schema made; set local search_path = made")
    for one in generated.planned.own:
        sql = generated.files[generated.project.sql_paths[one.relation.model]]
        sql = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", sql))
        cursor.execute(f"create view {one.relation.model} as {sql}")
    cursor.execute("select * from m")
    found = {row[0]: row[-1] for row in cursor.fetchall()}
    cursor.execute("rollback to savepoint before")
    return found


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned"])
@pytest.mark.parametrize("case", RIGHT)
def test_each_row_of_a_bridge_counts_in_any_order_of_factors(case: str, turned: bool, cursor: Any) -> None:
    grain, rows, formulas, sql = RIGHT[case]
    cursor.execute(sql)
    wanted = dict(cursor.fetchall())
    assert len(wanted) >= 2
    for formula in formulas:
        found = figures(cursor, made(grain, rows, formula, turned=turned))
        assert {key: value for key, value in found.items() if value} == wanted, formula


@pytest.mark.parametrize("case", SEVERAL)
def test_a_row_with_several_rows_of_a_bridge_has_no_single_value_of_it(case: str) -> None:
    with pytest.raises(ErdError) as refused:
        made(*SEVERAL[case])
    assert {fault.code for fault in refused.value.diagnostics} <= {"E202", "E201"}


@pytest.mark.parametrize("formula", ["sum(orders.total * credits.share)", "sum(credits.share * orders.total)"])
def test_a_bridge_and_a_link_of_its_parent_are_two_ways_to_a_region(formula: str) -> None:
    with pytest.raises(ErdError) as refused:
        made("region_id", "regions", formula)
    (fault,) = refused.value.diagnostics
    assert fault.code == "E205"
    assert fault.fixes == ("say which: `via: rep_id`", "say which: `via: orders`")
