"""A plain diagram, entities and links, becomes one with models: a star schema, in the words of the spec language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from erd2dbt import graph as entity_graph
from erd2dbt.diagnostics import Collector
from erd2dbt.erd import Erd, ModelSpec
from erd2dbt.star import words
from erd2dbt.star.calendar import calendar
from erd2dbt.star.classify import classify
from erd2dbt.star.details import detail_sums, details
from erd2dbt.star.dimensions import dimension
from erd2dbt.star.facts import bridge, fact
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.phantoms import Loose, Phantom, loose
from erd2dbt.star.unowned import unowned
from erd2dbt.star.values import Star
from erd2dbt.star.writing import Names

_PREFIXES = {
    Kind.DIMENSION: "dim",
    Kind.BRIDGE: "bridge",
    Kind.TRANSACTION: "fct",
    Kind.SNAPSHOT: "fct",
    Kind.FACTLESS: "fct",
}


def derived(erd: Erd) -> Erd:
    """The diagram with the models of its star, where nothing is said of models; else, or with faults, itself."""
    star = star_of(erd) if erd.is_plain else None
    return replace(erd, models=star.specs) if star else erd


def star_of(erd: Erd) -> Star | None:
    """The star of a diagram's entities and links, whatever its models; None when the diagram has faults."""
    plain = replace(erd, models=())
    graph = entity_graph.build(plain, Collector())
    if graph is None:
        return None
    spoken = loose(graph)
    entities = classify(graph, spoken)
    names = Names(entities)
    own = {name: one for name, one in entities.items() if one.kind in _PREFIXES}
    named = {name: names.free(f"{_PREFIXES[one.kind]}_{words.many(name)}") for name, one in own.items()}
    without = tuple((p, names.free(f"dim_{words.many(p.thing)}")) for p in _counted(spoken, entities))
    star = Star(erd=plain, entities=entities, models=named, phantoms=without)
    return replace(star, specs=tuple(_models(star, names)))


def _counted(spoken: Loose, entities: Mapping[str, Classified]) -> Iterator[Phantom]:
    """The things without a table by which facts are told apart."""
    for phantom in spoken.phantoms:
        if any(entities[name].is_fact and not entities[name].entity.grain for name in phantom.places):
            yield phantom


def _models(star: Star, names: Names) -> Iterator[ModelSpec]:
    """Dimensions, then bridges, then facts, each with the sums that it reads before it."""
    found = list(star.entities.values())
    dated = [one for one in found if one.is_fact and one.dates]
    dates = names.free("dim_dates") if dated else None
    if dates:
        yield calendar(star.erd, dates, dated)
    referring = _referring(found)
    yield from (dimension(star, one, referring.get(one.name, ())) for one in found if one.kind is Kind.DIMENSION)
    yield from (unowned(star, phantom, model) for phantom, model in star.phantoms)
    yield from (bridge(star, one) for one in found if one.kind is Kind.BRIDGE)
    below = details(star, names)
    for one in _facts(found):
        yield from (detail_sums(detail) for detail in below.get(one.name, ()))
        yield fact(star, one, below.get(one.name, ()), dates)


def _referring(found: Sequence[Classified]) -> dict[str, list[str]]:
    """Entity -> those that refer to it, without itself."""
    below: dict[str, list[str]] = {}
    for one in found:
        for entity in dict.fromkeys(parent.entity for parent in one.parents if not parent.to_self):
            below.setdefault(entity, []).append(one.name)
    return below


def _facts(found: list[Classified]) -> list[Classified]:
    return [one for one in found if one.is_fact]
