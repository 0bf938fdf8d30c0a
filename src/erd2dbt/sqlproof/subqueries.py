"""Subqueries outside FROM: the values that they return are read and checked, and how an expression uses them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.sql.three_valued import quantified
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
    below, node = _list_of(query)
    if node is not None and quantified(node):
        every = isinstance(node, exp.All) or node.name.lower() == "all"
        _, comparison = _user(node)
        if comparison is not None and isinstance(comparison, exp.NEQ if every else exp.EQ):
            return without_members(comparison, out=every)
        return None
    return without_members(node) if isinstance(node, exp.In) and below is not node.this else None


def membership(query: exp.Expr) -> exp.Expr | None:
    """The test that a value is in the list of a subquery: `in` or `= any`; None for any other use."""
    below, node = _list_of(query)
    if node is not None and quantified(node):
        _, comparison = _user(node)
        some = not isinstance(node, exp.All) and node.name.lower() != "all"
        return comparison if some and isinstance(comparison, exp.EQ) else None
    return node if isinstance(node, exp.In) and below is not node.this else None


def _list_of(query: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    """The node that uses a subquery as a list, which may be an array, and the brackets around the list."""
    below, node = _user(query)
    while isinstance(node, exp.Array) or (isinstance(node, exp.Cast) and node.to.this is exp.DType.ARRAY):
        below, node = _user(node)
    return below, node


def without_members(test: exp.Expr, *, out: bool = False) -> exp.Expr | None:
    """The condition that is true where a value is in no list, and not where it is NULL whether it is.

    `out`: the test itself is true for a value that is not in the list. None where members are wanted.
    """
    found, (_, node) = test if out else None, _user(test)
    decided = False  # after `is true`, NULL is false
    while isinstance(node, (exp.Connector, exp.Not, exp.Is, exp.EQ)):
        flips = isinstance(node, exp.Not)
        if isinstance(node, (exp.Is, exp.EQ)):
            if not isinstance(node.expression, exp.Boolean):
                break
            flips = not node.expression.this
        if flips and decided:
            return None
        found = found if not flips else node if found is None else None
        decided = decided or isinstance(node, exp.Is)
        _, node = _user(node)
    return found


def _user(tree: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    """The node that uses an expression, and the brackets around the expression."""
    below, node = tree, tree.parent
    while isinstance(node, (exp.Paren, exp.Subquery)):
        below, node = node, node.parent
    return below, node
