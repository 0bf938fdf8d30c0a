"""What is known of an entity before it is judged: its key, what it refers to, its dates and its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.erd import Attribute, Entity
from erd2dbt.graph import EntityGraph, Hop
from erd2dbt.star import words
from erd2dbt.star.parents import children, references
from erd2dbt.star.phantoms import Loose


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    entity: Entity
    key: frozenset[str]
    foreign: frozenset[str]  # columns by which it refers to others
    in_key: int  # how many of its references stand in its key
    up: tuple[str, ...]  # what it refers to, without itself
    unlinked: tuple[tuple[str, str], ...]  # (column, the entity whose key is called so)
    phantoms: tuple[str, ...]  # the ids of things without a table
    lone: tuple[str, ...]  # and those that no other table speaks of
    down: tuple[str, ...]  # what refers to it
    down_by_name: bool  # a column elsewhere is called as its key
    event: Attribute | None
    created: Attribute | None
    measures: tuple[Attribute, ...]
    name: Attribute | None  # by which people call the row
    rest: tuple[Attribute, ...]  # neither key, nor foreign, nor upkeep

    @property
    def added(self) -> tuple[Attribute, ...]:
        said = self.entity.measures is not None
        return self.measures if said else tuple(m for m in self.measures if words.is_added_up(m))

    @property
    def about(self) -> tuple[str, ...]:
        """The things that it refers to: by links, by name only, and those without a table.

        An id that stands nowhere else tells little, so it counts only where people do not name the row."""
        lone = self.lone if self.name is None else ()
        return tuple(dict.fromkeys((*self.up, *(owner for _, owner in self.unlinked), *self.phantoms, *lone)))

    @property
    def ties(self) -> int:
        return len(self.about)

    @property
    def thing(self) -> bool:
        """Whether people name it and others refer to it, as things have it and events have not."""
        return self.name is not None and (bool(self.down) or (self.down_by_name and self.ties < 2))

    @property
    def dates(self) -> tuple[Attribute, ...]:
        """The days of what happened to it, the main one first; of a moment and its day the day."""
        columns = [c for c in self.entity.columns if words.is_event_date(c) or c is self.event]
        found: list[Attribute] = []
        for column in sorted(columns, key=lambda c: c is not self.event):
            if not any(words.is_same_moment(column, known) for known in found):
                same = [c for c in columns if words.is_same_moment(column, c)]
                found.append(next((c for c in same if words.is_day(c)), column))
        return tuple(found)

    @property
    def states_only(self) -> bool:
        return bool(self.measures) and not self.added and all(words.is_state(m) for m in self.measures)


def known_of(graph: EntityGraph, entity: Entity, loose: Loose) -> Known:
    hops = list(references(graph, entity.name))
    foreign = frozenset(a for hop in hops for a, _ in hop.pairs)
    key = frozenset(word.text for word in entity.key)
    free = [c for c in entity.columns if c.name not in foreign]
    return Known(
        entity=entity,
        key=key,
        foreign=foreign,
        in_key=len(_inside(hops, key)),
        up=tuple(dict.fromkeys(hop.target for hop in hops if hop.target != entity.name)),
        unlinked=loose.unlinked.get(entity.name, ()),
        phantoms=tuple(p.column for p in loose.phantoms if entity.name in p.places),
        lone=loose.lone.get(entity.name, ()),
        down=children(graph, entity.name),
        down_by_name=entity.name in loose.owners,
        event=_event(entity),
        created=next((c for c in entity.columns if words.is_creation(c)), None),
        measures=_measures(entity, [c for c in free if c.name not in key]),
        name=next((c for c in entity.columns if words.is_name(c, entity.name)), None),
        rest=tuple(c for c in free if c.name not in key and not words.is_upkeep(c)),
    )


def _inside(hops: Iterable[Hop], key: frozenset[str]) -> Mapping[tuple[str, ...], str]:
    """The references whose columns all stand in the key, each column list once."""
    columns = ((tuple(sorted(a for a, _ in hop.pairs)), hop.target) for hop in hops)
    return {names: target for names, target in columns if set(names) <= key}


def _measures(entity: Entity, free: Sequence[Attribute]) -> tuple[Attribute, ...]:
    if entity.measures is None:
        return tuple(c for c in free if words.is_measure(c))
    said = {word.text for word in entity.measures}
    return tuple(c for c in entity.columns if c.name in said)


def _event(entity: Entity) -> Attribute | None:
    """The date of the event: as said, else the first that is no plan and no end, else the first."""
    if entity.event_date is not None:
        return next((c for c in entity.columns if c.name == entity.event_date.text), None)
    dates = [c for c in entity.columns if words.is_event_date(c)]
    return next((c for c in dates if not words.is_planned(c)), dates[0] if dates else None)
