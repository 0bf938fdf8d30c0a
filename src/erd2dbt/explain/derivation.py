"""Why a model has one row per grain: the steps from its inputs to `final`, the SQL of each, the claims behind them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.design.plans.plan import Cte, Joined, Layer, Plan, Step, StepKind
from erd2dbt.design.project.sql_file import join_text
from erd2dbt.diagram.erd import ModelSpec, StarModel
from erd2dbt.explain.claims import ExplainedClaim, explained_claims
from erd2dbt.pipelines.generation import Generated
from erd2dbt.prove.claims import Claim
from erd2dbt.sql.ctes import cte_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedStep:
    """One step; `sql` are the texts of the CTEs in which it happens, as they are in the file."""

    kind: StepKind
    name: str
    because: str
    claims: tuple[str, ...]
    sql: tuple[str, ...]

    @property
    def by(self) -> str:
        return "by claim" if self.claims else "structural"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A model's proof as it is explained. `kind` is `structural`, `by claim` or `assumed`."""

    model: str
    name: str  # in the diagram
    layer: Layer
    path: str
    grain: tuple[str, ...]
    kind: str
    assumed: str | None
    star: StarModel | None  # why a derived model is there
    steps: tuple[ExplainedStep, ...]
    joins: tuple[Joined, ...]
    rests_on: tuple[ExplainedClaim, ...]  # the row count
    filled_by: tuple[ExplainedClaim, ...]  # that no value of the grain is empty
    values_by: tuple[ExplainedClaim, ...]  # only which value a column shows
    no_mart: tuple[str, ...] = ()  # of an entity: why it has no mart in a derived star


Numbered = Mapping[Claim, tuple[int, ExplainedClaim]]


def numbered(claims: Iterable[ExplainedClaim]) -> Numbered:
    """Claims to be looked up, each with its place among all."""
    return {explained.claim: (number, explained) for number, explained in enumerate(claims)}


def derivation(generated: Generated, plan: Plan, claims: Numbered | None = None) -> Derivation:
    """The derivation of one of the planned models; `claims` are those of the project, where they are known already."""
    proof = plan.proof
    path = generated.project.sql_paths[plan.relation.model]
    known = numbered(explained_claims(generated)) if claims is None else claims
    texts = {"": plan.sql.strip()} if plan.sql is not None else cte_texts(generated.files[path])
    return Derivation(
        model=plan.relation.model,
        name=plan.relation.name,
        layer=plan.relation.layer,
        path=path,
        grain=proof.grain,
        kind=proof.kind,
        assumed=proof.assumed,
        star=plan.spec.star if isinstance(plan.spec, ModelSpec) else None,
        steps=tuple(_steps(plan, texts)),
        joins=plan.joined,
        rests_on=_explained(proof.claims - proof.filled, known),
        filled_by=_explained(proof.filled, known),
        values_by=_explained(proof.values - proof.claims, known),
    )


def _explained(claims: Iterable[Claim], known: Numbered) -> tuple[ExplainedClaim, ...]:
    found = sorted((known[claim] for claim in claims if claim in known), key=lambda one: one[0])
    return tuple(explained for _, explained in found)


def joins_behind(generated: Generated, plan: Plan, datasets: Collection[str]) -> tuple[Joined, ...]:
    """The joins of a model that bring the inputs which are these dbt models."""
    models = {known.relation.name: known.relation.model for known in generated.planned.plans}
    return tuple(joined for joined in plan.joined if models.get(joined.input) in datasets)


def _steps(plan: Plan, texts: Mapping[str, str]) -> Iterator[ExplainedStep]:
    """The proof's own steps, then the selects in which columns are only made of columns."""
    ctes = {cte.name: cte for cte in plan.ctes}
    shown: set[str] = set()
    for step in plan.proof.steps:
        names = [name for name in _ctes_of(step, plan, ctes) if name not in shown]
        shown.update(names)
        yield ExplainedStep(
            kind=step.kind,
            name=step.name,
            because=step.because,
            claims=tuple(sorted(claim.text for claim in step.claims)),
            sql=(*(texts[name] for name in names if name in texts), *_joins(step, plan)),
        )
    rest = [name for name in ctes if name not in shown]
    if rest:
        yield ExplainedStep(
            kind=StepKind.DERIVE,
            name=rest[-1],
            because="each column is computed from columns of the same row, and all rows stay",
            claims=(),
            sql=tuple(texts[name] for name in rest if name in texts),
        )


def _ctes_of(step: Step, plan: Plan, ctes: Mapping[str, Cte]) -> list[str]:
    """The CTEs in which a step happens, in the order of the file; "" is the whole text of hand-written SQL."""
    if plan.sql is not None:
        return [""]
    imports = [cte for cte, _ in plan.imports]
    known = [name for name in (*imports, *ctes) if name == step.cte]
    found: dict[str, None] = {}
    waiting = known or [next(iter(ctes if step.cte else imports))]
    while waiting:
        name = waiting.pop()
        found[name] = None
        for select in ctes[name].selects if name in ctes else ():
            waiting += [read for read in (select.source, *(j.cte for j in select.joins)) if read not in found]
    return [name for name in (*imports, *ctes) if name in found]


def _joins(step: Step, plan: Plan) -> Iterator[str]:
    """The join by which something is looked up, as it is in the last select."""
    if step.kind is StepKind.LOOKUP:
        joins = [join for cte in plan.ctes for select in cte.selects for join in select.joins]
        yield from (join_text(join) for join in joins if join.alias == step.name)
