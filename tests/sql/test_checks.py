"""Which conditions are lists of values or NOT NULL, and which say more than the spec can."""

from __future__ import annotations

import pytest

from erd2dbt.sql.checks import check_of


@pytest.mark.parametrize(
    ("condition", "values", "filled", "is_more"),
    [
        ("a in ('x', 'y')", {"a": ("x", "y")}, set(), False),
        ("((a)::text = ANY ((ARRAY['x'::character varying, 'y'::text])::text[]))", {"a": ("x", "y")}, set(), False),
        ("a = any ('{x,y}'::text[])", {"a": ("x", "y")}, set(), False),
        ("a = 1 or (a = -2 or a is null)", {"a": ("1", "-2")}, set(), False),
        ("a in ('x', 'y') and \"B c\" is not null", {"a": ("x", "y")}, {"B c"}, False),
        ("not (a is null) and a in ('x', 'y') and b > 0", {"a": ("x", "y")}, {"a"}, True),
        ("a in ('x', null)", {}, set(), True),
        ("a not in ('x', 'y')", {}, set(), True),
        ("a = 'x' or b = 'y'", {}, set(), True),
        ("lower(a) in ('x', 'y')", {}, set(), True),
        ("a in (select b from c)", {}, set(), True),
        ("a = b", {}, set(), True),
        ("((a", {}, set(), True),
    ],
)  # fmt: skip
def test_checks(condition: str, values: dict[str, tuple[str, ...]], filled: set[str], is_more: bool) -> None:
    found = check_of(condition)
    assert (found.values, found.filled, found.is_more) == (values, filled, is_more)


def test_a_renamed_column_is_meant_by_its_new_name() -> None:
    found = check_of("a in ('x', 'y') and b is not null and a <> b").renamed({"a": "c"})
    assert (found.values, found.filled, found.columns) == ({"c": ("x", "y")}, {"b"}, {"c", "b"})
