"""Means and rates of two parents of the same rows: a product is a total only with an amount of these rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from additive_models import faults, shown
from erd2dbt.diagram.repairs import scalar
from erd2dbt.faults.diagnostics import Fix
from erd2dbt.pipelines.autofix import without_failing_fixes
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
tests: {unit: off}
entities:
  customers: {key: customer_id, columns: {customer_id: int, fee: int, discount_rate: "numeric(5,2)"}}
  items: {key: item_id, columns: {item_id: int, unit_price: {type: int, not_null: true}, margin_pct: int}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, total: int, tax_rate: "numeric(5,2)"}}
  lines: {key: [order_id, item_id], columns: {order_id: int, item_id: int, qty: int, days: int, amount: int}}
  calls: {key: call_id, columns: {call_id: int, customer_id: int, minutes: int}}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
  lines }o--|| items: item_id
  calls }o--|| customers: customer_id
models:
  kept: {grain: [order_id, item_id], rows: lines, keep: all}
  of_kept: {grain: order_id, rows: kept, columns: {price: avg(items.unit_price), pieces: sum(kept.qty * 2)}}
  per_order:
    grain: order_id
    rows: orders
    columns:
      price: avg(items.unit_price)
      n: count(lines.item_id)
      pieces: sum(lines.qty)
      amt: sum(lines.amount)
      part: "ratio(sum(lines.amount) filter (where lines.qty > 1), amt)"
      rest: 1 - part
  shares:
    grain: [order_id, item_id]
    rows: lines
    columns: {part: "ratio(lines.amount, per_order.amt)", others: 1 - part, percent: part * 100, days: lines.days}
  rates: {grain: customer_id, rows: orders, columns: {tax: {is: avg(orders.tax_rate), accept: {W303: by order}}}}
  m: {grain: GRAIN, rows: ROWS, columns: {v: {is: FORMULA}}}
"""
TABLES = """\
create schema raw;
create table raw.customers (customer_id int, fee int, discount_rate numeric(5,2));
insert into raw.customers values (1, 7, 0.30), (2, 9, 0.50);
create table raw.items (item_id int, unit_price int, margin_pct int);
insert into raw.items values (1, 10, 20), (2, 100, 50);
create table raw.orders (order_id int, customer_id int, total int, tax_rate numeric(5,2));
insert into raw.orders values (1, 1, 910, 0.10), (2, 1, 40, 0.20);
create table raw.lines (order_id int, item_id int, qty int, days int, amount int);
insert into raw.lines values (1, 1, 1, 3, 10), (1, 2, 9, 5, 900), (2, 1, 4, 1, 40);
create table raw.calls (call_id int, customer_id int, minutes int);
insert into raw.calls values (1, 1, 10), (2, 1, 30);
"""


CUSTOMER, ORDER = ("customer_id", "customers"), ("order_id", "orders")


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        found = session.cursor()
        found.execute(TABLES)
        yield found
        session.rollback()


def spec_of(formula: str, of: tuple[str, str] = CUSTOMER) -> str:
    return SPEC.replace("FORMULA", scalar(formula, flow=True)).replace("GRAIN", of[0]).replace("ROWS", of[1])


def figures(cursor: Any, text: str) -> list[float | None]:
    """The column of the model `m`, by customer or order."""
    return shown(cursor, text, "select * from raw.m order by 1")


def codes(formula: str, of: tuple[str, str] = CUSTOMER) -> list[str]:
    return sorted({one.code for one in faults(spec_of(formula, of))})


@pytest.mark.parametrize(
    "formula",
    [
        "sum(per_order.price * lines.qty)",
        "sum(per_order.price * 2 * lines.amount)",
        "sum(per_order.price * per_order.pieces)",
        "sum(of_kept.price * lines.qty)",
        "sum(of_kept.price * of_kept.pieces)",
        "avg(per_order.price * lines.qty)",
    ],
)
def test_the_mean_of_a_price_that_rows_look_up_is_a_mean_of_these_rows(cursor: Any, formula: str) -> None:
    """An order's 1 piece of 10 and 9 pieces of 100 cost 910, and not 10 times the mean price of 55."""
    assert codes(formula) == ["E302"]
    if formula == "sum(per_order.price * lines.qty)":
        (fault,) = faults(spec_of(formula))
        assert any("`lines.qty * items.unit_price`" in str(fix) for fix in fault.fixes)
        assert figures(cursor, spec_of("sum(lines.qty * items.unit_price)")) == [950, 0]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sum(per_order.price * per_order.n)", [120, 0]),
        ("sum(calls.minutes * rates.tax)", [6, 0]),
        ("sum(lines.qty * items.unit_price)", [950, 0]),
    ],
)
def test_the_mean_of_a_price_is_one_for_its_own_number_and_for_other_rows(
    cursor: Any, formula: str, expected: list[float]
) -> None:
    assert codes(formula) == []
    assert figures(cursor, spec_of(formula)) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "sum(orders.tax_rate * items.unit_price)",
        "sum((1 - orders.tax_rate) * items.unit_price * 2)",
        "sum((1 - orders.tax_rate) * (1 - items.margin_pct / 100.0))",
        "avg(orders.tax_rate * items.unit_price)",
    ],
)
def test_rates_of_two_parents_need_an_amount_of_the_rows(formula: str) -> None:
    """The tax of one piece of each line, whatever the line's pieces."""
    assert "E303" in codes(formula)


