"""Quotients by the sum or count of no rows are NULL, as in plain SQL: the 0 of such a sum is not divided by."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import nodes, rewritten

_DIVISIONS = (exp.Div, exp.IntDiv, exp.Mod)
_AROUND = (exp.Paren, exp.Cast, exp.Neg, exp.Mul)


def null_if_empty(tree: Tree, made: Collection[str]) -> Tree:
    """The formula, with each sum or count that is a denominator NULL where it has no rows.

    `made`: the CTEs with aggregates. A total that is 0 still stops the query, and `nullif(…, 0)` and `ratio` say
    themselves what a division by 0 gives. The 0 that the user writes, as in `coalesce(sum(x), 0)`, is kept.
    """
    if not any(isinstance(node, _DIVISIONS) for node in nodes(tree)):
        return tree

    def visit(node: Tree) -> Tree:
        if not isinstance(node, _DIVISIONS):
            return node
        return type(node)(
            **{**node.args, "this": rewritten(node.this, visit), "expression": below(rewritten(node.expression, visit))}
        )

    def below(node: Tree) -> Tree:
        total = node.this if isinstance(node, exp.Coalesce) else None
        if isinstance(total, exp.Column) and total.table in made:
            return total
        if isinstance(node, _AROUND):
            operands = {k: below(v) for k in ("this", "expression") if isinstance(v := node.args.get(k), exp.Expr)}
            return type(node)(**{**node.args, **operands})
        return node

    return rewritten(tree, visit)
