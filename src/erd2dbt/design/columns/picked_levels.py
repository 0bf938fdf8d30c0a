"""Levels of a stock where the grain has several things with a level each: one of them stands for all."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.design.columns.measures import Measures
from erd2dbt.design.joins.draft import SIBLING, Draft, Reduction
from erd2dbt.design.joins.fanout_faults import listed
from erd2dbt.diagram.erd import ColumnSpec
from erd2dbt.diagram.repairs import accepting
from erd2dbt.faults.diagnostics import Hint
from erd2dbt.prove.additivity import Aggregate, Measure, things
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import columns_in, nodes
from erd2dbt.sqlproof.measuring import aggregate_of, call_of

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
        if measures.state(reduction).determines(measures.bag(reduction).by, measure.stock) is None:
            _judge(draft, measures, reduction, measure, spec)


def _ranges(draft: Draft, measures: Measures, tree: Tree) -> Iterator[tuple[Reduction, Measure]]:
    """The differences of a highest and a lowest level of one stock, each with the rows of these levels."""
    for node in nodes(tree):
        if isinstance(node, exp.Sub):
            sides = [dict(_extremes(draft, measures, side)) for side in (node.this, node.expression)]
            yield from (sides[0][source] for source in sides[0] if source in sides[1])


def _extremes(draft: Draft, measures: Measures, tree: Tree) -> Iterator[tuple[str, tuple[Reduction, Measure]]]:
    """The highest and lowest levels that an expression reads, by the column that has the levels."""
    reductions = {r.cte: r for r in (*draft.reductions, *([draft.inner] if draft.inner else []))}
    for node in columns_in(tree):
        if node.table == SIBLING and node.name in draft.columns:
            yield from _extremes(draft, measures, draft.columns[node.name].tree)
            continue
        made = reductions.get(node.table)
        output = made.outputs.get(node.name) if made is not None and made.order is None else None
        if made is None or output is None or node.name in made.labels or aggregate_of(call_of(output)) not in _EXTREMES:
            continue
        measure = measures.input(made, node.name)
        if measure.stock:
            yield measure.source, (made, measure)


def _judge(draft: Draft, measures: Measures, reduction: Reduction, measure: Measure, spec: ColumnSpec) -> None:
    state = measures.state(reduction)
    of = things(measure, state)
    by = [own for _, own in measures.met(reduction)]
    if not of or state.determines(by, of) is not None:
        return
    words = [column.rpartition(".")[2] for column in sorted(of)]
    if reduction.order is not None:
        done, but, hint = "is one level", "the others are ignored", _summed(draft, measure)
    else:
        done, but = "subtracts two levels", "the two may belong to two of them"
        grain = ", ".join(dict.fromkeys((*draft.grain, *words)))
        hint = f"subtract in a model with `grain: [{grain}]`, and sum that"
    draft.fault(
        "W309",
        f"`{spec.name}` {done} of `{measure.source}`, which has a level for each {listed(words)}: {but}",
        spec.place,
        Hint(hint),
        accepting("W309", draft.spec.name, spec.name),
    )


def _summed(draft: Draft, measure: Measure) -> str:
    times = [column.rpartition(".")[2] for column in sorted(measure.stock)]
    if set(times) <= draft.grain.keys():
        return f"sum them: `sum({measure.source})`"
    grain = ", ".join(dict.fromkeys((*draft.grain, *times)))
    return f"sum the levels of one time in a model with `grain: [{grain}]`, and pick from that"
