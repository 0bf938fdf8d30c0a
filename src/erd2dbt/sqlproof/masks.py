"""Values that some rows hide behind NULL or 0: `case when c then x else 0 end`, and `x * c::int`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlglot import exp

from erd2dbt.sqlproof.rate_forms import constant_of

Tree = exp.Expr
Test = Callable[[Tree], "Tree | None"]
_AT_ZERO: Mapping[type[Tree], Callable[[Decimal, Decimal], bool]] = {
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.NEQ: operator.ne,
    exp.EQ: operator.eq,
}
_CONDITIONS = (exp.Predicate, exp.Connector, exp.Not)


@dataclass(frozen=True, slots=True)
class Mask:
    """A value that is shown where `test` is true. Other rows have NULL, or 0 with `zero`."""

    value: Tree
    test: Tree
    zero: bool


def masked(tree: Tree, test_of: Test | None = None) -> Mask | None:
    """The value and the condition of an expression; None where it is not a mask.

    `test_of`: the condition under which a factor is 1, where it is 0 or NULL otherwise. Without it, no product is read.
    """
    inner = tree.unnest()
    if isinstance(inner, exp.Coalesce) and len(inner.expressions) == 1 and _is_zero(inner.expressions[0]):
        found = masked(inner.this, test_of)
        return replace(found, zero=True) if found is not None else None
    if isinstance(inner, exp.Case):
        return _of_case(inner)
    return _of_product(inner, test_of) if isinstance(inner, exp.Mul) and test_of is not None else None


def one_where(tree: Tree) -> Tree | None:
    """The condition under which a factor is 1, where it is 0 or NULL otherwise; None for any other expression."""
    inner = tree.unnest()
    if isinstance(inner, exp.Cast) and inner.to.this in exp.DataType.NUMERIC_TYPES:
        cast: Tree = inner.this.unnest()
        return cast if isinstance(cast, _CONDITIONS) else one_where(cast)
    found = _of_case(inner) if isinstance(inner, exp.Case) else None
    return found.test if found is not None and constant_of(found.value) == 1 else None


def _of_case(case: exp.Case) -> Mask | None:
    """A choice with one branch: the value is in the branch, or in `else` where the branch is NULL or 0."""
    if len(case.args["ifs"]) != 1:
        return None
    (branch,), otherwise = case.args["ifs"], case.args.get("default")
    test = exp.EQ(this=case.this, expression=branch.this) if case.this is not None else branch.this
    value = branch.args["true"]
    if otherwise is None or _is_null(otherwise) or _is_zero(otherwise):
        return Mask(value, test, zero=otherwise is not None and _is_zero(otherwise))
    if _is_null(value) or _is_zero(value):
        other = exp.Not(this=exp.Is(this=exp.Paren(this=test.copy()), expression=exp.true()))
        return Mask(otherwise, other, zero=_is_zero(value))
    return None


def _of_product(product: exp.Mul, test_of: Test) -> Mask | None:
    for factor, value in ((product.this, product.expression), (product.expression, product.this)):
        test = test_of(factor)
        if test is not None:
            return Mask(value, test, zero=True)
        within = masked(factor, test_of) if isinstance(factor.unnest(), exp.Mul) else None
        if within is not None:
            return replace(within, value=exp.Mul(this=within.value.copy(), expression=value.copy()))
    return None


def excludes_zero(condition: Tree, value: Tree) -> bool:
    """Whether a condition that compares a value with a constant is not true where the value is 0."""
    test = condition.unnest()
    if type(test) not in _AT_ZERO:
        return False
    one, other, holds = test.this, test.expression, _AT_ZERO[type(test)]
    constants = (constant_of(one), constant_of(other))
    if one.unnest() == value.unnest() and constants[1] is not None:
        return not holds(Decimal(0), constants[1])
    if other.unnest() == value.unnest() and constants[0] is not None:
        return not holds(constants[0], Decimal(0))
    return False


def _is_null(tree: Tree) -> bool:
    return isinstance(tree.unnest(), exp.Null)


def _is_zero(tree: Tree) -> bool:
    return constant_of(tree) == 0
