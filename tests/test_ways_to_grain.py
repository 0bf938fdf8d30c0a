"""Two parents have the grain column under one name: E205 at any distance, and each word gives its own figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, Fix
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect
from ways import fault_of, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "version: 1\nproject: trade\nsources: {raw: {schema: raw}}\nentities:\n"
COUNTRIES = "  countries: {key: code, columns: {code: int, country: text, zone: text}}\n"
STORES = "  stores: {key: store_id, columns: {store_id: int, code: int}}\n"
CUSTOMERS = "  customers: {key: customer_id, columns: {customer_id: int, country: text, zone: text}}\n"
ORDERS = "  orders: {key: order_id, columns: {order_id: int, customer_id: int, store_id: int, amount: int}}\n"
LINES = "  lines: {key: line_id, columns: {line_id: int, order_id: int, qty: int}}\n"
LINKS = (
    "  orders }o--|| customers: customer_id\n",
    "  orders }o--|| stores: store_id\n",
    "  stores }o--|| countries: code\n",
    "  lines }o--|| orders: order_id\n",
)
ROWS = """\
create schema raw;
create table raw.countries as select * from (values (1, 'DE', 'EU'), (2, 'US', 'NA')) as t (code, country, zone);
create table raw.stores as select * from (values (1, 1), (2, 2)) as t (store_id, code);
create table raw.customers as select * from (values (1, 'US', 'NA'), (2, 'DE', 'EU'), (3, 'US', 'EU'))
  as t (customer_id, country, zone);
create table raw.orders as select * from (values (1, 1, 1, 10), (2, 2, 1, 20), (3, 3, 2, 40))
  as t (order_id, customer_id, store_id, amount);
create table raw.lines as select * from (values (1, 1, 1), (2, 1, 2), (3, 2, 4), (4, 3, 8))
  as t (line_id, order_id, qty);
"""
JOINED = (
    "raw.lines join raw.orders using (order_id) join raw.customers as customers using (customer_id) "
    "join raw.stores using (store_id) join raw.countries as countries using (code)"
)


def spec(model: str, *, backwards: bool = False) -> str:
    step = -1 if backwards else 1
    entities, links = (COUNTRIES, STORES, CUSTOMERS, ORDERS, LINES)[::step], LINKS[::step]
    return f"{HEAD}{''.join(entities)}links:\n{''.join(links)}models:\n  m: {model}\n"


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        yield cursor


def words(fault: Diagnostic) -> list[str]:
    return [word for fix in fault.fixes for word in re.findall(r"`via: \{\w+: (\w+)\}`", fix)]


@pytest.mark.parametrize(
    ("grain", "rows", "value"),
    [
        ("country", "orders", "amount"),  # one link and two links
        ("country", "lines", "qty"),  # two links and three links
        ("[country, zone]", "orders", "amount"),  # both columns, but no key of either
    ],
)
def test_the_nearest_parent_is_not_taken_unasked(cursor: Any, grain: str, rows: str, value: str) -> None:
    model = f"{{grain: {grain}, rows: {rows}, columns: {{x: sum({rows}.{value})}}}}"
    fault = fault_of(spec(model))
    assert (fault.code, words(fault)) == ("E205", ["customers", "countries"])
    assert (again := fault_of(spec(model, backwards=True))).message == fault.message
    assert again.fixes == fault.fixes
    names = grain.strip("[]").split(", ")
    joined = JOINED if rows == "lines" else JOINED.removeprefix("raw.lines join ").replace(" using (order_id)", "", 1)
    found = []
    for fix, owner in zip(fault.fixes, ("customers", "countries"), strict=True):
        assert isinstance(fix, Fix)
        shown = ", ".join(f"{owner}.{name}" for name in names)
        cursor.execute(f"select {shown}, sum({value}) from {joined} group by {shown}")
        right = sorted(cursor.fetchall())
        assert figures(cursor, pasted(spec(model), fix) or "") == right
        found.append(right)
    assert found[0] != found[1]


def test_a_parent_and_its_own_parent_are_two_ways(cursor: Any) -> None:
    """`stores` gets a country beside that of its `countries`: the word names the end of a way, not what it passes."""
    cursor.execute("alter table raw.stores add country text; update raw.stores set country = 'DE'")
    text = spec("{grain: country, rows: stores, columns: {n: count(*)}}")
    assert figures(cursor, text) == [("DE", 1), ("US", 1)]
    text = spec("{grain: country, rows: orders, columns: {n: count(*)}}")
    text = text.replace("code: int}}", "code: int, country: text}}")
    text = text.replace("  orders }o--|| customers: customer_id\n", "")
    fault = fault_of(text)
    assert (fault.code, words(fault)) == ("E205", ["stores", "countries"])
    got = [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes if isinstance(fix, Fix)]
    assert got == [[("DE", 3)], [("DE", 2), ("US", 1)]]


def test_a_link_to_one_thing_precedes_a_longer_way_to_it() -> None:
    """As for an input: `orders` has a country of its own, and `countries` are also those of its store."""
    text = spec("{grain: code, rows: orders, columns: {x: sum(orders.amount)}}")
    text = text.replace("amount: int", "amount: int, sold_in: int").replace(
        "  orders }o--|| stores", "  orders }o--|| countries: sold_in = code\n  orders }o--|| stores"
    )
    made = generate(text.encode(), "spec.yml")
    assert "sold_in" in made.files[made.project.sql_paths["m"]]
    assert "stores" not in made.files[made.project.sql_paths["m"]]


def test_a_union_names_the_source_whose_way_is_open() -> None:
    """Orders lead to `countries` over their customer as well as over their store."""
    text = spec("{grain: code, rows: [countries, orders], columns: {x: sum(orders.amount)}}")
    text = text.replace("country: text, zone: text}}\n  orders", "code: int}}\n  orders")
    text = text.replace("links:\n", "links:\n  customers }o--|| countries: code\n")
    fault = fault_of(text)
    assert "`via: {orders: customers}`" in str(fault.fixes)
    for fix in fault.fixes:
        assert isinstance(fix, Fix)
        assert "m" in generate((pasted(text, fix) or "").encode(), "spec.yml").project.sql_paths
