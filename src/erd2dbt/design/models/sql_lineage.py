"""Lineage of a hand-written query, by its text alone: output column -> upstream column, or the expression as SQL.

Nothing is proved here. `attribute_origins` finds the origin of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import alias_columns, folded
from erd2dbt.sqlproof.output_columns import known_of, output_columns, source_columns, under_names

Upstream = tuple[str, str] | str  # (model, its column), or the expression as SQL
Upstreams = dict[str, Upstream]
_Env = Mapping[str, Upstreams]


def upstream_columns(query: exp.Query, reads: Mapping[str, Iterable[str]]) -> Upstreams:
    """Column -> its origin, where it can be traced. `reads`: the columns of each dbt model that the query reads."""
    try:
        return _of_query(query, {model: {name: (model, name) for name in columns} for model, columns in reads.items()})
    except RecursionError:
        return {}


def _of_query(query: exp.Expr, env: _Env) -> Upstreams:
    """The origins of any query: of a union, the first select's; a recursive query is not traced into itself."""
    known = dict(env)
    with_ = query.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        known[folded(cte.args["alias"].this)] = under_names(_of_query(cte.this, known), alias_columns(cte))
    if isinstance(query, exp.Subquery | exp.SetOperation):
        return _of_query(query.this, known)
    return _of_select(query, known) if isinstance(query, exp.Select) else {}


def _of_select(select: exp.Select, env: _Env) -> Upstreams:
    sources = source_columns(select, env, lambda query, _: _of_query(query, env))

    def upstream(tree: exp.Expr) -> Upstream:
        known = known_of(tree, sources) if isinstance(tree, exp.Column) else None
        return known or one_line(tree)

    return output_columns(select, sources, upstream)
