"""Subqueries outside FROM: the facts that a filter by one gives, and the aggregates in them.

`c = (select max(x) from t where t.k = s.k)` makes c a function of k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.functions import PURE
from erd2dbt.sqlproof.predicates import bare
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.scope import OUTER, Missing, Scope
from erd2dbt.sqlproof.sources import from_scope
from erd2dbt.sqlproof.terms import Terms

_ONE_VALUE = (exp.Max, exp.Min, exp.Count)
_SIMPLE = (
    *PURE, *_ONE_VALUE, exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Where, exp.Column, exp.Identifier,
    exp.Star, exp.Alias,
)  # fmt: skip


def inputs_of(reader: Reader, terms: Terms, scope: Scope, env: Env) -> Callable[[exp.Expr], frozenset[str] | None]:
    """Like `terms.inputs`. For a subquery with one aggregate, it returns the columns of this query that it reads."""

    def inputs(tree: exp.Expr) -> frozenset[str] | None:
        inner = bare(tree)
        if isinstance(inner, exp.Subquery):
            return _read_from(reader, inner.this, scope, env)
        return terms.inputs(tree)

    return inputs


def _read_from(reader: Reader, select: exp.Expr, scope: Scope, env: Env) -> frozenset[str] | None:
    """The columns of `scope` that determine the subquery's value; None for any but the simplest subquery."""
    if not isinstance(select, exp.Select) or len(select.expressions) != 1 or select.args.get("joins"):
        return None
    if not isinstance(select.expressions[0].unalias(), _ONE_VALUE):
        return None
    everything = list(nodes(select))
    if sum(isinstance(node, exp.Select) for node in everything) != 1:
        return None
    if not all(isinstance(node, _SIMPLE) for node in everything):
        return None
    inner = from_scope(reader, select, env, scope)
    found = set()
    for column in everything:
        if not isinstance(column, exp.Column):
            continue
        place = inner.find(column)
        if place == OUTER:
            place = scope.find(column)
            if isinstance(place, str) and place != OUTER:
                found.add(place)
        if isinstance(place, Missing):
            return None
    return frozenset(found)


def look_within(reader: Reader, tree: exp.Select, env: Env, scope: Scope) -> None:
    """Read each scalar subquery of a select, and check its aggregates. `exists` returns no value, so it is skipped."""
    joins = tree.args.get("joins") or []
    clauses = [*tree.expressions, tree.args.get("where"), tree.args.get("having"), *(j.args.get("on") for j in joins)]
    for clause in clauses:
        for query in _outermost(clause) if clause is not None else ():
            if not isinstance(query.parent, exp.In) or any(isinstance(node, exp.AggFunc) for node in nodes(query)):
                reader.within[id(query)] = reader.query(reader, query, env, scope)


def _outermost(tree: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(tree, exp.Exists):
        return
    if isinstance(tree, exp.Query):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from _outermost(child)
