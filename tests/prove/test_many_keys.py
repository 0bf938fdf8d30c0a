"""Keys stay few however many relations are joined, and what they told is still found out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.operators import full_join, inner_join, left_join, select, source, union_all
from erd2dbt.prove.state import State

sys.path.insert(0, str(Path(__file__).parent))
from trees import first_violation

MANY = 60


def claim(kind: ClaimKind, relation: str, *columns: str) -> Claim:
    return Claim(kind=kind, relation=relation, columns=columns)


def table(number: int) -> State:
    """A key, three uniques and a reference to another table."""
    name = f"t{number}"
    return source(
        [f"{column}{number}" for column in ("id", "a", "b", "c", "ref", "label")],
        key=claim(ClaimKind.KEY, name, f"id{number}"),
        uniques=[claim(ClaimKind.UNIQUE, name, f"{column}{number}") for column in "abc"],
        not_null=[claim(ClaimKind.NOT_NULL, name, f"{column}{number}") for column in "abc"],
    )


@pytest.mark.parametrize("join", [left_join, inner_join])
def test_lookups_add_no_keys(join: object) -> None:
    state = table(0)
    for number in range(1, MANY):
        state = join(state, table(number), [("ref0", f"id{number}")])  # type: ignore[operator]
    assert len(state.keys) == len(table(0).keys)
    assert all(state.is_key([f"{column}0"]) is not None for column in ("id", "a", "b", "c"))
    assert state.is_key(["ref0"]) is None
    shown = select(state, {"id": "id0", "label": f"label{MANY - 1}"})
    assert shown.is_key(["id"]) is not None
    assert shown.is_key(["label"]) is None


def test_full_joins_keep_few_keys() -> None:
    """Where rows of either side may be missing, more than a few joins leave keys that are only lax."""
    state = full_join(table(0), table(1), [("ref0", "label1")])
    assert state.is_key(["id0", "id1"]) is not None
    for number in range(2, 12):
        state = full_join(state, table(number), [("ref0", f"label{number}")])
    assert 0 < len(state.keys) <= 64
    assert state.is_key(["id0", "id1"]) is None


@pytest.mark.parametrize("join", [left_join, inner_join])
def test_rows_that_multiply_are_told_apart_by_the_keys_of_each_side(join: object) -> None:
    """4 to the power of 12 combinations are keys; few are written out. NULL rows of an outer join hide some."""
    state = table(0)
    for number in range(1, 12):
        state = join(state, table(number), [("ref0", f"label{number}")])  # type: ignore[operator]
    assert len(state.keys) <= 64
    others = ["a", "b"] * 6 if join is inner_join else ["id"] * 12
    for letters in (["id"] * 12, others):
        together = [f"{letter}{number}" for number, letter in enumerate(letters)]
        assert state.is_key(together, filled=together) is not None
        assert state.is_key(together[1:], filled=together) is None


def test_branches_of_a_union_keep_the_keys_that_all_of_them_have() -> None:
    branches = [select(table(number), {c: f"{c}{number}" for c in ("id", "a", "b", "c")}) for number in range(12)]
    state = union_all(branches, "branch")
    assert len(state.keys) == 4
    assert all(state.is_key([column, "branch"]) is not None for column in ("id", "a", "b", "c"))
    assert state.is_key(["id"]) is None


def test_what_stands_for_many_keys_is_as_sound_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The random trees have few keys: here each join takes the way of those that have many."""
    monkeypatch.setattr(operators, "_MOST_PAIRS", 0)
    assert first_violation(range(10_000)) is None
