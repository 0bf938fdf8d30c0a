"""Where foreign keys lead from the rows to an input, a lookup, a pick and an aggregate of it read the same row."""

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

SHOPS = """\
version: 1
project: shops
sources: {raw: {schema: raw}}
entities:
  regions: {key: region_id, columns: {region_id: int}}
  stores: {key: store_id, columns: {store_id: int, region_id: int, size: int}}
  orders: {key: order_id, columns: {order_id: int, sell_id: int, pick_id: int}}
  lines: {key: line_id, columns: {line_id: int, order_id: int, region_id: int, qty: int}}
  visits: {key: visit_id, columns: {visit_id: int, by_order: int, to_order: int, store_id: int}}
links:
  stores }o--|| regions: region_id
  orders }o--|| stores: sell_id = store_id
  lines }o--|| orders: order_id
  lines }o--|| regions: region_id
models:
"""
SOLD = "  orders }o--|| stores: sell_id = store_id\n"
ROLES = SHOPS.replace(SOLD, "  orders }o--|| stores: {sell: sell_id = store_id, pick: pick_id = store_id}\n")
VISITS = ROLES.replace(
    "models:\n",
    "  visits }o--|| orders: {sell: by_order = order_id, goal: to_order = order_id}\n"
    "  visits }o--|| stores: store_id\nmodels:\n",
)
PORTS = """\
version: 1
project: ports
sources: {raw: {schema: raw}}
entities:
  ports: {key: [t_id, port_id], columns: {t_id: int, port_id: int, tons: int}}
  trips: {key: [t_id, trip_id], columns: {t_id: int, trip_id: int, from_port: int, to_port: int}}
  legs: {key: [t_id, leg_id], columns: {t_id: int, leg_id: int, trip_id: int, load: int}}
links:
  trips }o--|| ports: [t_id, from_port = port_id]
  legs }o--|| trips: [t_id, trip_id]
models:
"""
FROM = "[t_id, from_port = port_id]"
TRIPS = PORTS.replace(FROM, f"{{from: {FROM}, to: [t_id, to_port = port_id]}}")
ROWS = """\
create schema raw;
create table raw.regions as select * from (values (1), (2)) as t (region_id);
create table raw.stores as select * from (values (1, 1, 10), (2, 2, 20), (3, 1, 70), (4, 2, 90))
  as t (store_id, region_id, size);
create table raw.orders as select * from (values (1, 1, 2), (2, 2, 3)) as t (order_id, sell_id, pick_id);
create table raw.lines as select * from (values (1, 1, 1, 5), (2, 1, 2, 6), (3, 2, 2, 7))
  as t (line_id, order_id, region_id, qty);
create table raw.visits as select * from (values (1, 1, 2, 4), (2, 1, 1, 3), (3, 2, 1, 1))
  as t (visit_id, by_order, to_order, store_id);
create table raw.ports as select * from (values (1, 1, 10), (1, 2, 20), (1, 3, 900), (2, 1, 5), (2, 2, 6))
  as t (t_id, port_id, tons);
create table raw.trips as select * from (values (1, 1, 1, 2), (1, 2, 2, 1), (2, 1, 1, 2))
  as t (t_id, trip_id, from_port, to_port);
create table raw.legs as select * from (values (1, 1, 1, 3), (1, 2, 1, 4), (1, 3, 2, 5), (2, 1, 1, 6))
  as t (t_id, leg_id, trip_id, load);
"""
LINES = "grain: line_id, rows: lines"
LEGS = "grain: [t_id, leg_id], rows: legs"
SIZES = [
    "stores.size",
    "max(stores.size)",
    "sum(stores.size)",
    "avg(stores.size)",
    "{first: stores.size, order: store_id}",
]


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        found = session.cursor()
        found.execute(ROWS)
        yield found
        session.rollback()


def model(head: str, column: str, via: str | None = None) -> str:
    said = column if column.startswith("{") else f'{{is: "{column}"}}'
    made = said if via is None else f"{said[:-1]}, via: {via}}}"
    return f"  m: {{{head}, columns: {{x: {made}}}}}\n"


