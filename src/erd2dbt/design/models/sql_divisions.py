"""W310 of hand-written SQL: a query divides integers, and the fraction is dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.design.plans.output_types import scopes_of
from erd2dbt.design.plans.plan import Relation
from erd2dbt.sql.integer_division import divisor_as_decimal, dropped_fractions
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.reading import read_one


def dropped_in(query: exp.Query, reads: Mapping[str, Relation]) -> dict[str, str]:
    """Each division of integers, and the same division with its fraction."""
    return {one_line(division): _exactly(division) for division in _divisions(query, reads)}


def _divisions(query: exp.Query, reads: Mapping[str, Relation]) -> Iterator[exp.Div]:
    for scope in scopes_of(query, reads):
        conditions = [scope.select.args.get(name) for name in ("where", "having")]
        conditions = [clause.this for clause in conditions if clause is not None]
        conditions += [join.args["on"] for join in scope.select.args.get("joins") or () if join.args.get("on")]
        for tree in (*scope.select.expressions, *conditions):
            if tree.find(exp.Div) is not None:
                yield from dropped_fractions(_as_formula(tree.unalias()), scope.type_of)


def _as_formula(tree: exp.Expr) -> exp.Expr:
    """The expression parsed again, so that its calls are those whose types are known."""
    try:
        return read_one(one_line(tree))
    except SqlglotError:
        return tree


def _exactly(division: exp.Div) -> str:
    decimal = divisor_as_decimal(division)
    if decimal:
        return f"{one_line(division.this)} / {decimal}"
    above = one_line(division.this)
    is_simple = isinstance(division.this, (exp.Column, exp.Func, exp.Paren))
    return f"{above if is_simple else f'({above})'}::numeric / {one_line(division.expression)}"