@pytest.mark.parametrize(
    ("formula", "of", "expected"),
    [
        ("sum(orders.tax_rate * items.unit_price * lines.qty)", CUSTOMER, [99, 0]),
        ("sum(lines.qty * ((1 - orders.tax_rate) * items.unit_price))", CUSTOMER, [851, 0]),
        ("sum(orders.tax_rate * items.unit_price)", ORDER, [11, 2]),  # one price for each item of an order
        ("sum(lines.amount * (1 - orders.tax_rate) * (1 - items.margin_pct / 100.0))", CUSTOMER, [437.8, 0]),
    ],
)
def test_rates_of_two_parents_times_an_amount(
    cursor: Any, formula: str, of: tuple[str, str], expected: list[float]
) -> None:
    assert codes(formula, of) == []
    assert figures(cursor, spec_of(formula, of)) == expected


def test_the_value_of_one_unit_is_multiplied_as_a_whole() -> None:
    (fault,) = faults(spec_of("sum(1 - items.margin_pct / 100.0)"))
    assert any("`lines.qty * (1 - items.margin_pct / 100.0)`" in str(fix) for fix in fault.fixes)
    (fault,) = faults(spec_of("sum(orders.tax_rate * items.unit_price)"))
    assert any("`lines.qty * (orders.tax_rate * items.unit_price)`" in str(fix) for fix in fault.fixes)
    assert not any("rows: orders" in str(fix) for fix in fault.fixes)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sum(per_order.rest * per_order.amt)", [10, 0]),
        ("sum(per_order.part * per_order.amt)", [940, 0]),
        ("sum((2 + per_order.rest) * per_order.amt)", [1910, 0]),
        ("sum(shares.part)", [2, 0]),
        ("sum(shares.percent)", [200, 0]),
        ("sum(shares.part * orders.total)", [950, 0]),
    ],
)
def test_shares_and_what_is_left_of_them(cursor: Any, formula: str, expected: list[float]) -> None:
    """The lines with several pieces amount to 900 and 40, and one line of 10 is left."""
    assert codes(formula) == []
    assert figures(cursor, spec_of(formula)) == expected


@pytest.mark.parametrize(
    ("formula", "of", "expected"),
    [
        ("sum(per_order.rest)", CUSTOMER, ["E302"]),
        ("sum(per_order.rest * per_order.pieces)", CUSTOMER, ["E302"]),
        ("sum((per_order.part + per_order.rest * ratio(1, per_order.n)) * per_order.amt)", CUSTOMER, ["E302"]),
        ("sum(shares.others)", CUSTOMER, ["E302"]),
        ("sum(1 - shares.part)", CUSTOMER, ["E302"]),
        ("sum(shares.others * shares.days)", CUSTOMER, ["E302"]),
        ("sum(shares.others)", ORDER, []),  # of one total
        ("avg(shares.others)", CUSTOMER, ["W303"]),
        ("sum(shares.part * customers.discount_rate)", CUSTOMER, ["E303"]),  # once for each order
        ("sum(shares.part * customers.discount_rate)", ORDER, []),
        ("sum(shares.part * orders.tax_rate)", CUSTOMER, ["W303"]),
    ],
)
def test_what_is_left_of_shares_is_no_share(formula: str, of: tuple[str, str], expected: list[str]) -> None:
    assert codes(formula, of) == expected


def shown_repairs(text: str, code: str) -> dict[str, str]:
    """The repairs that are shown of one fault, and the spec with each of them."""
    fault = next(one for one in without_failing_fixes(text.encode(), "spec.yml", faults(text)) if one.code == code)
    made = {str(fix): pasted(text, fix, fault.span) for fix in fault.fixes if isinstance(fix, Fix)}
    return {fix: after for fix, after in made.items() if after is not None and "accept it" not in fix}


@pytest.mark.parametrize(
    ("formula", "expected"), [("avg(per_order.price)", [67.8571, None]), ("sum(per_order.price)", [950, 0])]
)
def test_a_mean_of_prices_is_weighed_by_the_units(cursor: Any, formula: str, expected: list[float | None]) -> None:
    """14 pieces for 950. An item's price is in several lines: a mean over these, or a sum, is refused."""
    (after,) = shown_repairs(spec_of(formula), "E302").values()
    assert "lines.qty * items.unit_price" in after
    assert figures(cursor, after) == expected


def test_an_amount_is_divided_among_the_rows_that_may_lack_it(cursor: Any) -> None:
    """The order 3 has no customer. A fee of 7 is divided among the orders 1 and 2."""
    cursor.execute("insert into raw.orders values (3, null, 5, 0.20)")
    text = spec_of("sum(customers.fee)", ("tax_rate", "orders")).replace(
        "orders }o--|| customers", "orders }o--o| customers"
    )
    text = text.replace(
        "{order_id: int, customer_id: int,", "{order_id: int, customer_id: {type: int, not_null: false},"
    )
    text = text.replace("  rates: {grain: customer_id, rows: orders,", "  rates: {grain: order_id, rows: orders,")
    (after,) = shown_repairs(text, "E303").values()
    assert "count(orders.order_id)" in after
    assert figures(cursor, after) == [3.5, 3.5]
