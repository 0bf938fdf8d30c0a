"""Every claim of the diagram: where it is made, which test guards it, and what would no longer hold without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from erd2dbt.design.plans.plan import Plan
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines.generation import Generated
from erd2dbt.prove.claims import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """The dbt models that depend on a claim: for their rows, a grain without NULL, or values of columns only."""

    rows: tuple[str, ...]
    filled: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedClaim:
    """A claim, the links that draw it (none for what an entity declares), its test (None: tests are off)."""

    claim: Claim
    links: tuple[str, ...]
    test: str | None
    reliance: Reliance


def explained_claims(generated: Generated) -> tuple[ExplainedClaim, ...]:
    """All claims: those of entities in the order of the spec, then those of links, then those that models imply."""
    guards = generated.project.guards
    relying: dict[Claim, list[Plan]] = {}
    for plan in generated.planned.plans:
        for claim in plan.proof.claims | plan.proof.values:
            relying.setdefault(claim, []).append(plan)
    drawn: dict[Span, dict[str, None]] = {}
    for link in generated.erd.links:
        drawn.setdefault(link.span, {})[link.text] = None
    return tuple(
        ExplainedClaim(
            claim=claim,
            links=tuple(drawn.get(claim.span, ())) if claim.span is not None else (),
            test=guards.get(claim),
            reliance=reliance(claim, relying.get(claim, ())),
        )
        for claim in generated.planned.claims
    )


def reliance(claim: Claim, plans: Iterable[Plan]) -> Reliance:
    """Who relies on a claim, besides the staging of the relation that it is about."""
    others = [plan for plan in plans if plan.relation.name != claim.relation or plan.proof.assumed is not None]
    return Reliance(
        rows=tuple(p.relation.model for p in others if claim in p.proof.claims - p.proof.filled),
        filled=tuple(p.relation.model for p in others if claim in p.proof.filled),
        values=tuple(p.relation.model for p in others if claim in p.proof.values - p.proof.claims),
    )
