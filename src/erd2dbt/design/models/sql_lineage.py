"""Lineage of a hand-written query, by its text alone: output column -> upstream column, or the expression as SQL.

Nothing is proved here; what the values of a column are is what `attribute_origins` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import alias_columns, alias_of, folded, output_name

Upstream = tuple[str, str] | str  # (model, its column), or the expression as SQL
Upstreams = dict[str, Upstream]
_Env = Mapping[str, Upstreams]


def upstream_columns(query: exp.Query, reads: Mapping[str, Iterable[str]]) -> Upstreams:
    """Column -> its origin, where that can be followed. `reads`: the columns of each dbt model that the query reads."""
    try:
        return _of_query(query, {model: {name: (model, name) for name in columns} for model, columns in reads.items()})
    except RecursionError:
        return {}


def _of_query(query: exp.Expr, env: _Env) -> Upstreams:
    """Of a union the first query; a recursive one is not followed into itself."""
    known = dict(env)
    with_ = query.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        known[folded(cte.args["alias"].this)] = _called(_of_query(cte.this, known), alias_columns(cte))
    if isinstance(query, exp.Subquery | exp.SetOperation):
        return _of_query(query.this, known)
    return _of_select(query, known) if isinstance(query, exp.Select) else {}


def _called(origins: Upstreams, names: tuple[str, ...]) -> Upstreams:
    """The same under the names of `as t(a, b)`."""
    return dict(zip((*names, *[*origins][len(names) :]), origins.values(), strict=False))


def _of_select(select: exp.Select, env: _Env) -> Upstreams:
    sources = dict(_sources(select, env))
    found: Upstreams = {}
    for item in select.expressions:
        if isinstance(item, exp.Star):
            found |= {name: origin for origins in sources.values() for name, origin in origins.items()}
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            found |= sources.get(folded(item.args.get("table")), {})
        else:
            tree = item.unalias()
            known = _of_column(tree, sources) if isinstance(tree, exp.Column) else None
            found[output_name(item)] = known or one_line(tree)
    return found


def _of_column(column: exp.Column, sources: Mapping[str, Upstreams]) -> Upstream | None:
    name, table = folded(column.this), column.args.get("table")
    if table is not None:
        return sources.get(folded(table), {}).get(name)
    return next((origins[name] for origins in sources.values() if name in origins), None)


def _sources(select: exp.Select, env: _Env) -> Iterator[tuple[str, Upstreams]]:
    """What is in FROM and JOIN, by its alias."""
    source = select.args.get("from_")
    for part in (source, *(select.args.get("joins") or [])):
        tree = part.this if part is not None else None
        if isinstance(tree, exp.Table) and isinstance(tree.this, exp.Identifier):
            name = folded(tree.this)
            yield alias_of(tree) or name, _called(env.get(name, {}), alias_columns(tree))
        elif isinstance(tree, exp.Query):
            yield alias_of(tree), _called(_of_query(tree, env), alias_columns(tree))
