"""The closure's laws, and what a proof cites."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import NONE, Dependency, Key, State

sys.path.insert(0, str(Path(__file__).parent))
from trees import Grower

COLUMNS = "abcde"
SETS = st.frozensets(st.sampled_from(COLUMNS), max_size=3)
STATES = st.builds(
    lambda dependencies, keys, filled: State(
        tuple(COLUMNS), dict.fromkeys(filled, NONE), tuple(dependencies), tuple(keys)
    ),
    st.lists(st.builds(Dependency, SETS, SETS, st.booleans()), max_size=4),
    st.lists(st.builds(Key, SETS, st.booleans()), max_size=2),
    SETS,
)


def claim(kind: ClaimKind, *columns: str, implies: tuple[str, ...] = ()) -> Claim:
    return Claim(kind=kind, relation="r", columns=columns, implies=implies)


@given(STATES, SETS, SETS)
@settings(max_examples=300, deadline=None)
def test_closure_is_extensive_monotone_and_idempotent(state: State, some: frozenset[str], more: frozenset[str]) -> None:
    closed = set(state.closure(some))
    assert some <= closed
    assert closed <= set(state.closure(some | more))
    assert set(state.closure(closed)) == closed


@given(st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_what_cites_no_claim_needs_none(seed: int) -> None:
    """Elements without claims are structural: they are derived without any claim as well."""

    class Rules:
        def __getattr__(self, name: str) -> object:
            return getattr(operators, name)

        def source(self, columns: list[str], **claims: object) -> State:
            del claims
            return State.over(columns)

    depth = 1 + seed % 3
    claimed, _ = Grower(seed).tree(depth)
    bare, _ = Grower(seed, Rules()).tree(depth)
    if claimed.columns != bare.columns:  # a label was possible with a claim only: the trees part ways
        return
    for key in claimed.keys:
        if not key.claims and key.strict:
            assert bare.is_key(key.columns) is not None


def test_a_structural_proof_is_preferred_to_a_claim() -> None:
    key = claim(ClaimKind.KEY, "a")
    state = operators.source(["a", "b"], key=key)
    assert state.is_key(["a"]) == {key}
    assert operators.pick(state, ["a"]).is_key(["a"]) == NONE
    assert operators.group(state, ["a"], []).is_key(["a"]) == NONE


def test_every_claim_on_the_way_is_cited() -> None:
    key, label = claim(ClaimKind.KEY, "a", "b"), claim(ClaimKind.DETERMINES, "a", implies=("b",))
    state = operators.source(["a", "b", "c"], key=key, determines=[label])
    assert state.determines(["a"], ["b"]) == {label}
    assert state.is_key(["a"]) == {key, label}
    assert state.is_key(["b"]) is None


def test_a_unique_is_a_key_for_joins_only() -> None:
    """NULLs repeat under UNIQUE, but meet nothing in an equi-join."""
    unique = claim(ClaimKind.UNIQUE, "u")
    state = operators.source(["u", "v"], uniques=[unique])
    assert state.is_key(["u"]) is None
    assert state.is_probe(["u"]) == {unique}
    filled = operators.where(state, not_null=["u"])
    assert filled.is_key(["u"]) == {unique}


def test_a_left_join_on_part_of_a_key_keeps_no_key() -> None:
    orders = operators.source(["o", "p"], key=claim(ClaimKind.KEY, "o"))
    prices = operators.source(["q", "r", "s"], key=claim(ClaimKind.KEY, "q", "r"))
    assert operators.left_join(orders, prices, [("p", "q")]).is_key(["o"]) is None
    whole = operators.left_join(orders, prices, [("p", "q"), ("o", "r")])
    assert whole.is_key(["o"]) == {claim(ClaimKind.KEY, "o"), claim(ClaimKind.KEY, "q", "r")}


def test_a_left_join_keeps_right_keys_without_null_where_a_right_row_matches_one_left_row() -> None:
    """Two left rows without a match are both NULL on the right, so the key holds only for values."""
    unique = claim(ClaimKind.UNIQUE, "m")
    users = operators.group_by_unique(operators.source(["u", "n"], key=claim(ClaimKind.KEY, "u")), ["n"])
    profiles = operators.source(["p", "m"], key=claim(ClaimKind.KEY, "p"), uniques=[unique])
    joined = operators.left_join(profiles, users, [("m", "n")])
    assert joined.is_key(["u"]) is None
    assert joined.is_probe(["u"]) == {claim(ClaimKind.KEY, "u"), unique}
    many = operators.left_join(operators.source(["p", "m"], key=claim(ClaimKind.KEY, "p")), users, [("m", "n")])
    assert many.is_probe(["u"]) is None


def test_two_to_many_inputs_that_are_grouped_keep_the_key() -> None:
    customers = operators.source(["c"], key=claim(ClaimKind.KEY, "c"))
    orders = operators.group(operators.source(["x", "oc"]), ["oc"], [operators.Output("n", counts=True)])
    tickets = operators.group(operators.source(["y", "tc"]), ["tc"], [operators.Output("m", counts=True)])
    joined = operators.left_join(operators.left_join(customers, orders, [("c", "oc")]), tickets, [("c", "tc")])
    assert joined.is_key(["c"]) == {claim(ClaimKind.KEY, "c")}
    assert joined.determines(["c"], ["n", "m"]) is not None
    bare = operators.left_join(customers, operators.source(["x", "oc"]), [("c", "oc")])
    assert bare.is_key(["c"]) is None
