"""The bus matrix of a derived star: the dimensions that each fact joins, and on which columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.project import BusMatrix
from erd2dbt.diagram.erd import ModelSpec, StarModel

_WIDEST = 8  # dimensions with their own column; a wider table is not readable


def bus_matrix(plans: Sequence[Plan]) -> BusMatrix | None:
    """The matrix; None where nothing joins a dimension. Of many dimensions, the most shared ones get a column."""
    stars = [(p.relation, p.spec.star) for p in plans if isinstance(p.spec, ModelSpec) and p.spec.star is not None]
    models = {relation.name: relation.model for relation, _ in stars}
    shared = [(relation, star) for relation, star in stars if star.dimensions]
    facts = sorted(shared, key=lambda fact: fact[1].kind == "bridge")
    met = Counter(name for _, star in facts for name in dict.fromkeys(model for model, _ in star.dimensions))
    known = [name for name in models if name in met]
    if not known:
        return None
    common = sorted(known, key=lambda name: -met[name])[:_WIDEST]
    shown = [name for name in known if name in common]
    hidden = [name for name in known if name not in common]
    rows = []
    for relation, star in facts:
        cells = [_cell(star, name) for name in shown]
        rest = [(models[name], by) for name in hidden if (by := _cell(star, name))]
        rows.append((relation.model, star.kind, tuple(cells), tuple(rest)))
    return BusMatrix(dimensions=tuple(models[name] for name in shown), rows=tuple(rows), others=bool(hidden))


def _cell(star: StarModel, dimension: str) -> str:
    """The join columns of a fact and a dimension; one for each role."""
    return "; ".join(by for model, by in star.dimensions if model == dimension)
