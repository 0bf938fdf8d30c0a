"""Writes a formula of a model as people write it beside a column of a diagram, so that `import` reads it back."""

from __future__ import annotations

from erd2dbt.diagram.erd import Expression, Formula, Pick


def formula_text(formula: Formula) -> str:
    """Return `sum(orders.amount)`, `first orders.status by ordered_at`, or `high ≥ 500 / low (by total)`."""
    if isinstance(formula, Expression):
        return " ".join(formula.text.split())
    if isinstance(formula, Pick):
        where = f" where {formula.where.text}" if formula.where else ""
        order = ", ".join(one.text for one in formula.order)
        return " ".join(f"{formula.end} {formula.value.text}{where} by {order}".split())
    bounds = [f"{label} ≥ {bound}" for label, bound in formula.cuts]
    rest = [] if formula.otherwise is None else [formula.otherwise]
    return f"{' / '.join((*bounds, *rest))} (by {' '.join(formula.value.text.split())})"
