"""Models checked against what was proved of them, one after the other: rows, grain and totals, and the step at fault.

dbt itself is excluded (tests/cli/test_stepwise.py has it): each model is made as a table from the project's own file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from erd2dbt.pipelines import generation
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run import stepwise
from erd2dbt.run.build import Workplace, load_data
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.dbt import DbtRun
from erd2dbt.sqlproof.dbttext import plain

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "data" / "stepwise.txt"
SHOP = """version: 1
project: shop
sources: {shop: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, country: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, amount: "numeric(12,2)", freight: real}}
links:
  orders }o--o| customers: customer_id
models:
  customer_value:
    grain: customer_id
    rows: customers
    keep: [country]
    columns: {orders: count(orders.order_id), revenue: sum(orders.amount)}
  paid: {grain: order_id, rows: orders, where: amount > 5, keep: all}
  country_value:
    grain: country
    rows: customers
    columns: {revenue: sum(customer_value.revenue), average: avg(customer_value.revenue)}
"""
ROWS = """
insert into shop.customers values (1, 'de'), (2, 'fr'), (3, 'it');
insert into shop.orders values (1, 1, 10.50, 64942.7), (2, 1, 5.00, 0.01), (3, 2, 7.25, 1e-3),
(4, 9, 100.00, 0.03), (5, null, 1.25, null);
"""


@dataclass(frozen=True, slots=True)
class Project:
    generated: Generated
    place: Workplace

    def edit(self, model: str, old: str, new: str) -> None:
        file = self.place.project / self.generated.project.sql_paths[model]
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    def run(self) -> stepwise.Run:
        return stepwise.build(self.generated, self.place, lambda _: None)

    def stored(self) -> Any:
        return json.loads((self.place.project / stepwise.FILE).read_text(encoding="utf-8"))


Make = Callable[[bytes, Path], Project]


@pytest.fixture
def make(tmp_path: Path, database: Connection, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A project written and its sources loaded, where there are any."""
    connection = replace(database, schema="made", options=(("options", "-c search_path=made"),))

    def made(spec: bytes, file: Path) -> Project:
        generated = generation.generate(spec, str(file))
        for path, text in generated.files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        (tmp_path / "target").mkdir()
        place = Workplace(project=tmp_path, profiles_dir=tmp_path, target=None, connection=connection, embedded=True)
        load_data(generated, file, None, place, lambda _: None)
        execute(connection, "create schema made")
        return Project(generated, place)

    monkeypatch.setattr(stepwise, "call_dbt", called)
    return made


def called(command: Sequence[str], place: Workplace, progress: object) -> DbtRun:
    """`dbt run --select MODEL`."""
    del progress
    (file,) = place.project.rglob(f"{command[-1]}.sql")
    text = plain(file.read_text(encoding="utf-8"))
    assert place.connection is not None
    execute(place.connection, f"create table {command[-1]} as {text}")
    return DbtRun(command=tuple(command), ok=True, results=(), counts={}, warnings=(), errors=())


def execute(connection: Connection, sql: str) -> None:
    with connect(connection) as session, session.cursor() as cursor:
        cursor.execute(sql)
        session.commit()


@pytest.fixture
def shop(make: Make, tmp_path: Path) -> Project:
    made = make(SHOP.encode(), tmp_path / "shop.yml")
    assert made.place.connection is not None
    execute(made.place.connection, ROWS)
    return made


def test_the_table_of_the_reference_example(make: Make) -> None:
    """Rows in and out of each step, the grain, and every total as its source has it."""
    spec = ROOT / "specs" / "marketing.yml"
    project = make(spec.read_bytes().replace(b"schema: marketing\n", b"schema: marketing_raw\n"), spec)
    done = project.run()
    assert done.faults == ()
    said = stepwise.report_text(done) + "\n"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        EXPECTED.write_text(said, encoding="utf-8")
    assert said == EXPECTED.read_text(encoding="utf-8")
    assert all(one["holds"] for one in project.stored()["models"])


