"""What is claimed of random SQL over columns of many types holds of PostgreSQL's rows; wrong rules are found out."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import State
from erd2dbt.run.connection import Connection, SqlError, connect
from erd2dbt.sqlproof import terms
from erd2dbt.sqlproof.query import judge

sys.path.insert(0, str(Path(__file__).parent))
from sqlworlds import Row, violations

WORLDS, QUERIES = 100, 15

# column -> its type and values in it; some are equal and yet not the same, some a cast makes equal
COLUMNS = {
    "small": ("int", ["1", "2", "16777217"]),
    "big": ("bigint", ["1", "2", "9007199254740992", "9007199254740993"]),
    "exact": ("numeric", ["1", "1.0", "1.00", "2", "9007199254740993"]),
    "rough": ("double precision", ["1", "2", "0", "-0", "9007199254740992"]),
    "single": ("real", ["1", "2", "16777216"]),
    "word": ("text", ["a", "a ", "1", "2"]),
    "short": ("varchar(5)", ["a", "a ", "1"]),
    "padded": ("char(3)", ["a", "a ", "1"]),
    "day": ("date", ["2024-01-31", "2024-03-01", "2024-03-02"]),
    "at": ("timestamp", ["2024-01-31 00:00", "2024-01-31 10:00", "2024-03-01 00:00"]),
    "span": ("interval", ["1 mon", "30 days", "1 day", "24:00"]),
}
KINDS = (("small", "big", "exact", "rough", "single"), ("word", "short", "padded"), ("day", "at"), ("span",))
# expressions over one table `t`, and over its columns alone
MADE = (
    "{t}.small + 1", "{t}.exact::text", "{t}.span::text", "{t}.at + {t}.span", "{t}.span + {t}.span", "{t}.big::text",
    "{t}.big::double precision", "{t}.small::double precision", "{t}.rough::text", "'x-' || {t}.word",
    "lower({t}.word)",
    "{t}.word || {t}.short", "{t}.at::date", "date_trunc('month', {t}.at)", "date_trunc('month', {t}.at)::date",
    "date_trunc('month', {t}.span)", "{t}.day + {t}.small % 5", "{t}.at + interval '1 mon'", "{t}.exact * 1.0",
    "extract(month from {t}.at)::int", "extract(month from {t}.at)", "{t}.exact::int", "coalesce({t}.exact, 0)::text",
    "md5({t}.word)", "left({t}.word, 1)", "length({t}.padded)", "{t}.padded::text", "{t}.padded || '!'",
    "{t}.day::timestamp",
    "case when {t}.small = 1 then {t}.exact else 2.0 end", "{t}.small / 2", "to_char({t}.at, 'YYYY-MM')", "-{t}.rough",
    "{t}.big - 1", "{t}.rough + 1", "{t}.word::char(1)", "{t}.at::text", "{t}.exact::numeric(20,1)",
)  # fmt: skip
JOINED = ("l.{a} = r.{b}", "l.{a} = r.{b}", "l.{a} is not distinct from r.{b}", "{made} = r.{b}")


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    known: dict[str, State]
    columns: tuple[str, ...]
    rows: list[Row]


@pytest.fixture(scope="module")
def answers(postgres_server: Connection) -> list[Answer]:
    found: list[Answer] = []
    with connect(postgres_server) as session:
        for seed in range(WORLDS):
            found += _answers(session.cursor(), random.Random(seed))
            session.rollback()
    assert len(found) > WORLDS * QUERIES / 2  # of the others PostgreSQL compares the types not at all
    return found


def _answers(cursor: Any, pick: random.Random) -> Iterator[Answer]:
    known = {name: _table(cursor, name, pick) for name in ("t1", "t2")}
    for text in [_query(pick) for _ in range(QUERIES)]:
        cursor.execute("savepoint before")
        try:
            cursor.execute(text)
        except SqlError:
            cursor.execute("rollback to before")
            continue
        columns = tuple(column[0] for column in cursor.description)
        yield Answer(text, known, columns, cursor.fetchall())


def _table(cursor: Any, name: str, pick: random.Random) -> State:
    """A table with a key of one or two columns that its rows keep."""
    key = pick.sample(sorted(COLUMNS), pick.choice((1, 1, 2)))
    listed = ", ".join(f"{column} {type_}" for column, (type_, _) in COLUMNS.items())
    cursor.execute(f"create temp table {name} ({listed}, primary key ({', '.join(key)})) on commit drop")
    for _ in range(8):
        values = [
            "null" if column not in key and pick.random() < 0.15 else f"'{pick.choice(values)}'"
            for column, (_, values) in COLUMNS.items()
        ]
        cursor.execute(f"insert into {name} values ({', '.join(values)}) on conflict do nothing")
    state = operators.source(COLUMNS, key=Claim(kind=ClaimKind.KEY, relation=name, columns=tuple(key)))
    return replace(state, types={column: canonical(type_) or "" for column, (type_, _) in COLUMNS.items()})


def _query(pick: random.Random) -> str:
    def some(alias: str, most: int) -> list[str]:
        plain = [f"{alias}.{c}" for c in pick.sample(sorted(COLUMNS), pick.randint(1, most))]
        return [*plain, *(m.format(t=alias) for m in pick.sample(MADE, pick.randint(0, most)))]

    if pick.random() < 0.5:
        kind = pick.choice(KINDS)
        a, b = pick.choice(kind), pick.choice(kind)
        on = pick.choice(JOINED).format(a=a, b=b, made=pick.choice(MADE).format(t="l"))
        shown = _listed([*some("l", 3), *some("r", 2)])
        return f"select {shown} from t1 as l {pick.choice(('join', 'left join', 'full join'))} t2 as r on {on}"
    keys = some("t1", 2)
    derived = [f"({key})::{pick.choice(('text', 'text', 'date', 'int'))}" for key in keys[:1]]
    tests = ("", f" where {pick.choice(keys)} = '1'", f" where t1.{pick.choice(sorted(COLUMNS))} = t1.exact")
    by = ", ".join(pick.choice((key, str(n + 1))) for n, key in enumerate(keys))
    shown = _listed([*keys, *(derived if pick.random() < 0.5 else []), "count(*)"])
    grouped = f"select {shown} from t1{pick.choice(tests)} group by {by}"
    if pick.random() < 0.5:
        return grouped
    outer = _listed([*(f"g.x{n}" for n in range(len(keys))), *(f"g.x{n}::text" for n in range(len(keys)))])
    return f"select {outer} from ({grouped}) as g"


def _listed(trees: list[str]) -> str:
    return ", ".join(f"{tree} as x{number}" for number, tree in enumerate(trees))


def _broken(answers: list[Answer]) -> Iterator[tuple[str, list[str]]]:
    for answer in answers:
        tree = sqlglot.parse_one(answer.text, read="postgres")
        assert isinstance(tree, exp.Query)
        state = judge(tree, answer.known).state
        assert state is not None, answer.text
        found = list(violations(state, answer.columns, answer.rows))
        if found:
            yield answer.text, found


def test_nothing_claimed_is_untrue(answers: list[Answer]) -> None:
    assert list(_broken(answers)) == []


def test_keys_are_found_for_what_is_grouped_by(answers: list[Answer]) -> None:
    grouped = [a for a in answers if a.text.startswith("select") and "from t1" in a.text and " as g" not in a.text]
    grouped = [a for a in grouped if "group by" in a.text]
    judged = [judge(sqlglot.parse_one(a.text, read="postgres"), a.known).state for a in grouped]
    keyed = [state for state in judged if state is not None and state.keys]
    assert len(keyed) == len(grouped) > 50


def _told_by_every_cast(tree: exp.Expr, type_of: object) -> exp.Expr | None:
    del type_of
    return tree.this if isinstance(tree, (exp.Cast, exp.Paren)) else None


WRONG: tuple[tuple[object, str, Callable[..., object]], ...] = (
    (State, "kept_apart", lambda *_: True),
    (terms, "exact", lambda *_: True),
    (terms, "keeps_equal", lambda *_: True),
    (terms, "determined", _told_by_every_cast),
)


@pytest.mark.parametrize(("place", "name", "wrong"), WRONG, ids=[name for _, name, _ in WRONG])
def test_a_wrong_rule_is_found_out(
    place: object, name: str, wrong: Callable[..., object], answers: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, name, wrong)
    assert next(_broken(answers), None) is not None
