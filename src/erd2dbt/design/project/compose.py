"""Composes plans and claims into the dbt project: the files and their contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from erd2dbt.design.plans.plan import Layer, Plan, Relation
from erd2dbt.design.project.bus_matrix import bus_matrix
from erd2dbt.design.project.descriptions import Descriptions, model_purpose
from erd2dbt.design.project.engine_sql import translated
from erd2dbt.design.project.existing import singular_tests
from erd2dbt.design.project.folders import folders_of, groups_of
from erd2dbt.design.project.known_sql import KnownSql
from erd2dbt.design.project.part_digests import PartDigests
from erd2dbt.design.project.parts import Parts
from erd2dbt.design.project.project import (
    Overview,
    Project,
    PropertiesFile,
    SingularTest,
    SourcesFile,
    SqlFile,
)
from erd2dbt.design.project.prose import listed, one_line
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.design.project.sql_file import folder_of, sql_file
from erd2dbt.design.project.tests import GENERIC, UNIQUE_TOGETHER, Tested, Tests
from erd2dbt.diagram.erd import Entity, Erd, Settings
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.postgres import POSTGRES
from erd2dbt.escape import jinja
from erd2dbt.faults.diagnostics import Span
from erd2dbt.prove.claims import Claim
from erd2dbt.sql.spelling import spelled_for

_MATERIALIZED = {Layer.STAGING: "view", Layer.INTERMEDIATE: "view", Layer.MARTS: "table"}


def design(
    erd: Erd,
    plans: Sequence[Plan],
    claims: Sequence[Claim],
    engine: Engine = POSTGRES,
    known: KnownSql | None = None,
) -> Project:
    """The whole project as values, for an engine. The same diagram gives the same project. ErdError E028, E604.

    `known`: cached SQL files.
    """
    with spelled_for(engine.spelling):
        return _design(erd, plans, claims, engine, known)


def _design(
    erd: Erd, plans: Sequence[Plan], claims: Sequence[Claim], engine: Engine, known: KnownSql | None
) -> Project:
    shelf = {plan.relation.name: plan.relation for plan in plans}
    words = Descriptions(erd, shelf)
    tests = Tests(erd, {plan.relation.name: plan for plan in plans})
    for claim in claims:
        tests.claim(claim)
    for plan in plans:
        tests.grain(plan)
    for entity in erd.entities:
        tests.repeats(entity)
    own = [plan for plan in plans if not plan.existing]
    spoken, types = translated(plans, engine)
    folders = folders_of(erd)
    digests = PartDigests(known.relations, engine.name, words, tests) if known is not None else None
    parts = Parts(erd=erd, shelf=shelf, groups=groups_of(erd), tests=tests, words=words, types=types, digests=digests)
    sources = tuple(
        SourcesFile(
            path=f"models/staging/{source.name}/_{source.name}__sources.yml",
            source=parts.source(source, entities),
        )
        for source in erd.sources
        if (entities := [e for e in erd.entities if e.source == source.name and e.existing is None])
    )
    return Project(
        name=erd.project,
        profile=erd.project,
        profile_template=engine.profile,
        ignored=engine.ignored,
        table_settings=tuple(engine.table_settings.items()),
        on_run_start=engine.on_run_start,
        macro_path="macros",
        theirs=frozenset(),
        description=erd.description
        or f"The dbt project {erd.project}, generated from its entity-relationship diagram.",
        layers=tuple((layer, _materialized(erd, layer)) for layer in Layer if _used(layer, own)),
        sql=tuple(_sql_file(p, shelf, folder_of(p, folders), known) for p in spoken if not p.existing),
        properties=_files(own, parts, erd.settings, folders),
        sources=sources,
        generic_tests=tuple(test for test in GENERIC if test.name in tests.used),
        singular_tests=tuple(test for plan in plans if plan.existing for test in _singular(plan, tests)),
        composite_key_test=UNIQUE_TOGETHER if UNIQUE_TOGETHER in tests.used else None,
        overview=tuple(_overview(plan, shelf) for plan in own),
        bus=bus_matrix(own),
        claims=tuple((claim.text, tests.guards[claim]) for claim in claims if claim in tests.guards),
        guards=tests.guards,
        places=_places(plans, tests),
    )


def sql_files(erd: Erd, own: Sequence[Plan], plans: Sequence[Plan], known: KnownSql) -> tuple[SqlFile, ...]:
    """The SQL files of `own` for the current engine. `plans`: these and everything that they read."""
    shelf, folders = {plan.relation.name: plan.relation for plan in plans}, folders_of(erd)
    return tuple(_sql_file(plan, shelf, folder_of(plan, folders), known) for plan in own if not plan.existing)


def _sql_file(plan: Plan, shelf: Mapping[str, Relation], folder: str, known: KnownSql | None) -> SqlFile:
    found = known.file(plan, folder) if known is not None else None
    return found or sql_file(plan, shelf, folder)


def _singular(plan: Plan, tests: Tests) -> Iterator[SingularTest]:
    relation = plan.relation
    tested = tests.models.setdefault(relation.name, Tested())
    for field in relation.fields.values():
        if field.said is not None:
            tests.values(tested, field.name, field.said, field.type)
    return singular_tests(jinja.ref(relation.model), relation.model, tested)


def _materialized(erd: Erd, layer: Layer) -> str:
    return erd.settings.materialized.get(layer, _MATERIALIZED[layer])


def _used(layer: Layer, plans: Sequence[Plan]) -> bool:
    return any(plan.relation.layer is layer for plan in plans)


def _files(
    plans: Sequence[Plan], parts: Parts, settings: Settings, folders: Mapping[str, str]
) -> tuple[PropertiesFile, ...]:
    """One properties file per folder, or one per model, beside the SQL."""
    by_path: dict[str, list[Plan]] = {}
    for plan in plans:
        by_path.setdefault(_properties_path(plan, settings.layout, folders), []).append(plan)
    return tuple(
        PropertiesFile(
            path=path,
            models=tuple(parts.model(plan) for plan in found),
            unit_tests=tuple(unit for plan in found if (unit := parts.unit_test(plan)) is not None),
        )
        for path, found in by_path.items()
    )


def _properties_path(plan: Plan, layout: str, folders: Mapping[str, str]) -> str:
    folder = folder_of(plan, folders)
    if layout == "model":
        return f"{folder}/_{plan.relation.model}.yml"
    if isinstance(plan.spec, Entity):
        return f"{folder}/_stg_{plan.spec.source}__models.yml"
    short = {Layer.STAGING: "stg", Layer.INTERMEDIATE: "int", Layer.MARTS: "marts"}[plan.relation.layer]
    inner = folders.get(plan.relation.name)
    return f"{folder}/_{short}_{inner}__models.yml" if inner else f"{folder}/_{short}__models.yml"


def _overview(plan: Plan, shelf: Mapping[str, Relation]) -> Overview:
    return Overview(
        model=plan.relation.model,
        layer=plan.relation.layer,
        grain=listed(plan.proof.grain) if plan.proof.grain else "not declared",
        purpose=one_line(model_purpose(plan).partition("\n\n")[0]),
        reads=tuple(shelf[name].model for name in plan.reads),
    )


def _places(plans: Sequence[Plan], tests: Tests) -> dict[str, Span]:
    """The place in the spec of each model, source table and test."""
    places: dict[str, Span] = {}
    for plan in plans:
        places[plan.relation.model] = plan.spec.span
        if isinstance(plan.spec, Entity):
            places.setdefault(dbt_table(plan.spec), plan.spec.span)
    for claim, label in tests.guards.items():
        if claim.span is not None:
            places[label] = claim.span
    return places
