"""Selects the entities that get a mart: all, or a core of ranked facts with the dimensions and bridges they join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import Settings
from erd2dbt.star.kinds import Classified, Kind

ALL, CORE = "all", "core"
_LARGE = 30  # entities; with more, a core is selected unless the spec says `size: all`
_FACTS = 40  # in a core
_DATE, _CREATION = 2.0, 1.0
_MOST_EACH = 3  # the most dimensions and measures that count for the rank of a fact


@dataclass(frozen=True, slots=True)
class Ranked:
    """A fact and its rank: by its date, its measures, the dimensions it joins, and its details."""

    name: str
    rank: float
    because: str


def ranking(entities: Mapping[str, Classified]) -> tuple[Ranked, ...]:
    """The facts, highest rank first. Equal ranks are in the order of their names."""
    details: dict[str, int] = {}
    for one in entities.values():
        for header in one.headers:
            details[header.parent.entity] = details.get(header.parent.entity, 0) + 1
    found = (_ranked(one, entities, details.get(one.name, 0)) for one in entities.values() if one.is_fact)
    return tuple(sorted(found, key=lambda one: (-one.rank, one.name)))


def chosen(entities: Mapping[str, Classified], settings: Settings) -> dict[str, Classified]:
    """The entities, with a reason on each that gets no mart by selection."""
    size = settings.star_size or (CORE if len(entities) > _LARGE else ALL)
    if size == ALL:
        return dict(entities)
    facts = ranking(entities)
    spoken = {one.name for one in entities.values() if one.entity.role}
    kept = {one.name for one in facts[:_FACTS]} | (spoken & {one.name for one in facts})
    out: dict[str, str] = {}
    for place, ranked in enumerate(facts, 1):
        if ranked.name not in kept:
            out[ranked.name] = f"it is fact {place} of {len(facts)} by rank ({ranked.because}), and a core has {_FACTS}"
    near = kept | _joined(entities, kept)
    near |= {one.name for one in entities.values() if one.kind is Kind.BRIDGE and _ties(one, entities, near)}
    near |= _joined(entities, near)
    for one in entities.values():
        if one.kind in (Kind.DIMENSION, Kind.BRIDGE) and one.name not in near | spoken:
            out[one.name] = f"no fact of the core joins to this {one.kind}"
    return {name: replace(one, left_out=out.get(name)) for name, one in entities.items()}


def _ranked(one: Classified, entities: Mapping[str, Classified], details: int) -> Ranked:
    joined = len(_joined(entities, [one.name]))
    dated = 0.0 if one.event_date is None else _CREATION if one.event_date.name in one.creation else _DATE
    parts = [
        (dated, "a date"),
        (min(len(one.added), _MOST_EACH) * 1.0, f"{len(one.added)} sums"),
        (min(joined, _MOST_EACH) * 0.5, f"{joined} dimensions"),
        (0.5 if details else 0.0, f"{details} kinds of details"),
    ]
    because = ", ".join(text for weight, text in parts if weight) or "no date, no sums, no dimensions"
    return Ranked(one.name, sum(weight for weight, _ in parts), because)


def _joined(entities: Mapping[str, Classified], names: Iterable[str]) -> set[str]:
    """The dimensions that these entities or their headers refer to."""
    found: set[str] = set()
    for name in names:
        one = entities[name]
        over = [header.parent.entity for header in one.headers]
        up = [parent.entity for each in (name, *over) for parent in entities[each].parents]
        found |= {entity for entity in up if entities[entity].kind is Kind.DIMENSION}
    return found


def _ties(one: Classified, entities: Mapping[str, Classified], near: set[str]) -> bool:
    """Whether a bridge leads from the core to a thing: one end at least is in the core, and the others are things."""
    ends: Sequence[str] = [parent.entity for parent in one.parents]
    return any(end in near for end in ends) and all(end in near or entities[end].kind is Kind.DIMENSION for end in ends)