def test_what_is_left_out_on_purpose_is_explained(shop: Project) -> None:
    """Orphans and empty references, a `where`, and what a model before had left out; no fault."""
    done = shop.run()
    assert done.faults == ()
    remarks = {(one.model, t.column): (str(t.of), str(t.made), t.remark) for one in done.made for t in one.totals}
    assert {key[1] for key in remarks if "freight" in key} == {"freight"}  # the order of adding changes it a little
    remarks = {key: value for key, value in remarks.items() if "freight" not in key}
    lost = "101.25 of rows without a match on (customer_id)"
    assert remarks == {
        ("stg_orders", "amount"): ("124.00", "124.00", "as its source"),
        ("customer_value", "orders"): ("5", "3", "2 of rows without a match on (customer_id)"),
        ("customer_value", "revenue"): ("124.00", "22.75", lost),
        ("paid", "amount"): ("124.00", "117.75", "6.25 excluded by `where amount > 5`"),
        ("country_value", "revenue"): ("124.00", "22.75", "101.25 excluded before"),
    }
    assert shop.stored()["version"] == 1


MANY = (
    "    from orders\n",
    "    from orders\n    inner join (values (1), (1), (2), (9)) as v (x) on orders.customer_id = v.x\n",
)
FAN_OUT = (
    "    left join orders_by_customer",
    "    left join orders on orders.customer_id = customers.customer_id\n    left join orders_by_customer",
)
FILTER = ("select * from final", "select * from final where country <> 'it'")
INNER = ("    left join orders_by_customer", "    inner join orders_by_customer")
EDITED = ". It was not generated: `models/marts/customer_value.sql` was edited"
PLANTED = {
    "fan-out": (
        [FAN_OUT],
        [
            "`customer_value` has 4 rows for 3 values of (customer_id)",
            "the total of `orders` is 5, where `count(orders.order_id)` is 5: 2 too much; "
            "2 of rows without a match on (",
        ],
        ["left join orders on orders.customer_id = customers.customer_id`: 3 rows in, 4 rows out; most for 1 (2 rows)"],
    ),
    "fan-out that is grouped again": (
        [MANY],
        ["2 totals of `customer_value` differ from the source"],
        ["inner join (values (1), (1), (2), (9)) as v(x) on orders.customer_id = v.x`: 5 rows in, 6 rows out"],
    ),
    "a filter": (
        [FILTER],
        ["`customer_value` has 2 values of (customer_id), its rows have 3: 1 is missing"],
        ["where country <> 'it'`: 3 rows in, 2 rows out"],
    ),
    "an inner join": (
        [INNER],
        ["`customer_value` has 2 values of (customer_id), its rows have 3: 1 is missing"],
        ["inner join orders_by_customer on customers.customer_id = orders_by_customer.customer_id`: 3 rows in, 2 rows"],
    ),
    "two at once": (
        [MANY, FILTER],
        [
            "2 totals of `customer_value` differ from the source",
            "`customer_value` has 2 values of (customer_id), its rows have 3: 1 is missing",
        ],
        [
            "the join that fans out is `inner join (values",
            "the filter that removes rows is `where country <> 'it'`: 3 rows in, 2 rows out",
        ],
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_stopped_where_it_breaks(shop: Project, name: str) -> None:
    """At the edited model and no later one; with its numbers and the steps at fault, and no others."""
    edits, said, at_fault = PLANTED[name]
    for old, new in edits:
        shop.edit("customer_value", old, new)
    done = shop.run()
    assert [one.model for one in done.made] == ["stg_customers", "stg_orders", "customer_value"]
    words = "\n".join(line for fault in done.faults for line in (fault.message, *fault.notes))
    for sentence in said:
        assert sentence in words
    blamed = [
        line
        for fault in done.faults
        for line in fault.notes
        if line.startswith(("the join that fans out is", "the filter that removes rows is"))
    ]
    assert len(blamed) == len(at_fault)
    for line, expected in zip(blamed, at_fault, strict=True):
        assert expected in line
        assert EDITED in line
    assert [one["holds"] for one in shop.stored()["models"]] == [True, True, False]


def test_a_sum_that_was_written_otherwise(shop: Project) -> None:
    """No step loses or multiplies rows; the numbers tell it all the same."""
    shop.edit("customer_value", "sum(amount)", "sum(amount * 2)")
    (fault,) = shop.run().faults
    assert fault.message == "1 total of `customer_value` differs from the source"
    assert fault.notes == (
        "the total of `revenue` is 45.50, where `sum(orders.amount)` is 124: 22.75 too much; 101.25 of rows "
        "without a match on (customer_id)",
    )
