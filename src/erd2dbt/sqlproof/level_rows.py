"""Rows that are one of several with a level: which conditions take one row for each customer, of levels per account.

A condition numbers the rows, as `n = 1`, or says that no later row of the customer exists. It may be a condition of a
left join, which takes the rows of the optional side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from erd2dbt.prove.additivity import things
from erd2dbt.prove.measure import Measure
from erd2dbt.prove.state import State
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Scope
from erd2dbt.sqlproof.terms import Last, Terms


def first_of(scope: Scope, state: State, last: Collection[Last] = ()) -> dict[str, frozenset[str]]:
    """The levels that a filter takes of one of several things, and those taken before.

    `state`: the rows that pass the filter. `last`: the columns of which it keeps the last row, each with the order.
    """
    found = {level: of for rel in scope.sources.values() for level, of in rel.one_of.items()}
    fixed = {column for rule in state.dependencies if not rule.left for column in rule.right}
    for rel in scope.sources.values():
        for number in rel.firsts & fixed:
            for key in (key for key in rel.state.keys if number in key.columns):
                given = (key.columns | fixed) - {number}
                found |= {id_: of for id_, _, of in _levels(rel, rel.state) if rel.state.determines(given, of) is None}
    before = _without(state, last)
    for same, order in last:
        for rel in scope.sources.values():
            for id_, measure, of in _levels(rel, state):
                one = state.determines(same, of) is not None and before.determines(same | fixed, of) is None
                if one and order[0] in _alike(state, measure.stock | of):
                    found[id_] = of
    return found


def taken_by(scope: Scope, terms: Terms) -> dict[str, Rel]:
    """The sources of a side of a join to which a condition is applied, with the levels that it takes."""
    found = first_of(scope, terms.state(), terms.last)
    return {
        alias: replace(rel, one_of={id_: of for id_, of in found.items() if id_ in rel.measures})
        for alias, rel in scope.sources.items()
    }


def before_pick(state: State, level: str, picked: Collection[frozenset[str]]) -> State:
    """The state without what one row per group makes true: there, the customer determines the level and its account.

    A column that determines the account, but not the level, does so in every row of the account. `picked`: the columns
    of which a filter keeps the last row.
    """
    lefts = {*picked, *(rule.left for rule in state.dependencies if level in rule.right)}
    dependencies = tuple(rule for rule in state.dependencies if rule.left not in lefts)
    return replace(state, dependencies=dependencies, keys=(), one=None)


def partners(scope: Scope) -> Mapping[str, str]:
    """The columns of an optional side of a join, each with the column that it equals wherever the side has a row."""
    return {
        one: other
        for link in scope.links
        for pair in link.pairs
        for one, other in (pair, pair[::-1])
        if one in link.optional
    }


def _levels(rel: Rel, state: State) -> Iterator[tuple[str, Measure, frozenset[str]]]:
    for id_, measure in rel.measures.items():
        of = things(measure, state) if measure is not None and measure.stock else None
        if measure is not None and of:
            yield id_, measure, of


def _without(state: State, last: Collection[Last]) -> State:
    """The state without what the last rows make true."""
    said = {(same, column) for same, order in last for column in order}
    kept = (d for d in state.dependencies if not any((d.left, column) in said for column in d.right))
    return replace(state, dependencies=tuple(kept))


def _alike(state: State, columns: frozenset[str]) -> frozenset[str]:
    return columns.union(*(pair.pair for pair in state.equal if pair.pair & columns))
