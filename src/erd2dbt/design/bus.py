"""The bus matrix of a derived star: which fact meets which dimension, and by what."""

from __future__ import annotations

from collections.abc import Sequence

from erd2dbt.design.plan import Plan
from erd2dbt.design.project import BusMatrix
from erd2dbt.erd import ModelSpec, StarModel


def bus_matrix(plans: Sequence[Plan]) -> BusMatrix | None:
    """None where nothing meets a dimension."""
    stars = [(p.relation, p.spec.star) for p in plans if isinstance(p.spec, ModelSpec) and p.spec.star is not None]
    models = {relation.name: relation.model for relation, _ in stars}
    facts = [(relation, star) for relation, star in stars if star.dimensions]
    met = {dimension for _, star in facts for dimension, _ in star.dimensions}
    shown = [name for name in models if name in met]
    if not shown:
        return None
    return BusMatrix(
        dimensions=tuple(models[name] for name in shown),
        rows=tuple((r.model, star.kind, tuple(_cell(star, name) for name in shown)) for r, star in facts),
    )


def _cell(star: StarModel, dimension: str) -> str:
    """The columns by which they meet; one for each role."""
    return "; ".join(by for model, by in star.dimensions if model == dimension)
