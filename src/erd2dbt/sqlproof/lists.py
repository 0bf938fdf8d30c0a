"""Lists that an aggregate collects: which expression returns their length, and which one of their elements.

The length of a list is a count, whether it is the `cardinality` of an array or the `length` of a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.sql.catalog import catalog
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.functions import called, is_aggregate

_NUMBERS = {"integer", "numeric", "float"}
_READS = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)
_TYPED: dict[type[exp.Expr], bool] = {}  # whether the functions of a kind of node return numbers
_SOURCES = (exp.From, exp.Join, exp.Lateral, exp.CTE)


def gives_number(tree: exp.Expr) -> bool:
    """Whether a function returns a number for every argument: over a list, the number depends on its length."""
    if isinstance(tree, exp.Cast):
        return tree.to.this in exp.DataType.NUMERIC_TYPES
    if not isinstance(tree, exp.Func):
        return False
    if isinstance(tree, exp.Anonymous):
        return _is_numeric(called(tree))
    kind = type(tree)
    if kind not in _TYPED:  # printed once: sqlglot has names of its own for functions
        _TYPED[kind] = _is_numeric(called(tree)) or _is_numeric(one_line(tree).partition("(")[0].lower())
    return _TYPED[kind]


@cache
def _is_numeric(function: str) -> bool:
    given = {family(signature.gives) for signature in catalog().functions(function)}
    return bool(given) and given <= _NUMBERS


def takes_element(tree: exp.Expr) -> bool:
    """Whether an expression reads one element of a list: `list[1]`, `list -> 0`. A slice is a list."""
    if isinstance(tree, exp.Bracket):
        return not any(isinstance(index, exp.Slice) for index in tree.expressions)
    return isinstance(tree, _READS)


def length_of(aggregate: exp.Expr) -> exp.Expr | None:
    """The expression around an aggregate that returns the length of the list that it collects; None without one."""
    node = aggregate.parent
    while node is not None and not takes_element(node):
        if gives_number(node):
            return node
        if isinstance(node, exp.Subquery) and isinstance(node.parent, _SOURCES):
            return None
        node = node.parent
    return None


def lengths(tree: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """Each call in an expression that returns a number, with each of its arguments. An aggregate counts lists, not
    their elements. Subqueries are not searched."""
    for node in tree.walk(prune=lambda n: isinstance(n, exp.Query)):
        if isinstance(node, exp.Func) and gives_number(node) and not is_aggregate(node):
            yield from ((node, argument) for argument in node.iter_expressions())
