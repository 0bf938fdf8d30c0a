"""The entity graph seen from a child: the many-to-one steps that lead up from it, each as a path writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from erd2dbt.diagram.graph import EntityGraph, Hop, is_unique


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A many-to-one step. `word` is what a path says for it: the role, else the name of the entity it leads to."""

    entity: str
    columns: tuple[str, ...]  # of the child
    keys: tuple[str, ...]  # those of the parent that they match
    word: str
    role: str | None
    to_self: bool
    always: bool  # no row is without it


def parents(graph: EntityGraph, entity: str) -> tuple[Parent, ...]:
    """Each parent whose whole key the links give, in the order of the links; no two by one word."""
    found: dict[str, Parent] = {}
    for hop in references(graph, entity):
        if hop.to_one:
            word = hop.role or hop.target
            made = Parent(
                entity=hop.target,
                columns=tuple(a for a, _ in hop.pairs),
                keys=tuple(b for _, b in hop.pairs),
                word=word,
                role=hop.role,
                to_self=hop.target == entity,
                always=_is_drawn_always(hop),
            )
            found.setdefault(word, made)
    return tuple(found.values())


def children(graph: EntityGraph, entity: str) -> tuple[str, ...]:
    """The entities that refer to this one, without itself."""
    hops = (hop for hop in graph.hops(entity) if hop.target != entity)
    found = (h.target for h in hops if any(r.target == entity for r in references(graph, h.target)))
    return tuple(dict.fromkeys(found))


def references(graph: EntityGraph, entity: str) -> Iterator[Hop]:
    """The hops by which the entity refers to others: they lead to at most one row of these."""
    for hop in graph.hops(entity):
        if is_unique(graph.entities[hop.target], [b for _, b in hop.pairs]) and _leads_up(graph, hop):
            yield hop


def drawn_columns(graph: EntityGraph, entity: str) -> frozenset[str]:
    """The columns that links join on, though what they lead to may be several rows."""
    return frozenset(a for hop in graph.hops(entity) for a, _ in hop.pairs)


def _is_drawn_always(hop: Hop) -> bool:
    is_left = hop.source == hop.link.left and hop.pairs == hop.link.columns
    return (hop.link.right_cap if is_left else hop.link.left_cap).minimum > 0


def _leads_up(graph: EntityGraph, hop: Hop) -> bool:
    """Of two that match one to one, the one that cannot do without the other is the child; else the one drawn left."""
    if not is_unique(graph.entities[hop.source], [a for a, _ in hop.pairs]):
        return True
    link = hop.link
    is_left = hop.source == link.left and hop.pairs == link.columns
    needs_other, needed = (link.right_cap, link.left_cap) if is_left else (link.left_cap, link.right_cap)
    if needs_other.minimum != needed.minimum:
        return needs_other.minimum > needed.minimum
    return is_left
