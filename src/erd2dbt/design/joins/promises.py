"""The partners that links claim: for which rows of an entity a link always matches."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from erd2dbt.design.plans.claims import link_claims
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.prove.claims import ClaimKind

Pairs = Collection[tuple[str, str]]


def promised(graph: EntityGraph, source: str, pairs: Pairs, target: str) -> bool:
    """Whether links claim that each row of `source` with not-null columns has a partner in `target`.

    A claim comes from one link, or from a chain of links. Each link of a chain must compare the columns that the link
    before it has led to.
    """
    first = (source, tuple((a, a) for a, _ in pairs))
    seen, open_ends = {first}, [first]
    while open_ends:
        entity, shown = open_ends.pop()
        if entity == target and set(shown) == set(pairs):
            return True
        following = [end for end in _partners(graph, entity, shown) if end not in seen]
        seen.update(following)
        open_ends += following
    return False


_Shown = tuple[tuple[str, str], ...]  # column of the first entity -> the column of this one with the same value


def _partners(graph: EntityGraph, entity: str, shown: _Shown) -> Iterator[tuple[str, _Shown]]:
    """The entities in which links claim a partner, with the columns that are compared there."""
    wanted = {its for _, its in shown}
    for target, there in _promises(graph, entity):
        more = there.keys() - wanted  # a partly NULL key claims no partner
        if wanted <= there.keys() and not any((entity, column) in graph.nullable for column in more):
            yield target, tuple((a, there[its]) for a, its in shown)


def _promises(graph: EntityGraph, entity: str) -> list[tuple[str, dict[str, str]]]:
    """The entities in which each row has a partner, and the compared columns: its own -> the partner's."""
    found: list[tuple[str, dict[str, str]]] | None = graph.known.get(("promises", entity))
    if found is None:
        claims = (claim for hop in graph.hops(entity) for claim in link_claims(hop.link, graph))
        found = [
            (claim.target, dict(zip(claim.columns, claim.target_columns, strict=True)))
            for claim in claims
            if claim.kind in (ClaimKind.PARTICIPATION, ClaimKind.REFERENCE)
            and claim.relation == entity
            and claim.target
        ]
        graph.known["promises", entity] = found
    return found
