"""What a formula computes, as a list of factors: two values with equal factors are equal in each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sqlglot import exp

from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql.constants import number

Tree = exp.Expr
_NUMBERS = exp.DataType.REAL_TYPES
_Find = Callable[[exp.Column], Any]
_UNKNOWN = ("?",)


def with_formula(measure: Measure | None, tree: Tree, find: _Find) -> Measure | None:
    """The measure of an expression, with the factors of its value."""
    if measure is None:
        return None
    if isinstance(_bare(tree), exp.Column):
        return of_column(measure)
    if any(isinstance(node, (exp.Window, exp.Query, exp.AggFunc)) for node in tree.walk()):
        return measure if measure.aggregate is Aggregate.SUM else replace(measure, formula=_UNKNOWN)
    return replace(measure, formula=tuple(sorted(_factors(tree, find))))


def of_column(measure: Measure) -> Measure:
    """The measure of a column. A column of a table is a factor of its own."""
    return measure if measure.formula else replace(measure, formula=(f"{measure.entity}:{measure.source}",))


def _bare(tree: Tree) -> Tree:
    """An expression without what changes no sum: brackets, casts, and 0 for NULL or NULL for 0."""
    inner = tree.unnest()
    while _keeps_sum(inner):
        inner = inner.this.unnest()
    return inner


def _keeps_sum(tree: Tree) -> bool:
    if isinstance(tree, exp.Cast):
        return tree.to.this in _NUMBERS
    if isinstance(tree, exp.Coalesce):
        return len(tree.expressions) == 1 and _is_zero(tree.expressions[0])
    return isinstance(tree, exp.Nullif) and _is_zero(tree.expression)


def _is_zero(tree: Tree) -> bool:
    return number(tree.unnest()) == 0


def is_known(measure: Measure) -> bool:
    return bool(measure.formula) and measure.formula != _UNKNOWN


def product_factors(tree: Tree) -> Iterator[Tree]:
    """The factors of a product. `1.0 * x`, by which people divide integers exactly, has one factor."""
    inner = tree.unnest()
    if isinstance(inner, exp.Cast) and inner.to.this in _NUMBERS and isinstance(inner.this.unnest(), exp.Mul):
        inner = inner.this.unnest()
    if not isinstance(inner, exp.Mul):
        yield tree
        return
    for side in (inner.this, inner.expression):
        if number(side.unnest()) != 1:
            yield from product_factors(side)


def _factors(tree: Tree, find: _Find) -> Iterator[str]:
    for factor in product_factors(tree):
        inner = _bare(factor)
        known = find(inner) if isinstance(inner, exp.Column) else None
        if isinstance(known, Measure):
            yield from of_column(known).formula
        else:
            yield _text(inner, find)


def _text(value: object, find: _Find) -> str:
    """An expression in words that are equal for equal expressions over equal columns."""
    if isinstance(value, exp.Column):
        known = find(value)
        return " * ".join(of_column(known).formula) if isinstance(known, Measure) else value.sql()
    if isinstance(value, exp.Paren):
        return _text(value.this, find)
    if isinstance(value, list):
        return ", ".join(_text(one, find) for one in value)
    if not isinstance(value, exp.Expr):
        return str(value)
    if isinstance(value, (exp.Literal, exp.DataType, exp.Identifier)):
        return value.sql()
    args = (f"{name}: {_text(arg, find)}" for name, arg in value.args.items() if arg not in (None, False, []))
    return f"{value.key}({', '.join(args)})"
