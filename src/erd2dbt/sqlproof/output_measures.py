"""The measures of the columns that a select or a model returns, under its own names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.prove.additivity import occurs_once
from erd2dbt.prove.grouping import Bag, levels_of
from erd2dbt.prove.measure import Measure
from erd2dbt.prove.state import State
from erd2dbt.sqlproof.fanout import repeating
from erd2dbt.sqlproof.measures import Measured, at_key
from erd2dbt.sqlproof.relation import HIDDEN, ROW, all_keys
from erd2dbt.sqlproof.scope import Scope


def outputs(
    known: Measured,
    state: State,
    shown: Sequence[tuple[str, str, exp.Expr | None]],
    hidden: Mapping[str, str],
    *,
    tied: Mapping[str, str],
) -> dict[str, Measure | None]:
    """The measure of each output of a select. `shown`: (output, id, expression or None for a column of a star).

    `hidden`: further columns, which only the state has. `tied`: the columns of enclosing queries that columns equal. A
    lateral query does not have to show of which thing a level is, where the rows before it say so.
    """
    names = known.outside
    for out, id_ in (*((out, id_) for out, id_, _ in shown), *hidden.items()):
        names.setdefault(id_, out)
        names.setdefault(known.joined_as.get(id_, id_), out)
    found: dict[str, Measure | None] = {}
    for out, id_, tree in shown:
        measure = (known.of(tree) or known.per_row(tree)) if tree is not None else known.column(id_)
        once = known.shown_once(tree, measure) if measure is not None and tree is not None else None
        if once is not None:
            found[out] = replace(once.shown(names), home=frozenset((ROW,)), counted=None)
        elif measure is not None:
            found[out] = placed(measure, {**names, **tied} if measure.stock else names, state, known.scope)
        elif tree is not None or known.owner(id_) is not None:
            found[out] = None
    return found


def repeated_homes(known: Measured, state: State, shown: Iterable[tuple[str, exp.Expr | None]]) -> Iterator[str]:
    """The home columns of values that a select without groups shows on several rows, and of levels in a lateral one."""
    lateral = known.scope.outer is not None
    for id_, tree in shown if known.bag is None else ():
        measure = known.of(tree) if tree is not None else known.column(id_)
        if measure is not None and ((lateral and measure.stock) or not occurs_once(measure, state)):
            yield from sorted(measure.home)


def placed(measure: Measure, names: Mapping[str, str], state: State, scope: Scope) -> Measure:
    """The measure under the output's names: with its home if this is visible, else with its row, else with no home."""
    if measure.summands:
        summands = tuple(placed(summand, names, state, scope) for summand in measure.summands)
        return replace(placed(replace(measure, summands=()), names, state, scope), summands=summands)
    once = occurs_once(measure, state)
    moved = measure.shown(names)
    inner = measure.with_inner(lambda m: placed(m, names, state, scope))
    moved = replace(moved, listed=inner.listed, factors=inner.factors)
    if not measure.stock <= names.keys():
        key = next((key.columns for key in all_keys(state) if key.strict and key.columns <= names.keys()), None)
        met = tuple((names[c], c) for c in key or ())
        moved = replace(moved, stock=levels_of(measure, Bag(state, met, ())) if key is not None else frozenset((ROW,)))
    is_shown = bool(measure.home) and measure.home <= names.keys()
    level = bool(measure.stock) and scope.outer is not None
    if is_shown and (level or not (once and any(names[column].endswith(HIDDEN) for column in measure.home))):
        return moved if once else replace(moved, **repeating(measure, scope))
    if once:
        return replace(moved, home=frozenset((ROW,)))
    moved = replace(moved, spread=measure.spread or (measure.made and bool(measure.home)))
    return replace(moved, home=frozenset(), **repeating(measure, scope))


def at_grain(measures: Mapping[str, Measure | None], grain: Sequence[str]) -> Iterator[tuple[str, Measure | None]]:
    """The measures of a model. Its grain identifies its rows."""
    key = frozenset(grain)
    for name, measure in measures.items():
        yield name, _read(at_key(measure, key, frozenset((ROW,)))) if measure is not None else None


def _read(measure: Measure) -> Measure:
    """The measure for a query that reads it."""
    return replace(measure, made=False, windowed=False, summands=tuple(map(_read, measure.summands)))
