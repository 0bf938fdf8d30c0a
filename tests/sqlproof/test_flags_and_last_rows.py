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
LEAST_LINE = "l.line_no = min(l.line_no) over (partition by o.order_id)"
PREVIOUS = "lag(l.line_no) over (partition by o.order_id order by l.line_no)"
RIGHT_FLAGS += [
    FLAGGED.format(f"{NUMBER} = 1", "sum(shipping) filter (where coalesce(f, true))", ""),
    FLAGGED.format(f"{NUMBER} = 1", "sum(shipping) filter (where f is not false)", ""),
    FLAGGED.format(f"{NUMBER} > 1", "sum(shipping)", "where not coalesce(f, false)"),
    FLAGGED.format(f"{NUMBER} = 1", "sum(shipping * f::int)", ""),
    FLAGGED.format(f"{NUMBER} > 1", "sum(case when f then 0 else shipping end)", ""),
    FLAGGED.format(f"case {NUMBER} when 1 then 1 else 0 end", "sum(f * shipping)", ""),
    FLAGGED.format(LEAST_LINE, "sum(shipping)", "where f"),
    FLAGGED.format(LEAST_LINE.replace("min", "max"), CASE, ""),
    FLAGGED.format(f"{PREVIOUS} is null", CASE, ""),
    FLAGGED.format(PREVIOUS, "sum(shipping)", "where f is null"),
    FLAGGED.format(PREVIOUS.replace("lag", "lead"), "sum(case when f is null then shipping end)", ""),
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
    FLAGGED.format(f"nullif({NUMBER} = 1, false)", "sum(shipping) filter (where coalesce(f, true))", ""),
    FLAGGED.format(f"nullif({NUMBER} = 1, false)", "sum(shipping) filter (where f is not false)", ""),
    FLAGGED.format(f"{NUMBER} = 1", "sum(shipping)", "where f is not true"),
    FLAGGED.format(f"{NUMBER} = 1", "sum(shipping * (1 - f::int))", ""),
    FLAGGED.format(f"case {NUMBER} when 1 then 1 when 2 then 1 else 0 end", "sum(f * shipping)", ""),
    FLAGGED.format(f"case {NUMBER} when 1 then 2 else 1 end", "sum(f * shipping)", ""),
    FLAGGED.format(LEAST_LINE.replace("o.order_id", "o.order_id, l.sku"), "sum(shipping)", "where f"),
    FLAGGED.format(LEAST_LINE.replace("line_no", "revenue"), "sum(shipping)", "where f"),
    FLAGGED.format(PREVIOUS.replace("o.order_id", "l.sku"), "sum(shipping)", "where f is null"),
    FLAGGED.format(PREVIOUS.replace("line_no)", "line_no, 2)", 1), "sum(shipping)", "where f is null"),
    FLAGGED.format(PREVIOUS.replace("l.line_no)", "nullif(l.line_no, 1))", 1), "sum(shipping)", "where f is null"),
    FLAGGED.format(PREVIOUS, "sum(shipping)", "where f is not null"),
    FLAGGED.format(PREVIOUS, "sum(shipping)", "where f is null").replace(
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


MASKED = (
    f"with x as (select o.customer_id, o.order_id, o.shipping, l.revenue, {NUMBER} as n "
    "from @lines l join @orders o using (order_id)), y as (select *, {} as f from x), "
    "z as (select *, {} as masked from y) select customer_id, {} as x from z group by 1"
)
WITH_ZERO = [
    ("n = 1", "case when n = 1 then shipping else 0 end"),
    ("n = 1", "case when f then shipping else 0 end"),
    ("n = 1", "case n when 1 then shipping else 0.00 end"),
    ("n > 1", "case when f then 0 else shipping end"),
    ("n = 1", "coalesce(case when f then shipping end, 0)"),
    ("n = 1", "shipping * f::int"),
    ("case n when 1 then 1 else 0 end", "shipping * f"),
]
READING_ZEROS = ["avg({})", "min({})", "count(distinct {})", "count({})"]
OF_ORDERS = "select customer_id, {} as x from @orders group by 1"


def test_zeros_of_the_rows_that_repeat_a_value_are_right_in_a_sum_alone(database: Connection) -> None:
    load(database)
    for flag, mask in WITH_ZERO:
        for value in ("masked", mask):
            sql = MASKED.format(flag, mask, f"sum({value})")
            assert (codes(sql), figures(database, sql)) == ([], SHIPPING), sql
            for aggregate in READING_ZEROS:
                wrong, right = MASKED.format(flag, mask, aggregate.format(value)), aggregate.format("shipping")
                assert codes(wrong) == ["E303"], wrong
                assert figures(database, wrong) != figures(database, written(OF_ORDERS.format(right), r"\1")), wrong


@pytest.mark.parametrize("aggregate", [*READING_ZEROS, "max({})", "sum({})"])
@pytest.mark.parametrize(
    "read",
    [
        "masked",
        "nullif(masked, 0)",
        "masked) filter (where n = 1",
    ],
)
def test_a_value_in_one_row_alone_is_right_in_each_aggregate(database: Connection, aggregate: str, read: str) -> None:
    load(database)
    mask = "case when n = 1 then shipping end" if read == "masked" else "case when n = 1 then shipping else 0 end"
    sql = MASKED.format("n = 1", mask, aggregate.format(read))
    assert codes(sql) == []
    assert figures(database, sql) == figures(database, OF_ORDERS.format(aggregate.format("shipping")))


def test_messages_name_what_is_read_and_a_fix() -> None:
    def message(sql: str) -> str:
        text = textwrap.indent(written(sql, r"{{ ref('stg_\1') }}"), "      ")
        with pytest.raises(ErdError) as raised:
            plan((SPEC.replace("GRAIN", "customer_id") + text).encode(), "spec.yml")
        return "; ".join(f"{d.message} {[str(fix) for fix in d.fixes]}" for d in raised.value.diagnostics)

    masked = message(MASKED.format("n = 1", "case when f then shipping else 0 end", "avg(masked)"))
    assert "`avg(masked)` reads a 0 in rows that have no `orders.shipping` of their own" in masked
    picked = "select b0.balance from @balances b0 where b0.account_id = a.account_id order by day desc limit 2"
    lateral = f"select customer_id, sum(b.balance) as x from @accounts a cross join lateral ({picked}) b group by 1"
    assert "its order" not in message(lateral)
    assert "row_number() over (partition by … order by … desc) = 1" in message(lateral)
    negated = message(
        FLAGGED.format(
            f"{NUMBER} = 2", "sum(shipping) filter (where f is not false)", "join @accounts a using (customer_id)"
        )
    )
    assert "where f is not false" in negated


def test_a_masked_value_keeps_its_zeros_in_later_selects() -> None:
    for read in ("round(masked, 2)", "masked + revenue"):
        sql = MASKED.format("n = 1", "case when f then shipping else 0 end", f"avg({read})")
        assert codes(sql) == ["E303"], read
    later = MASKED.format("n = 1", "case when f then shipping else 0 end", "avg(w)")
    assert codes(later.replace("from z", "from (select customer_id, masked as w from z) as q")) == ["E303"]
    summed = "(select customer_id, order_id, sum(masked) as w from z group by 1, 2) as q"
    assert codes(later.replace("from z", f"from {summed}")) == []


def test_a_neighbour_of_an_outer_join_is_null_in_further_rows() -> None:
    numbered = "(select order_id, lag(line_no) over (partition by order_id order by line_no) as p from @lines) as l"
    sql = f"select l.order_id, o.shipping from @orders o {{}} join {numbered} using (order_id) where l.p is null"
    assert codes(sql.format(""), "order_id") == []
    assert "E601" in codes(sql.format("left"), "order_id")


OF_MONTH = (
    "select a.customer_id, {}::date as month, sum(b.units) as x from @levels b join @accounts a using (account_id) "
    "where {} group by 1, 2"
)
SAME_MONTH = "date_trunc('month', n.day) = date_trunc('month', b.day)"
SAME_PARTS = (
    "extract(year from n.day) = extract(year from b.day) and extract(month from n.day) = extract(month from b.day)"
)
LAST_OF_MONTH = f"b.day = (select max(n.day) from @levels n where n.account_id = b.account_id and {SAME_MONTH})"
NO_LATER_IN_MONTH = (
    f"not exists (select 1 from @levels n where n.account_id = b.account_id and n.day > b.day and {SAME_MONTH})"
)
MONTH_OF_ROW = "date_trunc('month', b.day)"
RIGHT_MONTHS = [
    LAST_OF_MONTH,
    NO_LATER_IN_MONTH,
    NO_LATER_IN_MONTH.replace(SAME_MONTH, "date_trunc('month', b.day) = date_trunc('month', n.day)"),
]
WRONG_MONTHS = [
    (MONTH_OF_ROW.replace("month", "year"), LAST_OF_MONTH),
    (MONTH_OF_ROW.replace("month", "year"), NO_LATER_IN_MONTH),
    (MONTH_OF_ROW, LAST_OF_MONTH.replace("b.day = (", "b.day <= (")),
    (MONTH_OF_ROW, f"({LAST_OF_MONTH} or b.units > 0)"),
    (MONTH_OF_ROW, LAST_OF_MONTH.replace("'month'", "'day'")),
    (MONTH_OF_ROW, NO_LATER_IN_MONTH.replace("'month'", "'day'")),
    (MONTH_OF_ROW, NO_LATER_IN_MONTH.replace("= b.account_id", "= b.account_id + 10")),
    (MONTH_OF_ROW, NO_LATER_IN_MONTH.replace("n.day > b.day", "n.day > b.day and n.units > 1000")),
    (MONTH_OF_ROW, NO_LATER_IN_MONTH.replace(", b.day)", ", n.day - 400)")),
]


def load_levels(database: Connection) -> None:
    load(database)
    with connect(database) as session:
        session.autocommit = True
        session.cursor().execute(
            "create table levels (account_id int, day date, units int); insert into levels values "
            "(1, '2026-01-05', 1), (1, '2026-01-20', 2), (1, '2026-02-03', 4), (1, '2026-02-09', 8), "
            "(2, '2026-01-07', 16), (2, '2026-01-31', 32), (2, '2026-02-01', 64), (2, '2026-02-28', 128), "
            "(3, '2026-01-01', 256), (3, '2026-01-02', 512), (3, '2026-02-02', 1024), (3, '2026-02-03', 2048)"
        )


def months(database: Connection, period: str, chosen: str) -> list[tuple[object, ...]]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(f"select customer_id, x from ({written(OF_MONTH.format(period, chosen), chr(92) + '1')}) y")
        return sorted(cursor.fetchall())


def test_the_last_level_of_each_month_of_each_account_is_summed_per_month(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_levels(database)
    levels = (
        "  levels: {key: [account_id, day], columns: {account_id: int, day: date, units: {type: int, stock: true}}}"
    )
    drawn = SPEC.replace("links:", f"{levels}\nlinks:\n  levels }}o--|| accounts: account_id")
    monkeypatch.setitem(globals(), "SPEC", drawn)
    right = [(1, 34), (1, 136), (2, 512), (2, 2048)]
    for chosen in RIGHT_MONTHS:
        assert codes(OF_MONTH.format(MONTH_OF_ROW, chosen), "[customer_id, month]") == [], chosen
        assert months(database, MONTH_OF_ROW, chosen) == right, chosen
    for period, chosen in WRONG_MONTHS:
        assert codes(OF_MONTH.format(period, chosen), "[customer_id, month]") == ["E309"], chosen
        assert months(database, period, chosen) != right, chosen
    parts = LAST_OF_MONTH.replace(SAME_MONTH, SAME_PARTS)
    split = "extract(year from b.day) as year, extract(month from b.day) as month"
    of_parts = OF_MONTH.format("", parts).replace("::date as month", split).replace("by 1, 2", "by 1, 2, 3")
    assert codes(of_parts, "[customer_id, year, month]") == []
    assert codes(of_parts.replace(split, "extract(month from b.day) as m, 1 as month"), "[customer_id, m]") == ["E309"]


LAST_FLAGS = [
    "select *, day = max(day) over (partition by account_id{}) as f from @balances",
    "select *, lead(day) over (partition by account_id{} order by day) is null as f from @balances",
    "select *, lag(day) over (partition by account_id{} order by day desc) is null as f from @balances",
]


@pytest.mark.parametrize("last", LAST_FLAGS)
def test_the_last_row_of_each_account_may_be_a_flag(database: Connection, last: str) -> None:
    load(database)
    sql = "select customer_id, sum(balance) as x from ({}) b join @accounts a using (account_id) where f group by 1"
    assert (codes(sql.format(last.format(""))), figures(database, sql.format(last.format("")))) == ([], LEVELS)
    for wrong in (", date_trunc('day', day)", ", balance"):
        assert codes(sql.format(last.format(wrong))) == ["E309"]
        assert figures(database, sql.format(last.format(wrong))) != LEVELS


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


AS_NUMBER = f"({NUMBER} = 1)::int"
NOT_LATER = f"case when {NUMBER} > 1 then 0 else 1 end"
FIRST_OR_NOT = f"case when {NUMBER} = 1 then 'Y' else 'N' end"
LAST_LINE = "last_value(l.line_no) over (partition by o.order_id order by {})"
ALL_ROWS = "l.revenue rows between unbounded preceding and unbounded following"


@pytest.mark.parametrize(
    ("flag", "figure", "where"),
    [
        (AS_NUMBER, "sum(shipping)", "where f = 1"),
        (AS_NUMBER, "sum(shipping)", "where f <> 0"),
        (AS_NUMBER, "sum(shipping * f)", ""),
        (AS_NUMBER, "sum(case when f = 1 then shipping end)", ""),
        (NOT_LATER, "sum(shipping)", "where f = 1"),
        (NOT_LATER, "sum(shipping * f)", ""),
        (f"case when {NUMBER} > 1 then false else true end", "sum(shipping)", "where f"),
        (f"coalesce({NUMBER} = 1, false)", "sum(shipping)", "where f"),
        (f"coalesce({NUMBER} = 1, false)", "sum(shipping) filter (where f)", ""),
        (f"{NUMBER} = 1", "sum(shipping)", "where f is not false"),
        (FIRST_OR_NOT, "sum(shipping)", "where f <> 'N'"),
        (LAST_LINE.format(ALL_ROWS), "sum(shipping)", "where f = line_no"),
        (f"max(l.line_no) over (partition by o.order_id order by {ALL_ROWS})", "sum(shipping)", "where f = line_no"),
    ],
)
def test_other_spellings_of_a_flag(database: Connection, flag: str, figure: str, where: str) -> None:
    load(database)
    sql = FLAGGED_LINES.format(flag, figure, where)
    assert (codes(sql), figures(database, sql)) == ([], SHIPPING)


@pytest.mark.parametrize(
    ("flag", "figure", "where"),
    [
        (AS_NUMBER, "sum(shipping)", "where f >= 0"),
        (AS_NUMBER, "sum(shipping * (f + 1))", ""),
        (f"({NUMBER} > 1)::int", "sum(shipping * f)", ""),
        (f"case when {NUMBER} > 2 then false else true end", "sum(shipping)", "where f"),
        (f"case when {NUMBER} > 1 then false else true end", "sum(shipping)", "where f is not null"),
        (f"coalesce({NUMBER} = 1, false)", "sum(shipping)", "where not f"),
        (f"{NUMBER} = 1 or l.revenue > 5", "sum(shipping)", "where f is not false"),
        (FIRST_OR_NOT, "sum(shipping)", "where f <> 'X'"),
        (LAST_LINE.format("l.line_no"), "sum(shipping)", "where f = line_no"),
        (LAST_LINE.format("l.line_no rows between current row and unbounded following") + " + l.line_no",
         "sum(shipping)", "where f >= line_no"),
    ],
)  # fmt: skip
def test_near_misses_of_a_flag(database: Connection, flag: str, figure: str, where: str) -> None:
    load(database)
    sql = FLAGGED_LINES.format(flag, figure, where)
    assert "E303" in codes(sql)
    assert figures(database, sql) != SHIPPING


FLAGGED_LINES = FLAGGED.replace("o.shipping, l.revenue,", "o.shipping, l.revenue, l.line_no,")
OPTIONAL = (
    "with n as (select order_id, line_no, {} as rn from @lines) select o.customer_id, sum(o.shipping) as x "
    "from @orders o left join n using (order_id) where {} group by 1"
)
OF_ORDER = "row_number() over (partition by order_id order by line_no)"


@pytest.mark.parametrize(
    ("number", "where"),
    [
        (OF_ORDER, "n.rn = 1 or n.rn is null"),
        (OF_ORDER, "n.line_no is null or n.rn <= 1"),
        (OF_ORDER, "coalesce(n.rn, 1) = 1"),
        (f"{OF_ORDER} = 1", "n.rn is not false"),
        (f"{OF_ORDER} = 1", "coalesce(n.rn, true)"),
    ],
)
def test_the_first_row_or_none_of_a_left_join(database: Connection, number: str, where: str) -> None:
    """An order without lines has one row. Its shipping counts as well."""
    load(database)
    with connect(database) as session:
        session.autocommit = True
        session.cursor().execute("insert into orders values (4, 2, 4)")
    sql = OPTIONAL.format(number, where)
    assert (codes(sql), figures(database, sql)) == ([], {1: Decimal(12), 2: Decimal(13)})


@pytest.mark.parametrize(
    ("number", "where"),
    [
        (OF_ORDER, "n.rn <= 2 or n.rn is null"),
        (OF_ORDER, "n.rn = 1 or n.line_no is not null"),
        (OF_ORDER, "n.rn = 1 or o.shipping > 3"),
        (OF_ORDER, "coalesce(n.rn, 1) in (1, 2)"),
        ("lag(line_no) over (partition by order_id order by line_no)", "n.rn = 1 or n.rn is null or n.rn = 3"),
        (f"nullif({OF_ORDER}, 2)", "n.rn = 1 or n.rn is null"),
    ],
)
def test_near_misses_of_the_first_row_or_none(database: Connection, number: str, where: str) -> None:
    """A number that may be NULL in a line is NULL for other reasons than a missing line."""
    load(database)
    sql = OPTIONAL.format(number, where)
    assert "E303" in codes(sql)
    assert figures(database, sql) != SHIPPING


HALVES = (
    "select customer_id, sum(s) as x from (select customer_id, shipping as s from @orders o where {} "
    "union all select customer_id, shipping from @orders o where {}) y group by 1"
)
WITH_LINES = "exists (select 1 from @lines l where l.order_id = o.order_id{})"


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [
        (WITH_LINES.format(""), f"not {WITH_LINES.format('')}", True),
        (WITH_LINES.format(" and l.line_no > 2"), f"not {WITH_LINES.format(' and l.line_no > 2')}", True),
        ("order_id in (select order_id from @lines)", "order_id not in (select order_id from @lines)", True),
        (WITH_LINES.format(""), WITH_LINES.format(""), False),
        (WITH_LINES.format(""), f"not {WITH_LINES.format(' and l.line_no > 4')}", False),
        (WITH_LINES.format(""), "not exists (select 1 from @lines l where l.line_no = o.order_id + 3)", False),
    ],
)
def test_rows_with_and_without_a_partner(database: Connection, one: str, other: str, right: bool) -> None:
    """The two halves of a union have different orders. Order 4 has no lines."""
    load(database)
    with connect(database) as session:
        session.autocommit = True
        session.cursor().execute("insert into orders values (4, 2, 4)")
    sql = HALVES.format(one, other)
    assert (codes(sql) == []) is right
    assert (figures(database, sql) == {1: Decimal(12), 2: Decimal(13)}) is right