def warnings(text: str) -> list[str]:
    return [one.code for one in generate(text.encode(), "spec.yml").planned.remarks if one.code.startswith("W")]


@pytest.mark.parametrize("column", SIZES)
def test_a_parent_that_both_share_is_not_read_beside_foreign_keys(cursor: Any, column: str) -> None:
    """The store of a line's order, not the stores in the line's region."""
    text = SHOPS + model(LINES, column)
    assert figures(cursor, text) == [(1, 10), (2, 10), (3, 20)]
    assert warnings(text) == []


def test_the_parent_that_both_share_can_be_said(cursor: Any) -> None:
    text = SHOPS + model(LINES, "max(stores.size)", "regions")
    assert figures(cursor, text) == [(1, 70), (2, 90), (3, 90)]
    assert warnings(text) == ["W305"]
    alone = SHOPS.replace("  lines }o--|| orders: order_id\n", "")
    assert figures(cursor, alone + model(LINES, "max(stores.size)")) == [(1, 70), (2, 90), (3, 90)]


@pytest.mark.parametrize("column", SIZES)
def test_each_word_of_a_lookup_is_a_word_of_an_aggregate(cursor: Any, column: str) -> None:
    text = ROLES + model(LINES, column)
    fault = fault_of(text)
    assert fault.code == "E205"
    found = [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes if isinstance(fix, Fix)]
    assert found == [[(1, 20), (2, 20), (3, 70)], [(1, 10), (2, 10), (3, 20)]]
    assert re.findall(r"`via: (\w+)`", str(fault.fixes)) == ["pick", "sell"]
    assert fault_of(ROLES + model(LINES, column, "orders")).code == "E205"


@pytest.mark.parametrize("column", SIZES)
def test_a_role_of_the_rows_is_a_word(cursor: Any, column: str) -> None:
    """At the rows' own grain, also where a bridge has a role of the same name."""
    right = {"pick": [(1, 20), (2, 70)], "sell": [(1, 10), (2, 20)]}
    for base in (ROLES, VISITS):
        text = base + model("grain: order_id, rows: orders", column)
        fault = fault_of(text)
        assert (fault.code, re.findall(r"`via: (\w+)`", str(fault.fixes))) == ("E205", [*right])
        assert [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes] == [*right.values()]


def test_a_role_of_a_bridge_is_a_word_beside_roles_of_the_rows(cursor: Any) -> None:
    head = "grain: order_id, rows: orders"
    text = VISITS + model(head, "max(stores.size)", "visits")
    fault = fault_of(text)
    assert re.findall(r"`via: ([\w.]+)`", str(fault.fixes)) == ["goal", "visits.sell"]
    goal, sell = [(1, 70), (2, 90)], [(1, 90), (2, 10)]
    assert [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes] == [goal, sell]
    assert fault_of(VISITS + model(head, "max(stores.size)", "nowhere")).code == "E032"


@pytest.mark.parametrize(
    "column", ["ports.tons", "max(ports.tons)", "sum(ports.tons)", "{last: ports.tons, order: port_id}"]
)
def test_a_part_of_a_key_is_not_read_beside_the_whole_key(cursor: Any, column: str) -> None:
    """The port of a leg's trip, not every port of its tenant."""
    right = {
        "from": [(1, 1, 10), (1, 2, 10), (1, 3, 20), (2, 1, 5)],
        "to": [(1, 1, 20), (1, 2, 20), (1, 3, 10), (2, 1, 6)],
    }
    text = PORTS + model(LEGS, column)
    assert figures(cursor, text) == right["from"]
    assert warnings(text) == []
    text = TRIPS + model(LEGS, column)
    fault = fault_of(text)
    assert fault.code == "E205"
    assert [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes] == [*right.values()]


def test_a_part_of_a_key_is_not_read_by_grouped_rows(cursor: Any) -> None:
    text = PORTS + model("grain: [t_id, trip_id], rows: legs", "max(ports.tons)")
    assert figures(cursor, text) == [(1, 1, 10), (1, 2, 20), (2, 1, 5)]
    assert warnings(text) == []


