"""Whether every row of a model meets rows of an input, so that a minimum or an average of them is never empty."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.design.claims import link_claims
from erd2dbt.design.draft import Draft, Reduction
from erd2dbt.design.plan import Origin
from erd2dbt.prove.claims import ClaimKind


def always_met(draft: Draft, reduction: Reduction) -> bool:
    """Whether a claim, or the rows themselves, say that every row of the model has rows of the input."""
    base = reduction.scope.base
    pairs = set(_origins(draft, reduction))
    plain = all(match.node is base and match.name in draft.grain for match in reduction.on)
    if draft.union or not plain or len(pairs) < len(reduction.on):
        return False
    entities = {outer.entity for outer, _ in pairs}
    if base.relation in draft.rows:
        return all((outer.entity, outer.column) == (inner.entity, inner.column) for outer, inner in pairs)
    if len(entities) != 1:
        return False
    ends = {(outer.column, inner.column) for outer, inner in pairs}
    graph = draft.world.graph
    return any(
        claim.kind in (ClaimKind.PARTICIPATION, ClaimKind.REFERENCE)
        and (claim.relation, claim.target) == (next(iter(entities)), base.relation.name)
        and set(zip(claim.columns, claim.target_columns, strict=True)) == ends
        for hop in graph.hops(next(iter(entities)))
        for claim in link_claims(hop.link, graph)
        if claim.target_columns
    )


def _origins(draft: Draft, reduction: Reduction) -> Iterator[tuple[Origin, Origin]]:
    fields = draft.outer.base.relation.fields
    for match in reduction.on:
        outer = fields[match.outer.name].origin if match.outer.name in fields else None
        inner = match.node.relation.fields[match.column].origin
        if outer is not None and inner is not None:
            yield outer, inner
