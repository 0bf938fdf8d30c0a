"""Each way to choose one level of each account, for each customer, month or day; its near misses are refused.

Each accepted query is run: its figures are the right ones.
"""

from __future__ import annotations

import re
import textwrap

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan
from erd2dbt.run.connection import Connection, connect

SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  accounts: {key: account_id, columns: {account_id: int, customer_id: {type: int, not_null: true}}}
  balances:
    key: [account_id, day]
    columns: {account_id: int, day: date, seen: date, note: text, balance: {type: "numeric(12,2)", stock: true}}
  targets: {key: [account_id, day], columns: {account_id: int, day: date}}
  calendar: {key: d, columns: {d: date}}
links: {"balances }o--|| accounts": account_id}
models:
  m:
    grain: GRAIN
    sql: |
"""
ROWS = """
create table accounts (account_id int, customer_id int); insert into accounts values (1, 1), (2, 1), (3, 2);
create table balances (account_id int, day date, seen date, note text, balance numeric);
insert into balances values
  (1, '2026-01-05', '2026-01-05', 'x', 1), (1, '2026-01-20', null, null, 2), (1, '2026-02-03', '2026-02-03', 'x', 4),
  (2, '2026-01-07', '2026-01-07', null, 8), (2, '2026-02-09', '2026-02-09', 'y', 16),
  (3, '2025-01-02', '2025-01-02', 'x', 32), (3, '2026-01-02', null, null, 64), (3, '2026-02-28', null, 'x', 128);
