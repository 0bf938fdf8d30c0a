"""Derives the models of a star schema from a diagram of entities and links, in the spec language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from erd2dbt.diagram import graph as entity_graph
from erd2dbt.diagram.erd import Erd, ModelSpec
from erd2dbt.diagram.narrowing import narrowed
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.infer.vocabulary import language_of, languages_of_names, number_of, singular_of
from erd2dbt.names.distinct import own
from erd2dbt.names.models import PATTERNS, named, of_no_source, staging_names, stems_of
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare, numbered, several
from erd2dbt.star.audit_columns import upkeep
from erd2dbt.star.calendar import calendar
from erd2dbt.star.classify import classify
from erd2dbt.star.dimensions import dimension
from erd2dbt.star.dimensions_without_table import unowned
from erd2dbt.star.facts import bridge, fact
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.mart_selection import chosen
from erd2dbt.star.missing_tables import Phantom, UnlinkedIds, unlinked_ids
from erd2dbt.star.pre_aggregation import detail_sums, details
from erd2dbt.star.secret_links import with_secret_references
from erd2dbt.star.values import Star
from erd2dbt.star.writing import Names

_PATTERN = {
    Kind.DIMENSION: "dimension",
    Kind.BRIDGE: "bridge",
    Kind.TRANSACTION: "fact",
    Kind.SNAPSHOT: "fact",
    Kind.FACTLESS: "fact",
}


def derived(erd: Erd) -> Erd:
    """The diagram with the models of its star. Unchanged where it declares models, or has faults."""
    star = star_of(erd) if erd.is_plain else None
    return replace(erd, models=star.specs) if star else erd


def star_of(erd: Erd) -> Star | None:
    """The star of a diagram's entities and links, whatever its models; None when the diagram has faults."""
    plain = narrowed(erd, models=())
    graph = entity_graph.build(plain, Collector())
    if graph is None:
        return None
    plain = with_secret_references(plain, graph)
    graph = entity_graph.build(plain, Collector()) or graph
    spoken = unlinked_ids(graph)
    full = stems_of(erd)
    told = languages_of_names(map(_bare, full.values()))
    stems = own(full, lambda stem: _stem(stem, told))
    language = language_of(name for one in erd.entities for name in (one.name, *(c.name for c in one.columns)))
    english = language == "en"
    spoken_in = {name: told.get(_bare(stem), language) for name, stem in full.items()}
    called = {name: several(stem, is_english=spoken_in[name] == "en") for name, stem in stems.items()}
    entities = {
        name: replace(
            one,
            stem=stems[name],
            plural=called[name],
            counted=number_of(called[name], spoken_in[name]),
            upkeep=upkeep(one.entity, erd.settings, one.event_date),
        )
        for name, one in chosen(classify(graph, spoken), erd.settings).items()
    }
    staged = staging_names(erd)
    names = Names([*entities, *staged.values()])
    models = _model_names(erd, entities, names)
    without = tuple((p, names.free(_unowned_name(erd, p.thing, english=english))) for p in _counted(spoken, entities))
    star = Star(erd=plain, entities=entities, models=models, phantoms=without)
    return replace(star, specs=tuple(_with_exclusions(star, spec) for spec in _models(star, names, staged)))


def _bare(stem: str) -> str:
    return bare(stem).strip("_") or stem


def _stem(stem: str, languages: Mapping[str, str]) -> str:
    """The word for an entity. A plural of another language than English is put into the singular: `almacenes`."""
    name = _bare(stem)
    return name if languages.get(name, "en") == "en" else singular_of(name)


def _with_exclusions(star: Star, spec: ModelSpec) -> ModelSpec:
    """Add the exclusions to the model's description, so that every reader sees them."""
    one = star.entities[spec.rows[0].text] if spec.rows else None
    if one is None or spec.star is None or not one.upkeep.alive:
        return spec
    excluded = f"Rows that `{one.upkeep.deleted}` marks as deleted are excluded"
    star_model = replace(spec.star, because=(*spec.star.because, f"{excluded}: `star: {{deleted: leave_out}}`"))
    return replace(spec, description=f"{spec.description} {excluded}.", star=star_model)


def _model_names(erd: Erd, entities: Mapping[str, Classified], names: Names) -> dict[str, str]:
    """Entity -> the name of its model."""
    patterns = {**PATTERNS, **erd.settings.naming}
    return {
        name: names.free(named(patterns[_PATTERN[one.kind]], one.entity, _numbered(one, erd.settings.number)))
        for name, one in entities.items()
        if one.kind in _PATTERN and one.left_out is None
    }


def _numbered(one: Classified, number: str) -> str:
    return numbered(one.stem, one.plural, number)


def _unowned_name(erd: Erd, thing: str, *, english: bool = True) -> str:
    """The name of a dimension without a table: of days, or of an id that several tables contain."""
    pattern = erd.settings.naming.get("dimension", PATTERNS["dimension"])
    many = several(thing, is_english=english)
    return of_no_source(pattern, singular(thing) if erd.settings.number == "singular" else many)


def _counted(spoken: UnlinkedIds, entities: Mapping[str, Classified]) -> Iterator[Phantom]:
    """The things without a table that facts refer to."""
    for phantom in spoken.phantoms:
        if any(_identifies_events(entities[name]) for name in phantom.places):
            yield phantom


def _identifies_events(one: Classified) -> bool:
    return one.is_fact and one.left_out is None and not one.entity.grain


def _models(star: Star, names: Names, staged: Mapping[str, str]) -> Iterator[ModelSpec]:
    """Dimensions, then bridges, then facts. Sums that a fact reads come before it."""
    found = [one for one in star.entities.values() if one.kind not in _PATTERN or star.has_mart(one)]
    dated = [one for one in found if one.is_fact and one.dates]
    dates = names.free(_unowned_name(star.erd, "date")) if dated else None
    if dates:
        yield calendar(dates, dated, staged)
    referring = _referring(found)
    yield from (dimension(star, one, referring.get(one.name, ())) for one in found if one.kind is Kind.DIMENSION)
    yield from (unowned(star, phantom, model, staged) for phantom, model in star.phantoms)
    yield from (bridge(star, one) for one in found if one.kind is Kind.BRIDGE)
    below = details(star, names)
    for one in _facts(found):
        yield from (detail_sums(detail) for detail in below.get(one.name, ()))
        yield fact(star, one, below.get(one.name, ()), dates)


def _referring(found: Sequence[Classified]) -> dict[str, list[str]]:
    """Entity -> the plurals of the entities that refer to it, without itself."""
    below: dict[str, list[str]] = {}
    for one in (one for one in found if one.kind is not Kind.EXTENSION):
        for entity in dict.fromkeys(up.entity for up in (*one.parents, *one.over_secrets) if not up.to_self):
            below.setdefault(entity, []).append(one.plural)
    return below


def _facts(found: list[Classified]) -> list[Classified]:
    return [one for one in found if one.is_fact]
