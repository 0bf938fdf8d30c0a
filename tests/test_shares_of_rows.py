"""Shares, means and rates times values of other rows: what is a total gives its figures, what is none is refused."""

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
entities:
  customers: {key: customer_id, columns: {customer_id: int, fee: int, fee_rate: int}}
  products: {key: product_id, columns: {product_id: int, list_price: int, cost: int}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, total: int, fx_rate: int}}
  lines:
    key: [order_id, line_no]
    columns: {order_id: int, line_no: int, product_id: int, qty: int, days: int, price: int, revenue: int}
  shipments: {key: shipment_id, columns: {shipment_id: int, order_id: int, boxes: int, cost: int}}
  credits: {key: [order_id, rep_id], columns: {order_id: int, rep_id: int, hours: int, share: "numeric(5,4)"}}
  ports: {key: port_id, columns: {port_id: int, rating: int, toll: int}}
  calls: {key: call_id, columns: {call_id: int, customer_id: int, port_id: int, minutes: int}}
  meters: {key: meter_id, columns: {meter_id: int, customer_id: int}}
  reads: {key: [meter_id, day], columns: {meter_id: int, day: int, counter: {type: int, stock: day}, used: int}}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
  lines }o--|| products: product_id
  shipments |o--|| orders: order_id
  credits }o--|| orders: order_id
  calls }o--|| customers: customer_id
  calls }o--|| ports: port_id
  meters }o--|| customers: customer_id
  reads }o--|| meters: meter_id
models:
  per_order:
    grain: order_id
    rows: orders
    columns:
      n: count(lines.line_no)
      val: sum(lines.price)
      pieces: sum(lines.qty)
      w: {is: "ratio(1, n)"}
      unit: {is: "orders.total / nullif(n, 0)", accept: {W310: whole euros}}
      each: {is: "ratio(orders.total, pieces)"}
      mean_days: avg(lines.days)
  per_product:
    grain: product_id
    rows: products
    columns: {calls_each: {is: "ratio(sum(lines.revenue), sum(lines.qty))"}}
  m: {grain: GRAIN, rows: ROWS, columns: {v: {is: FORMULA}}}
