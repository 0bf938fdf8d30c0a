"""Levels of a stock where the grain has several things with a level each: one of them stands for all."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.columns.measures import Measures, in_words
from erd2dbt.design.joins.draft import SIBLING, Draft, Reduction
from erd2dbt.design.joins.fanout_faults import listed
from erd2dbt.diagram.erd import ColumnSpec
from erd2dbt.diagram.repairs import accepting
from erd2dbt.faults.diagnostics import Hint
from erd2dbt.prove.grouping import extreme_of
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import columns_in, nodes
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of

_EXTREMES = (Aggregate.MIN, Aggregate.MAX)


def one_of_several(draft: Draft, measures: Measures, tree: Tree, spec: ColumnSpec) -> None:
    """W309: the last balance of a city is that of one of its accounts, not the balance of the city.

    A maximum of levels is what it says. The difference of two of them compares two things.
    """
    picks = {reduction.cte: reduction for reduction in draft.reductions if reduction.order is not None}
    for table, output in dict.fromkeys((c.table, c.name) for c in columns_in(tree)):
        picked = picks.get(table)
        measure = measures.level(picked, output) if picked is not None and output in picked.outputs else None
        if picked is not None and measure is not None and measure.stock:
            _judge(draft, measures, picked, measure, spec)
    for reduction, measure in _ranges(draft, measures, tree):
        _judge(draft, measures, reduction, measure, spec)
    own = (c for c in columns_in(tree) if c.table != SIBLING)
    for reduction, measure, _ in _aggregated(draft, measures, own, (Aggregate.SUM,)):
        _judge_sum(draft, measures, reduction, measure, spec)


def _ranges(draft: Draft, measures: Measures, tree: Tree) -> Iterator[tuple[Reduction, Measure]]:
    """The differences of two extreme levels of one stock, each with the rows of one of them.

    The highest and the lowest of the same level of each thing, such as its last one, are what they say.
    """
    for node in nodes(tree):
        if not isinstance(node, exp.Sub):
            continue
        sides = (_aggregated(draft, measures, columns_in(side), _EXTREMES) for side in (node.this, node.expression))
        for (made, one, read), (other_made, other, other_read) in itertools.product(*map(list, sides)):
            alike = read == other_read and one.extreme is not None and not one.extreme.things
            if _level(one) == _level(other) and not alike:
                yield (made, one) if _of_several(measures, made, one) else (other_made, other)


def _level(measure: Measure) -> str:
    """The stock that a measure has a level of."""
    return measure.extreme.source if measure.extreme is not None else measure.source


def _aggregated(
    draft: Draft, measures: Measures, read: Iterable[exp.Column], kinds: Collection[Aggregate]
) -> Iterator[tuple[Reduction, Measure, str]]:
    """The levels of stocks that columns aggregate in one of these ways, and the text of what is aggregated."""
    reductions = {r.cte: r for r in (*draft.reductions, *([draft.inner] if draft.inner else []))}
    for node in read:
        if node.table == SIBLING and node.name in draft.columns:
            yield from _aggregated(draft, measures, columns_in(draft.columns[node.name].tree), kinds)
            continue
        made = reductions.get(node.table)
        output = made.outputs.get(node.name) if made is not None and made.order is None else None
        if made is None or output is None or node.name in made.labels or aggregate_of(call_of(output)) not in kinds:
            continue
        measure = measures.input(made, node.name)
        if measure.stock or measure.extreme is not None:
            value = argument_of(output)
            yield made, measure, in_words(value, made.scope) if value is not None else ""


def _of_several(measures: Measures, reduction: Reduction, measure: Measure) -> tuple[str, ...]:
    """The things that may have the level, where a group has several of them at several times; none for one thing."""
    state, by = measures.state(reduction), measures.bag(reduction).by
    at_one_time = bool(measure.stock) and state.determines(by, measure.stock) is not None
    if reduction.order is None and (at_one_time or state.determines(by, measure.home) is not None):
        return ()
    if reduction.order is not None:  # the last of the highest levels of a day is what it says
        measure = replace(measure, extreme=None)
    known = extreme_of(measure, measures.bag(reduction), over_times=False)
    return known.things if known is not None else ()


def _judge(draft: Draft, measures: Measures, reduction: Reduction, measure: Measure, spec: ColumnSpec) -> None:
    words = _of_several(measures, reduction, measure)
    if not words:
        return
    if reduction.order is not None:
        done, but, hint = "is one level", "the others are ignored", _summed(draft, measure)
    else:
        done, but = "subtracts two levels", "the two may belong to two of them"
        grain = ", ".join(dict.fromkeys((*draft.grain, *words)))
        hint = f"subtract in a model with `grain: [{grain}]`, and sum that"
    draft.fault(
        "W309",
        f"`{spec.name}` {done} of `{_level(measure)}`, which has a level for each {listed(words)}: {but}",
        spec.place,
        Hint(hint),
        accepting("W309", draft.spec.name, spec.name),
    )


def _judge_sum(draft: Draft, measures: Measures, reduction: Reduction, measure: Measure, spec: ColumnSpec) -> None:
    """W309 for a sum of the highest levels of several things: each may be of another time."""
    extreme, by = measure.extreme, measures.bag(reduction).by
    if extreme is None or not extreme.times or measures.state(reduction).determines(by, measure.home) is not None:
        return
    draft.fault(
        "W309",
        f"`{spec.name}` sums highest or lowest levels of `{extreme.source}`, each of its own {listed(extreme.times)}: "
        "levels of different times must not be added",
        spec.place,
        Hint(
            f"sum the levels of one time in a model with `grain: [{', '.join((*draft.grain, *extreme.times))}]`, "
            "and take the highest or lowest of these totals"
        ),
        accepting("W309", draft.spec.name, spec.name),
    )


def _summed(draft: Draft, measure: Measure) -> str:
    times = [column.rpartition(".")[2] for column in sorted(measure.stock)]
    if set(times) <= draft.grain.keys():
        return f"sum them: `sum({measure.source})`"
    grain = ", ".join(dict.fromkeys((*draft.grain, *times)))
    return f"sum the levels of one time in a model with `grain: [{grain}]`, and pick from that"
