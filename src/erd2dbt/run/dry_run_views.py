"""Tries the current models of a project as views: generated ones, and those with manual edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.diagram.erd import Entity, Source
from erd2dbt.engines.engine import Engine
from erd2dbt.faults.diagnostics import Diagnostic, Span
from erd2dbt.names.length import cut
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run.adapter_session import AdapterTarget
from erd2dbt.run.clickhouse.session import ClickHouseFolder
from erd2dbt.run.dry_run import CheckFault, prepare_check, scratch_model, scratch_source
from erd2dbt.run.duckdb.session import DuckDBFile
from erd2dbt.run.load import RawColumn, RawTable
from erd2dbt.run.sessions import Place
from erd2dbt.run.spark.session import SparkFolder
from erd2dbt.sqlproof.dbttext import opened, plain, refs, unjudged

Edits = Mapping[str, tuple[str, str]]  # dbt model -> the edited file, and its text
NO_EDITS: Edits = {}


@dataclass(frozen=True, slots=True)
class DryRunResult:
    """E705 for SQL that PostgreSQL refuses; and edited models that only dbt can parse, or that read unknown
    relations."""

    faults: tuple[Diagnostic, ...]
    untried: tuple[str, ...]


def dry_run_views(generated: Generated, connection: Place, edited: Edits = NO_EDITS) -> DryRunResult:
    """Try every model as a view over empty sources, in one transaction that is rolled back.

    `edited`: models that differ from their generated text. One that cannot be tried is tried as generated.
    """
    texts = _Texts(generated)
    found = {name: texts.of(name, edited) for name in generated.project.sql_paths}
    untried = tuple(name for name in edited if name in found and found[name][1] is not edited[name][1])
    models = [_stand_in(plan, generated.engine) for plan in generated.planned.plans if plan.existing]
    models += [(name, found[name][0]) for name in _ordered({name: text for name, (_, text) in found.items()})]
    raw = [raw_table(entity, texts.sources[entity.source]) for entity in raw_entities(generated)]
    places = generated.project.places
    faults = (
        Diagnostic(
            code="E705",
            message=f"{generated.engine.title} refuses `{fault.name}`: {fault.message}",
            span=Span(edited[fault.name][0], 1, 1) if fault.name in edited else places.get(fault.name),
            fixes=(_EDITED if fault.name in edited else _SPEC,),
        )
        for fault in _tried(generated, models, raw, connection)
    )
    return DryRunResult(tuple(faults), untried)


def _tried(
    generated: Generated, models: Sequence[tuple[str, str]], raw: Sequence[RawTable], connection: Place
) -> tuple[CheckFault, ...]:
    if isinstance(connection, DuckDBFile):
        from erd2dbt.run.duckdb.dry_run import prepare_check as prepare_in_memory

        return prepare_in_memory(models, raw)
    if isinstance(connection, SparkFolder):
        from erd2dbt.run.spark.dry_run import prepare_check as analyze

        return analyze(models, raw)
    if isinstance(connection, ClickHouseFolder):
        from erd2dbt.run.clickhouse.dry_run import prepare_check as prepare_embedded

        return prepare_embedded(models, raw)
    if isinstance(connection, AdapterTarget):  # where a trial would leave traces
        return ()
    return prepare_check(models, raw, connection)


_SPEC = "correct the expression or the type of the column in the spec"
_EDITED = "the file was edited: correct the edit, or make the change in the spec"


class _Texts:
    """The SQL of models for PostgreSQL, with the dry run's names of models and sources."""

    def __init__(self, generated: Generated) -> None:
        self.generated = generated
        self.sources = {source.name: source for source in generated.erd.sources}
        self.tables = {
            (e.source, dbt_table(e)): scratch_source(self.sources[e.source].schema, cut(e.table))
            for e in raw_entities(generated)
        }
        models = [*generated.project.sql_paths, *(p.relation.model for p in generated.planned.plans if p.existing)]
        self.models = {model: scratch_model(model) for model in models}

    def of(self, name: str, edited: Edits) -> tuple[str, str]:
        """Return the SQL to try, and the dbt text that it comes from."""
        generated = self.generated.files[self.generated.project.sql_paths[name]]
        text = edited[name][1] if name in edited else generated
        is_known = set(refs(text)) <= self.models.keys() and not unjudged(plain(text, self.models, self.tables))
        text = text if name not in edited or is_known else generated
        return opened(plain(text, self.models, self.tables)), text


def _ordered(texts: Mapping[str, str]) -> Iterator[str]:
    """Return each model after those that it reads. An edited model may read others than its plan."""
    graph = {name: [read for read in refs(text) if read in texts] for name, text in texts.items()}
    try:
        return iter([*TopologicalSorter(graph).static_order()])
    except CycleError:  # dbt reports it
        return iter(texts)


def _stand_in(plan: Plan, engine: Engine) -> tuple[str, str]:
    """Return an existing model as a view of typed nulls, because it is not built here."""
    quoted, type_of = engine.names.quoting.ident, engine.type_of
    fields = plan.relation.fields.values()
    columns = (f"null::{type_of(field.type or 'text')} as {quoted(field.name)}" for field in fields)
    return plan.relation.model, f"select {', '.join(columns)}"


def raw_entities(generated: Generated) -> list[Entity]:
    return [entity for entity in generated.erd.entities if entity.existing is None]


def raw_table(entity: Entity, source: Source, file: Path | None = None) -> RawTable:
    """Return the raw table of an entity with the spec's types; text where staging casts a column."""
    columns = tuple(
        RawColumn(cut(a.raw or a.name), "text" if a.cast else canonical(a.type or "") or a.type or "text")
        for a in entity.columns
        if a.formula is None
    )
    return RawTable(schema=source.schema, name=cut(entity.table), columns=columns, file=file)
