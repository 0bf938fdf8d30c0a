"""Reductions found or made: the same input met on the same columns is aggregated once for all columns."""

from __future__ import annotations

from erd2dbt.design.draft import Draft, Match, Reduction
from erd2dbt.design.scope import Scope
from erd2dbt.sql.expression import Tree


def own_reduction(draft: Draft, scope: Scope) -> Reduction | None:
    """The grouping of the rows themselves, when `scope` is theirs."""
    return draft.inner if draft.inner and draft.inner.scope is scope else None


def reduction(
    draft: Draft,
    scope: Scope,
    on: tuple[Match, ...],
    via: str | None,
    *,
    order: tuple[Tree, ...] | None = None,
    where: Tree | None = None,
    last: bool = False,
) -> Reduction:
    """The known reduction of this input on these columns, in this order and filter; else a new one."""
    if order is None and draft.where is not None and scope.base.relation is draft.rows[0]:
        where = draft.where  # the model's own filter holds wherever its rows are read
    for known in draft.reductions:
        same_input = known.scope is scope or (
            known.scope.base.relation is scope.base.relation and _plain(known.on) == _plain(on)
        )
        if same_input and (known.order, known.where, known.last) == (order, where, last):
            return known
    base = scope.base.relation.name
    if order is None:
        name = draft.names.fresh(f"{base}_by_{_short(on)}{f'_as_{via}' if via else ''}")
    else:
        name = draft.names.fresh(f"{'last' if last else 'first'}_{base}")
    draft.names.imported(base)
    made = Reduction(name, scope, on, order=order, where=where, last=last)
    draft.reductions.append(made)
    return made


def _plain(on: tuple[Match, ...]) -> list[tuple[str, str]]:
    return [(match.name, match.column) for match in on]


def _short(on: tuple[Match, ...]) -> str:
    """`campaign_id, date` -> `campaign_date`: what a reader would call the group."""
    return "_".join(match.name.removesuffix("_id") or match.name for match in on)
