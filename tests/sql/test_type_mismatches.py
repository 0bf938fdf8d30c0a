"""What PostgreSQL would refuse because of types is said before; what it takes is not."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Expression
from erd2dbt.faults.diagnostics import Collector, Span
from erd2dbt.sql import expression as sql
from erd2dbt.sql.type_mismatches import condition_misfit

TYPES = {"n": "integer", "t": "text", "d": "date", "b": "boolean", "x": "numeric(12,2)", "a": "integer[]", "m": "mood"}


def said(text: str) -> str | None:
    tree = sql.parse(Expression(text, Span("spec.yml", 1, 1)), Collector())
    assert tree is not None
    return condition_misfit(tree, lambda column: TYPES[column.name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n <= t", "`n <= t` compares integer with text"),
        ("b and (d = n or b)", "`d = n` compares date with integer"),
        ("n", "`n` is integer, and no condition"),
        ("b and t", "`t` is text, and no condition"),
        ("not n", "`n` is integer, and no condition"),
        ("t in ('a', 1)", "`t = 1` compares text with integer"),
        ("n between 1 and 'z'", "`'z'` is not a value of type integer"),
        ("n like 'a'", "`n LIKE 'a'` compares integer with text"),
        ("n ~ 'a'", "`n ~ 'a'` compares integer with text"),
        ("n similar to 'a'", "`n similar to 'a'` compares integer with text"),
        ("case n when 'a' then b else not b end", "`'a'` is not a value of type integer"),
        ("case when t then b end", "`t` is text, and no condition"),
        ("b = 1", "`b = 1` compares boolean with integer"),
        ("coalesce(n, 0) is distinct from t", "`COALESCE(n, 0) IS DISTINCT FROM t` compares integer with text"),
        ("count(n) filter (where x) > 1", "`x` is numeric, and no condition"),
    ],
)
def test_what_does_not_go_together(text: str, expected: str) -> None:
    found = said(text)
    assert found is not None
    assert found.lower() == expected.lower()


@pytest.mark.parametrize(
    "text",
    [
        "n <= x and x > 1.5 and n in (1, 2)",
        "t in ('a', 'b') or t like 'a%' or t ~ 'x' or t !~* 'y' or t similar to 'z'",
        "d > '2024-01-01' and d between '2024-01-01' and '2024-02-01'",
        "n = '1' and x <> '2.5e3' and b = 'yes'",
        "b is not true and (n is null or not b)",
        "m = 'happy' and m > 'sad'",
        "case n when 1 then b else not b end",
        "null or b",
        "n is distinct from null",
        "n = any (a)",
        "(n, t) = (1, 'a')",
        "a = array[1, 2]",
    ],
)
def test_what_does(text: str) -> None:
    assert said(text) is None
