"""Compares the totals of a built model with those of its inputs and, through them, of the raw tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from erd2dbt.design.columns.flows import Flow, flows
from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.erd import Attribute, Erd
from erd2dbt.infer.words import is_number
from erd2dbt.pipelines.summary import plural
from erd2dbt.run.fanout_diagnosis import FanoutDiagnosis
from erd2dbt.sql.spelling import ident
from erd2dbt.star.numbers import Figure, classified_number

Number = int | float | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A column's total: `of` all rows of its source, `made` in the model, and the excluded parts, each with its reason.

    `before`: the part that upstream models had excluded already.
    """

    column: str
    source: str
    of: Number
    made: Number
    left_out: tuple[tuple[Number, str], ...] = ()
    before: Number = 0
    rounding: float = 0.0
    close: float = 0.0

    @property
    def missing(self) -> Decimal:
        """The unexplained difference. Parts that are excluded on purpose do not count."""
        found = Decimal(0)
        for number in (self.of, -self.made, -self.before, *(-amount for amount, _ in self.left_out)):
            found += Decimal(str(number))
        return found

    @property
    def holds(self) -> bool:
        if any(math.isnan(number) or math.isinf(number) for number in (self.of, self.made)):
            return str(self.of) == str(self.made)
        is_float = any(isinstance(number, float) for number in (self.of, self.made))
        slack = self.close * max(abs(float(self.of)), abs(float(self.made))) if is_float else 0.0
        return abs(float(self.missing)) <= slack + self.rounding

    @property
    def remark(self) -> str:
        """Return where the difference comes from, or that there is none."""
        parts = [f"{shown(amount)} {why}" for amount, why in self.left_out if amount]
        parts += [f"{shown(self.before)} excluded before"] if self.before else []
        if not self.holds:
            word = "missing" if self.missing > 0 else "too much"
            parts.insert(0, f"{shown(abs(self.missing))} {word}")
        return "; ".join(parts) or "as its source"


Known = dict[tuple[str, str], Total]  # by relation and column


def totals(plan: Plan, diagnosis: FanoutDiagnosis, rows: int, known: Known) -> tuple[Total, ...]:
    """Return the totals of a model that was just built. `known` has those of upstream models, and gets these."""
    generated = diagnosis.generated
    shelf = {one.relation.name: one.relation for one in generated.planned.plans}
    found = flows(plan, shelf, added(generated.erd))
    asked = {flow: tuple(q for q in (flow.total, flow.filtered, flow.unmet) if q) for flow in found}
    numbers = diagnosis.numbers(
        diagnosis.generated_sql(plan), [query for queries in asked.values() for query in queries]
    )
    made = _model_totals(plan, diagnosis, found)
    for flow, queries in asked.items():
        answers = [numbers.get(query) for query in queries]
        if flow.column in made and None not in answers:
            total = _total(flow, made[flow.column], [a for a in answers if a is not None], known, rows)
            known[plan.relation.name, flow.column] = total
    return tuple(known[plan.relation.name, f.column] for f in found if (plan.relation.name, f.column) in known)


def added(erd: Erd) -> set[tuple[str, str]]:
    """Return the additive columns of entities: numbers other than keys, references, rates and semi-additive
    measures."""
    keys = {(e.name, word.text) for e in erd.entities for word in e.key}
    for link in erd.links:
        keys |= {(link.left, a) for a, _ in link.columns} | {(link.right, b) for _, b in link.columns}
    found = {(e.name, a.name) for e in erd.entities for a in e.columns if a.formula is None and _is_summed(a)}
    return found - keys


def _is_summed(column: Attribute) -> bool:
    return is_number(column.type) and classified_number(column).figure is Figure.FLOW


def _model_totals(plan: Plan, diagnosis: FanoutDiagnosis, found: Iterable[Flow]) -> Mapping[str, Number]:
    names = [flow.column for flow in found]
    if not names:
        return {}
    sums = ", ".join(f"coalesce(sum({ident(name)}), 0)" for name in names)
    row = diagnosis.row(f"select {sums} from {diagnosis.relation(plan)}")  # noqa: S608 - quoted
    return dict(zip(names, row, strict=True)) if row else {}


def _total(flow: Flow, made: Number, answers: list[Any], known: Known, rows: int) -> Total:
    total, *rest = answers
    reasons = []
    if flow.filtered:
        reasons.append((rest.pop(0), f"excluded by `where {flow.where}`"))
    if flow.unmet:
        reasons.append((rest.pop(0), f"of rows without a match on ({', '.join(flow.on)})"))
    before = known.get((flow.relation, flow.made_of)) if flow.made_of is not None else None
    return Total(
        column=flow.column,
        source=flow.words,
        of=before.of if before is not None else total,
        made=made,
        left_out=tuple(reasons),
        before=_difference(before.of, total) if before is not None else 0,
        rounding=flow.rounded * rows,
        close=flow.close,
    )


def _difference(one: Number, other: Number) -> Number:
    found = Decimal(str(one)) - Decimal(str(other))
    return found if found else 0


def shown(number: Number) -> str:
    """Return a number with separators: `1,234.5`, with all of its decimal places."""
    if isinstance(number, float) and not number.is_integer():
        return f"{number:,.6g}" if abs(number) < 1e6 else f"{number:,.2f}"
    if isinstance(number, Decimal) and number.is_finite() and number == number.to_integral_value():
        number = int(number)
    return f"{number:,.0f}" if isinstance(number, float) else f"{number:,}"


def broken_totals(found: Iterable[Total]) -> tuple[str, tuple[str, ...]]:
    """Return a sentence on broken totals: how many, and each with both numbers."""
    broken = [total for total in found if not total.holds]
    lines = tuple(
        f"the total of `{t.column}` is {shown(t.made)}, where `{t.source}` is {shown(t.of)}: {t.remark}" for t in broken
    )
    return plural(len(broken), "total"), lines
