"""The entity graph from a child's side: its many-to-one links, each with its word in a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from erd2dbt.diagram.graph import EntityGraph, Hop, is_unique


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A many-to-one link. `word`: its word in a path, which is the role or else the name of the parent entity."""

    entity: str
    columns: tuple[str, ...]  # of the child
    keys: tuple[str, ...]  # the columns of the parent that they reference
    word: str
    role: str | None
    to_self: bool
    always: bool  # every row has a parent


def parents(graph: EntityGraph, entity: str) -> tuple[Parent, ...]:
    """Each parent whose whole key the links give, in the order of the links. Each word appears once."""
    found: dict[str, Parent] = {}
    for hop in references(graph, entity):
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
    """The hops by which the entity refers to others: each leads to at most one row."""
    for hop in graph.hops(entity):
        if is_unique(graph.entities[hop.target], [b for _, b in hop.pairs]) and _leads_up(graph, hop):
            yield hop


def drawn_columns(graph: EntityGraph, entity: str) -> frozenset[str]:
    """The columns that links join on, including links that may match several rows."""
    return frozenset(a for hop in graph.hops(entity) for a, _ in hop.pairs)


def _is_drawn_always(hop: Hop) -> bool:
    is_left = hop.source == hop.link.left and hop.pairs == hop.link.columns
    return (hop.link.right_cap if is_left else hop.link.left_cap).minimum > 0


def _leads_up(graph: EntityGraph, hop: Hop) -> bool:
    """Whether the hop leads from child to parent in a one-to-one link.

    The side that requires the other is the child. Otherwise it is the left side as drawn.
    """
    if not is_unique(graph.entities[hop.source], [a for a, _ in hop.pairs]):
        return True
    link = hop.link
    is_left = hop.source == link.left and hop.pairs == link.columns
    needs_other, needed = (link.right_cap, link.left_cap) if is_left else (link.left_cap, link.right_cap)
    if needs_other.minimum != needed.minimum:
        return needs_other.minimum > needed.minimum
    return is_left
