"""Divisions of two integers. In PostgreSQL they drop the fraction: `3 / 4` is 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.sql.constants import number
from erd2dbt.sql.inference import TypeOf, infer
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes

IsTotal = Callable[[exp.Column], bool]

_WHOLE = frozenset("floor ceil ceiling trunc div mod".split())  # whoever calls them means whole numbers
_KEPT = (exp.Paren, exp.Alias, exp.Neg, exp.Filter, exp.Distinct, exp.Order, exp.Coalesce, exp.Nullif, exp.Case, exp.If)
_ADDED = (exp.Sum, exp.Avg)
_AGGREGATES = (exp.Sum, exp.Count)
_HUNDRED = 100


def dropped_fractions(
    tree: exp.Expr, type_of: TypeOf, *, exact: bool = False, is_total: IsTotal = lambda column: False
) -> Iterator[exp.Div]:
    """The divisions of an expression that drop a fraction which is probably meant, in written order.

    Not those that say that they mean it: in `floor`, cast to an integer, or times their own divisor (`year / 10 * 10`).
    A constant divides into groups (`year / 10`), unless it converts a unit, the quotient is a factor or is summed, or a
    total is divided. `exact`: the result shall have decimals. `is_total`: whether a column is a sum or count.
    """
    yield from _Search(type_of, is_total).within(tree, exact=exact, meant=False)


def divisor_as_decimal(division: exp.Div) -> str | None:
    """The constant divisor with a decimal point, as in `x / 100.0`; None for any other divisor."""
    divisor = _constant(division.expression)
    return f"{divisor}.0" if divisor is not None else None


class _Search:
    def __init__(self, type_of: TypeOf, is_total: IsTotal) -> None:
        self.type_of, self.is_total = type_of, is_total

    def within(self, tree: exp.Expr, *, exact: bool, meant: bool) -> Iterator[exp.Div]:
        if isinstance(tree, exp.Query):
            return
        if isinstance(tree, exp.Div) and not meant and self._drops(tree) and (exact or self._looks_exact(tree)):
            yield tree
        for child in tree.iter_expressions():
            if isinstance(tree, exp.If) and child is tree.this:
                yield from self.within(child, exact=False, meant=False)
            else:
                is_exact, is_meant = self._exact(tree, child, exact=exact), self._meant(tree, child, meant=meant)
                yield from self.within(child, exact=is_exact, meant=is_meant)

    def _drops(self, division: exp.Div) -> bool:
        divisor = _constant(division.expression)
        return divisor != 1 and all(self._is_integer(side) for side in (division.this, division.expression))

    def _looks_exact(self, division: exp.Div) -> bool:
        divisor = _constant(division.expression)
        if divisor is None or (divisor >= _HUNDRED and str(divisor).rstrip("0") == "1"):
            return _constant(division.this) is None or divisor is None
        above = nodes(division.this)
        return any(isinstance(n, _AGGREGATES) or (isinstance(n, exp.Column) and self.is_total(n)) for n in above)

    def _exact(self, parent: exp.Expr, child: exp.Expr, *, exact: bool) -> bool:
        """Whether the value of `child` is used as a number with decimals."""
        if isinstance(parent, exp.Round):
            return True
        if isinstance(parent, exp.Cast):
            return family(infer(parent, self.type_of) or "") in ("numeric", "float")
        if isinstance(parent, (exp.Mul, exp.Div, *_ADDED)):
            return True
        if isinstance(parent, (exp.Add, exp.Sub)):
            other = parent.expression if child is parent.this else parent.this
            is_part_of_one = _constant(other) == 1 and self._divides_by_hundred(child)
            return exact or is_part_of_one or not self._is_integer(other)
        return exact and isinstance(parent, _KEPT)

    @staticmethod
    def _divides_by_hundred(tree: exp.Expr) -> bool:
        inner = tree.unnest()
        return isinstance(inner, exp.Div) and _constant(inner.expression) == _HUNDRED

    def _meant(self, parent: exp.Expr, child: exp.Expr, *, meant: bool) -> bool:
        """Whether the whole part of `child` is asked for."""
        if isinstance(parent, exp.Paren):
            return meant
        if isinstance(parent, exp.Cast):
            return family(infer(parent, self.type_of) or "") == "integer"
        if isinstance(parent, exp.Mul):
            other, inner = parent.expression if child is parent.this else parent.this, child.unnest()
            return isinstance(inner, exp.Div) and one_line(inner.expression.unnest()) == one_line(other.unnest())
        name = parent.name if isinstance(parent, exp.Anonymous) else parent.key
        return isinstance(parent, exp.Func) and name.lower() in _WHOLE

    def _is_integer(self, tree: exp.Expr) -> bool:
        return family(infer(tree, self.type_of) or "") == "integer"


def _constant(tree: exp.Expr) -> Decimal | None:
    """The value of a whole constant; None for anything else."""
    inner = tree.unnest()
    found = number(inner) if not (isinstance(inner, exp.Literal) and inner.is_string) else None
    return found if found is not None and found == found.to_integral_value() else None
