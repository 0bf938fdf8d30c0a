"""Restricts an expression to some rows of one table, by the FILTER clauses of its aggregates."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.sql.expression import aggregate_word, is_aggregate, outer_aggregates
from erd2dbt.sql.printing import ChangedError, printed
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.trees import columns_in, copied, rewritten

_OF_ONE_ROW = frozenset({"min", "max", "first", "last"})


def restricted_to(text: str, table: str, where: str) -> str | None:
    """Return the expression with the condition on each aggregate over the table.

    None where no filter can say it: no aggregate is over the table, or the table is also read in another way.
    """
    try:
        tree, condition = copied(read_one(text)), read_one(where)
        if not _is_filterable(tree, table):
            return None
        return printed(rewritten(tree, lambda node: _filtered(node, table, condition)))
    except (ChangedError, SqlglotError):
        return None


def released_from(text: str, table: str, where: str) -> str | None:
    """Return the expression to which `restricted_to` added the condition last; None where it did not."""
    try:
        tree, condition = copied(read_one(text)), read_one(where)
        released = printed(rewritten(tree, lambda node: _released(node, table, condition)))
        return released if restricted_to(released, table, where) == printed(tree) else None
    except (ChangedError, SqlglotError):
        return None


def without_condition(text: str, condition: str) -> str | None:
    """Return a condition without its last part, empty if that was all; None where it does not end with this part."""
    try:
        rest = _without(read_one(text), read_one(condition))
        return rest if rest is None else printed(_joined(rest)) if rest else ""
    except (ChangedError, SqlglotError):
        return None


def is_of_one_row(text: str) -> bool:
    """Return whether the value of each aggregate is of a single row: a first, a last, a minimum or a maximum."""
    try:
        return all(aggregate_word(one) in _OF_ONE_ROW for one in outer_aggregates(read_one(text)))
    except SqlglotError:
        return False


def _released(node: exp.Expr, table: str, condition: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Filter) or not is_aggregate(node) or _tables(_call(node)) != {table}:
        return node
    rest = _without(node.expression.this, condition)
    if rest is None:
        return node
    call = copied(_call(node))
    return exp.Filter(this=call, expression=exp.Where(this=_joined(rest))) if rest else call


def _without(tree: exp.Expr, condition: exp.Expr) -> list[exp.Expr] | None:
    """Return the parts of a condition before the last ones; None where these are others."""
    every, last = _parts(tree), _parts(condition)
    return every[: -len(last)] if every[-len(last) :] == last else None


def _parts(tree: exp.Expr) -> list[exp.Expr]:
    """Return the conditions that `and` joins, without brackets around them."""
    if isinstance(tree, exp.And):
        return [*_parts(tree.this), *_parts(tree.expression)]
    return [tree.this if isinstance(tree, exp.Paren) else tree]


def _joined(parts: list[exp.Expr]) -> exp.Expr:
    first, *rest = [_operand(part) for part in parts] if len(parts) > 1 else [copied(part) for part in parts]
    for part in rest:
        first = exp.And(this=first, expression=part)
    return first


def _is_filterable(tree: exp.Expr, table: str) -> bool:
    """Return whether all that is read of the table is in aggregates over it alone."""
    reading = [one for one in outer_aggregates(tree) if _reads(one, table)]
    is_inside = sum(_reads(one, table) for one in reading) == _reads(tree, table)
    return bool(reading) and is_inside and all(_tables(_call(one)) == {table} for one in reading)


def _filtered(node: exp.Expr, table: str, condition: exp.Expr) -> exp.Expr:
    if not is_aggregate(node) or _tables(_call(node)) != {table}:
        return node
    own = node.expression.this if isinstance(node, exp.Filter) else None
    both = exp.And(this=_operand(own), expression=_operand(condition)) if own is not None else copied(condition)
    return exp.Filter(this=copied(_call(node)), expression=exp.Where(this=both))


def _operand(condition: exp.Expr) -> exp.Expr:
    """Return a condition for the side of an `and`."""
    return exp.Paren(this=copied(condition)) if isinstance(condition, exp.Or) else copied(condition)


def _call(aggregate: exp.Expr) -> exp.Expr:
    """Return an aggregate without its FILTER clause."""
    inner: exp.Expr = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
    return inner


def _tables(tree: exp.Expr) -> set[str]:
    """Return the tables whose columns are read: `lines` of `lines.product.name`."""
    return {column.parts[0].name for column in columns_in(tree) if len(column.parts) > 1}


def _reads(tree: exp.Expr, table: str) -> int:
    return sum(len(column.parts) > 1 and column.parts[0].name == table for column in columns_in(tree))
