"""Properties of models and sources: descriptions, data types, constraints, contracts and tests, in dbt's words."""

from __future__ import annotations

from collections.abc import Iterable

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.design.plans.plan import Field, Layer, Plan
from erd2dbt.design.project.descriptions import Descriptions, model_purpose, notes, source_purpose
from erd2dbt.design.project.engine_sql import DataTypes
from erd2dbt.design.project.project import ColumnProperties, ModelProperties, SourceProperties, SourceTable
from erd2dbt.design.project.prose import soft, wrapped
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.design.project.tests import Tested, Tests
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, Erd, ModelSpec, Source
from erd2dbt.engines.engine import Engine
from erd2dbt.names.length import cut
from erd2dbt.sql.spelling import between_quotes, folded, ident, needs_quotes

_TEXT_WIDTH = 74  # a description is indented by six columns and ends before the eightieth
PROOF = "erd2dbt"  # the key of `meta` with a model's proof
_BARE = frozenset({"numeric"})  # types that a contract cannot state without losing digits


def model_properties(
    plan: Plan, erd: Erd, group: str | None, tests: Tests, words: Descriptions, *, types: DataTypes
) -> ModelProperties:
    """The dbt properties of a model. The `group` of its rows is a tag of it."""
    spec, relation = plan.spec, plan.relation
    fields = list(relation.fields.values())
    typed = bool(fields) and all(f.type not in _BARE and types.of(relation.name, f) is not None for f in fields)
    takes = types.engine.contracts
    has_key = "primary_key" in takes.constraints
    wanted = relation.layer is Layer.MARTS and takes.enforced and _contract(erd, spec)
    tested = tests.models.setdefault(relation.name, Tested())
    columns = tuple(_column(plan, f, tests, tested, words, types=types, contract=wanted and typed) for f in fields)
    whole = [*tested.whole, *(tests.extra(spec.tests) if isinstance(spec, ModelSpec) else [])]
    return ModelProperties(
        name=relation.model,
        description=_description(plan, contract=wanted, typed=typed, example=erd.settings.docs_examples),
        contract=wanted and typed,
        meta={**erd.settings.meta, PROOF: _proof(plan, tests), **spec.meta},
        tags=tuple(dict.fromkeys((*erd.settings.tags, *([group] if group else []), *spec.tags))),
        materialized=spec.materialized if isinstance(spec, ModelSpec) else None,
        key=tuple(ident(c) for c in relation.grain) if has_key and wanted and typed and len(relation.grain) > 1 else (),
        tests=tuple(whole),
        columns=columns,
    )


def _proof(plan: Plan, tests: Tests) -> dict[str, object]:
    """A summary of the proof: the grain, its dependencies, and the tests of the cited claims."""
    cited = sorted({tests.guards[claim] for claim in plan.proof.claims if claim in tests.guards})
    tested = {"claim_tests": cited} if cited else {}
    return {"grain": list(plan.proof.grain), "proof": plan.proof.kind, **tested}


def _contract(erd: Erd, spec: Entity | ModelSpec) -> bool:
    own = spec.contract if isinstance(spec, ModelSpec) else None
    return erd.settings.contract if own is None else own


def _description(plan: Plan, *, contract: bool, typed: bool, example: bool) -> str:
    purpose = soft(model_purpose(plan), _TEXT_WIDTH)
    lines = [part for line in notes(plan, contract=contract, typed=typed) for part in wrapped(line, _TEXT_WIDTH)]
    return "\n".join([purpose, "", *lines, *(_example(plan) if example else ())])


def _example(plan: Plan) -> list[str]:
    """A first example query of the model, for catalogs."""
    keys = ", ".join(ident(c) for c in plan.relation.grain)
    query = [f"select {keys or '*'}", f"from {ident(plan.relation.model)}", "limit 10"]
    return ["", "Example:", "```sql", *query, "```"]


def _column(
    plan: Plan,
    shown: Field,
    tests: Tests,
    tested: Tested,
    words: Descriptions,
    *,
    types: DataTypes,
    contract: bool,
) -> ColumnProperties:
    said = shown.said
    made_here = isinstance(said, ColumnSpec) or (said is not None and (said.formula is not None or said.cast))
    keeps_latest = isinstance(plan.spec, Entity) and bool(plan.spec.latest)
    if said is not None and (made_here or keeps_latest):  # the values of a raw column are tested on the source
        tests.values(tested, shown.name, said, shown.type)
    extra = tests.extra(said.tests) if said is not None else []
    alone = contract and plan.relation.grain == (shown.name,)
    return ColumnProperties(
        name=folded(shown.name),
        description=words.column(plan.relation.name, shown.name),
        quote=needs_quotes(shown.name),
        data_type=types.of(plan.relation.name, shown),
        constraints=tuple(c for c in ("not_null", "primary_key") if alone and c in types.engine.contracts.constraints),
        tests=(*tested.columns.get(shown.name, ()), *extra),
        meta=words.personal.meta(plan.relation.name, shown),
    )


# -- sources


def source_properties(source: Source, tables: Iterable[SourceTable]) -> SourceProperties:
    return SourceProperties(
        name=source.name,
        description=source.description or f"Raw tables in the schema {source.schema}",
        schema=between_quotes(source.schema),
        database=source.database,
        loader=source.loader,
        meta=source.meta,
        tables=tuple(tables),
    )


def source_table(entity: Entity, source: Source, tests: Tests, words: Descriptions, types: DataTypes) -> SourceTable:
    tested = tests.raw.setdefault(entity.name, Tested())
    name, raw = dbt_table(entity), cut(entity.table)
    return SourceTable(
        name=name,
        identifier=between_quotes(raw) if raw != name else None,
        quoted=needs_quotes(raw),
        description=source_purpose(entity, source.schema),
        loaded_at=_loaded_at(entity, types.engine),
        freshness=source.freshness if entity.loaded_at is not None else {},
        meta={},
        tags=(),
        tests=tuple(tested.whole),
        columns=tuple(
            _raw_column(entity, a, tests, tested, words, types=types) for a in entity.columns if a.formula is None
        ),
    )


def _loaded_at(entity: Entity, engine: Engine) -> str | None:
    """The column with the load time of rows, as a timestamp; None without one."""
    if entity.loaded_at is None:
        return None
    attribute = next(a for a in entity.columns if a.name == entity.loaded_at.text)
    column = ident(cut(attribute.raw or attribute.name))
    type_ = canonical(attribute.type or "") or ""
    if type_ and family(type_) == "timestamp" and not attribute.cast:
        return column
    if engine.printing.short_casts:
        return f"{column}::timestamp"
    return f"cast({column} as {engine.type_of('timestamp')})"


def _raw_column(
    entity: Entity, attribute: Attribute, tests: Tests, tested: Tested, words: Descriptions, *, types: DataTypes
) -> ColumnProperties:
    name = cut(attribute.raw or attribute.name)
    type_ = "text" if attribute.cast else canonical(attribute.type or "") or attribute.type
    if not attribute.cast and not entity.latest:
        tests.values(tested, name, attribute, type_)
    return ColumnProperties(
        name=between_quotes(name) if needs_quotes(name) else name,
        description=words.column(entity.name, attribute.name),
        quote=needs_quotes(name),
        data_type=types.raw(type_),
        tests=tuple(tested.columns.get(name, ())),
    )
