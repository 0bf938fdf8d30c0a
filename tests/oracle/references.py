"""References from one row along to-one links, and the words that tell two ways apart."""

from __future__ import annotations

import random
from collections.abc import Sequence

from oracle.models import Ref
from oracle.terms import Term
from oracle.world import Step, World, chains, ident


def segment(step: Step) -> str:
    return step.role or step.end


def distinguishing(ways: Sequence[tuple[Step, ...]], way: tuple[Step, ...], *, beside: bool = False) -> str | None:
    """A word that only this way has: a role or, `beside` these, an entity that it passes or a column that it leaves by.
    From a model the same row may be reached with and without the entity that it is made of."""
    words = [step.role for step in way if step.role]
    if beside:
        words += [step.end for step in way[:-1]] + [column for step in way for column in step.here]
    return next((word for word in words if sum(word in _words(other) for other in ways) == 1), None)


def _words(way: Sequence[Step]) -> set[str]:
    return {word for step in way for word in (*step.here, *([step.role] if step.role else []))} | {
        step.end for step in way[:-1]
    }


class Paths:
    """References from a row of an entity or model along to-one links."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.random = world, rng

    def reached(self, start: str) -> list[tuple[str, tuple[Step, ...]]]:
        """(how it is written, steps) of all that a row of `start` leads to by one way, or by one that can be said."""
        found: list[tuple[str, tuple[Step, ...]]] = []
        names = [e.name for e in self.world.entities] + [m.name for m in self.world.models]
        for name in names:
            if name == start:
                continue
            ways = chains(self.world, start, name)
            for way in ways:
                spelled = ".".join(map(ident, [start, *map(segment, way)]))
                sayable = all(self.world.is_entity(s.start) and self.world.is_entity(s.end) for s in way)
                if len(ways) == 1 and not (sayable and self.random.random() < 0.25):
                    found.append((ident(name), way))
                elif sayable and all(self.is_clear(s) for s in way):
                    found.append((spelled, way))
        return found + [
            climb for written, way in [(ident(start), ()), *found] for climb in self._climbs(start, written, way)
        ]

    def is_clear(self, step: Step) -> bool:
        """Whether the name of the step says which link is taken."""
        return sum(segment(s) == segment(step) for s in self.world.steps(step.start)) == 1

    def _climbs(self, start: str, written: str, way: tuple[Step, ...]) -> list[tuple[str, tuple[Step, ...]]]:
        at = way[-1].end if way else start
        selfs = [s for s in self.world.steps(at) if s.end == at and s.here != s.there]
        ups = [s for s in selfs if self._upwards(s)]
        return [(f"{written}.{s.role}", (*way, s)) for s in ups if s.role]

    def _upwards(self, step: Step) -> bool:
        return any(
            link.child == step.start and link.parent == step.end and link.child_columns == step.here
            for link in self.world.links
        )

    def leaves(self, start: str, far: float = 0.5, bare: bool = False) -> list[Term]:
        """References to the columns of `start`, and some to those of what it leads to."""
        plain = {n: t for n, t in self.world.columns(start).items() if t != "list"}
        near = [Ref(ident(n) if bare else f"{ident(start)}.{ident(n)}", (), n, t) for n, t in plain.items()]
        if self.random.random() > far:
            return list(near)
        distant = [
            Ref(f"{written}.{ident(n)}", way, n, t)
            for written, way in self.reached(start)
            for n, t in self.world.columns(way[-1].end).items()
            if t != "list"
        ]
        return [*near, *self.random.sample(distant, min(3, len(distant)))]
