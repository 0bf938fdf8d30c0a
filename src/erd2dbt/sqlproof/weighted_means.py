"""Weighted means: `sum(w * x) / sum(w)`. The weights must be additive; the values may be of any key and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlglot import exp

from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql.constants import number
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.factors import factors_of
from erd2dbt.sqlproof.measuring import argument_of, call_of, condition_of

Tree = exp.Expr
_KEPT = (exp.Paren, exp.Cast, exp.Coalesce, exp.Nullif)


def numerators(tree: Tree) -> list[tuple[Tree, Tree]]:
    """Numerator and denominator of each quotient in an expression, without brackets, casts and constant factors."""
    return [(_bare(node.this), _bare(node.expression)) for node in tree.find_all(exp.Div)]


def _bare(tree: Tree) -> Tree:
    while isinstance(tree, (*_KEPT, exp.Mul)):
        if isinstance(tree, exp.Mul):
            constants = [number(side.unnest()) is not None for side in (tree.this, tree.expression)]
            if constants not in ([True, False], [False, True]):
                return tree
            tree = tree.expression if constants[0] else tree.this
        else:
            tree = tree.this
    return tree


def is_weighted_mean(above: Tree, below: Tree) -> bool:
    """Whether the quotient of two aggregates is a weighted mean: sums of the same rows, the first one of `w * x`."""
    values = [argument_of(tree) for tree in (above, below) if isinstance(call_of(tree), exp.Sum)]
    conditions = [condition_of(tree) for tree in (above, below)]
    if len(values) < 2 or conditions[0] != conditions[1]:
        return False
    weighted, weight = (
        Counter(map(one_line, factors_of(value))) if value is not None else Counter() for value in values
    )
    return bool(weight) and weight < weighted


def counts_others(above: Tree, below: Tree, of: Callable[[Tree], Measure | None]) -> bool:
    """Whether a weighted mean weights averages by a count of the same groups which is not the count of the averaged.

    `of`: the measure of an expression over the rows of both sums.
    """
    weighted, weight = argument_of(above), argument_of(below)
    count = of(weight) if weight is not None else None
    if weighted is None or weight is None or count is None:
        return False
    weights = Counter(map(one_line, factors_of(weight)))
    values = [of(factor) for factor in factors_of(weighted) if one_line(factor) not in weights]
    homes = {leaf.home for leaf in count.leaves if leaf.aggregate is Aggregate.COUNT}
    means = [m for m in values if m is not None and m.aggregate is Aggregate.AVG and m.home in homes]
    return any(not mean.is_weighted_by(count) for mean in means)
