"""GROUPING SETS, ROLLUP and CUBE: a union of groupings, identified by the columns that each sets to NULL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, islice, product

from sqlglot import exp

from erd2dbt.prove.projection import prune
from erd2dbt.prove.state import NONE, Claims, Key, State

_MOST = 64  # the most groupings of one clause
Set = tuple[exp.Expr, ...]


def expanded(clause: exp.Expr) -> list[Set] | None:
    """The columns of each grouping of a GROUP BY; None where there are too many."""
    each = [list(islice(_sets(key), _MOST + 1)) for key in clause.expressions]
    found = [sum(parts, ()) for parts in islice(product(*each), _MOST + 1)]
    return found if len(found) <= _MOST else None


def _sets(tree: exp.Expr) -> Iterator[Set]:
    if isinstance(tree, exp.GroupingSets):
        for inner in tree.expressions:
            yield from _sets(inner)
    elif isinstance(tree, (exp.Rollup, exp.Cube)):
        parts = [part for key in tree.expressions for part in _sets(key)]
        sizes = range(len(parts), -1, -1)
        chosen = (c for n in sizes for c in ([parts[:n]] if isinstance(tree, exp.Rollup) else combinations(parts, n)))
        yield from (sum(some, ()) for some in chosen)
    else:
        yield tuple(tree.expressions) if isinstance(tree, exp.Tuple) else (tree,)


def stacked(state: State, sets: Sequence[Collection[str]], marks: Mapping[str, Collection[str]]) -> State:
    """The rows of all groupings. A column that a grouping omits is NULL there, so few facts are kept.

    `marks`: the columns of `grouping(…)`, each with its arguments.
    """
    by = tuple(dict.fromkeys(column for columns in sets for column in columns))
    everywhere = set(by).intersection(*sets)
    filled = {c: claims for c, claims in state.not_null.items() if c in everywhere} | dict.fromkeys(marks, NONE)
    apart = [_apart(state, sets, {}), _apart(state, sets, marks)]
    keys = prune(Key(frozenset(by) | found[0], True, found[1]) for found in apart if found is not None)
    types = {c: type_ for c, type_ in state.types.items() if c in by}
    return State((*by, *marks), filled, (), keys, types=types)


def _apart(
    state: State, sets: Sequence[Collection[str]], marks: Mapping[str, Collection[str]]
) -> tuple[frozenset[str], Claims] | None:
    """The columns that identify the grouping of a row, and the claims that columns are not null."""
    used, claims = set[str](), NONE
    for one, other in combinations(map(set, sets), 2):
        differing = one ^ other
        mark = next((id_ for id_, told in marks.items() if not differing.isdisjoint(told)), None)
        filled = [state.not_null[column] for column in sorted(differing) if column in state.not_null]
        if mark is not None:
            used.add(mark)
        elif filled:
            claims |= min(filled, key=len)
        else:
            return None
    return frozenset(used), claims
