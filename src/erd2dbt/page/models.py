"""Each entity and model as the page shows it: columns with their inputs, the proof, claims, the profile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.explain.claims import ExplainedClaim
from erd2dbt.explain.derivation import derivation, numbered
from erd2dbt.explain.lineage import Lineage, Ref, lineage_of
from erd2dbt.page.profile import profile
from erd2dbt.page.states import worst_of
from erd2dbt.page.values import Input, PageClaim, PageColumn, PageModel
from erd2dbt.pipelines.generation import Generated
from erd2dbt.verify.verdict import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What is worked out once for all models of a project."""

    generated: Generated
    lineage: Lineage
    explained: Sequence[ExplainedClaim]
    claims: Mapping[str, Sequence[PageClaim]]  # by dbt model
    report: Report | None

    @property
    def models(self) -> dict[str, str]:
        """Relation -> dbt model."""
        return model_names(self.generated)


def model_names(generated: Generated) -> dict[str, str]:
    """Relation -> dbt model."""
    return {plan.relation.name: plan.relation.model for plan in generated.planned.plans}


def page_context(
    generated: Generated, explained: Sequence[ExplainedClaim], claims: Sequence[PageClaim], report: Report | None
) -> PageContext:
    """Sorts the claims by model and follows the lineage."""
    by_model: dict[str, list[PageClaim]] = defaultdict(list)
    for claim in claims:
        by_model[claim.model].append(claim)
    lineage = lineage_of(generated.erd, generated.planned.plans)
    return PageContext(generated=generated, lineage=lineage, explained=explained, claims=by_model, report=report)


def page_models(context: PageContext) -> Iterator[PageModel]:
    """In the order of building."""
    plans = context.generated.planned.plans
    models = context.models
    readers: dict[str, list[str]] = defaultdict(list)
    for plan in plans:
        for name in plan.reads:
            readers[name].append(plan.relation.model)
    keys = _foreign(context.generated)
    properties = {m.name: m for file in context.generated.project.properties for m in file.models}
    purposes = {one.model: one.purpose for one in context.generated.project.overview}
    tables = {figures.entity: figures for figures in context.report.tables} if context.report else {}
    known = numbered(context.explained)
    for plan in plans:
        relation = plan.relation
        described = {c.name: c.description for c in properties[relation.model].columns} if not plan.existing else {}
        figures = tables.get(relation.name)
        claims = tuple(context.claims.get(relation.model, ()))
        proof = None if plan.existing else derivation(context.generated, plan, known)
        yield PageModel(
            key=relation.model,
            name=relation.name,
            layer=str(relation.layer),
            description=purposes.get(relation.model) or plan.spec.description or "",
            grain=", ".join(relation.grain),
            path=proof.path if proof else "",
            columns=tuple(_columns(context, plan, described, keys)),
            proof=proof,
            claims=claims,
            reads=tuple(models[name] for name in plan.reads if name in models),
            read_by=tuple(readers[relation.name]),
            rows=figures.rows if figures else None,
            profile=profile(figures) if figures else None,
            state=_state(plan, claims, context.claims),
        )


def _state(plan: Plan, own: Sequence[PageClaim], claims: Mapping[str, Sequence[PageClaim]]) -> str:
    """Of an entity: of its own claims; of a model: of all that its proof cites."""
    if isinstance(plan.spec, Entity):
        return worst_of(claim.state for claim in own)
    name = plan.relation.model
    return worst_of(c.state for found in claims.values() for c in found if name in c.relied_on_by or c.model == name)


def _foreign(generated: Generated) -> set[tuple[str, str]]:
    """(entity, column) of each column that holds another's key."""
    found = set()
    for link in generated.erd.links:
        is_left = link.left_cap.many or not link.right_cap.many
        found |= {(link.left, left) if is_left else (link.right, right) for left, right in link.columns}
    return found


def _columns(
    context: PageContext, plan: Plan, described: Mapping[str, str], foreign: set[tuple[str, str]]
) -> Iterator[PageColumn]:
    relation = plan.relation
    traced = context.lineage.models.get(relation.model)
    for name, field in relation.fields.items():
        said = field.said
        marks = ["PK"] if name in relation.grain else []
        marks += ["FK"] if (relation.name, name) in foreign else []
        marks += ["UK"] if isinstance(said, Attribute) and said.unique else []
        marks += ["NN"] if isinstance(said, Attribute) and said.not_null else []
        inputs = traced.columns[name].items() if traced else ()
        yield PageColumn(
            name=name,
            type=field.type or "",
            marks=tuple(marks),
            description=described.get(name, ""),
            inputs=tuple(_input(ref, ", ".join(way.lower().replace("_", " ") for way in ways)) for ref, ways in inputs),
        )


def _input(ref: Ref, how: str) -> Input:
    return Input("" if ref.source else ref.dataset, f"{ref.source}.{ref.dataset}" if ref.source else ref.dataset,
                 ref.column, how)  # fmt: skip
