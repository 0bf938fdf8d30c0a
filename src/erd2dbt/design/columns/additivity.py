"""Checks aggregates: which laws of additivity they break, and what the columns of a model measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from sqlglot import exp

from erd2dbt.design.columns.additivity_faults import LAWS
from erd2dbt.design.columns.coarse_amounts import amounts_taken_whole
from erd2dbt.design.columns.integer_division import divisions_in_where, integer_divisions
from erd2dbt.design.columns.list_lengths import repeated_rows
from erd2dbt.design.columns.measures import Measures
from erd2dbt.design.columns.nullable_ratios import empty_sides
from erd2dbt.design.columns.picked_levels import one_of_several
from erd2dbt.design.columns.use import Use
from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.design.joins.grain_proof import filtered, flat
from erd2dbt.faults.diagnostics import Span
from erd2dbt.prove import additivity
from erd2dbt.prove.grouping import COUNTS
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of, condition_of, conditional
from erd2dbt.sqlproof.weighted_means import counts_others, is_weighted_mean, numerators


def judge(draft: Draft) -> dict[str, Measure]:
    """The measures of the model's columns. Adds E301, E302, E303, E309, W303, W305, W307 to W310 for wrong numbers."""
    measures = Measures(draft)
    for name, known in draft.columns.items():
        if known.said is None:
            continue
        draft.accept(known.said)
        for use in _uses(draft, measures, name, known.tree, known.said.place):
            for law, measure in additivity.breaches(use.outer, use.inner, use.state, use.by, use.values):
                LAWS[law](replace(use, inner=measure, is_whole=measure == use.inner))
            amounts_taken_whole(use)
        empty_sides(draft, measures, known.tree, known.said)
        integer_divisions(draft, known.tree, known.said)
        repeated_rows(draft, measures, known.tree, known.said)
        one_of_several(draft, measures, known.tree, known.said)
    draft.accept(None)
    divisions_in_where(draft)
    return measures.fields()


def _uses(draft: Draft, measures: Measures, name: str, tree: Tree, span: Span) -> Iterator[Use]:
    """The aggregates in a column's own formula."""
    groupings = {r.cte: r for r in (*draft.reductions, *([draft.inner] if draft.inner else [])) if r.order is None}
    means = _weighted_means(measures, groupings, tree)
    for table, output in dict.fromkeys((c.table, c.name) for c in columns_in(tree) if id(c) not in means):
        reduction = groupings.get(table)
        if reduction is None or output not in reduction.outputs or output in reduction.labels:
            continue
        made = reduction.outputs[output]
        outer = aggregate_of(call_of(made))
        if outer in (Aggregate.OTHER, *COUNTS):
            continue
        value, condition = argument_of(made), condition_of(conditional(made))
        yield Use(
            draft=draft,
            column=name,
            span=span,
            reduction=reduction,
            tree=made,
            outer=outer,
            inner=measures.input(reduction, output),
            state=filtered(measures.state(reduction), condition),
            by=[own for _, own in measures.met(reduction)],
            values=[flat(value)] if isinstance(value, exp.Column) else [],
        )


def _weighted_means(measures: Measures, groupings: Mapping[str, Reduction], tree: Tree) -> set[int]:
    """The ids of the numerators of weighted means. Their weights are checked as an aggregate of their own."""

    def within(side: Tree, tree: Tree) -> Measure | None:
        return measures.within(groupings[side.table], tree) if isinstance(side, exp.Column) else None

    def made(side: Tree) -> Tree | None:
        reduction = groupings.get(side.table) if isinstance(side, exp.Column) else None
        return reduction.outputs.get(side.name) if reduction is not None else None

    pairs = ((above, made(above), made(below)) for above, below in numerators(tree) if _of_one(above, below))
    return {
        id(above)
        for above, one, other in pairs
        if one is not None
        and other is not None
        and is_weighted_mean(one, other)
        and not counts_others(one, other, partial(within, above))
    }


def _of_one(above: Tree, below: Tree) -> bool:
    """Whether both are aggregates of the same rows."""
    return isinstance(above, exp.Column) and isinstance(below, exp.Column) and above.table == below.table
