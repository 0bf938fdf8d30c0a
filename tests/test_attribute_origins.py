"""Chains of links reach through hand-written SQL: what shows an attribute unchanged is joined by links, not by name."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate

DIAGRAM = """version: 1
project: p
sources: {s: {}}
entities:
  regions: {key: region_id, columns: {region_id: int, day: date}}
  customers: {key: customer_id, columns: {customer_id: int, region_id: int, referrer_id: int}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, amount: "numeric(12,2)", day: date}}
  returns: {key: return_id, columns: {return_id: int, customer_id: int, amount: "numeric(12,2)", day: date}}
links:
  customers }o--|| regions: region_id
  customers }o--o| customers: {referrer: referrer_id = customer_id}
  orders }o--|| customers: customer_id
  returns }o--|| customers: customer_id
models:
  q:
    grain: GRAIN
    sql: |
      SQL
"""
ORDERS, CUSTOMERS, REGIONS, RETURNS = (
    f"{{{{ ref('stg_{e}') }}}}" for e in ("orders", "customers", "regions", "returns")
)
HOME = f"orders o left join {CUSTOMERS} c on o.customer_id = c.customer_id".replace("orders o", f"{ORDERS} o")


def made(sql: str, grain: str, model: str = "") -> Generated:
    return generate((DIAGRAM.replace("GRAIN", grain).replace("SQL", sql) + model).encode(), "spec.yml")


def origins(sql: str, grain: str) -> dict[str, str]:
    """Column -> attribute and links, of the columns that show one."""
    (plan,) = (p for p in made(sql, grain).planned.plans if p.relation.name == "q")
    shown = {f.name: (f.origin, f.path) for f in plan.relation.fields.values()}
    return {n: " < ".join((f"{o.entity}.{o.column}", *reversed(path))) for n, (o, path) in shown.items() if o}


@pytest.mark.parametrize(
    ("sql", "grain", "expected"),
    [
        pytest.param(
            f"select o.order_id as id, c.region_id as r, o.amount * 2 as a from {HOME}",
            "id",
            {"id": "orders.order_id", "r": "customers.region_id < orders }o--|| customers"},
            id="renamed, looked up",
        ),
        pytest.param(
            f"with t as (select * from {ORDERS} where amount > 1)"
            " select customer_id as c, sum(amount) as a from t group by 1",
            "c",
            {"c": "orders.customer_id"},
            id="CTE, star, filter, group",
        ),
        pytest.param(
            f"select c.region_id, max(o.amount) as a from {HOME} where c.region_id is not null group by c.region_id",
            "region_id",
            {"region_id": "customers.region_id"},
            id="grouped by a looked-up column",
        ),
        pytest.param(
            f"select c.customer_id, b.region_id as r from {CUSTOMERS} c left join {CUSTOMERS} b"
            " on c.referrer_id = b.customer_id",
            "customer_id",
            {
                "customer_id": "customers.customer_id",
                "r": "customers.region_id < customers }o--o| customers (referrer)",
            },
            id="twice one table",
        ),
        pytest.param(
            f"select customer_id as c, sum(x) as x from (select customer_id, amount as x from {ORDERS} union all"
            f" select customer_id, -amount from {RETURNS}) u group by customer_id",
            "c",
            {"c": "customers.customer_id < union of orders.customer_id, returns.customer_id"},
            id="union: the key that both refer to",
        ),
        pytest.param(
            f"select order_id, customer_id::bigint as c, day::text as d from {ORDERS}",
            "order_id",
            {"order_id": "orders.order_id", "c": "orders.customer_id"},
            id="a cast that keeps values apart, and one that does not compare",
        ),
        pytest.param(
            "select order_id, coalesce(customer_id, 0) as c, lag(customer_id) over (order by order_id) as l"
            f" from {ORDERS}",
            "order_id",
            {"order_id": "orders.order_id"},
            id="formulas and windows",
        ),
    ],
)
def test_columns_show_attributes(sql: str, grain: str, expected: dict[str, str]) -> None:
    assert origins(sql, grain) == expected


BY_DAY = """
  days:
    grain: day
    rows: q
    columns: {spent: sum(orders.amount), returned: sum(returns.amount)}
"""


def test_links_go_before_a_column_of_the_same_name() -> None:
    """Orders have a day of their own; the day of the rows is that of their region."""
    found = made(f"select region_id, day from {REGIONS}", "region_id", BY_DAY)
    assert {d.code for d in found.planned.remarks} <= {"I038", "W402"}
    sql = found.files[found.project.sql_paths["days"]]
    assert "orders.day" not in sql
    assert "returns.day" not in sql
    assert sql.count("regions.day") >= 2


def test_a_lookup_from_a_query_follows_its_foreign_key() -> None:
    model = """
  m:
    grain: c
    rows: q
    columns: {region_day: regions.day, orders: count(orders.order_id), a: "sum(returns.amount)"}
"""
    found = made(f"select customer_id as c, sum(amount) as t from {ORDERS} group by 1", "c", model)
    sql = found.files[found.project.sql_paths["m"]]
    assert "on q.c = customers.customer_id" in sql
    assert "on customers.region_id = regions.region_id" in sql
    assert not [d for d in found.planned.remarks if d.code == "W406"]


def test_a_query_reads_a_model_that_stands_below_it() -> None:
    below = "  below: {grain: order_id, rows: orders, keep: [customer_id, amount]}\n"
    found = made("select customer_id, sum(amount) as t from {{ ref('below') }} group by 1", "customer_id", f"\n{below}")
    assert [p.relation.name for p in found.planned.plans][-2:] == ["below", "q"]
    circle = "  below: {grain: customer_id, rows: customers, columns: {t: sum(q.t)}}\n"
    with pytest.raises(ErdError, match="circle"):
        made("select customer_id, sum(t) as t from {{ ref('below') }} group by 1", "customer_id", f"\n{circle}")


def nullable(sql: str, grain: str, assumed: str = "") -> list[str]:
    """The messages about a grain that may be NULL, where a customer's region and referrer may be."""
    drawn = DIAGRAM.replace(
        "region_id: int, referrer_id: int", "region_id: {type: int, not_null: false}, referrer_id: int"
    )
    text = drawn.replace("GRAIN", grain).replace("SQL", sql) + assumed
    try:
        generate(text.encode(), "spec.yml")
    except ErdError as error:
        return [fault.message if fault.code == "E103" else str(fault) for fault in error.diagnostics]
    return []


