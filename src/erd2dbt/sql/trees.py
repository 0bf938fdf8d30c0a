"""Walks and rewrites trees in one pass each: sqlglot's own functions copy first, which takes most of a run's time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp


def nodes(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The tree and all nodes below it, in written order."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for value in reversed(node.args.values()):
            if isinstance(value, exp.Expr):
                waiting.append(value)
            elif type(value) is list:
                waiting.extend(v for v in reversed(value) if isinstance(v, exp.Expr))


def columns_in(tree: exp.Expr) -> Iterator[exp.Column]:
    """Every column reference, once per occurrence, in written order."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Column):
            yield node
            continue
        for value in reversed(node.args.values()):
            if isinstance(value, exp.Expr):
                waiting.append(value)
            elif type(value) is list:
                waiting.extend(v for v in reversed(value) if isinstance(v, exp.Expr))


def rewritten(tree: exp.Expr, visit: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """A new tree with each node replaced by the result of `visit`, if any. Nodes below a replaced one are not visited.

    The old tree is unchanged. The new tree shares no nodes with it, except those that `visit` returns.
    """
    new = visit(tree)
    if new is not tree:
        return new
    args: dict[str, Any] = {}
    for name, value in tree.args.items():
        if isinstance(value, exp.Expr):
            args[name] = rewritten(value, visit)
        elif type(value) is list:
            args[name] = [rewritten(v, visit) if isinstance(v, exp.Expr) else v for v in value]
        else:
            args[name] = value
    return type(tree)(**args)


def copied(tree: exp.Expr) -> exp.Expr:
    return rewritten(tree, _itself)


def _itself(node: exp.Expr) -> exp.Expr:
    return node


def distinct_of(argument: object) -> exp.Distinct | None:
    """The `distinct x` of an aggregate's argument, with or without `order by` behind it; None for a plain argument."""
    value = argument.this if isinstance(argument, exp.Order) else argument
    return value if isinstance(value, exp.Distinct) else None


def with_columns(tree: exp.Expr, called: Callable[[str, str], str]) -> exp.Expr:
    """A new tree in which each column has the name that `called` has for (its relation or "", its name)."""

    def visit(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return exp.Column(this=exp.Identifier(this=called(node.table, node.name), quoted=True))
        return node

    return rewritten(tree, visit)
