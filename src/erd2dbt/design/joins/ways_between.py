"""The ways between an input and the rows over a third entity, whose rows lead to one row of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from erd2dbt.design.joins.chains import AmbiguousError, IncomparableError, chains
from erd2dbt.design.joins.draft import Draft
from erd2dbt.design.joins.scope import Names, Node, Scope


@dataclass(frozen=True, slots=True)
class Between:
    """An entity between an input and the rows, with the texts of its chains to each.

    `words`: the `via:` words that select it. They are roles where several of its links lead to one of the two.
    """

    entity: str
    to_input: tuple[str, ...]
    to_rows: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def choices(self) -> list[str]:
        """Its ways, one for each word."""
        several = next((texts for texts in (self.to_rows, self.to_input) if len(texts) > 1), ())
        return list(several) or [f"over `{self.entity}`"]

    def goes_over(self, other: Between) -> bool:
        """Whether both chains pass the other entity: then its rows are pairs that this one has, too."""
        sides = ((self.to_input, other.to_input), (self.to_rows, other.to_rows))
        return all(_end_with(mine, theirs) for mine, theirs in sides)


def _end_with(longer: Sequence[str], shorter: Sequence[str]) -> bool:
    return all(any(text.endswith(f" then {end}") for end in shorter) for text in longer)


def ways_between(draft: Draft, named: Sequence[str]) -> list[Between]:
    """The entities with chains along foreign keys to all named inputs and to the whole grain.

    One that goes over another of them is not a way of its own.
    """
    taken = {*named, *(relation.name for relation in draft.rows)}
    entities = sorted(draft.world.graph.entities.keys() - taken)
    found = [way for entity in entities if (way := _way_over(draft, entity, named)) is not None]
    return [way for way in found if not any(way.goes_over(other) for other in found if other is not way)]


def _way_over(draft: Draft, entity: str, named: Sequence[str]) -> Between | None:
    relation = draft.world.shelf[entity]
    scope = Scope(draft.world, Node(entity, relation), Names())
    try:
        words: list[str] = []
        to_input: list[str] = []
        try:
            ways = [scope.find(name) for name in named]
            if not all(ways) or any(chain.named for way in ways for chain in way):
                return None
            to_input = [_text(chain.text for chain in ways[0])]
        except AmbiguousError as problem:
            to_input, words = problem.choices, problem.words
        try:
            found = chains(draft.world, relation, draft.grain)
            covered = {name for chain in found for name in chain.covered}
            if covered != draft.grain.keys() or not all(chain.plain for chain in found):
                return None
            to_rows = [_text(chain.text for chain in found)]
        except AmbiguousError as problem:
            to_rows, words = problem.choices, [*words, *problem.words]
    except IncomparableError:
        return None
    return Between(entity, tuple(to_input), tuple(to_rows), tuple(dict.fromkeys(words)) or (entity,))


def _text(texts: Iterable[str]) -> str:
    return " and ".join(texts)
