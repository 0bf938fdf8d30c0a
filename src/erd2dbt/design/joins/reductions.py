"""Reductions are shared: the same input on the same join columns is aggregated once for all columns."""

from __future__ import annotations

from sqlglot import exp

from erd2dbt.design.joins.draft import Draft, InputMatch, Match, Reduction
from erd2dbt.design.joins.filters import row_filter
from erd2dbt.design.joins.scope import Scope
from erd2dbt.sql.expression import Tree


def own_reduction(draft: Draft, scope: Scope) -> Reduction | None:
    """The grouping of the model's rows themselves, when `scope` has them; None otherwise."""
    return draft.inner if draft.inner and draft.inner.scope is scope else None


def reduction(
    draft: Draft,
    met: InputMatch,
    via: str | None,
    *,
    order: tuple[Tree, ...] | None = None,
    where: Tree | None = None,
    last: bool = False,
) -> Reduction:
    """The existing reduction of this input with these columns, order and filter; else a new one."""
    if met.own and draft.where is not None:  # the model's own filter applies wherever its rows are read
        where = _both(row_filter(draft, met.scope), where)
    for known in draft.reductions:
        same_input = known.met is not None and known.met.is_like(met)
        if same_input and (known.order, known.where, known.last) == (order, where, last):
            return known
    base = met.scope.base.relation.name
    if order is None:
        name = draft.names.fresh(f"{base}_by_{_short(met.on)}{f'_as_{via}' if via else ''}")
    else:
        name = draft.names.fresh(f"{'last' if last else 'first'}_{base}")
    draft.names.imported(base)
    made = Reduction(name, met.scope, met.on, order=order, where=where, last=last, met=met)
    draft.reductions.append(made)
    return made


def _both(one: Tree | None, other: Tree | None) -> Tree | None:
    return exp.and_(one, other) if one is not None and other is not None else one or other


def _short(on: tuple[Match, ...]) -> str:
    """`campaign_id, date` -> `campaign_date`: a short name of the group."""
    return "_".join(match.name.removesuffix("_id") or match.name for match in on)
