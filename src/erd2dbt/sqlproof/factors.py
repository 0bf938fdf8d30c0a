"""Products: the factors of a formula, however it is written. `0.05 * a * b`, `a * (b / 20.0)` and `b * a / 20` are one.

A constant factor changes no additivity. Only 100 has a meaning: it makes a share of a percentage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlglot import exp

from erd2dbt.prove.measure import Measure
from erd2dbt.sqlproof.rate_forms import constant_of, is_hundredth, of_form

Tree = exp.Expr
_NUMBERS = exp.DataType.REAL_TYPES
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Factor:
    """A factor. `hundredth`: the division by 100 of this factor alone. `constant`: its value where it is one."""

    tree: Tree
    hundredth: Tree | None = None
    constant: Decimal | None = None


def product_of(tree: Tree, measure: Callable[[Tree], Measure | None]) -> tuple[list[Measure | None], bool] | None:
    """The measures of the factors, and whether a constant scales them. None for a formula with fewer than two factors.

    A factor that is a constant or a condition without a measure is None.
    """
    if not isinstance(tree, (exp.Mul, exp.Div)):
        return None
    found = list(_factors(tree))
    factors = [factor for factor in found if factor.constant is None]
    if len(factors) < 2:
        return None
    measures = [_measure(factor, measure) for factor in factors]
    if any(factor.constant == _HUNDREDTH for factor in found):
        at = next((i for i, m in enumerate(measures) if m is not None and m.percent), None)
        measures = [replace(m, percent=False) if i == at and m is not None else m for i, m in enumerate(measures)]
    scaled = len(factors) < len(found) or any(factor.hundredth is not None for factor in factors)
    return measures, scaled


def factors_of(tree: Tree) -> list[Tree]:
    """The factors of a formula that are no constants: the formula itself, where it is not a product."""
    return [factor.tree.unnest() for factor in _factors(tree) if factor.constant is None]


def _measure(factor: _Factor, measure: Callable[[Tree], Measure | None]) -> Measure | None:
    known = measure(factor.tree)
    if factor.hundredth is None or known is None:
        return known
    return of_form(factor.hundredth, replace(known, percent=False))


def _factors(tree: Tree) -> Iterator[_Factor]:
    inner = tree.unnest()
    while isinstance(inner, exp.Cast) and inner.to.this in _NUMBERS and isinstance(inner.this.unnest(), exp.Mul):
        inner = inner.this.unnest()
    constant = constant_of(inner)
    if constant is not None:
        yield _Factor(inner, constant=constant)
    elif isinstance(inner, exp.Mul):
        yield from _factors(inner.this)
        yield from _factors(inner.expression)
    elif isinstance(inner, exp.Div) and (below := constant_of(inner.expression)):
        above = list(_factors(inner.this))
        if is_hundredth(inner) and len(above) == 1 and above[0].constant is None:
            yield replace(above[0], hundredth=inner)
        else:
            yield from above
            yield _Factor(inner.expression, constant=1 / below)
    else:
        yield _Factor(tree)