@pytest.mark.parametrize(
    ("sql", "grain", "messages"),
    [
        pytest.param(
            f"select region_id, count(*) as n from {CUSTOMERS} group by region_id",
            "region_id",
            ["the grain column `region_id` may be NULL: `customers.region_id` says `not_null: false`"],
            id="declared",
        ),
        pytest.param(
            f"select distinct referrer_id as r from {CUSTOMERS}",
            "r",
            [
                "the grain column `r` may be NULL: "
                "`customers }o--o| customers` links rows of one table, and `customers.referrer_id` is NULL in the "
                "topmost"
            ],
            id="drawn, under another name",
        ),
        pytest.param(
            f"select region_id as r from {CUSTOMERS} union select region_id from {REGIONS}",
            "r",
            ["the grain column `r` may be NULL: `customers.region_id` says `not_null: false`"],
            id="one branch of a union",
        ),
        pytest.param(
            f"select customer_id, order_id, count(*) as n from {ORDERS} group by customer_id, rollup (order_id)",
            "[customer_id, order_id]",
            ["the grain column `order_id` may be NULL: a grouping of `group by` leaves it out"],
            id="rollup",
        ),
        pytest.param(
            f"with c as (select customer_id, order_id, count(*) as n from {ORDERS}"
            " group by grouping sets ((customer_id), (order_id))) select * from c",
            "[customer_id, order_id]",
            [
                "the grain column `customer_id` may be NULL: a grouping of `group by` leaves it out",
                "the grain column `order_id` may be NULL: a grouping of `group by` leaves it out",
            ],
            id="grouping sets in a CTE",
        ),
        pytest.param(
            f"select region_id, count(*) as n from {CUSTOMERS} where region_id > 3 group by region_id",
            "region_id",
            [],
            id="a filter that NULL does not pass",
        ),
        pytest.param(
            f"select c.region_id, count(*) as n from {CUSTOMERS} c join {REGIONS} r on c.region_id = r.region_id"
            " group by c.region_id",
            "region_id",
            [],
            id="an inner join that NULL does not pass",
        ),
        pytest.param(
            f"select coalesce(region_id, -1) as r, count(*) as n from {CUSTOMERS} group by 1",
            "r",
            [],
            id="a value of their own",
        ),
        pytest.param(
            "select * from (select customer_id, order_id, count(*) as n"
            f" from {ORDERS} group by customer_id, rollup (order_id)) x where order_id is not null",
            "[customer_id, order_id]",
            [],
            id="rollup without its totals",
        ),
    ],
)
def test_a_column_that_may_be_null_is_no_grain_of_a_query(sql: str, grain: str, messages: list[str]) -> None:
    assert nullable(sql, grain) == messages


def test_who_assumes_a_grain_answers_for_its_nulls() -> None:
    sql = f"select region_id, count(*) as n from {CUSTOMERS} group by region_id"
    assert nullable(sql, "region_id", "    assume: {reason: every customer has one}\n") == []


PAID = """version: 1
project: p
sources: {s: {}}
entities:
  orders: {key: id, columns: {id: int, customer_id: int}}
  payments: {key: id, columns: {id: int, order_id: int, amount: int}}
links:
  payments }o--LINK orders: order_id = id
models:
  a:
    grain: GRAIN
    sql: SQL
  m: {grain: customer_id, rows: a, columns: {x: count(a.id)}}
"""
PAYMENTS = "{{ ref('stg_payments') }} p"


@pytest.mark.parametrize(
    ("sql", "grain", "link", "messages"),
    [
        (f"select p.id, o.customer_id from {PAYMENTS} join {ORDERS} o on p.order_id = o.id", "id", "||", []),
        (f"select p.id, o.customer_id from {PAYMENTS} join {ORDERS} o on p.order_id = o.id", "id", "o|", []),
        (f"select p.id, o.customer_id from {PAYMENTS} left join {ORDERS} o on p.order_id = o.id", "id", "||", []),
        (
            f"select p.id, o.customer_id from {PAYMENTS} left join {ORDERS} o on p.order_id = o.id",
            "id",
            "o|",
            ["in `a`, `left join stg_orders as o on p.order_id = o.id` may find no row for it"],
        ),
        (
            f"select id, customer_id, count(*) as n from {ORDERS} group by id, rollup (customer_id)\n"
            "    assume: {reason: read without its totals}",
            "[id, customer_id]",
            "||",
            ["in `a`, a grouping of `group by` leaves it out"],
        ),
    ],
)
def test_a_column_of_a_query_is_null_where_the_query_makes_it_null(
    sql: str, grain: str, link: str, messages: list[str]
) -> None:
    """An inner join finds a row for each row that it returns, also where no link says so."""
    text = PAID.replace("GRAIN", grain).replace("SQL", sql).replace("LINK", link)
    said = []
    try:
        generate(text.encode(), "spec.yml")
    except ErdError as error:
        said = [(fault.code, fault.message.partition("may be NULL: ")[2]) for fault in error.diagnostics]
    assert said == [("E103", message) for message in messages]
