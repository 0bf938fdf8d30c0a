"""Mind maps: a topic whose branches end in columns is an entity; topics above it only group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from erd2dbt.read.board.clumps import Clump, is_row
from erd2dbt.read.board.values import Item

KIND = "mindmap_node"


def mind_maps(items: Iterable[Item]) -> Iterator[Clump]:
    """Each topic with its columns as a clump; other topics alone."""
    nodes = {item.id: item for item in items if item.kind == KIND}
    children: dict[str, list[Item]] = {id_: [] for id_ in nodes}
    named = {child: item.id for item in nodes.values() for child in item.children}
    for item in nodes.values():
        parent = named.get(item.id, item.parent or "")
        if parent in children:
            children[parent].append(item)
    taken: set[str] = set()
    for item in nodes.values():
        leaves = children[item.id]
        if leaves and item.shown and _are_columns(leaves, children):
            taken |= {item.id, *(leaf.id for leaf in leaves)}
            yield Clump(item, leaves, guess="it is drawn as a branch of a mind map")
    yield from (Clump(item) for item in nodes.values() if item.id not in taken and item.shown)


def _are_columns(leaves: list[Item], children: dict[str, list[Item]]) -> bool:
    is_flat = all(not children[leaf.id] and len(leaf.shown) == 1 for leaf in leaves)
    return is_flat and any(is_row(leaf.shown[0]) for leaf in leaves)
