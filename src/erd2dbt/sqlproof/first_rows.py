"""Values that only one of the rows that repeat them shows: `case when row_number() over (…) = 1 then x end`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.prove.additivity import occurs_once
from erd2dbt.prove.measure import Measure
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.masks import Mask, excludes_zero, masked, one_where
from erd2dbt.sqlproof.measuring import condition_of
from erd2dbt.sqlproof.terms import Terms


def mask_of(terms: Terms, tree: exp.Expr) -> Mask | None:
    """The value that an expression shows in some rows, and their condition. A factor may be a flag of the query."""

    def test_of(factor: exp.Expr) -> exp.Expr | None:
        test, inner = one_where(factor), factor.unnest()
        if test is not None:
            return test
        if isinstance(inner, exp.Cast) and inner.to.this in exp.DataType.NUMERIC_TYPES:
            return inner.this if terms.type_of(inner.this) == "boolean" or _flag(terms, inner.this) else None
        meant = _flag(terms, inner)
        if meant is None or one_where(meant) is None:
            return None
        return exp.EQ(this=inner.copy(), expression=exp.Literal.number(1))

    return masked(tree, test_of)


def _flag(terms: Terms, tree: exp.Expr) -> exp.Expr | None:
    """The condition or the choice that a column shows."""
    return terms.flags.get(terms.column(tree) or "") if isinstance(tree.unnest(), exp.Column) else None


def shown_once(terms: Terms, tree: exp.Expr, measure: Measure) -> Measure | None:
    """The measure of a value that rows repeat and one of them shows. None for any other value.

    Of a 0 in the other rows, only a sum is right: any other aggregate reads it as a value.
    """
    mask = mask_of(terms, tree)
    if mask is None or occurs_once(measure, terms.state()):
        return None
    passing = terms.filtered()
    predicates.keep(passing, mask.test)
    if not occurs_once(measure, passing.state()):
        return None
    return replace(measure, unmasked=measure.home) if mask.zero else replace(measure, masked=measure.home)


def conditions_of(aggregate: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions of the rows that an aggregate reads: its own FILTER, and the WHERE of its select."""
    select, own = aggregate.find_ancestor(exp.Select), condition_of(aggregate)
    where = select.args.get("where") if select is not None else None
    for condition in (own, where.this if where is not None else None):
        if condition is not None:
            yield from predicates.conjuncts(condition)


def without_zeros(value: exp.Expr, measure: Measure, conditions: Iterable[exp.Expr]) -> Measure:
    """The measure of a value of which the conditions exclude 0."""
    if not any(excludes_zero(condition, value) for condition in conditions):
        return measure
    summands = tuple(replace(leaf, unmasked=None) for leaf in measure.summands)
    return replace(measure, unmasked=None, summands=summands)
