"""Subqueries outside FROM: the values that they return are read and checked, and how an expression uses them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.scope import Scope


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


def is_scalar(query: exp.Expr) -> bool:
    """Whether a subquery in an expression must return one row at most. Lists, arrays and `exists` take any number."""
    below, node = _user(query)
    if isinstance(node, exp.In):
        return below is node.this or len(node.expressions) > 1
    return not isinstance(node, (exp.Exists, exp.Any, exp.All, exp.Array))


def excluding(query: exp.Expr) -> exp.Expr | None:
    """The condition that a value is not in the list of a subquery: `not in` or `<> all`; None for any other use."""
    below, node = _user(query)
    if isinstance(node, exp.All):
        _, comparison = _user(node)
        return comparison if isinstance(comparison, exp.NEQ) else None
    if not isinstance(node, exp.In) or below is node.this:
        return None
    _, negation = _user(node)
    return negation if isinstance(negation, exp.Not) else None


def _user(tree: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    """The node that uses an expression, and the brackets around the expression."""
    below, node = tree, tree.parent
    while isinstance(node, (exp.Paren, exp.Subquery)):
        below, node = node, node.parent
    return below, node
