"""Queries that choose rows: everything that is claimed of them holds of the rows, in each combination of their parts.

Most combinations choose other rows than their author wants, or several of one thing. A grain that one of them does not
have must not be proved. The combinations that are right are listed in `test_one_level_per_thing.py`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
import sqlglot
from sqlworlds import violations

from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import NONE, State
from erd2dbt.run.connection import Connection, connect
from erd2dbt.sqlproof import absent_rows, joins, latest, spans
from erd2dbt.sqlproof.query import judge

TYPES = {"k": "integer", "d": "date", "e": "date", "n": "integer"}
DAYS = [date(2025, 1, 5), date(2025, 1, 20), date(2025, 2, 3), date(2026, 1, 5), date(2026, 1, 31), date(2026, 2, 10)]
WORLDS = 6
PERIODS = [
    "date_trunc('month', {0})", "to_char({0}, 'YYYY-MM')", "extract(month from {0})", "extract(year from {0})",
    "date_trunc('year', {0})::date", "(date_trunc('month', {0}) + interval '1 month - 1 day')::date",
    "extract(year from {0}) * 100 + extract(month from {0})", "extract(year from {0}) * 2 + extract(month from {0})",
    "to_char({0}, 'MM')", "to_char(date_trunc('quarter', {0}), 'YYYY-Q')", "to_char({0}, 'YY-Q')",
]  # fmt: skip


def state(keys: list[str], filled: list[str]) -> State:
    def claim(kind: ClaimKind, *columns: str) -> Claim:
        return Claim(kind=kind, relation="t", columns=columns)

    not_null = [claim(ClaimKind.NOT_NULL, column) for column in filled]
    key = claim(ClaimKind.KEY, *keys) if keys else None
    return replace(operators.source(TYPES, key=key, not_null=not_null), types=TYPES)


# Rows of one `k` and day are distinct in `b`, and may repeat in `o`.
TABLES = {"b": state(["k", "d"], []), "o": state([], ["d"])}
SHOWN = ", ".join(["b.k", "b.d", "b.e", "b.n", *(f"{p.format('b.d')} as p{n}" for n, p in enumerate(PERIODS))])


def members() -> Iterator[str]:
    for column, extreme, table, group, test in product(
        ("d", "e"), ("max", "min"), "bo", ("k", "k, n", "k, {0}", "k, {1}", "k, {2}, {3}", "k, {2}", "{0}"),
        ("in", "not in", "= any"),
    ):  # fmt: skip
        by = group.format(*(p.format("d") for p in PERIODS[:4]))
        first = "k" if group.startswith("k") else "min(k)"
        yield f"where (b.k, b.{column}) {test} (select {first}, {extreme}({column}) from {table} group by {by})"


SEARCHES = [
    "n.k = b.k", "true", "n.k = b.k and n.n = b.n", "n.k = b.k and n.n > 0", "n.k = b.k and n.d <= b.d",
    *(f"n.k = b.k and {p.format('n.d')} = {p.format('b.d')}" for p in (*PERIODS[:4], PERIODS[7])),
    "n.k = b.k and {} = {} and {} = {}".format(*(p.format(f"{t}.d") for p in PERIODS[2:4] for t in "nb")),
]  # fmt: skip


def searches() -> Iterator[str]:
    for table, search in product("bo", SEARCHES):
        for column, extreme, sign in product("de", ("max", "min"), ("=", ">=", "<=", ">")):
            yield f"where b.{column} {sign} (select {extreme}(n.{column}) from {table} n where {search})"
        for order, sign in product(("desc", "asc"), ("=", ">=")):
            yield f"where b.d {sign} (select n.d from {table} n where {search} order by n.d {order} limit 1)"
        for later in ("n.d > b.d", "n.d < b.d", "n.d >= b.d", "n.d > b.d + 1", "n.e > b.e", "n.d > b.e"):
            yield f"where not exists (select 1 from {table} n where {search} and {later})"
            for empty in ("n.k is null", "n.d is null", "n.n is null", "n.d is not null"):
                yield f"left join {table} n on {search} and {later} where {empty}"
        yield f"where b.d >= all (select n.d from {table} n where {search})"
        yield f"where not b.d < (select max(n.d) from {table} n where {search})"
        last = f"(select k, max(d) as d, max(n) as n from {table} group by k) n"
        yield f"where exists (select 1 from {last} where {search} and n.d = b.d)"


def joined() -> Iterator[str]:
    for group, kind, on in product(
        ("k", "k, n", "k, {0}", "k, {2}, {3}", "k, {2}"),
        ("join", "left join"),
        ("l.k = b.k and l.d = b.d", "l.d = b.d"),
    ):
        by = group.format(*(p.format("d") for p in PERIODS[:4]))
        yield f"{kind} (select k, max(d) as d from b group by {by}) l on {on}"


NEXT = ["lead(d)", "lead(d, 2)", "lag(d)", "lead(d) over () - 1", "coalesce(lead(d) over (), '2027-01-01')"]
OVER = ["partition by k order by d", "partition by k order by d desc", "order by d", "partition by k, n order by d"]
INSIDE = [
    "b.d <= c.d and (c.d < b.e or b.e is null)", "b.d <= c.d and (c.d <= b.e or b.e is null)",
    "c.d between b.d and b.e", "b.d < c.d and c.d <= coalesce(b.e, c.d)", "b.d <= c.d and c.d < b.e",
    "c.d >= b.d and c.d <= b.e - 1",
    "b.d >= c.d and (c.d < b.e or b.e is null)", "b.d <= c.d and (c.d < b.e or b.e is not null)", "b.d <= c.d",
    "b.d <= c.d and (c.d < b.e or b.n is null)", "b.d <= c.e and (c.d < b.e or b.e is null)",
]  # fmt: skip


def between() -> Iterator[str]:
    """Queries over spans: joined to days, alone or of one `k`, by ON or by WHERE."""
    for end, over, inside, table in product(NEXT, OVER, INSIDE, "bo"):
        ended = end.replace("over ()", f"over ({over})") if "over" in end else f"{end} over ({over})"
        rows = f"with s as (select k, d, {ended} as e, n from {table})"
        days = "(select distinct d, e from o) c"
        yield f"{rows} select b.k, b.d, b.n, c.d as at, c.e from {days} join s b on {inside}"
        own = inside.replace("c.", "x.")
        yield f"{rows} select x.k, b.d, b.n, x.d as at from b x left join s b on b.k = x.k and {own}"


def queries() -> list[str]:
    """Every seventh query: each part occurs in many of them."""
    chosen = (f"select {SHOWN} from b {rest}" for made in (members, searches, joined) for rest in made())
    return [*chosen, *between()][::7]


def rows_of(pick: random.Random, *, once: bool) -> list[tuple[object, ...]]:
    found: dict[object, tuple[object, ...]] = {}
    for place in range(pick.randint(3, 14)):
        k, d = pick.choice((1, 2)), pick.choice(DAYS)
        row = (k, d, pick.choice([None, *DAYS]), pick.choice((None, 0, 1)))
        found[(k, d) if once else place] = row
    return list(found.values())


@pytest.fixture(scope="module")
def answers(postgres_server: Connection) -> list[tuple[str, tuple[str, ...], list[list[tuple[object, ...]]]]]:
    """The queries, the columns of each, and its rows in each world."""
    texts = queries()
    found: dict[str, tuple[tuple[str, ...], list[list[tuple[object, ...]]]]] = {}
    with connect(postgres_server) as session:
        cursor = session.cursor()
        for seed in range(WORLDS):
            pick = random.Random(seed)
            for name in TABLES:
                cursor.execute(f"create temp table {name} (k int, d date, e date, n int) on commit drop")
                for row in rows_of(pick, once=name == "b"):
                    cursor.execute(f"insert into {name} values (%s, %s, %s, %s)", row)
            for text in texts:
                cursor.execute(text)
                columns = tuple(column[0] for column in cursor.description)
                found.setdefault(text, (columns, []))[1].append(cursor.fetchall())
            session.rollback()
    return [(text, *rest) for text, rest in found.items()]


def broken(answers: list[tuple[str, tuple[str, ...], list[list[tuple[object, ...]]]]]) -> Iterator[tuple[str, str]]:
    for text, columns, worlds in answers:
        known = judge(sqlglot.parse_one(text, read="postgres"), TABLES).state
        assert known is not None, text
        for rows in worlds:
            yield from ((text, found) for found in violations(known, columns, rows))


def test_nothing_claimed_of_chosen_rows_is_untrue(answers) -> None:
    assert list(broken(answers))[:3] == []


def test_much_is_claimed_of_chosen_rows(answers) -> None:
    """One row of each thing, of each month of it, or of each day of a calendar, is recognized in many queries."""
    told = [judge(sqlglot.parse_one(text, read="postgres"), TABLES).state for text, _, _ in answers]
    for grain, least in ((("k",), 8), (("k", "p0"), 20), (("k", "at"), 3)):
        known = [state for state in told if state is not None and set(grain) <= set(state.columns)]
        assert sum(state.is_key(grain) is not None for state in known) >= least


# -- rules made wrong

_KEPT, _BEYOND, _UNMATCHED, _ENDS = latest._search, absent_rows._beyond, absent_rows.unmatched, spans._ends_in


def _other_conditions_do_not_matter(conditions, pair, period):
    return next((one for n in range(len(conditions)) if (one := _KEPT(conditions[n:], pair, period))), None)


def _each_comparison_is_with_the_last(kind, value, query):
    return _BEYOND(absent_rows.exp.EQ, value, query)


def _each_null_means_no_match(condition, kind, met):
    return dict.fromkeys(
        {"left": met.right, "right": met.left}[kind].columns if kind in ("left", "right") else (), NONE
    )


def _spans_include_their_end(terms, tree):
    return [replace(span, closed=True) for span in _ENDS(terms, tree)]


def _one_left_row_is_in_one_span(condition, right):
    return [joins.Dependency(span.by, frozenset((span.begin,))) for span in condition.right.spans]


WRONG = [
    (latest, "_search", _other_conditions_do_not_matter),
    (absent_rows, "_beyond", _each_comparison_is_with_the_last),
    (joins, "_filled_by_match", _each_null_means_no_match),
    (spans, "_ends_in", _spans_include_their_end),
    (joins, "_one_span", _one_left_row_is_in_one_span),
]


@pytest.mark.parametrize(("place", "name", "wrong"), WRONG, ids=[wrong.__name__.strip("_") for _, _, wrong in WRONG])
def test_a_wrong_rule_is_found_out(place, name, wrong, answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, name, wrong)
    assert next(broken(answers), None) is not None
