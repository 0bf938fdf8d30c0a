"""Trees walked and rewritten, in one pass each: what sqlglot does by copying first is most of a run's seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp


def nodes(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The tree and all below it, in the order in which they are written."""
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
    """Every column reference, once per occurrence, in the order in which they are written."""
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
    """A new tree in which what `visit` answers stands for each node; below a node that it replaced nothing is visited.

    The old tree is left as it was, and shares no node with the new one but those that `visit` answers.
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


def with_columns(tree: exp.Expr, called: Callable[[str, str], str]) -> exp.Expr:
    """A new tree in which each column is called as (its relation or "", its name) says."""

    def visit(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return exp.Column(this=exp.Identifier(this=called(node.table, node.name), quoted=True))
        return node

    return rewritten(tree, visit)
