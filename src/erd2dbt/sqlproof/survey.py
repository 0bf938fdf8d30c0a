"""One walk through the expressions of a select: its aggregates, windows, and calls that may return several rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.sqlproof.functions import AGGREGATES, SETS, is_aggregate, is_of_catalog, single_valued


@dataclass(slots=True)
class Survey:
    """The calls that were found. Subqueries are skipped: they have their own rows.

    `aggregates`: the outermost calls, without those over a window. `sets`: pairs (item, call).
    """

    aggregates: list[exp.Expr] = field(default_factory=list)
    windows: list[exp.Window] = field(default_factory=list)
    sets: list[tuple[int, exp.Expr]] = field(default_factory=list)


def survey(items: Iterable[tuple[int, exp.Expr]], having: exp.Expr | None) -> Survey:
    """Walk through the numbered expressions of a select list, and through HAVING, where no call may return a set."""
    found = Survey()
    for number, tree in items:
        _walk(found, number, tree)
    if having is not None:
        _walk(found, None, having)
    return found


def _walk(found: Survey, number: int | None, tree: exp.Expr) -> None:
    """`number` is None inside a node that takes no set, such as CASE (PostgreSQL manual, section 36.5.9)."""
    waiting: list[tuple[exp.Expr, int | None, bool]] = [(tree, number, False)]
    while waiting:
        node, item, inside = waiting.pop()
        kind = _KINDS.get(type(node)) or _kind(node)
        if kind == "leaf":
            continue
        if kind == "window":
            found.windows += [node] if isinstance(node, exp.Window) else []
            waiting += [(child, None, inside) for child in _around(node)]
            continue
        if kind in ("aggregate", "call") and is_aggregate(node):
            found.aggregates += [] if inside else [node]
            item, inside = None, True
        elif item is not None and (kind == "set" or (kind == "call" and not single_valued(node))):
            found.sets.append((item, node))
        waiting += [(child, None if kind == "single" else item, inside) for child in node.iter_expressions()]


# The treatment of a node by its class, filled as classes occur.
_KINDS: dict[type[exp.Expr], str] = {}
_TREATED: tuple[tuple[str, tuple[type[exp.Expr], ...]], ...] = (
    ("leaf", (exp.Query, exp.Column, exp.Literal, exp.DataType, exp.Identifier, exp.Var)),
    ("window", (exp.Window,)),
    ("single", (exp.Case, exp.Coalesce)),
    ("set", SETS),
    ("aggregate", (*AGGREGATES, exp.Filter, exp.WithinGroup)),
    ("call", (exp.Anonymous,)),
)


def _kind(node: exp.Expr) -> str:
    other = "aggregate" if not isinstance(node, exp.Anonymous) and is_of_catalog(node) else "plain"
    found = next((kind for kind, classes in _TREATED if isinstance(node, classes)), other)
    _KINDS[type(node)] = found
    return found


def _around(node: exp.Expr) -> list[exp.Expr]:
    """The parts of a window call without the function itself, which is not an aggregate of the select."""
    call = node.args["this"]
    while isinstance(call, (exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)):
        call = call.this
    inside = list(call.iter_expressions()) if isinstance(call, exp.Expr) else []
    return inside + [child for child in node.iter_expressions() if child is not node.args["this"]]
