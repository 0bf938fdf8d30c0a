"""Repairs that are pasted change the figure that they repair, to what independent SQL says, and no other figure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Fix
from erd2dbt.pipelines.autofix import autofix, without_failing_fixes
from erd2dbt.pipelines.generation import generate, plan
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

DIAGRAM = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, country: text, credit: int}}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, status: text, coupon: {type: text, not_null: false}, amount: int}
  lines:
    key: [order_id, line]
    columns: {order_id: int, line: int, product: text, is_gift: boolean, quantity: int}
  levels: {key: [product, day], columns: {product: text, day: date, on_hand: {type: int, stock: true}}}
  parcels: {key: parcel_id, columns: {parcel_id: int, order_id: int, weight: int}}
  taxes: {key: tax_id, columns: {tax_id: int, customer_id: {type: int, not_null: false}, rate: int}}
links:
  orders }o--|| customers: customer_id
  lines }|--|| orders: order_id
  parcels }o--|| orders: order_id
  taxes }o--o| customers: customer_id
"""
ROWS = """\
create schema raw;
create table raw.customers as select * from (values (1, 'de', 50), (2, 'de', 20), (3, 'fr', 50), (4, 'fr', 0))
  as t (customer_id, country, credit);
create table raw.orders as select * from (values
  (1, 1, 'paid', 'x', 10), (2, 1, 'open', null, 100), (3, 1, 'paid', null, 40), (4, 2, 'paid', 'x', 7),
  (5, 3, 'open', 'y', 5), (6, 3, 'paid', 'y', 3), (7, 3, 'paid', null, 8))
  as t (order_id, customer_id, status, coupon, amount);
create table raw.lines as select * from (values
  (1, 1, 'p', false, 1), (1, 2, 'q', true, 2), (2, 1, 'p', false, 3), (3, 1, 'p', false, 1), (3, 2, 'p', true, 5),
  (4, 1, 'q', false, 1), (5, 1, 'q', true, 9), (6, 1, 'p', false, 2), (7, 1, 'q', false, 4))
  as t (order_id, line, product, is_gift, quantity);
create table raw.parcels as select * from (values (1, 1, 6), (2, 1, 2), (3, 2, 9), (4, 5, 1), (5, 6, 1), (6, 6, 4))
  as t (parcel_id, order_id, weight);
create table raw.levels as select * from (values
  ('p', date '2025-01-01', 4), ('p', date '2025-01-02', 6), ('p', date '2025-01-03', 9), ('q', date '2025-01-01', 2))
  as t (product, day, on_hand);
create table raw.taxes as select * from (values (1, 1, 19), (2, 3, 20), (3, null::int, 1), (4, null, 2))
  as t (tax_id, customer_id, rate);
"""
CASES = {
    "an average of averages, of paid orders": (
        """\
  paid: {grain: customer_id, rows: orders, where: status = 'paid' or amount > 90, columns: {mean: avg(orders.amount)}}
  m: {grain: country, rows: customers, columns: {n: count(customers.customer_id), mean: avg(paid.mean)}}
""",
        "select country, avg(amount) from raw.orders join raw.customers using (customer_id) "
        "where status = 'paid' or amount > 90 group by 1",
    ),
    "an average of averages with a filter of its own": (
        """\
  per: {grain: [customer_id, status], rows: orders, columns: {mean: avg(orders.amount)}}
  m: {grain: country, rows: customers, columns: {n: count(*), mean: avg(per.mean) filter (where per.status = 'paid')}}
""",
        "select country, avg(amount) from raw.orders join raw.customers using (customer_id) "
        "where status = 'paid' group by 1",
    ),
    "distinct counts of some orders": (
        """\
  per:
    grain: [customer_id, status]
    rows: orders
    where: amount < 50
    columns: {coupons: count(distinct orders.coupon)}
  m: {grain: country, rows: customers, columns: {n: count(customers.customer_id), coupons: sum(per.coupons)}}
""",
        "select country, count(distinct coupon) from raw.orders join raw.customers using (customer_id) "
        "where amount < 50 group by 1",
    ),
    "orders counted by their lines": (
        """\
  m:
    grain: product
    rows: lines
    columns: {lines: count(*), n: count(orders.coupon) filter (where lines.quantity > 1)}
""",
        "select product, count(distinct order_id) from raw.lines join raw.orders using (order_id) "
        "where coupon is not null and quantity > 1 group by 1",
    ),
    "a level added up over some days": (
        """\
  m:
    grain: product
    rows: levels
    columns: {days: count(*), level: sum(levels.on_hand) filter (where levels.day < date '2025-01-03')}
""",
        "select distinct on (product) product, on_hand from raw.levels where day < '2025-01-03' "
        "order by product, day desc",
    ),
    "a ratio of sums, of paid orders": (
        """\
  per:
    grain: customer_id
    rows: orders
    where: status = 'paid'
    columns: {size: "ratio(sum(orders.amount), count(orders.order_id))"}
  m: {grain: country, rows: customers, columns: {n: count(*), size: avg(per.size)}}
""",
        "select country, sum(amount)::float / count(*) from raw.orders join raw.customers using (customer_id) "
        "where status = 'paid' group by 1",
    ),
    "a value over a unique column that may be NULL": (
        """\
  m: {grain: customer_id, rows: customers, columns: {country: customers.country, rate: taxes.rate}}
""",
        "select customer_id, rate from raw.customers left join raw.taxes using (customer_id)",
    ),
    "a group of rows without a value": (
        """\
  m: {grain: coupon, rows: orders, where: status = 'paid' or status = 'open', columns: {n: count(*)}}
""",
        "select coupon, count(*) from raw.orders where coupon is not null group by 1",
    ),
}

