"""Reads Chen's notation: an oval is a column of the shape it is joined to, a diamond relates two rectangles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Cap
from erd2dbt.read.board.captions import said
from erd2dbt.read.board.clumps import Clump
from erd2dbt.read.board.values import Caption, Connector, Item

_OVALS = ("circle", "oval", "ellipse")
_DIAMONDS = ("rhombus", "diamond", "flow_chart_decision")
_GUESS = "its columns are ovals, as Chen draws them"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A diamond between two entities: its item, and for each end the item, its cap in Chen's notation, and the
    connector."""

    diamond: Item
    ends: tuple[tuple[str, Cap | None, Connector], ...]


@dataclass(slots=True)
class Chen:
    """The parts of a board in Chen's notation. `lines`: connectors that are not links themselves. `open`: diamonds that
    cannot become links, and their columns. `composite`: ids of columns that consist of other columns."""

    clumps: list[Clump] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    items: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    open: list[Item] = field(default_factory=list)
    composite: list[str] = field(default_factory=list)


def chen(items: Sequence[Item], connectors: Iterable[Connector]) -> Chen:
    """Return the entities with ovals, and the diamonds between entities."""
    shapes = {item.id: item for item in items if item.kind == "shape" and item.shown}
    joined: dict[str, list[tuple[str, Connector]]] = defaultdict(list)
    for connector in connectors:
        if connector.start in shapes and connector.end in shapes:
            joined[connector.start].append((connector.end, connector))
            joined[connector.end].append((connector.start, connector))
    known = {id_: item for id_, item in shapes.items() if len(item.shown) == 1}
    found = Chen()
    round_ = {id_ for id_, item in known.items() if item.shape in _OVALS and joined[id_]}
    between = {id_ for id_ in round_ if len([other for other, _ in joined[id_] if other not in round_]) > 1}
    ovals = round_ - between
    diamonds = between | {id_ for id_, item in known.items() if item.shape in _DIAMONDS and joined[id_]}
    for id_, item in known.items():
        if id_ in ovals or id_ in diamonds:
            continue
        leaves = list(_leaves(id_, joined, ovals, found, seen={id_}))
        if leaves:
            found.clumps.append(Clump(item, [known[leaf] for leaf in leaves], guess=_GUESS))
            found.items.add(id_)
    found.items |= {member.id for clump in found.clumps for member in clump.members}
    found.relationships = list(_relationships(diamonds, joined, shapes, ovals, found))
    if found.clumps or found.relationships:
        found.items |= set(found.composite)
        taken = found.items | {one.diamond.id for one in found.relationships}
        found.open = [known[id_] for id_ in sorted(diamonds | ovals) if id_ not in taken]
        found.items |= {item.id for item in found.open}
    return found


def _leaves(
    id_: str, joined: dict[str, list[tuple[str, Connector]]], ovals: set[str], found: Chen, seen: set[str]
) -> Iterator[str]:
    """Return the ovals of an item, with composite ovals replaced by their parts."""
    for other, connector in joined[id_]:
        if other not in ovals or other in seen:
            continue
        seen.add(other)
        found.lines.add(connector.id)
        parts = list(_leaves(other, joined, ovals, found, seen))
        found.composite += [other] if parts else []
        yield from parts or [other]


def _relationships(
    diamonds: set[str],
    joined: dict[str, list[tuple[str, Connector]]],
    known: dict[str, Item],
    ovals: set[str],
    found: Chen,
) -> Iterator[Relationship]:
    """Return the diamonds between exactly two entities that have no columns of their own. The others stay open."""
    for id_ in sorted(diamonds & known.keys()):
        ends = [(other, connector) for other, connector in joined[id_] if other not in diamonds]
        if len(ends) != 2 or any(other in ovals for other, _ in ends):
            continue
        found.items.add(id_)
        found.lines |= {connector.id for _, connector in ends}
        said_ = [_caps(connector, other) for other, connector in ends]
        caps = (said_[0][0] or said_[1][1], said_[1][0] or said_[0][1])
        rows = tuple((other, cap, line) for (other, line), cap in zip(ends, caps, strict=True))
        yield Relationship(known[id_], rows)


def _caps(connector: Connector, entity: str) -> tuple[Cap | None, Cap | None]:
    """Return (cap of the entity, cap of its partner): as drawn, else from a caption at any position on the line."""
    drawn = connector.start_cap if connector.start == entity else connector.end_cap
    if drawn:
        return drawn, None
    for caption in connector.captions:
        near = said([Caption(text=caption.text, position=0.0)])
        if near.start or near.end:
            return near.start, near.end
    return None, None
