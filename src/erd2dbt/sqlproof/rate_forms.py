"""Rates by their form: `1 - x`, `1 + x` and `x / 100` are rates, unless the name of `x` says that it is an amount.

Where the name says nothing, only the form does: an amount in cents is divided by 100, too. Such a rate is presumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from erd2dbt.infer.quantities import is_price, is_total
from erd2dbt.infer.vocabulary import says
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql.constants import number

Tree = exp.Expr


def of_form(tree: Tree, measure: Measure | None) -> Measure | None:
    """The measure of a formula. It is a rate if the formula has the form of one."""
    if measure is None or not (is_hundredth(tree) or _adds_one(tree)):
        return measure
    leaves = [_rate(leaf, is_sure=_adds_one(tree)) for leaf in measure.leaves]
    summands = tuple(leaves) if measure.summands else ()
    presumed = any(leaf.presumed for leaf in leaves)
    return replace(measure, summands=summands, weighs=all(leaf.weighs for leaf in leaves), presumed=presumed)


def is_hundredth(tree: Tree) -> bool:
    """Whether a formula divides by 100: a percentage becomes a share."""
    return isinstance(tree, exp.Div) and constant_of(tree.expression) == 100


def _adds_one(tree: Tree) -> bool:
    return any(constant_of(term) == 1 for term in _terms(tree))


def _terms(tree: Tree) -> Iterator[Tree]:
    """The terms of a sum or difference; none for any other formula."""
    if isinstance(tree, (exp.Add, exp.Sub)):
        for side in (tree.this.unnest(), tree.expression.unnest()):
            yield from _terms(side) if isinstance(side, (exp.Add, exp.Sub)) else [side]


def constant_of(tree: Tree) -> Decimal | None:
    """The value of a numeric constant, also in a cast; None for anything else."""
    inner = tree.unnest()
    while isinstance(inner, exp.Cast):
        inner = inner.this.unnest()
    return number(inner)


def _rate(leaf: Measure, *, is_sure: bool) -> Measure:
    """An amount by its name, a level, a number of pieces and a product do not become rates.

    `is_sure`: without `1 - x` or `1 + x`, a fee or a cost is an amount, which may be in cents.
    """
    name = leaf.source.rpartition(".")[2]
    amount = is_total(name) or leaf.pieces or leaf.stock or leaf.factors or (not is_sure and says(name, "money"))
    if amount or leaf.aggregate is not Aggregate.VALUE:
        return leaf
    if leaf.weighs:  # by its name, or by both forms: `1 - x / 100`
        return replace(leaf, presumed=leaf.presumed and not is_sure)
    return replace(leaf, weighs=True, presumed=not says(name, "rate", *(("flow",) if is_sure else ())))


def is_amount(measure: Measure, called: str) -> bool:
    """Whether a formula is an amount, although a column `called` like a rate shows it: `total_rate: total * vat_rate`.

    Nothing is known of a formula of columns whose names say nothing: `unit_price: list * (1 - pct / 100.0)`. Then the
    name decides.
    """
    return all(_is_amount(leaf, called) for leaf in measure.leaves)


def _is_amount(leaf: Measure, called: str) -> bool:
    if leaf.is_rate or leaf.aggregate is not Aggregate.VALUE:
        return False
    name = leaf.source.rpartition(".")[2]
    if is_total(name) or leaf.pieces or leaf.stock:
        return True
    if not leaf.factors:
        return False
    rate = leaf.factors[1]
    of_one = is_price(called) or says(called, "each")
    return is_price(rate.source.rpartition(".")[2]) or (says(name, "money") and not of_one)