create table calendar (d date);
insert into calendar values ('2026-01-06'), ('2026-01-20'), ('2026-02-03'), ('2026-02-28');
"""
LAST = [(1, 20), (2, 128)]
MONTHS = [(1, "2026-01", 10), (1, "2026-02", 20), (2, "2025-01", 32), (2, "2026-01", 64), (2, "2026-02", 128)]
DAYS = [(1, "2026-01-06", 1), (1, "2026-01-20", 10), (1, "2026-02-03", 12), (1, "2026-02-28", 20)]
DAYS += [(2, "2026-01-06", 64), (2, "2026-01-20", 64), (2, "2026-02-03", 64), (2, "2026-02-28", 128)]

TOTAL = "select a.customer_id, sum(b.balance) as x from @balances b join @accounts a using (account_id) {} group by 1"
OF_MONTH = TOTAL.replace("a.customer_id,", "a.customer_id, to_char(b.day, 'YYYY-MM') as month,").replace(
    "by 1", "by 1, 2"
)
MEMBER = "where (b.account_id, b.day) in (select account_id, max(day) from @balances group by {})"
EXTREME = "where b.day {} (select max(n.day) from @balances n where n.account_id = b.account_id{})"
UNMATCHED = "left join @balances n on n.account_id = b.account_id and n.day > b.day{} where n.{} is null"


def codes(sql: str, grain: str) -> list[str]:
    text = textwrap.indent(re.sub(r"@(\w+)", r"{{ ref('stg_\1') }}", sql), "      ")
    try:
        plan((SPEC.replace("GRAIN", grain) + text).encode(), "spec.yml")
    except ErdError as error:
        return sorted({d.code for d in error.diagnostics if d.code.startswith("E")})
    return []


@pytest.fixture
def figures(database: Connection):
    with connect(database) as session:
        session.autocommit = True
        session.cursor().execute(ROWS)

        def read(sql: str) -> list[tuple[object, ...]]:
            cursor = session.cursor()
            cursor.execute(sql.replace("@", ""))
            return sorted(cursor.fetchall())

        yield read


RIGHT = [
    MEMBER.format("account_id"),
    MEMBER.format("account_id").replace(" in (", " = any ("),
    "where exists (select 1 from (select account_id, max(day) as d from @balances group by 1) n "
    "where n.account_id = b.account_id and n.d = b.day)",
    EXTREME.format("=", ""),
    EXTREME.format(">=", ""),
    "where (select max(n.day) from @balances n where n.account_id = b.account_id) <= b.day",
    "where not b.day < (select max(n.day) from @balances n where n.account_id = b.account_id)",
    "where b.day >= all (select n.day from @balances n where n.account_id = b.account_id)",
    "where not (b.day < any (select n.day from @balances n where n.account_id = b.account_id))",
    "where b.day = (select n.day from @balances n where n.account_id = b.account_id order by n.day desc limit 1)",
    UNMATCHED.format("", "account_id"),
    UNMATCHED.format("", "day"),
]
WRONG = [
    MEMBER.format("account_id, note"),
    MEMBER.format("account_id, date_trunc('month', day)"),
    MEMBER.format("account_id").replace("day", "seen"),
    MEMBER.format("account_id").replace(" in (", " not in ("),
    MEMBER.format("account_id)").replace("b.account_id, b.day", "b.day").replace("account_id, max", "max")[:-1],
    "where b.day = any ((select array_agg(day) from @balances))",
    "where exists (select 1 from (select account_id, day from @balances order by random() limit 1) n "
    "where n.account_id = b.account_id and n.day = b.day)",
    EXTREME.format("<=", ""),
    EXTREME.format(">=", "").replace("max(n.day)", "min(n.day)"),
    EXTREME.format(">=", "").replace("@balances n", "@targets n"),
    EXTREME.format(">=", " and n.note = 'x'"),
    EXTREME.format(">=", " and n.note = b.note"),
    EXTREME.format(">=", "").replace("day", "seen"),
    EXTREME.format(">=", "").replace("max(n.day)", "max(n.day) - 1"),
    "where not (b.day < all (select n.day from @balances n where n.account_id = b.account_id))",
    "where b.day >= any (select n.day from @balances n where n.account_id = b.account_id)",
    UNMATCHED.format("", "note"),
    UNMATCHED.format("", "account_id").replace("is null", "is not null"),
    UNMATCHED.format(" and n.note = 'x'", "account_id"),
    UNMATCHED.format(" + 1", "account_id"),
    UNMATCHED.format("", "account_id").replace("n.account_id = b.account_id", "n.note = b.note"),
    UNMATCHED.format("", "account_id").replace("@balances n on", "@targets n on"),
    UNMATCHED.format("", "account_id").replace("day > b.day", "day >= b.day - 5"),
]


def test_the_last_level_of_each_account(figures) -> None:
    for chosen in RIGHT:
        assert (codes(TOTAL.format(chosen), "customer_id"), figures(TOTAL.format(chosen))) == ([], LAST), chosen
    for chosen in WRONG:
        assert "E309" in codes(TOTAL.format(chosen), "customer_id"), chosen


def test_the_last_day_of_all(figures) -> None:
    for chosen in ("where b.day >= (select max(day) from @balances)", "where day = (select max(day) from @balances)"):
        assert (codes(TOTAL.format(chosen), "customer_id"), figures(TOTAL.format(chosen))) == ([], LAST[1:])
    assert codes(TOTAL.format("where b.day >= (select min(day) from @balances)"), "customer_id") == ["E309"]


SAME = [
    "date_trunc('month', {0}.day)",
    "to_char({0}.day, 'YYYY-MM')",
    "to_char({0}.day, 'Mon YYYY')",
    "extract(year from {0}.day) * 100 + extract(month from {0}.day)",
    "(date_trunc('month', {0}.day) + interval '1 month - 1 day')::date",
]
BOTH = ["extract(year from {0}.day)", "extract(month from {0}.day)"]


def in_month(periods: list[str]) -> list[str]:
    inner, same = ", ".join(p.format("n") for p in periods), [f"{p.format('n')} = {p.format('b')}" for p in periods]
    grouped = f"select n.account_id, max(n.day) as day from @balances n group by n.account_id, {inner}"
    return [
        f"where (b.account_id, b.day) in ({grouped})",
        f"join ({grouped}) l using (account_id, day)",
        EXTREME.format("=", f" and {' and '.join(same)}"),
        EXTREME.format(">=", f" and {' and '.join(same)}"),
        UNMATCHED.format(f" and {' and '.join(same)}", "account_id"),
    ]


def test_the_last_level_of_each_month(figures) -> None:
    """The month in the query and the month that is shown may be spelled differently."""
    for chosen in (one for periods in ([[p] for p in SAME] + [BOTH]) for one in in_month(periods)):
        sql = OF_MONTH.format(chosen)
        assert (codes(sql, "[customer_id, month]"), figures(sql)) == ([], MONTHS), chosen
    for period in ("to_char({0}.day, 'MM')", "to_char({0}.day, 'YY-MM')", "{0}.day", "date_trunc('week', {0}.day)"):
        for chosen in in_month([period]):
            wrong = period in ("{0}.day", "date_trunc('week', {0}.day)") or "YY-MM" in period
            assert (codes(OF_MONTH.format(chosen), "[customer_id, month]") != []) is wrong, chosen
    for chosen in in_month([SAME[0]]):
        for shown in ("to_char(b.day, 'MM')", "to_char(b.day, 'YYYY')", "extract(month from b.day)"):
            sql = OF_MONTH.format(chosen).replace("to_char(b.day, 'YYYY-MM')", shown)
            assert codes(sql, "[customer_id, month]") == ["E309"], (chosen, shown)


AS_OF = (
    "select a.customer_id, c.d, sum(b.balance) as x from @accounts a cross join @calendar c {} lateral "
    "(select {} from @balances n where n.account_id = a.account_id and n.day <= c.d order by n.day desc limit 1) b {} "
    "group by 1, 2"
)


@pytest.mark.parametrize("shown", ["n.balance", "n.balance, n.day", "n.account_id, n.day, n.balance"])
@pytest.mark.parametrize(("join", "on"), [("cross join", ""), ("left join", "on true"), ("join", "on true")])
def test_a_level_carried_forward_by_a_lateral_query(figures, shown: str, join: str, on: str) -> None:
    sql = AS_OF.format(join, shown, on)
    assert codes(sql, "[customer_id, d]") == []
    assert [(c, str(d), x) for c, d, x in figures(sql)] == DAYS
    assert codes(sql.replace("a.customer_id, c.d", "c.d").replace("1, 2", "1"), "d") == []
    for wrong, grain in (
        ("a.customer_id", "customer_id"),
        ("a.customer_id, date_trunc('month', c.d)::date as d", "[customer_id, d]"),
    ):
        by = "1" if grain == "customer_id" else "1, 2"
        assert "E309" in codes(sql.replace("a.customer_id, c.d", wrong).replace("by 1, 2", f"by {by}"), grain)
    for wrong in (sql.replace("limit 1", "limit 2"), sql.replace("n.account_id = a.account_id and ", "")):
        assert codes(wrong, "[customer_id, d]") != []


def test_a_level_carried_forward_by_a_scalar_query(figures) -> None:
    search = "n.account_id = a.account_id and n.day <= c.d order by n.day desc limit 1"
    level = f"(select n.balance from @balances n where {search})"
    days = "@accounts a cross join @calendar c"
    rows = f"with f as (select a.account_id, a.customer_id, c.d, {level} as balance from {days}) "
    assert codes(rows + "select d, sum(balance) as x from f group by 1", "d") == []
    assert codes(rows + "select customer_id, sum(balance) as x from f group by 1", "customer_id") == ["E309"]
    current = rows.replace(" and n.day <= c.d", "").replace(", c.d,", ",").replace(" cross join @calendar c", "")
    assert codes(current + "select customer_id, sum(balance) as x from f group by 1", "customer_id") == []


SPANS = "with r as (select account_id, balance, day as f, {} as t from @balances) "
LEAD = "lead(day) over (partition by account_id order by day)"
TO_DAYS = [
    f"select a.customer_id, c.d, sum(r.balance) as x from {joined} group by 1, 2"
    for joined in (
        "@calendar c join r on {} join @accounts a using (account_id)",
        "@calendar c cross join r join @accounts a using (account_id) where {}",
        "@accounts a cross join @calendar c left join r on r.account_id = a.account_id and {}",
    )
]
INSIDE = "r.f <= c.d and (c.d < r.t or r.t is null)"
RIGHT_SPANS = [
    (LEAD, INSIDE),
    (LEAD, "c.d >= r.f and (r.t is null or r.t > c.d)"),
    (LEAD, "c.d >= r.f and c.d < coalesce(r.t, date '9999-12-31')"),
    (LEAD, "c.d between r.f and coalesce(r.t - 1, date '9999-12-31')"),
    (LEAD.replace("(day)", "(day, 1, date '9999-12-31')"), "c.d >= r.f and c.d < r.t"),
    (f"coalesce({LEAD} - 1, date '9999-12-31')", "c.d between r.f and r.t"),
    ("lag(day) over (partition by account_id order by day desc)", INSIDE),
]
WRONG_SPANS = [
    (LEAD, INSIDE.replace("c.d < r.t", "c.d <= r.t")),
    (LEAD, INSIDE.replace("r.f <= c.d", "r.f >= c.d")),
    (LEAD, INSIDE.replace("r.t is null", "r.t is not null")),
    (LEAD, INSIDE.replace("r.t is null", "r.balance is null")),
    (LEAD, INSIDE.replace("c.d < r.t", "c.d < r.t + 1")),
    (LEAD, "r.f <= c.d"),
    (LEAD.replace("partition by account_id ", ""), INSIDE),
    (LEAD.replace("account_id", "account_id, note"), INSIDE),
    (LEAD.replace("by day", "by day desc"), INSIDE),
    (LEAD.replace("by day", "by seen"), INSIDE),
    (LEAD.replace("lead", "lag"), INSIDE),
    (LEAD.replace("(day)", "(day, 2)"), INSIDE),
    (LEAD.replace("day", "seen"), INSIDE.replace("r.f", "r.t")),
]


def test_the_span_of_a_level_that_includes_a_day(figures) -> None:
    for end, inside in RIGHT_SPANS:
        for query in TO_DAYS:
            sql = SPANS.format(end) + query.format(inside)
            assert codes(sql, "[customer_id, d]") == [], sql
            assert [(c, str(d), x) for c, d, x in figures(sql) if x is not None] == DAYS, sql
            assert "E309" in codes(
                sql.replace("a.customer_id, c.d", "a.customer_id").replace("1, 2", "1"), "customer_id"
            )
    for end, inside in WRONG_SPANS:
        for query in TO_DAYS:
            assert codes(SPANS.format(end) + query.format(inside), "[customer_id, d]") != [], (end, inside)


TRUNCATED = (
    "with t as (select b.*, row_number() over "
    "(partition by b.account_id, date_trunc('month', b.day) order by b.day desc) as n "
    "from @balances b) select a.customer_id, {} as month, sum(balance) as x from t b join @accounts a "
    "using (account_id) where n = 1 group by 1, 2"
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("strftime(b.day, '%Y-%m')", "strftime(b.day, '%Y-%M')"),
        ("format_date('%Y-%m', b.day)", "format_date('%Y-%U', b.day)"),
        ("to_char(b.day, 'YYYY/MM')", "to_char(b.day, 'YYYY/MI')"),
        ("year(b.day) * 100 + month(b.day)", "year(b.day) * 11 + month(b.day)"),
        ("last_day(b.day)", "last_day(b.seen)"),
        ("date_trunc('month', b.day) + interval '1 month'", "date_trunc('year', b.day) + interval '1 month'"),
        ("to_char(date_trunc('month', b.day), 'YYYY-MM')", "to_char(date_trunc('year', b.day), 'YYYY-MM')"),
    ],
)
def test_months_as_each_engine_spells_them(right: str, wrong: str) -> None:
    assert codes(TRUNCATED.format(right), "[customer_id, month]") == []
    assert codes(TRUNCATED.format(wrong), "[customer_id, month]") == ["E309"]
