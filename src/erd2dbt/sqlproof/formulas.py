"""Formulas that a later select may repeat, such as the month of a day: their columns have the ids of a relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from erd2dbt.sql.trees import rewritten


def in_ids(tree: exp.Expr, id_of: Callable[[exp.Column], object]) -> exp.Expr | None:
    """The formula with the id of each column for its name; None where a column has none, or a subquery reads more."""
    if tree.find(exp.Query) is not None:
        return None
    found = {id(column): id_of(column) for column in tree.find_all(exp.Column)}
    if not found or not all(isinstance(id_, str) for id_ in found.values()):
        return None

    def shown(node: exp.Expr) -> exp.Expr:
        id_ = found.get(id(node))
        return exp.column(id_, quoted=True) if isinstance(id_, str) else node

    return rewritten(tree, shown)


def renamed(tree: exp.Expr, names: Mapping[str, str]) -> exp.Expr | None:
    """The formula under other ids; None where one has no other id."""
    return in_ids(tree, lambda column: names.get(column.name))
