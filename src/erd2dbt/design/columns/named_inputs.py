"""The inputs that an aggregate names, in its values and in its conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree


def value_of(aggregate: Tree) -> list[str]:
    """The inputs that an aggregate names outside of its filter."""
    call = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
    return _named(sql.references(call))


def named_in(aggregate: Tree) -> list[str]:
    """All inputs that an aggregate names.

    Those of its values come before those of conditions, which only filter rows.
    """
    return list(dict.fromkeys((*_named(_values(aggregate)), *_named(sql.references(aggregate)))))


def _named(references: Iterable[exp.Column | exp.Dot]) -> list[str]:
    return [parts[0] for r in references if len(parts := sql.parts(r)) > 1]


def _values(tree: Tree) -> Iterator[exp.Column | exp.Dot]:
    """The references of an expression that are not in a condition."""
    if isinstance(tree, exp.Column | exp.Dot):
        yield tree
        return
    conditions = [tree.args.get("expression")] if isinstance(tree, exp.Filter) else []
    conditions += [tree.this] if isinstance(tree, exp.If | exp.Case) else []
    for child in tree.iter_expressions():
        if not any(child is condition for condition in conditions):
            yield from _values(child)
