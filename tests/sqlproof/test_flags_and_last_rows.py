"""A flag keeps its condition in later selects, and a subquery may choose the one row or the one day that counts.

Each accepted query is run: its figures are those of the tables. The refused ones beside it give other figures.
"""

from __future__ import annotations

import re
import textwrap
from decimal import Decimal

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan
from erd2dbt.run.connection import Connection, connect

SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, shipping: {type: "numeric(12,2)", not_null: true}}}
  lines:
    key: [order_id, line_no]
    columns: {order_id: int, line_no: int, sku: text, revenue: {type: "numeric(12,2)", not_null: true}}
  accounts: {key: account_id, columns: {account_id: int, customer_id: int, opened_on: {type: date, not_null: true}}}
  balances:
    key: [account_id, day]
    columns: {account_id: int, day: date, seen: date, balance: {type: "numeric(12,2)", stock: true}}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
  accounts }o--|| customers: customer_id
  balances }o--|| accounts: account_id
models:
  m:
    grain: GRAIN
    sql: |
"""
ROWS = """
create table customers (customer_id int); insert into customers values (1), (2);
create table orders (order_id int, customer_id int, shipping numeric);
insert into orders values (1, 1, 5), (2, 1, 7), (3, 2, 9);
create table lines (order_id int, line_no int, sku text, revenue numeric);
insert into lines values (1, 1, 'a', 10), (1, 2, 'b', 20), (1, 5, 'd', 30), (2, 1, 'a', 30), (2, 3, 'c', 30),
  (3, 2, 'a', 50), (3, 4, 'b', 60);
create table accounts (account_id int, customer_id int, opened_on date);
insert into accounts values (1, 1, '2026-01-01'), (2, 1, '2026-01-01'), (3, 2, '2026-01-02');
create table balances (account_id int, day date, seen date, balance numeric);
insert into balances values (1, '2026-01-01', '2026-01-01', 100), (1, '2026-01-03', null, 110),
  (2, '2026-01-01', '2026-01-01', 40),
  (2, '2026-01-03', '2026-01-03', 50), (3, '2026-01-02', '2026-01-02', 70), (3, '2026-01-03', '2026-01-03', 80);
