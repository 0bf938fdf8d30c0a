"""What is known about each output column of a select, from what is known about the columns that it reads.

The walk does not depend on the property (a column's type, or its origin). The property is a `T`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlglot import exp

from erd2dbt.sqlproof.names import alias_columns, alias_of, folded, output_name

T = TypeVar("T")
Sources = dict[str, dict[str, T]]


def under_names(columns: Mapping[str, T], names: tuple[str, ...]) -> dict[str, T]:
    """The same columns renamed by `as t(a, b)`, which may list fewer names."""
    return dict(zip((*names, *[*columns][len(names) :]), columns.values(), strict=False))


def source_columns(
    select: exp.Select, env: Mapping[str, dict[str, T]], of_query: Callable[[exp.Query, Sources[T]], dict[str, T]]
) -> Sources[T]:
    """The columns of each FROM and JOIN item, by its alias. `env`: the relations that FROM may name.

    `of_query`: the columns of a query that may read the items before it. Only a lateral one does.
    """
    found: Sources[T] = {}
    for part in (select.args.get("from_"), *(select.args.get("joins") or [])):
        tree = part.this if part is not None else None
        if isinstance(tree, exp.Table) and isinstance(tree.this, exp.Identifier):
            name = folded(tree.this)
            found[alias_of(tree) or name] = under_names(env.get(name, {}), alias_columns(tree))
        elif isinstance(tree, exp.Query):
            found[alias_of(tree)] = under_names(of_query(tree, {}), alias_columns(tree))
        elif isinstance(tree, exp.Lateral) and isinstance(tree.this, exp.Query):
            found[alias_of(tree)] = under_names(of_query(tree.this, dict(found)), alias_columns(tree))
    return found


def known_of(column: exp.Column, sources: Mapping[str, dict[str, T]]) -> T | None:
    """What is known about a column: by its qualifier, or in the first relation that has it."""
    name, table = folded(column.this), column.args.get("table")
    if table is not None:
        return sources.get(folded(table), {}).get(name)
    return next((columns[name] for columns in sources.values() if name in columns), None)


def output_columns(
    select: exp.Select, sources: Mapping[str, dict[str, T]], of: Callable[[exp.Expr], T]
) -> dict[str, T]:
    """Each output column of the select, in its place, with stars expanded.

    A name that an earlier column has gets a number, which no query can write: set operations match by place. `of`: the
    value of an expression without its alias.
    """
    found: dict[str, T] = {}
    for item in select.expressions:
        if isinstance(item, exp.Star):
            shown = _of_star(select, sources)
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            shown = [*sources.get(folded(item.args.get("table")), {}).items()]
        else:
            shown = [(output_name(item), of(item.unalias()))]
        for name, known in shown:
            found[name if name not in found else f"{name} ({len(found)})"] = known
    return found


def _of_star(select: exp.Select, sources: Mapping[str, dict[str, T]]) -> list[tuple[str, T]]:
    """The columns of `*`: first those of `using`, each once, then the others of each relation."""
    joins = select.args.get("joins") or []
    shared = dict.fromkeys(folded(name) for join in joins for name in join.args.get("using") or ())
    every = [(name, known) for columns in sources.values() for name, known in columns.items()]
    merged = [next(((name, known) for name, known in every if name == one), None) for one in shared]
    return [*(pair for pair in merged if pair is not None), *(pair for pair in every if pair[0] not in shared)]