"""
TABLES = """\
create schema raw;
create table raw.customers (customer_id int, fee int, fee_rate int);
insert into raw.customers values (1, 7, 3), (2, 9, 5);
create table raw.products (product_id int, list_price int, cost int);
insert into raw.products values (1, 10, 4), (2, 30, 6);
create table raw.orders (order_id int, customer_id int, total int, fx_rate int);
insert into raw.orders values (1, 1, 100, 2), (2, 1, 40, 3);
create table raw.lines (order_id int, line_no int, product_id int, qty int, days int, price int, revenue int);
insert into raw.lines values (1, 1, 1, 2, 4, 10, 20), (1, 2, 2, 8, 6, 30, 240), (2, 1, 1, 5, 8, 20, 100);
create table raw.shipments (shipment_id int, order_id int, boxes int, cost int);
insert into raw.shipments values (1, 1, 8, 10), (2, 2, 6, 50);
create table raw.credits (order_id int, rep_id int, hours int, share numeric(5,4));
insert into raw.credits values (1, 1, 3, 0.25), (1, 2, 5, 0.75), (2, 1, 2, 1);
create table raw.ports (port_id int, rating int, toll int);
insert into raw.ports values (1, 2, 5), (2, 3, 7);
create table raw.calls (call_id int, customer_id int, port_id int, minutes int);
insert into raw.calls values (1, 1, 1, 10), (2, 1, 2, 20);
create table raw.meters (meter_id int, customer_id int);
insert into raw.meters values (1, 1), (2, 1), (3, 2);
create table raw.reads (meter_id int, day int, counter int, used int);
insert into raw.reads values (1, 1, 10, 1), (1, 2, 12, 2), (2, 1, 9000, 3), (2, 2, 9001, 9), (3, 1, 5, 4), (3, 2, 8, 6);
"""
CUSTOMER, ORDER, PRODUCT = ("customer_id", "customers"), ("order_id", "orders"), ("product_id", "products")


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        found = session.cursor()
        found.execute(TABLES)
        yield found
        session.rollback()


def spec_of(formula: str, of: tuple[str, str] = CUSTOMER) -> str:
    text = SPEC.replace("GRAIN", of[0]).replace("ROWS", of[1])
    return text.replace("FORMULA", scalar(formula, flow=True))


def figures(cursor: Any, text: str) -> list[float | None]:
    """The column of the model `m`, in order, NULL last."""
    return shown(cursor, text, "select v from raw.m order by v")


def codes(text: str) -> list[str]:
    return sorted({one.code for one in faults(text)})


@pytest.mark.parametrize(
    "formula",
    [
        "sum(lines.qty * per_order.unit)",
        "sum(lines.qty * ratio(orders.total, per_order.n))",
        "sum(lines.qty * orders.total / per_order.n)",
        "sum(lines.price * per_order.unit)",
        "sum(ratio(1, per_order.n) * lines.qty)",
        "sum(per_order.w * lines.qty)",
        "sum(per_order.w * lines.qty * lines.price)",
        "sum(ratio(lines.price, per_order.val) * lines.qty)",
        "sum(lines.price / nullif(per_order.val, 0) * lines.qty)",
        "sum(lines.qty * lines.price / nullif(per_order.val, 0))",
        "sum(ratio(lines.price, per_order.val) * products.list_price)",
        "sum(ratio(lines.price, per_order.val) * lines.qty * products.list_price)",
        "sum((1 - ratio(lines.price, per_order.val)) * lines.qty)",
        "sum(ratio(lines.price, per_order.val) * orders.total * lines.qty)",
        "sum(orders.total * credits.share * credits.hours)",
    ],
)
def test_a_mean_of_finer_rows_is_not_summed(formula: str) -> None:
    assert codes(spec_of(formula)) == ["E302"]
    if "credits" not in formula:
        assert codes(spec_of(formula, PRODUCT)) == ["E302"]


@pytest.mark.parametrize(
    ("formula", "of", "expected"),
    [
        ("sum(ratio(lines.price, per_order.val) * orders.total)", CUSTOMER, [140, 0]),
        ("sum(ratio(1, per_order.n) * orders.total) filter (where lines.qty > 2)", CUSTOMER, [90, 0]),
        ("sum(ratio(lines.price, per_order.val) * orders.total * orders.fx_rate)", CUSTOMER, [320, 0]),
        ("sum(ratio(lines.price, per_order.val) * orders.total)", PRODUCT, [65, 75]),
        ("sum(ratio(lines.price, per_order.val) * customers.fee_rate)", ORDER, [3, 3]),
        ("sum(ratio(lines.price, per_order.val) * lines.qty)", ORDER, [5, 6.5]),
        ("sum(ratio(lines.price, per_order.val))", CUSTOMER, [2, 0]),
        ("sum(per_order.unit * per_order.n)", CUSTOMER, [140, 0]),
        ("sum(lines.qty * per_order.each)", CUSTOMER, [140, 0]),
        ("sum(lines.qty * per_product.calls_each)", CUSTOMER, [360, 0]),
        ("sum(lines.qty * products.list_price)", CUSTOMER, [310, 0]),
        ("sum(lines.qty * lines.days)", CUSTOMER, [96, 0]),
        # an order has one shipment
        ("sum(shipments.boxes * credits.share)", CUSTOMER, [14, 0]),
        ("sum(ratio(lines.price, per_order.val) * shipments.cost)", CUSTOMER, [60, 0]),
        ("sum(shipments.boxes * credits.share)", ("rep_id", "credits"), [6, 8]),
        ("sum(shipments.boxes * credits.share * orders.fx_rate)", CUSTOMER, [34, 0]),
        # the cost of one product
        ("sum(lines.qty * products.cost)", CUSTOMER, [76, 0]),
        ("sum(shipments.boxes * shipments.cost)", CUSTOMER, [380, 0]),
    ],
)
def test_what_is_a_total_gives_its_figures(
    cursor: Any, formula: str, of: tuple[str, str], expected: list[float]
) -> None:
    assert codes(spec_of(formula, of)) == []
    assert figures(cursor, spec_of(formula, of)) == sorted(expected)


@pytest.mark.parametrize(
    "formula",
    [
        "sum(customers.fee * credits.share)",
        "sum(ratio(lines.price, per_order.val) * customers.fee_rate)",  # once for each order
        "sum(shipments.boxes * (1 - credits.share))",
        "sum(shipments.boxes * round(credits.share, 2))",
        "sum(lines.qty * shipments.cost)",
        "sum(lines.qty * shipments.cost * orders.fx_rate)",
    ],
)
def test_an_amount_of_a_parent_is_not_taken_once_per_row(formula: str) -> None:
    assert codes(spec_of(formula)) == ["E303"]


def test_a_cost_that_is_summed_elsewhere_is_doubted() -> None:
    """With a key of their own, nothing says whether lines are parts of the order, or things with a cost each."""
    text = spec_of("sum(lines.qty * shipments.cost)").replace("key: [order_id, line_no]", "key: line_id")
    text = text.replace("columns: {order_id: int, line_no", "columns: {line_id: int, order_id: int, line_no")
    assert codes(text) == []
    beside = text + "  costs: {grain: customer_id, rows: customers, columns: {x: sum(shipments.cost)}}\n"
    assert codes(beside) == ["W305"]


def test_a_result_that_is_a_mean_per_order_is_not_summed_later() -> None:
    per_order = "  means: {grain: order_id, rows: orders, columns: {x: 'sum(per_order.w * lines.qty)'}}\n"
    text = spec_of("sum(means.x)")
    assert codes(text + per_order) == ["E302"]
    assert "ratio(sum(lines.qty)" not in str(faults(text + per_order)[0].fixes)


@pytest.mark.parametrize(
    ("formula", "of", "expected"),
    [
        ("max(reads.counter) - min(reads.counter)", CUSTOMER, ["W309"]),
        ("(max(reads.counter) - min(reads.counter)) * 2", CUSTOMER, ["W309"]),
        ("max(reads.counter) - coalesce(min(reads.counter), 0)", CUSTOMER, ["W309"]),
        ("max(reads.counter) - min(reads.counter)", ("meter_id", "meters"), []),
        ("max(reads.counter) - min(reads.counter)", ("[customer_id, day]", "reads"), []),
        ("max(reads.used) - min(reads.used)", CUSTOMER, []),
        ("max(reads.counter)", CUSTOMER, []),
        ("max(reads.counter) - min(reads.used)", CUSTOMER, []),
    ],
)
def test_the_range_of_levels_of_several_things(formula: str, of: tuple[str, str], expected: list[str]) -> None:
    assert codes(spec_of(formula, of)) == expected


LEVELS = """\
  peaks:
    grain: meter_id
    rows: meters
    keep: [customer_id]
    columns:
      hi: max(reads.counter)
      lo: min(reads.counter)
      closing: {last: reads.counter, order: day}
      opening: {first: reads.counter, order: day}
  days: {grain: [customer_id, day], rows: reads, columns: {hi: max(reads.counter), total: sum(reads.counter)}}