"""
Figures = dict[int, Decimal]
SHIPPING: Figures = {1: Decimal(12), 2: Decimal(9)}
LEVELS: Figures = {1: Decimal(160), 2: Decimal(80)}


def written(sql: str, form: str) -> str:
    return re.sub(r"@(\w+)", form, sql)


def codes(sql: str, grain: str = "customer_id") -> list[str]:
    text = textwrap.indent(written(sql, r"{{ ref('stg_\1') }}"), "      ")
    try:
        plan((SPEC.replace("GRAIN", grain) + text).encode(), "spec.yml")
    except ErdError as error:
        return sorted({d.code for d in error.diagnostics if d.code.startswith("E")})
    return []


def load(database: Connection) -> None:
    with connect(database) as session:
        session.autocommit = True
        session.cursor().execute(ROWS)


def figures(database: Connection, sql: str) -> Figures:
    with connect(database) as session:
        session.autocommit = True
        cursor = session.cursor()
        cursor.execute(written(sql, r"\1"))
        return dict(cursor.fetchall())


NUMBER = "row_number() over (partition by o.order_id order by l.line_no)"
FLAGGED = (
    "with x as (select o.customer_id, o.shipping, l.revenue, {} as f from @lines l join @orders o using (order_id)) "
    "select customer_id, {} as x from x {} group by 1"
)
CASE = "sum(case when f then shipping else 0 end)"
RIGHT_FLAGS = [
    FLAGGED.format(f"{NUMBER} = 1", CASE, ""),
    FLAGGED.format(f"{NUMBER} < 2", "sum(shipping)", "where f"),
    FLAGGED.format(f"{NUMBER} = 1", "sum(shipping) filter (where f is true)", ""),
    FLAGGED.format(f"{NUMBER} > 1", "sum(shipping)", "where not f"),
    FLAGGED.format(f"{NUMBER} <> 1", "sum(shipping)", "where f = false"),
    FLAGGED.format(f"case when {NUMBER} = 1 then 'first' else 'other' end", "sum(shipping)", "where f = 'first'"),
    FLAGGED.format(NUMBER, "sum(case when f = 1 then shipping end)", ""),
    FLAGGED.format(NUMBER, "sum(case when first then shipping end)", "").replace(
        "from x", "from (select *, f = 1 as first from x) as y"
    ),
]
WRONG_FLAGS = [
    FLAGGED.format("rank() over (partition by o.order_id order by l.revenue) = 1", CASE, ""),
    FLAGGED.format("row_number() over (partition by l.sku order by l.line_no) = 1", CASE, ""),
    FLAGGED.format(f"{NUMBER} <= 2", CASE, ""),
    FLAGGED.format(f"{NUMBER} = 1 or l.revenue > 20", CASE, ""),
    FLAGGED.format(f"{NUMBER} = 1", "sum(shipping)", "where f or revenue > 20"),
    FLAGGED.format(f"{NUMBER} = 1", "sum(case when f then 0 else shipping end)", ""),
    FLAGGED.format(f"{NUMBER} <= 2", "sum(shipping)", "where f is true"),
    FLAGGED.format(f"{NUMBER} = 1", CASE, "join @accounts a using (customer_id)"),
    FLAGGED.format(f"case when {NUMBER} = 1 then 'first' else 'first' end", "sum(shipping)", "where f = 'first'"),
    FLAGGED.format(NUMBER, CASE, "").replace(" as f", " = 1 as f").replace(
        "from x", "from (select * from x union all select * from x) as y"
    ),
]  # fmt: skip

OF_ONE = "select o.customer_id, sum({}o.shipping{}) as x from @lines l join @orders o using (order_id) {} group by 1"
LEAST = "l.line_no = (select min(n.line_no) from @lines n where n.order_id = l.order_id)"
EARLIER = "not exists (select 1 from @lines n where n.order_id = l.order_id and n.line_no < l.line_no)"
MEMBER = "(l.order_id, l.line_no) in (select order_id, min(line_no) from @lines group by 1)"
RIGHT_ROWS = [
    *(OF_ONE.format(f"case when {one} then ", " end", "") for one in (LEAST, EARLIER, MEMBER)),
    *(OF_ONE.format("", "", f"where {one}") for one in (LEAST, EARLIER, MEMBER)),
]
WRONG_ROWS = [
    LEAST.replace("line_no = ", "line_no >= "),
    LEAST.replace("n.order_id = l.order_id", "n.sku = l.sku"),
    LEAST.replace("line_no", "revenue"),
    EARLIER.replace("n.order_id = l.order_id and ", "n.sku = l.sku and "),
    EARLIER.replace("line_no", "revenue"),
    EARLIER.replace("l.line_no)", "o.order_id)"),
    EARLIER.replace("not exists", "exists"),
    EARLIER.replace(" and ", " and n.revenue > 25 and "),
    MEMBER.replace("not", "").replace(") in (", ") not in ("),
]

LEVEL = (
    "select c.customer_id, sum(b.balance) as x from @customers c join @accounts a using (customer_id) "
    "{}join @balances b on b.account_id = a.account_id {} group by 1"
)
LAST_DAY = "b.day = (select max(day) from @balances)"
LAST = "b.day = (select max(n.day) from @balances n where n.account_id = {}.account_id)"
NO_LATER = "not exists (select 1 from @balances n where n.account_id = b.account_id and n.day > b.day)"
LATEST = "(b.account_id, b.day) in (select account_id, max(day) from @balances group by 1)"
TIE = NO_LATER.replace("n.day > b.day", "(n.day > b.day or (n.day = b.day and n.balance > b.balance))")
CHOSEN = [LAST_DAY, LAST.format("b"), LAST.format("a"), NO_LATER, LATEST, TIE]
RIGHT_DAYS = [
    *(LEVEL.format(side, f"and {one}") for side in ("", "left ") for one in CHOSEN),
    *(LEVEL.format("", f"where {one}") for one in CHOSEN),
]
WRONG_DAYS = [
    LAST_DAY.replace("b.day =", "b.day <="),
    LAST_DAY.replace("= (select max(day)", "in (select day"),
    LAST.format("a").replace("n.account_id = a.account_id", "n.balance = b.balance"),
    LAST.format("a").replace("n.account_id = a.account_id", "n.day <= b.day"),
    NO_LATER.replace("n.day > b.day", "n.day > a.opened_on + 5"),
    NO_LATER.replace("n.day > b.day", "n.seen > b.seen"),
    NO_LATER.replace("n.day > b.day", "n.day > b.day and n.seen is not null and n.balance > 1000"),
    NO_LATER.replace("n.account_id = b.account_id", "n.account_id = b.account_id and n.balance = b.balance"),
    NO_LATER.replace("n.day > b.day", "n.day > b.day + 1"),
    f"({NO_LATER} or b.balance > 0)",
]


@pytest.mark.parametrize(
    ("queries", "right"),
    [(RIGHT_FLAGS, SHIPPING), (RIGHT_ROWS, SHIPPING), (RIGHT_DAYS, LEVELS)],
    ids=["flags", "rows", "days"],
)
def test_what_counts_once_is_accepted_and_gives_the_figures(
    database: Connection, queries: list[str], right: Figures
) -> None:
    load(database)
    for sql in queries:
        assert (codes(sql), figures(database, sql)) == ([], right), sql


@pytest.mark.parametrize(
    ("queries", "right", "code"),
    [
        (WRONG_FLAGS, SHIPPING, "E303"),
        ([OF_ONE.format("", "", f"where {one}") for one in WRONG_ROWS], SHIPPING, "E303"),
        ([OF_ONE.format(f"case when {one} then ", " end", "") for one in WRONG_ROWS], SHIPPING, "E303"),
        ([LEVEL.format("", f"where {one}") for one in WRONG_DAYS], LEVELS, "E309"),
        ([LEVEL.format("left ", f"and {one}") for one in WRONG_DAYS], LEVELS, "E309"),
    ],
    ids=["flags", "rows", "rows in a case", "days", "days of an outer join"],
)
def test_what_counts_several_times_is_refused(
    database: Connection, queries: list[str], right: Figures, code: str
) -> None:
    load(database)
    for sql in queries:
        assert code in codes(sql), sql
        assert figures(database, sql) != right, sql


def test_a_flag_proves_a_grain() -> None:
    flagged = (
        "select order_id, revenue, row_number() over (partition by order_id order by line_no) = 1 as f from @lines"
    )
    assert codes(f"select order_id, revenue from ({flagged}) x where f", "order_id") == []
    for wrong in ("not f", "f or revenue > 1", "f is not null"):
        assert codes(f"select order_id, revenue from ({flagged}) x where {wrong}", "order_id") == ["E601"]


def test_a_flag_of_several_columns_of_a_key_proves_a_grain() -> None:
    main = "select order_id, revenue, line_no = 1 as main from @lines"
    assert codes(f"select order_id, revenue from ({main}) x where main", "order_id") == []
    assert codes(f"select order_id, revenue from ({main.replace('= 1', '<= 1')}) x where main", "order_id") == ["E601"]
    doubled = f"select order_id, revenue, main from ({main}) x group by 1, 2, 3"
    assert codes(f"select order_id, revenue from ({doubled}) y where main", "order_id") == ["E601"]


PERIODS = (
    "select account_id, {} as t, balance from (select *, row_number() over "
    "(partition by account_id, {} order by day desc) as n from @balances) as x where n = 1"
)
MONTH = "date_trunc('month', day)"


@pytest.mark.parametrize(
    ("shown", "split", "expected"),
    [
        (f"{MONTH}::date", MONTH, []),
        (f"to_char({MONTH}, 'YYYY-MM')", MONTH, []),
        (f"{MONTH}::date::text", MONTH, []),
        ("date_trunc('day', day)::date", "date_trunc('day', day)", []),
        ("date_trunc('year', day)::date", MONTH, ["E601"]),
        (f"to_char({MONTH}, 'MM')", MONTH, ["E601"]),
        ("extract(month from day)", MONTH, ["E601"]),
        (f"{MONTH}::date", "day", ["E601"]),
        (f"{MONTH}::date", "date_trunc('week', day)", ["E601"]),
        (f"left({MONTH}::date::text, 4)", MONTH, ["E601"]),
    ],
)
def test_a_column_that_a_period_determines_is_its_grain(shown: str, split: str, expected: list[str]) -> None:
    assert codes(PERIODS.format(shown, split), "[account_id, t]") == expected