COPIES = """\
  bare: {grain: parcel_id, rows: parcels, columns: {amount: orders.amount}}
  keyed: {grain: parcel_id, rows: parcels, keep: [order_id], columns: {amount: orders.amount}}
"""
# The rows of `m`, what is added up for each of them, and whether these values are equal.
REPEATED = {
    "the order of each parcel, per order": ("orders", "orders.amount + 0 * parcels.order_id", True),
    "the orders of the parcels of a customer": ("customers", "bare.amount", False),
    "the same, with their keys": ("customers", "keyed.amount", False),
    "a copy with its key, by this key": ("orders", "keyed.amount", True),
    "one of two summands": ("orders", "parcels.weight + orders.amount", False),
    "both of two summands": ("orders", "orders.amount + customers.credit + 0 * parcels.order_id", True),
}


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        yield cursor


def spec_of(case: str) -> str:
    return DIAGRAM + "models:\n" + CASES[case][0]


def faults_of(text: str) -> tuple[Diagnostic, ...]:
    try:
        found = plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = error.diagnostics
    return without_failing_fixes(text.encode(), "input.yml", [d for d in found if d.code[0] == "E"])


def rows_of(cursor: Any, text: str) -> dict[Any, dict[str, Any]]:
    """The rows of the model `m`, by its grain; every model is a view, and gone afterwards."""
    made = generate(text.encode(), "input.yml")
    cursor.execute("savepoint before; create schema made; set local search_path = made")
    for one in made.planned.own:
        sql = made.files[made.project.sql_paths[one.relation.model]]
        sql = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", sql))
        cursor.execute(f"create view {one.relation.model} as {sql}")
    cursor.execute("select * from m")
    names = [column.name for column in cursor.description]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    cursor.execute("rollback to savepoint before")
    return found


def right(cursor: Any, case: str) -> dict[Any, Any]:
    cursor.execute(CASES[case][1])
    return dict(cursor.fetchall())


def near(one: Any, other: Any) -> bool:
    return one == other or (one is not None and other is not None and float(one) == pytest.approx(float(other)))


@pytest.mark.parametrize("case", CASES)
def test_a_repair_gives_what_independent_sql_says(case: str, cursor: Any) -> None:
    text, wanted = spec_of(case), right(cursor, case)
    (fault,) = faults_of(text)
    repairs = [fix for fix in fault.fixes if isinstance(fix, Fix) and fix.pastes]
    accepted = [fix for fix in repairs if fix.startswith("accept")]
    before = rows_of(cursor, pasted(text, accepted[0]) or "") if accepted else {}
    assert len(repairs) - len(accepted) >= 1
    agreeing = 0
    for fix in repairs:
        after = rows_of(cursor, pasted(text, fix) or "")
        repaired = next(p.at[3] for p in fix.pastes if p.at[-2:-1] == ("columns",) and p.at[1] == "m") if before else ""
        for grain, row in before.items():
            others = {name: value for name, value in row.items() if name != repaired}
            assert others == {name: value for name, value in after[grain].items() if name != repaired}, fix
        figure = repaired or list(next(iter(after.values())))[-1]
        agreeing += all(near(after.get(grain, {}).get(figure), value) for grain, value in wanted.items())
    assert agreeing >= 1, [str(fix) for fix in repairs]


@pytest.mark.parametrize("case", REPEATED)
def test_one_of_several_values_is_taken_only_where_they_are_equal(case: str, cursor: Any) -> None:
    rows, value, equal = REPEATED[case]
    head = f"{DIAGRAM}models:\n{COPIES}  m:\n    grain: {rows[:-1]}_id\n    rows: {rows}\n    columns:\n"
    text = f"{head}      x: sum({value})\n"
    (fault,) = faults_of(text)
    taken = [fix for fix in fault.fixes if isinstance(fix, Fix) and "max(" in fix]
    assert fault.code == "E303"
    assert len(taken) == equal, fault.fixes
    found = rows_of(cursor, f"{head}      low: min({value})\n      high: max({value})\n")
    assert len({row["high"] for row in found.values()}) >= 2
    assert all(row["low"] == row["high"] for row in found.values()) is equal
    for fix in taken:
        after = rows_of(cursor, pasted(text, fix) or "")
        assert {key: row["x"] for key, row in after.items()} == {key: row["high"] for key, row in found.items()}


@pytest.mark.parametrize("case", list(CASES)[:3])
def test_what_is_repaired_without_asking_counts_the_same_rows(case: str, cursor: Any) -> None:
    fixed = autofix(spec_of(case).encode(), "input.yml")
    assert fixed.repaired
    after, wanted = rows_of(cursor, fixed.data.decode()), right(cursor, case)
    figure = list(next(iter(after.values())))[-1]
    assert all(near(after[grain][figure], value) for grain, value in wanted.items())
