"""Weighted means: `sum(w * x) / sum(w)`. The weights must be additive; the values may be of any key and kind."""

from __future__ import annotations

from collections import Counter

from sqlglot import exp

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
