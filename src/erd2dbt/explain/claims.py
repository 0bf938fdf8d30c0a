"""Every claim of the diagram: where it is made, which test guards it, and what would no longer hold without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from erd2dbt.design.plan import Plan
from erd2dbt.erd import Erd
from erd2dbt.pipeline import Generated
from erd2dbt.prove.claims import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """dbt models by what they rest on a claim with: their row count, no empty grain, or values of columns only."""

    rows: tuple[str, ...]
    filled: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldClaim:
    """A claim, the links that draw it (none for what an entity says of itself), its test (None: tests are off)."""

    claim: Claim
    links: tuple[str, ...]
    test: str | None
    reliance: Reliance


def claims_told(generated: Generated) -> tuple[ToldClaim, ...]:
    """All claims: those of entities in the order of the spec, then those of links, then those that models imply."""
    plans, guards = generated.planned.plans, generated.project.guards
    return tuple(
        ToldClaim(
            claim=claim,
            links=_links(generated.erd, claim),
            test=guards.get(claim),
            reliance=reliance(claim, plans),
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


def _links(erd: Erd, claim: Claim) -> tuple[str, ...]:
    """The links at the place where the claim is made, as they are drawn."""
    return tuple(dict.fromkeys(link.text for link in erd.links if claim.span is not None and link.span == claim.span))
