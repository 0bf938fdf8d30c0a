"""A diagram without some of its parts: the items of the board that these are go with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from erd2dbt.diagram.erd import BoardItem, Entity, Erd, Link, ModelSpec


def narrowed(
    erd: Erd,
    *,
    entities: Iterable[Entity] | None = None,
    links: Iterable[Link] | None = None,
    models: Iterable[ModelSpec] | None = None,
) -> Erd:
    """Return the diagram with only these parts of it; None keeps all of a kind.

    An item of a part that is removed is removed too. Other items stay, also those of nothing: they are faults.
    """
    found = replace(
        erd,
        entities=erd.entities if entities is None else tuple(entities),
        links=erd.links if links is None else tuple(links),
        models=erd.models if models is None else tuple(models),
    )
    if erd.board is None or not erd.board.items:
        return found
    gone = _names(erd) - _names(found)
    items = tuple(item for item in erd.board.items if _name(item) not in gone)
    return replace(found, board=replace(erd.board, items=items))


def _names(erd: Erd) -> frozenset[tuple[str, str | None]]:
    """Return what items can be: (name, None) of a box, (text, role) of a link, (text, None) of all links of a text."""
    boxes = [*(one.name for one in erd.entities), *(one.name for one in erd.models)]
    links = ((link.text, role) for link in erd.links for role in (link.role, None))
    return frozenset((*((name, None) for name in boxes), *links))


def _name(item: BoardItem) -> tuple[str, str | None]:
    return (item.link, item.role) if item.of is None else (item.of.text, None)