"""


@pytest.mark.parametrize(
    ("formula", "of", "expected"),
    [
        ("max(peaks.hi) - min(peaks.lo)", CUSTOMER, ["W309"]),
        ("max(peaks.hi * 2) - max(peaks.lo * 2)", CUSTOMER, ["W309"]),
        ("max(peaks.closing) - min(peaks.opening)", CUSTOMER, ["W309"]),
        ("max(reads.counter) - min(peaks.lo)", CUSTOMER, ["W309"]),
        ("max(days.hi) - min(days.hi)", CUSTOMER, ["W309"]),
        ("sum(peaks.hi)", CUSTOMER, ["W309"]),  # the meters have their peaks on days of their own
        ("max(peaks.hi) - min(peaks.lo)", ("meter_id", "meters"), []),
        ("max(peaks.closing) - min(peaks.closing)", CUSTOMER, []),
        ("max(peaks.hi - peaks.lo)", CUSTOMER, []),
        ("max(days.total) - min(days.total)", CUSTOMER, []),
        ("max(days.hi) - min(days.hi)", ("day", "days"), []),  # two customers on one day
        ("sum(days.hi)", ("day", "days"), []),
    ],
)
def test_levels_that_a_model_has_taken_are_still_levels(formula: str, of: tuple[str, str], expected: list[str]) -> None:
    assert codes(spec_of(formula, of) + LEVELS) == expected


@pytest.mark.parametrize(
    ("formula", "expected"), [("sum(peaks.hi - peaks.lo)", [3, 3]), ("sum(peaks.closing)", [8, 9013])]
)
def test_changes_and_last_levels_of_several_things(cursor: Any, formula: str, expected: list[float]) -> None:
    assert codes(spec_of(formula) + LEVELS) == []
    assert figures(cursor, spec_of(formula) + LEVELS) == expected


def test_a_mean_level_is_not_divided_twice() -> None:
    """A sum of levels that is divided by their number is their mean, whole."""
    for formula in ("sum(reads.counter) / nullif(count(reads.day), 0)", "ratio(sum(reads.counter), count(reads.day))"):
        (fault,) = faults(spec_of(formula, ("meter_id", "meters")))
        assert fault.code == "E309"
        assert any("`v: avg(reads.counter)`" in str(fix) for fix in fault.fixes)
        assert not any("avg(reads.counter) /" in str(fix) for fix in fault.fixes)
    (fault,) = faults(spec_of("sum(reads.counter) / nullif(count(reads.day) - 1, 0)", ("meter_id", "meters")))
    assert not any("avg(" in str(fix) for fix in fault.fixes)
    (fault,) = faults(spec_of("sum(reads.counter) * 2", ("meter_id", "meters")))
    assert any("avg(reads.counter) * 2" in str(fix) for fix in fault.fixes)


def test_mean_levels_of_several_things_are_a_mean_of_their_total(cursor: Any) -> None:
    means = "  means: {grain: meter_id, rows: meters, keep: [customer_id], columns: {x: avg(reads.counter)}}\n"
    text = spec_of("sum(means.x)") + means
    (fault,) = without_failing_fixes(text.encode(), "spec.yml", faults(text))
    assert fault.code == "E302"
    fix, accepted = (one for one in fault.fixes if isinstance(one, Fix))
    assert "accept it" in str(accepted)
    after = pasted(text, fix, fault.span)
    assert after is not None
    assert figures(cursor, after) == [6.5, 9011.5]


def test_an_amount_is_divided_among_the_rows_and_a_rate_is_not() -> None:
    """A rate divided evenly is a ratio, which is refused in turn."""
    for formula, is_divided in (("sum(orders.fx_rate)", False), ("sum(orders.total)", True)):
        (fault,) = faults(spec_of(formula, PRODUCT))
        assert fault.code == "E303"
        assert any("divide it among them evenly" in str(fix) for fix in fault.fixes) == is_divided


def test_a_ratio_of_a_difference_names_its_aggregates() -> None:
    formula = "ratio(max(reads.used) - min(reads.used), count(reads.day))"
    (fault,) = faults(spec_of(formula, ("meter_id", "meters")))
    assert fault.code == "W308"
    assert fault.message.startswith("`max(reads.used) - min(reads.used)` is NULL")


def test_a_range_over_two_columns_and_its_figures_per_thing(cursor: Any) -> None:
    text = spec_of("FORMULA").replace("{is: FORMULA}", "hi - lo, hi: max(reads.counter), lo: min(reads.counter)")
    assert codes(text) == ["W309"]
    assert figures(cursor, text) == [3, 8991]
    meters = "  ranges: {grain: meter_id, rows: meters, columns: {x: max(reads.counter) - min(reads.counter)}}\n"
    assert codes(spec_of("sum(ranges.x)") + meters) == []


def test_a_rate_whose_name_does_not_say_so_can_be_declared(cursor: Any) -> None:
    text = spec_of("sum(calls.minutes * ports.rating)")
    (fault,) = faults(text)
    assert fault.code == "E303"
    assert any("`measures: [toll]`" in str(fix) for fix in fault.fixes)
    declared = text.replace("ports: {key: port_id,", "ports: {key: port_id, measures: [toll],")
    assert codes(declared) == []
    assert figures(cursor, declared) == [0, 80]


def test_a_quotient_by_a_sum_of_no_rows_is_null(cursor: Any) -> None:
    """The customer 2 has no orders. A sum of no rows is 0, but it divides nothing."""
    formula = "sum(lines.revenue) / sum(lines.qty)::numeric"
    assert figures(cursor, spec_of(formula)) == [24, None]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sum(lines.revenue) / count(lines.line_no)::numeric", [120, None]),
        ("sum(lines.revenue) / (2.0 * sum(lines.qty))", [12, None]),
        ("ratio(sum(lines.revenue), sum(lines.qty))", [0, 24]),
        ("sum(lines.revenue) / (sum(lines.qty) + 1.0)", [0, 22.5]),
        ("sum(lines.revenue) / coalesce(nullif(sum(lines.qty), 0), 1.0)", [0, 24]),
    ],
)
def test_quotients_with_other_denominators(cursor: Any, formula: str, expected: list[float | None]) -> None:
    assert figures(cursor, spec_of(formula)) == expected


def test_an_average_times_the_number_of_all_rows_names_the_column_that_may_be_null() -> None:
    (fault,) = faults(spec_of("sum(days.mean * days.n)") + DAYS)
    assert fault.code == "E302"
    assert "multiplied by the number of all rows, and `lines.days` may be NULL" in fault.message
    assert any("not_null: true" in str(fix) for fix in fault.fixes)
    filled = (spec_of("sum(days.mean * days.n)") + DAYS).replace("days: int", "days: {type: int, not_null: true}")
    assert codes(filled) == []


DAYS = "  days: {grain: order_id, rows: lines, columns: {mean: avg(lines.days), n: count(*)}}\n"


@pytest.mark.parametrize(
    ("mean", "number", "expected"),
    [
        ("ratio(orders.total, count(lines.line_no))", "count(lines.line_no)", []),
        ("ratio(orders.total, count(lines.line_no))", "count(lines.line_no) filter (where lines.qty > 2)", ["E302"]),
        ("ratio(sum(lines.qty), count(lines.line_no))", "count(lines.line_no)", ["E302"]),
    ],
)
def test_the_count_that_a_total_was_divided_by_may_be_in_smaller_groups(
    cursor: Any, mean: str, number: str, expected: list[str]
) -> None:
    """A total per line times the lines of each product. Times some of these lines only, it is not that total."""
    text = spec_of("sum(counts.n * means.each)")
    each, n = scalar(mean, flow=True), scalar(number, flow=True)
    text += f"  means: {{grain: order_id, rows: orders, columns: {{each: {{is: {each}}}}}}}\n"
    text += f"  counts: {{grain: [order_id, product_id], rows: lines, columns: {{n: {{is: {n}}}}}}}\n"
    assert codes(text) == expected
    assert expected or figures(cursor, text) == [0, 140]
