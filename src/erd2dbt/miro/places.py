"""Positions boxes on a board: existing boxes stay, new ones get free positions, and none overlaps another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

MARGIN = 120.0
_GAP = 36.0
_APART = 1.0  # two sides that are nearer touch each other


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle by its centre, relative to the frame's top left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2

    @property
    def values(self) -> tuple[float, float, float, float]:
        return self.x, self.y, self.width, self.height

    def overlaps(self, other: Place) -> bool:
        is_apart = abs(self.x - other.x) * 2 >= self.width + other.width - _APART
        return not (is_apart or abs(self.y - other.y) * 2 >= self.height + other.height - _APART)

    def resized(self, width: float, height: float) -> Place:
        """Return the rectangle with another size and the same top left corner."""
        return Place(self.left + width / 2, self.top + height / 2, width, height)

    def below(self, other: Place) -> Place:
        return replace(self, y=other.bottom + _GAP + self.height / 2)


def settled(
    fresh: Mapping[str, Place],
    there: Mapping[str, Place],
    grown: Collection[str],
    neighbours: Mapping[str, Iterable[str]],
) -> dict[str, Place]:
    """Return places by name. `fresh` is a layout of all boxes; `there` are those on the board, in their new sizes.

    A box keeps its place unless a `grown` box overlaps it: then it moves down. A new box gets the same position
    relative to an existing neighbour as in the layout.
    """
    if not there:
        return dict(fresh)
    wanted = {name: there.get(name) or _beside(name, fresh, there, neighbours.get(name, ())) for name in fresh}
    placed: dict[str, Place] = {}
    moved: set[str] = set()
    for name in sorted(wanted, key=lambda name: (name not in there, wanted[name].top, wanted[name].left)):
        at = wanted[name]
        is_loose = name not in there or name in grown
        others = [place for other, place in placed.items() if is_loose or other in grown or other in moved]
        while (hit := next((other for other in others if at.overlaps(other)), None)) is not None:
            at = at.below(hit)
            moved.add(name)
        placed[name] = at
    return {name: placed[name] for name in fresh}


def _beside(name: str, fresh: Mapping[str, Place], there: Mapping[str, Place], neighbours: Iterable[str]) -> Place:
    known = next((one for one in neighbours if one in there), None)
    at = fresh[name]
    if known is None:  # below everything
        return Place(MARGIN + at.width / 2, max(one.bottom for one in there.values()) + _GAP + at.height / 2,
                     at.width, at.height)  # fmt: skip
    x, y = there[known].left - fresh[known].left, there[known].top - fresh[known].top
    moved = replace(at, x=at.x + x, y=at.y + y)
    return replace(moved, x=max(moved.x, at.width / 2), y=max(moved.y, at.height / 2))
