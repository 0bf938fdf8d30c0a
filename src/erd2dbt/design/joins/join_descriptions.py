"""The columns and links by which each input of a model is joined, for the model's comment and for `explain`."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.design.joins.scope import Scope
from erd2dbt.design.plans.plan import Joined


def joined(draft: Draft) -> tuple[Joined, ...]:
    """Each input, once for each way in which it is joined: lookups of the rows, then inputs with their own lookups."""
    found = [*_lookups(draft.outer)]
    for scope in [*([draft.inner.scope] if draft.inner else []), *(scope for scope, _ in draft.union)]:
        found += _lookups(scope)
    for reduction in draft.reductions:
        found += [*_input(reduction), *_lookups(reduction.scope)]
    return tuple(dict.fromkeys(found))


def _lookups(scope: Scope) -> Iterator[Joined]:
    for _, join, there in scope.joins:
        reason = scope.reasons[join.alias]
        yield Joined(input=there.relation.name, on=scope.pairs(join.alias), links=reason.links, named=reason.named)


def _input(reduction: Reduction) -> Iterator[Joined]:
    """An input that is reduced to one row. The model's own rows need no reason."""
    met, base = reduction.met, reduction.scope.base
    if met is None or met.own:
        return
    yield Joined(input=base.relation.name, on=met.pairs, links=met.links, named=met.named, said=met.said)
