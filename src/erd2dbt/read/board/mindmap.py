"""Reads mind maps: a topic whose branches end in columns is an entity; topics above it are only groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from erd2dbt.read.board.clumps import Clump, is_row
from erd2dbt.read.board.values import Item

KIND = "mindmap_node"


@dataclass(slots=True)
class MindMaps:
    """The entities, the `topics` above them, and `loose` branches that are neither of these nor columns."""

    clumps: list[Clump] = field(default_factory=list)
    topics: list[Item] = field(default_factory=list)
    loose: list[Item] = field(default_factory=list)


def mind_maps(items: Iterable[Item]) -> MindMaps:
    """Return each topic with its columns as a clump."""
    nodes = {item.id: item for item in items if item.kind == KIND}
    named = {child: item.id for item in nodes.values() for child in item.children}
    parents = {item.id: named.get(item.id, item.parent or "") for item in nodes.values()}
    children: dict[str, list[Item]] = {id_: [] for id_ in nodes}
    for item in nodes.values():
        if parents[item.id] in children:
            children[parents[item.id]].append(item)
    found, taken, above = MindMaps(), set[str](), set[str]()
    for item in nodes.values():
        leaves = children[item.id]
        if leaves and item.shown and _are_columns(leaves, children):
            taken |= {item.id, *(leaf.id for leaf in leaves)}
            above |= _above(item.id, parents)
            found.clumps.append(Clump(item, leaves, guess="it is drawn as a branch of a mind map"))
    for item in nodes.values():
        if item.id not in taken and item.shown:
            (found.topics if item.id in above else found.loose).append(item)
    return found


def _above(id_: str, parents: dict[str, str]) -> set[str]:
    found: set[str] = set()
    while (id_ := parents.get(id_, "")) and id_ not in found:
        found.add(id_)
    return found


def _are_columns(leaves: list[Item], children: dict[str, list[Item]]) -> bool:
    is_flat = all(not children[leaf.id] and len(leaf.shown) == 1 for leaf in leaves)
    return is_flat and any(is_row(leaf.shown[0]) for leaf in leaves)
