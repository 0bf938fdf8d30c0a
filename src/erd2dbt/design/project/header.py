"""The comment at the top of a model: its grain, why each join is safe, and the columns and links of each join."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from erd2dbt.design.plans.plan import Plan, Step, StepKind
from erd2dbt.design.project.prose import listed, one_line, wrapped
from erd2dbt.diagram.erd import Entity
from erd2dbt.escape import jinja
from erd2dbt.escape.jinja import Jinja
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.sql.layout import WIDTH

_ID = re.compile(r"(.+)_(?:id|key)", re.IGNORECASE)
_JOINED = (StepKind.GROUP, StepKind.PICK, StepKind.LOOKUP)


def header(plan: Plan) -> tuple[Jinja, ...]:
    """Lines of an SQL comment. `explain` shows the proof in steps."""
    paragraphs = [(f"Grain: {_grain(plan)}.", "")]
    safe, alike = "; ".join(_safe(plan)), _alike(plan)
    paragraphs += [(f"Safe joins: {safe}{f' ({alike})' if alike else ''}.", "")] if safe else []
    paragraphs += [(joined.text, "  ") for joined in plan.joined] if alike is None else []
    return tuple(jinja.text(line) for text, indent in paragraphs for line in _lines(text, indent))


def grain(plan: Plan) -> str:
    """`one row per order (order_id)`; for an entity without a known key, the grain is unknown."""
    columns = plan.proof.grain
    if not columns:
        return "not known, because no key of the source table is declared"
    things = [_identified_thing(column, plan) for column in columns]
    shown = f" ({', '.join(columns)})" if things != list(columns) else ""
    return f"one row per {listed(things)}{shown}"


def _lines(text: str, indent: str) -> Iterable[str]:
    """Wrapped lines. A continuation is indented by two more columns."""
    lines = wrapped(one_line(text), WIDTH - len("-- ") - 2 * len(indent))
    return [f"{indent}{line}" if n == 0 or not indent else f"{indent * 2}{line}" for n, line in enumerate(lines)]


def _identified_thing(column: str, plan: Plan) -> str:
    """The thing that a grain column identifies: `order_id` an order, `id` a row of its entity."""
    found = _ID.fullmatch(column)
    if found is None and column.lower() == "id":
        return singular(bare(_rows(plan))).replace("_", " ")
    return found[1].replace("_", " ") if found else column


def _rows(plan: Plan) -> str:
    """The entity or model that the rows come from."""
    first = plan.proof.steps[0]
    return first.reads[0] if len(first.reads) == 1 else plan.relation.name


def _grain(plan: Plan) -> str:
    if plan.proof.assumed is not None:
        return f"{grain(plan)}, as the author assumes ({plan.proof.assumed}); a test checks it"
    return f"{grain(plan)}{_origin(plan)}"


def _origin(plan: Plan) -> str:
    """Why the grain is unique, after `one row per …`."""
    first, names = plan.proof.steps[0], listed(plan.proof.steps[0].reads or ("",))
    if not plan.proof.grain:
        return ""
    if isinstance(plan.spec, Entity):
        by = listed([word.text for word in plan.spec.latest]) if plan.spec.latest else ""
        return f", the latest row by {by}" if by else ", the primary key of the source table (tested)"
    if first.kind is StepKind.FROM:
        return f", as in {names}{_tested(first.claims)}"
    if first.kind is StepKind.GROUP:
        return f", aggregated from {names}"
    if first.kind is StepKind.UNION:
        return f", from the distinct values of {names}"
    keys = sorted({claim.relation for claim in plan.proof.claims if claim.kind is ClaimKind.KEY})
    depends = f"; it relies on the primary key of {listed(keys)} (tested)" if keys else ""
    return f", proved from the SQL below{depends}"


def _tested(claims: Iterable[Claim]) -> str:
    """The kind of constraint by which a relation has one row for each value; empty without one."""
    kinds = {claim.kind for claim in claims}
    if ClaimKind.KEY in kinds:
        return " (primary key, tested)"
    return " (unique, tested)" if kinds & {ClaimKind.UNIQUE, ClaimKind.ONE_TO_ONE} else ""


def _safe(plan: Plan) -> Iterator[str]:
    """Why no join fans out. Inputs with the same reason are listed together."""
    alike: dict[tuple[StepKind, str], list[str]] = {}
    rows, *joined = plan.proof.steps
    for step in joined if rows.reads else ():
        if step.kind in _JOINED:
            alike.setdefault((step.kind, _how(step)), []).extend(step.reads)
    for (_, how), names in alike.items():
        different = list(dict.fromkeys(names))
        yield f"{listed(different)} {'is' if len(different) == 1 else 'are'} {how}"


def _alike(plan: Plan) -> str | None:
    """The common reason, where all inputs are joined on the columns that they are aggregated to; None otherwise."""
    whys = {joined.why for joined in plan.joined}
    same = all(a == b for joined in plan.joined for a, b in joined.on)
    looked_up = any(step.kind is StepKind.LOOKUP for step in plan.proof.steps)
    return next(iter(whys), "") if same and not looked_up and len(whys) < 2 else None


def _how(step: Step) -> str:
    if step.kind is StepKind.LOOKUP:
        return f"many-to-one{_tested(step.claims)}"
    by = listed(step.by)
    return f"aggregated to {by} first" if step.kind is StepKind.GROUP else f"reduced to one row per {by} first"
