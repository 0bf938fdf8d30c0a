"""The ways between an input and the rows over a third entity, whose rows lead to one row of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError, RolesError
from erd2dbt.design.joins.chains import chains
from erd2dbt.design.joins.draft import Draft
from erd2dbt.design.joins.scope import Names, Node, Scope
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Relation


@dataclass(frozen=True, slots=True)
class Between:
    """An entity between an input and the rows, with the texts of its chains to each.

    `words`: the `via:` words that select each of its ways, in the order of `choices`. They have a word for each side
    that has several chains.
    """

    entity: str
    to_input: tuple[str, ...]
    to_rows: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def choices(self) -> list[str]:
        """Its ways, one for each word."""
        if len(self.to_input) > 1 and len(self.to_rows) > 1:
            return [f"{mine} and {theirs}" for mine in self.to_input for theirs in self.to_rows]
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
    ways = [way for way in found if not any(way.goes_over(other) for other in found if other is not way)]
    counted = Counter(word for way in ways for word in way.words)
    return [replace(way, words=tuple(_unique(way.entity, word, counted) for word in way.words)) for way in ways]


def _unique(entity: str, word: str, counted: Mapping[str, int]) -> str:
    """A word that only one way has: with the entity in front, where links of several have this role."""
    return word if counted[word] == 1 else f"{entity}.{word}"


def words_over(entity: str, via: str) -> Iterator[tuple[str | None, str | None]]:
    """The words that `via` may mean for the chains of a bridge: to the input, and to the rows.

    It is the bridge, the word of one side, or both with a dot between them. The bridge may be the first word.
    """
    said = via.removeprefix(f"{entity}.")
    if said == entity:
        yield None, None
        return
    parts = said.split(".")
    yield from ((".".join(parts[:at]) or None, ".".join(parts[at:]) or None) for at in range(len(parts) + 1))


def leads_to_all(world: World, named: Sequence[str]) -> bool:
    """Whether a row of the first named input has at most one row of each other.

    Then an entity whose rows lead to the model's rows over this input is not a way between the two. It would only
    exclude the rows of the input that none of its own rows has.
    """
    scope = Scope(world, Node(named[0], world.shelf[named[0]]), Names())
    try:
        return all(scope.find(name) for name in named[1:] if name != named[0])
    except (AmbiguousError, IncomparableError):
        return True


def _end_after(text: str, starts: Iterable[str]) -> bool:
    return any(text.startswith(f"{start} then ") for start in starts)


def _way_over(draft: Draft, entity: str, named: Sequence[str]) -> Between | None:
    relation = draft.world.shelf[entity]
    scope = Scope(draft.world, Node(entity, relation), Names())
    try:
        mine = _to_input(scope, named)
        others = _to_rows(draft, relation)
    except IncomparableError:
        return None
    if leads_to_all(draft.world, named):
        others = {text: word for text, word in others.items() if not _end_after(text, mine)}
    if not mine or not others:
        return None
    words = [".".join(filter(None, pair)) for pair in product(mine.values(), others.values())]
    return Between(entity, tuple(mine), tuple(others), tuple(word or entity for word in words))


def _to_input(scope: Scope, named: Sequence[str]) -> dict[str, str | None]:
    """The chains of an entity to all named inputs, each with the word that selects it where there are several."""
    try:
        ways = [scope.find(name) for name in named]
    except AmbiguousError as problem:
        return dict(zip(problem.choices, problem.each, strict=False))
    if not all(ways) or any(chain.named for way in ways for chain in way):
        return {}
    return {_text(chain.text for chain in ways[0]): None}


def _to_rows(draft: Draft, relation: Relation) -> dict[str, str | None]:
    try:
        found = chains(draft.world, relation, draft.grain)
    except RolesError:  # each of them leads to a part of the grain
        return {}
    except AmbiguousError as problem:
        return dict(zip(problem.choices, problem.each, strict=False))
    covered = {name for chain in found for name in chain.covered}
    if covered != draft.grain.keys() or not all(chain.plain for chain in found):
        return {}
    return {_text(chain.text for chain in found): None}


def _text(texts: Iterable[str]) -> str:
    return " and ".join(texts)