def test_rows_and_an_input_share_a_word(cursor: Any) -> None:
    """The word is for the input: the rows are read with their own port."""
    right = [(1, 1, 60), (1, 2, 80), (1, 3, 50), (2, 1, 36)]
    assert figures(cursor, TRIPS + model(LEGS, "sum(legs.load * ports.tons)", "to")) == right


def test_the_repeated_rows_of_a_parent_are_named_by_all_columns() -> None:
    text = TRIPS + model("grain: [t_id, trip_id], rows: trips", "max(ports.tons)", "to")
    (found,) = [one for one in generate(text.encode(), "spec.yml").planned.remarks if one.code == "W305"]
    assert found.message.startswith(
        "`x` aggregates `ports` per (t_id, to_port), coarser than the grain (t_id, trip_id)"
    )


@pytest.mark.parametrize("column", SIZES[1:])
def test_two_parts_of_a_grain_lead_to_different_rows_of_an_input(cursor: Any, column: str) -> None:
    """The store of the order, or the stores in the region: neither is taken unasked."""
    head = "grain: [order_id, region_id], rows: lines"
    assert figures(cursor, SHOPS + model(head, "stores.size")) == [(1, 1, 10), (1, 2, 10), (2, 2, 20)]
    text = SHOPS + model(head, column)
    fault = fault_of(text)
    assert (fault.code, re.findall(r"`via: (\w+)`", str(fault.fixes))) == ("E205", ["orders", "regions"])
    if column[:3] in ("sum", "avg"):  # over the lines, the store of an order repeats
        return
    found = [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes]
    assert found[0] == [(1, 1, 10), (1, 2, 10), (2, 2, 20)]
    regions = {"max": [70, 90, 90], "avg": [40, 55, 55], "{fi": [10, 20, 20]}
    assert [x for *_, x in found[1]] == regions[column[:3]]


def test_a_part_of_a_grain_alone_decides(cursor: Any) -> None:
    assert fault_of(SHOPS + model("grain: region_id, rows: lines", "stores.size")).code == "E202"
    assert figures(cursor, SHOPS + model("grain: region_id, rows: lines", "max(stores.size)")) == [(1, 70), (2, 90)]


@pytest.mark.parametrize("column", SIZES)
def test_several_parents_that_both_share_are_not_asked_for(cursor: Any, column: str) -> None:
    """A line has two regions; the store of its order is meant all the same."""
    cursor.execute("alter table raw.lines add column from_id int")
    text = SHOPS.replace("qty: int}", "qty: int, from_id: int}").replace(
        "lines }o--|| regions: region_id", "lines }o--|| regions: {to: region_id, from: from_id = region_id}"
    )
    assert figures(cursor, text + model(LINES, column)) == [(1, 10), (2, 10), (3, 20)]
    alone = text.replace("  lines }o--|| orders: order_id\n", "")
    assert fault_of(alone + model(LINES, "max(stores.size)")).code == "E205"


def test_grouped_rows_that_have_a_column_of_their_own_beside_the_key_of_an_input(cursor: Any) -> None:
    """The region of a line is not that of its order, so an order is not joined on both unless a word says so."""
    head = "grain: [order_id, region_id], rows: lines"
    text = SHOPS + model(head, "max(orders.pick_id)")
    fault = fault_of(text)
    assert fault.code == "E205"
    (fix,) = [fix for fix in fault.fixes if isinstance(fix, Fix)]
    after = pasted(text, fix) or ""
    assert figures(cursor, after) == [(1, 1, 2), (1, 2, 2), (2, 2, 3)]
    assert figures(cursor, SHOPS + model(head, "orders.pick_id")) == [(1, 1, 2), (1, 2, 2), (2, 2, 3)]
    assert warnings(after) == ["W305"]


def test_grouped_rows_that_have_a_column_from_the_row_of_an_input(cursor: Any) -> None:
    """The store of a line is that of its order, so joining an order on both is joining it on its key."""
    text = SHOPS + model("grain: [order_id, sell_id], rows: lines", "max(orders.pick_id)")
    assert figures(cursor, text) == [(1, 1, 2), (2, 2, 3)]
