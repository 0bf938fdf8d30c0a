"""Conditions that a query shows as columns: `row_number() over (…) = 1 as is_first`, which a later filter may name.

A flag keeps its condition, in the ids of its relation. A filter by the flag then says what the condition says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from erd2dbt.prove.state import State
from erd2dbt.sql.trees import rewritten
from erd2dbt.sqlproof.formulas import renamed
from erd2dbt.sqlproof.functions import steady
from erd2dbt.sqlproof.predicates import bare
from erd2dbt.sqlproof.scope import OUTER
from erd2dbt.sqlproof.terms import Terms

_CONDITIONS = (exp.Predicate, exp.Connector, exp.Not, exp.Case)
Flags = Mapping[str, exp.Expr]


def flags_of(terms: Terms, items: Iterable[tuple[str, exp.Expr | None]]) -> dict[str, exp.Expr]:
    """The condition of each flag among the items of a select, in the ids of `terms`.

    `items`: id, and expression or None for a column of a star.
    """
    found = {}
    for id_, tree in items:
        made = terms.flags.get(id_) or (_condition(terms, tree) if tree is not None else None)
        if made is not None:
            found[id_] = made
    waiting = list(found.values())
    while waiting:  # a condition may read a column that is a flag itself
        read = {column.name for column in waiting.pop().find_all(exp.Column)} & terms.flags.keys() - found.keys()
        found |= {id_: terms.flags[id_] for id_ in read}
        waiting += [terms.flags[id_] for id_ in sorted(read)]
    return found


def _condition(terms: Terms, tree: exp.Expr) -> exp.Expr | None:
    """A condition, or a choice by conditions, with the id of each column for its name; None for anything else."""
    if not _is_choice(tree):
        return None
    missing = False

    def in_ids(node: exp.Expr) -> exp.Expr:
        nonlocal missing
        id_ = terms.column(node)
        missing = missing or id_ == OUTER or (id_ is None and isinstance(node, (exp.Column, exp.Query)))
        return node if id_ is None or missing else exp.column(id_, quoted=True)

    made = _as_choice(rewritten(tree, in_ids))
    return made if not missing and steady(made) else None


def _is_choice(tree: exp.Expr) -> bool:
    """Whether an expression is a condition or a choice, also with a default for NULL, or as the number 1 or 0."""
    inner = bare(tree)
    if isinstance(inner, exp.Coalesce) and len(inner.expressions) == 1:
        return isinstance(inner.expressions[0], exp.Boolean) and _is_choice(inner.this)
    if isinstance(inner, exp.Cast) and inner.to.this in exp.DataType.INTEGER_TYPES:
        return _is_choice(inner.this) and not isinstance(bare(inner.this), exp.Case)
    return isinstance(inner, _CONDITIONS)


def _as_choice(tree: exp.Expr) -> exp.Expr:
    """`c::int` as a choice: it is 1 where `c` is true, and another value elsewhere."""
    inner = bare(tree)
    if not isinstance(inner, exp.Cast) or isinstance(bare(inner.this), exp.Cast):
        return inner
    return exp.Case().when(inner.this, exp.Literal.number(1)).else_(exp.Literal.number(0))


def needed(
    flags: Flags, state: State, counts: Mapping[str, frozenset[str]], windows: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """The columns without which a flag would say nothing of the rows: the keys that a column of it belongs to.

    `windows`: the columns of window calls, each with the columns of its partition. A flag may compare one of them.
    """
    for tree in flags.values():
        for id_ in (column.name for column in tree.find_all(exp.Column)):
            if id_ in flags:
                yield id_
            if id_ in windows:
                yield from (id_, *sorted(windows[id_]))
            if id_ in counts:
                yield from (id_, *sorted(counts[id_]))
            for key in state.keys:
                if id_ in key.columns:
                    yield from sorted(key.columns)


def shown(flags: Flags, names: Mapping[str, str]) -> dict[str, exp.Expr]:
    """The flags under the ids of the outputs. A flag is lost where a column of its condition is."""
    made = ((names[id_], renamed(tree, names)) for id_, tree in flags.items() if id_ in names)
    return {out: tree for out, tree in made if tree is not None}
