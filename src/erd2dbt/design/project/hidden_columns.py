"""Columns that an item of the same select hides by its name, on engines where expressions see the names of items.

`select upper(name) as name, length(name) as n`: there, `n` is the length of the text in capitals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.plans.plan import Item, Select
from erd2dbt.sql.expression import Tree, column, is_aggregate, outer_aggregates
from erd2dbt.sql.trees import nodes, rewritten


def unhidden(select: Select) -> Select:
    """The select with `relation.column` for each column that is read behind the name of an item."""
    if select.joins:
        return select  # all of its columns have their relation
    reads = [_reads(item) for item in select.items]
    hidden = _hidden(select, reads)
    if not hidden:
        return select

    def named(tree: Tree) -> Tree:
        return rewritten(tree, lambda node: column(node.name, select.source) if _name(node) in hidden else node)

    items = (replace(item, tree=named(item.tree or column(item.name))) if names & hidden else item
             for item, names in zip(select.items, reads, strict=True))  # fmt: skip
    where = named(select.where) if select.where is not None else None
    return replace(select, items=tuple(items), where=where)


def _hidden(select: Select, reads: Sequence[set[str]]) -> set[str]:
    """Names of columns that another item, an aggregate or the condition reads behind an item of that name.

    `reads`: the columns of each item.
    """
    times = Counter(name for names in reads for name in names)
    times.update(_columns(select.where) if select.where is not None else ())
    return {
        item.name
        for item, names in zip(select.items, reads, strict=True)
        if times[item.name]
        and item.tree is not None
        and _name(item.tree) != item.name
        and (times[item.name] > 1 or item.name not in names or _aggregates(item.tree))
    }


def _reads(item: Item) -> set[str]:
    return _columns(item.tree) if item.tree is not None else {item.name}


def _columns(tree: Tree) -> set[str]:
    return {name for node in nodes(tree) if (name := _name(node)) is not None}


def _aggregates(tree: Tree) -> bool:
    return is_aggregate(tree) or any(True for _ in outer_aggregates(tree))


def _name(tree: Tree) -> str | None:
    """The name of a column without a relation."""
    return tree.name if isinstance(tree, exp.Column) and not tree.text("table") else None
