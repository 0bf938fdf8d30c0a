"""Wrong rules of the grain calculus, each of which the random trees must catch: what the harness is worth."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from erd2dbt.prove import operators as right
from erd2dbt.prove.state import NONE, Dependency, Equal, Key, State

sys.path.insert(0, str(Path(__file__).parent))
from trees import first_violation

TREES = 30_000
Rule = Callable[..., State]


def _more(rule: Rule, more: Callable[..., dict[str, Any]]) -> Rule:
    """The right rule with elements added that do not hold."""

    def wrong(*arguments: Any, **words: Any) -> State:
        state = rule(*arguments, **words)
        return replace(state, **more(state, *arguments))

    return wrong


def _keys(state: State, *columns: frozenset[str] | set[str], strict: bool = True) -> dict[str, Any]:
    return {"keys": (*state.keys, *(Key(frozenset(c), strict) for c in columns))}


def _all_strict(state: State) -> dict[str, Any]:
    return {"keys": tuple(replace(k, strict=True) for k in state.keys)}


def _strict_dependencies(state: State) -> dict[str, Any]:
    return {"dependencies": tuple(replace(d, strict=True) for d in state.dependencies)}


MUTATIONS: dict[str, tuple[str, Rule]] = {
    "left join makes the joined columns equal": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: {"equal": (*s.equal, *(Equal(frozenset(p)) for p in on))}),
    ),
    "left join fills the right columns": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: {"not_null": {**s.not_null, **b.not_null}}),
    ),
    "constants of the right side survive a left join": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: {"dependencies": (*s.dependencies, *b.dependencies)}),
    ),
    "left join keeps left keys without a probe": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: {"keys": (*s.keys, *a.keys)}),
    ),
    "left join keeps right keys": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: {"keys": (*s.keys, *b.keys)}),
    ),
    "left join keeps lax right keys though it repeats right rows": (
        "left_join",
        _more(
            right.left_join,
            lambda s, a, b, on: {"keys": (*s.keys, *(replace(key, strict=False) for key in b.keys if key.columns))},
        ),
    ),
    "grouping by a unique column takes the other keys as strict": (
        "group_by_unique",
        _more(right.group_by_unique, lambda s, a, by: {"keys": tuple(replace(key, strict=True) for key in s.keys)}),
    ),
    "left join takes lax keys as strict": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: {"keys": tuple(replace(key, strict=True) for key in s.keys)}),
    ),
    "left join with more conditions keeps the dependency": (
        "left_join",
        lambda a, b, on, extra=False: right.left_join(a, b, on),
    ),
    "left join takes a lax right dependency as strict": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: _strict_dependencies(s)),
    ),
    "left join is one row when the left side is": (
        "left_join",
        _more(right.left_join, lambda s, a, b, on: {"one": a.one}),
    ),
    "inner join keeps left keys without a probe": (
        "inner_join",
        _more(right.inner_join, lambda s, a, b, on: {"keys": (*s.keys, *a.keys)}),
    ),
    "inner join keeps right keys without a probe": (
        "inner_join",
        _more(right.inner_join, lambda s, a, b, on: {"keys": (*s.keys, *b.keys)}),
    ),
    "cross join keeps left keys": (
        "cross_join",
        _more(right.cross_join, lambda s, a, b: {"keys": (*s.keys, *a.keys)}),
    ),
    "full join keeps not null": (
        "full_join",
        _more(right.full_join, lambda s, a, b, on: {"not_null": {**a.not_null, **b.not_null}}),
    ),
    "full join keeps left keys": (
        "full_join",
        _more(right.full_join, lambda s, a, b, on: {"keys": (*s.keys, *a.keys)}),
    ),
    "full join keeps constants": (
        "full_join",
        _more(right.full_join, lambda s, a, b, on: {"dependencies": (*a.dependencies, *b.dependencies)}),
    ),
    "full join takes lax keys as strict": (
        "full_join",
        _more(right.full_join, lambda s, a, b, on: _all_strict(s)),
    ),
    "in (a, b) is a constant": (
        "where",
        lambda s, constants=(), equal_columns=(), not_null=(): right.where(
            s, constants=[*constants, *not_null], equal_columns=equal_columns
        ),
    ),
    "a filter makes its column a key": (
        "where",
        lambda s, constants=(), equal_columns=(), not_null=(): replace(
            right.where(s, constants=constants, equal_columns=equal_columns, not_null=not_null),
            keys=(*s.keys, *(Key(frozenset((c,))) for c in not_null)),
        ),
    ),
    "distinct is a key on a subset": (
        "distinct",
        _more(right.distinct, lambda s, a: _keys(s, {a.columns[0]})),
    ),
    "group is keyed by part of its columns": (
        "group",
        _more(right.group, lambda s, a, by, outputs: _keys(s, set(by[:1]))),
    ),
    "group without columns has no row limit": (
        "group",
        _more(right.group, lambda s, a, by, outputs: {"one": NONE}),
    ),
    "a sum of nullable values is filled": (
        "group",
        _more(right.group, lambda s, a, by, o: {"not_null": {**s.not_null, **{x.name: NONE for x in o}}}),
    ),
    "an aggregate is a key": (
        "group",
        _more(right.group, lambda s, a, by, o: _keys(s, {o[0].name})),
    ),
    "group keeps equalities of its aggregates": (
        "group",
        _more(right.group, lambda s, a, by, o: {"equal": (*s.equal, Equal(frozenset((o[1].name, o[2].name))))}),
    ),
    "rank is taken for a pick of fewer columns": (
        "pick",
        _more(right.pick, lambda s, a, by: _keys(s, set(by[1:]))),
    ),
    "pick without partition is every row": (
        "pick",
        _more(right.pick, lambda s, a, by: {"one": NONE}),
    ),
    "union all keeps keys": (
        "union_all",
        _more(right.union_all, lambda s, parts, tag=None: {"keys": parts[0].keys}),
    ),
    "union all keeps dependencies": (
        "union_all",
        _more(right.union_all, lambda s, parts, tag=None: {"dependencies": parts[0].dependencies}),
    ),
    "union keeps keys": (
        "union",
        _more(right.union, lambda s, parts: {"keys": (*s.keys, *parts[0].keys)}),
    ),
    "unnest keeps keys": (
        "unnest",
        _more(right.unnest, lambda s, a, names, number=None: {"keys": (*s.keys, *a.keys)}),
    ),
    "unnest stays one row": (
        "unnest",
        _more(right.unnest, lambda s, a, names, number=None: {"one": a.one}),
    ),
    "a window column is constant everywhere": (
        "window",
        _more(
            right.window,
            lambda s, a, name, partition: {
                "dependencies": (*s.dependencies, Dependency(frozenset(), frozenset((name,))))
            },
        ),
    ),
    "select keeps a key of which a column is dropped": (
        "select",
        _more(
            right.select,
            lambda s, a, renamed, computed=None, injective=(): _keys(
                s, *({new for new, old in renamed.items() if old in k.columns} for k in a.keys if k.strict)
            ),
        ),
    ),
    "every computed column is injective": (
        "select",
        lambda s, renamed, computed=None, injective=(): right.select(s, renamed, computed, list(computed or ())),
    ),
    "a computed column is filled": (
        "select",
        _more(
            right.select,
            lambda s, a, renamed, computed=None, injective=(): {
                "not_null": {**s.not_null, **dict.fromkeys(computed or (), NONE)}
            },
        ),
    ),
    "select takes lax keys as strict": (
        "select",
        _more(right.select, lambda s, a, renamed, computed=None, injective=(): _all_strict(s)),
    ),
    "a unique is a strict key": (
        "source",
        _more(right.source, lambda s, columns: _all_strict(s)),
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_rule_is_caught(name: str) -> None:
    operator, wrong = MUTATIONS[name]
    rules = SimpleNamespace(**{k: getattr(right, k) for k in dir(right) if not k.startswith("_")})
    setattr(rules, operator, wrong)
    assert first_violation(range(TREES), rules) is not None
