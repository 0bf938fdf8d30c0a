"""W310 of hand-written SQL: a query divides integers, and the fraction is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from erd2dbt.design.plans.output_types import Formula, Scope, scopes_of
from erd2dbt.design.plans.plan import Relation
from erd2dbt.sql.integer_division import divisor_as_decimal, dropped_fractions
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes


def dropped_in(query: exp.Query, reads: Mapping[str, Relation]) -> dict[str, tuple[exp.Div, str]]:
    """Each division of integers by its text, and the same division with its fraction."""
    return {one_line(division): (division, _exactly(division)) for division in _divisions(scopes_of(query, reads))}


def _divisions(scopes: Iterable[Scope]) -> Iterator[exp.Div]:
    for scope in scopes:
        conditions = [scope.select.args.get(name) for name in ("where", "having")]
        conditions = [clause.this for clause in conditions if clause is not None]
        conditions += [join.args["on"] for join in scope.select.args.get("joins") or () if join.args.get("on")]
        for tree in (*scope.select.expressions, *conditions):
            if tree.find(exp.Div) is not None:
                yield from _in_expression(tree.unalias(), scope)


def _in_expression(tree: exp.Expr, scope: Scope) -> Iterator[exp.Div]:
    formula = scope.formula(tree)
    for division in dropped_fractions(
        formula.tree, formula.type_of, is_total=lambda column: _is_total(formula, column)
    ):
        found = formula.written(division)
        if isinstance(found, exp.Div):
            yield found
    for subquery in _subqueries(tree):
        yield from _divisions(scope.within(subquery))


def _is_total(formula: Formula, column: exp.Column) -> bool:
    """Whether a column stands for a subquery that returns a sum or count."""
    subquery = formula.subqueries.get(column.name)
    outputs = subquery.selects if subquery is not None else ()
    return any(isinstance(node, (exp.Sum, exp.Count)) for output in outputs for node in nodes(output))


def _subqueries(tree: exp.Expr) -> Iterator[exp.Query]:
    """The outermost queries in an expression."""
    if isinstance(tree, exp.Query):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from _subqueries(child)


def _exactly(division: exp.Div) -> str:
    decimal = divisor_as_decimal(division)
    if decimal:
        return f"{one_line(division.this)} / {decimal}"
    above = one_line(division.this)
    is_simple = isinstance(division.this, (exp.Column, exp.Func, exp.Paren, exp.Subquery))
    return f"{above if is_simple else f'({above})'}::numeric / {one_line(division.expression)}"
