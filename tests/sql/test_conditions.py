"""Conditions of any length and depth: laid out over lines they are read back as they were meant, and hold for the same
rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from erd2dbt.diagram.erd import Expression
from erd2dbt.faults.diagnostics import Collector, Span
from erd2dbt.run.connection import connect
from erd2dbt.sql.expression import parse
from erd2dbt.sql.printing import ChangedError, meaning, printed
from erd2dbt.sql.reading import read_one
from sql.facts import CREATED

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

_NUMBERS = (
    "i",
    "b",
    "s",
    "n",
    "d",
    "3",
    "0x1F",
    "1_000",
    "-2.5",
    "- -i",
    "length(t)",
    "extract(day from ts)",
    "(a)[1]",
)
_TEXTS = (
    "t",
    "v",
    "'it''s'",
    "'%a_'",
    "upper(t)",
    "(j ->> 'a')",
    "to_hex(i)",
    "i::text",
    't collate "C"',
    "left(t, 2)",
)
_TIMES = ("ts", "dt::timestamp", "timestamp '2024-01-01'", "ts + interval '1 day'", "tz at time zone 'UTC'")
_LEAVES = (
    "@ i - b > 1", "@ (i - 2) * 2 = 2 or bo", "|/ i + 1 > 1.5",
    "bo", "t is null", "v is not null", "j @> '{\"n\": 3}'", "j ? 'a'", "a && array[2, 9]", "i = any(a)",
    "(i, t) = (1, 'apple')", "row(i, b) is distinct from row(1, 1)", "bo is not true", "rg @> i", "true", "not bo",
    "i in (1, null)", "t like any (array['a%', 'p%'])", "bo is unknown", "(dt, dt + 1) overlaps (dt, dt + 2)",
)  # fmt: skip


def _numbers(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(_NUMBERS)
    if depth == 0:
        return leaf
    inner = _numbers(depth - 1)
    return st.one_of(
        leaf,
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*"), inner),
        st.builds("{} - ({})".format, inner, inner),
        st.builds("({}) * ({})".format, inner, inner),
        st.builds("{} / nullif({}, 0)".format, leaf, inner),
        st.builds("-({})".format, inner),
        st.builds("case when {} then {} else {} end".format, _conditions(depth - 1), inner, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
    )


def _texts(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(_TEXTS)
    return leaf if depth == 0 else st.one_of(leaf, st.builds("{} || {}".format, leaf, _texts(depth - 1)))


def _tests(depth: int) -> st.SearchStrategy[str]:
    number, text, time = _numbers(depth), _texts(depth), st.sampled_from(_TIMES)
    compared = st.sampled_from(["=", "<>", "!=", "<", ">=", "is distinct from", "is not distinct from"])
    return st.one_of(
        st.sampled_from(_LEAVES),
        st.builds("{} {} {}".format, number, compared, number),
        st.builds("{} {} {}".format, text, compared, text),
        st.builds("{} {} {}".format, time, compared, time),
        st.builds("{} {} {} and {}".format, number, st.sampled_from(["between", "not between"]), number, number),
        st.builds("{} {} ({}, {})".format, number, st.sampled_from(["in", "not in"]), number, number),
        st.builds("{} {} ({})".format, text, st.sampled_from(["like", "not like", "ilike", "~", "!~*"]), text),
        st.builds("({} = {}) is {}".format, number, number, st.sampled_from(["true", "not false", "null", "not null"])),
    )


def _conditions(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return st.sampled_from(_LEAVES)
    inner, word = _conditions(depth - 1), st.sampled_from(["and", "or"])
    return st.one_of(
        _tests(depth - 1),
        st.builds("{} {} {}".format, inner, word, inner),
        st.builds("({} {} {}) {} {}".format, inner, word, inner, word, inner),
        st.builds("{} {} ({} {} {})".format, inner, word, inner, word, inner),
        st.builds("not ({} {} {})".format, inner, word, inner),
        st.builds("not {}".format, _tests(depth - 1)),
        st.builds("case when {} then {} when {} then {} end".format, inner, inner, inner, inner),
    )


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(_conditions(3), st.sampled_from([4, 8, 30, 70]))
@example("(t = 'settled shipment' or v = 'delivered already') and i = 1 and (b = 2 or s = 3 or (n = 4 and d = 5))", 8)
@example(
    "not (t = 'a long constant, longer than' or v = 'a line can be') or not (i = 1 and b in (1, 2, 3, 4, 5, 6))", 60
)
@example("(i - (b - s)) - -n = (i * (b + s)) / nullif((i / nullif(b, 0)) * 2, 0) or ((i, b) = (1, 2)) is not null", 40)
def test_what_is_laid_out_is_read_back(condition: str, indent: int) -> None:
    tree = read_one(condition)
    assert meaning(read_one(printed(tree, indent=indent))) == meaning(tree)


def test_they_hold_for_the_same_rows(database: Connection) -> None:
    found: list[str] = []

    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_conditions(3))
    def collect(condition: str) -> None:
        found.append(condition)

    collect()
    texts = list(dict.fromkeys(found))
    pairs = [(text, printed(read_one(text), indent=8)) for text in texts]
    different = []
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(CREATED)
        for place in range(0, len(pairs), 100):
            some = pairs[place : place + 100]
            cursor.execute(f"select {', '.join(f'({a}) is not distinct from ({b})' for a, b in some)} from facts")
            held = [all(values) for values in zip(*cursor.fetchall(), strict=True)]
            different += [pair for pair, same in zip(some, held, strict=True) if not same]
    assert different == []
    assert len(texts) > 250


def test_what_is_lost_is_never_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = read_one("(bo or i = 1) and b = 2")
    monkeypatch.setattr("erd2dbt.sql.printing.one_line", lambda tree: "bo or i = 1 and b = 2")
    with pytest.raises(ChangedError):
        printed(tree)


@pytest.mark.parametrize("text", ["collation for (t)", "ip <<= ip"])
def test_what_cannot_be_kept_is_refused_where_it_stands(text: str) -> None:
    faults = Collector()
    assert parse(Expression(text, Span("shop.yml", 7, 3)), faults) is None
    (fault,) = faults.found
    assert fault.code in ("E020", "E021", "E025")
    assert fault.span is not None
    assert fault.span.line == 7
