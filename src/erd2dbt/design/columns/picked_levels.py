"""Picks of a stock where the grain has several things with a level each: one of them stands for all."""

from __future__ import annotations

from erd2dbt.design.columns.measures import Measures
from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.design.joins.fanout_faults import listed
from erd2dbt.diagram.erd import ColumnSpec
from erd2dbt.diagram.repairs import accepting
from erd2dbt.faults.diagnostics import Hint
from erd2dbt.prove.additivity import Measure, things
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import columns_in


def one_of_several(draft: Draft, measures: Measures, tree: Tree, spec: ColumnSpec) -> None:
    """W309: the last balance of a city is that of one of its accounts, not the balance of the city."""
    picks = {reduction.cte: reduction for reduction in draft.reductions if reduction.order is not None}
    for table, output in dict.fromkeys((c.table, c.name) for c in columns_in(tree)):
        picked = picks.get(table)
        measure = measures.level(picked, output) if picked is not None and output in picked.outputs else None
        if picked is not None and measure is not None and measure.stock:
            _judge(draft, measures, picked, measure, spec)


def _judge(draft: Draft, measures: Measures, picked: Reduction, measure: Measure, spec: ColumnSpec) -> None:
    state = measures.state(picked)
    of = things(measure, state)
    by = [own for _, own in measures.met(picked)]
    if not of or state.determines(by, of) is not None:
        return
    words = [column.rpartition(".")[2] for column in sorted(of)]
    times = [column.rpartition(".")[2] for column in sorted(measure.stock)]
    grain = ", ".join(dict.fromkeys((*draft.grain, *times)))
    summed = f"sum the levels of one time in a model with `grain: [{grain}]`, and pick from that"
    draft.fault(
        "W309",
        f"`{spec.name}` is one level of `{measure.source}`, which has a level for each {listed(words)}: the "
        "others are ignored",
        spec.place,
        Hint(f"sum them: `sum({measure.source})`" if set(times) <= draft.grain.keys() else summed),
        accepting("W309", draft.spec.name, spec.name),
    )
