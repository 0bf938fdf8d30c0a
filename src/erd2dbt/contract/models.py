"""What changed of one model: its name, grain, rows, columns, and how it is built and tested."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from erd2dbt.contract.change import Change, Meaning
from erd2dbt.contract.definitions import Definition
from erd2dbt.contract.downstream import Reach
from erd2dbt.contract.pairing import Pair
from erd2dbt.contract.types import fits
from erd2dbt.design.plans.plan import Field
from erd2dbt.design.project.project import ModelProperties
from erd2dbt.diagram.erd import (
    Attribute,
    ColumnSpec,
    Entity,
    Expression,
    ExtraTest,
    Formula,
    ModelSpec,
    Pick,
    Source,
    Tier,
)
from erd2dbt.faults.diagnostics import Span

BREAKING, RISKY, ADDITIVE, DOCUMENTATION = Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A model in one of the two diagrams. `materialized` is what dbt does with it, by its folder or its own word."""

    properties: ModelProperties
    materialized: str
    path: str
    definition: Definition
    reach: Reach
    source: Source | None  # of a staging model


def model_changes(pair: Pair, old: Side, new: Side) -> Iterator[Change]:
    """All changes of a model that stayed, the gravest of each kind alone."""
    yield from _of_the_whole(pair, old, new)
    yield from _left_and_came(pair, old, new)
    moved = set(_computed_otherwise(pair, old, new))
    for name, now in pair.columns.items():
        before, after = pair.old.relation.fields[name], pair.new.relation.fields[now]
        for meaning, what in _of_a_column(before, after, is_moved=now in moved):
            reaches = new.reach.of_column(new.properties.name, now) if meaning in (BREAKING, RISKY) else ()
            yield Change(
                meaning=meaning,
                model=new.properties.name,
                column=now,
                what=what,
                span=_span(after, pair.new.relation.span),
                reaches=reaches,
            )


def _of_the_whole(pair: Pair, old: Side, new: Side) -> Iterator[Change]:
    span, model = pair.new.relation.span, new.properties.name
    said = [*_changes_of_name(pair, old, new), *_built(pair, old, new), *_worded(pair, old, new)]
    said += [(m, what) for m, what in _tests(_extra(pair.old.spec), _extra(pair.new.spec))]
    for meaning, what in said:
        reaches = new.reach.of_model(model) if meaning in (BREAKING, RISKY) else ()
        yield Change(meaning=meaning, model=model, what=what, span=span, reaches=reaches)


def _changes_of_name(pair: Pair, old: Side, new: Side) -> Iterator[tuple[Meaning, str]]:
    if old.properties.name != new.properties.name:
        yield BREAKING, f"renamed from {old.properties.name}"
    grain = tuple(pair.columns.get(c, c) for c in pair.old.relation.grain)
    if set(grain) != set(pair.new.relation.grain):
        now, was = (_comma_list(names) or "no known key" for names in (pair.new.relation.grain, grain))
        yield BREAKING, f"grain changed: one row per {now}, was one per {was}"
    if old.source is not None and new.source is not None:
        before, after = _table(pair.old.spec, old.source), _table(pair.new.spec, new.source)
        if before != after:
            yield RISKY, f"reads {after}, was {before}"
        if old.source.freshness != new.source.freshness:
            yield RISKY, "freshness of its source changed"
    elif old.definition.rows != new.definition.rows:
        yield RISKY, "its rows are selected differently" if new.definition.columns else "its SQL changed"


def _built(pair: Pair, old: Side, new: Side) -> Iterator[tuple[Meaning, str]]:
    del pair
    if old.materialized != new.materialized:
        gone = "ephemeral" in (old.materialized, new.materialized) and new.materialized == "ephemeral"
        yield (BREAKING if gone else RISKY), f"is built as {new.materialized}, was {old.materialized}"
    if old.properties.contract != new.properties.contract:
        enforced = new.properties.contract
        yield (RISKY, "its contract is enforced") if enforced else (BREAKING, "its contract is no longer enforced")


def _worded(pair: Pair, old: Side, new: Side) -> Iterator[tuple[Meaning, str]]:
    if pair.old.spec.description != pair.new.spec.description:
        yield DOCUMENTATION, "description changed"
    if old.path.rpartition("/")[0] != new.path.rpartition("/")[0]:
        yield DOCUMENTATION, f"moved to {new.path}"
    if (pair.old.spec.tags, pair.old.spec.meta) != (pair.new.spec.tags, pair.new.spec.meta):
        yield DOCUMENTATION, "tags or meta changed"


def _left_and_came(pair: Pair, old: Side, new: Side) -> Iterator[Change]:
    for name, field in pair.old.relation.fields.items():
        if name not in pair.columns:
            yield Change(
                meaning=BREAKING,
                model=new.properties.name,
                column=name,
                what="column removed",
                span=_span(field, pair.old.relation.span),
                reaches=old.reach.of_column(old.properties.name, name),
            )
    for name, field in pair.new.relation.fields.items():
        if name not in pair.columns.values():
            yield Change(
                meaning=ADDITIVE,
                model=new.properties.name,
                column=name,
                what=f"column added{f': {field.type}' if field.type else ''}",
                span=_span(field, pair.new.relation.span),
            )


def _of_a_column(old: Field, new: Field, *, is_moved: bool) -> Iterator[tuple[Meaning, str]]:
    if old.name != new.name:
        yield BREAKING, f"renamed from {old.name}"
    if old.type != new.type:
        yield _retyped(old.type, new.type)
    before, after = _formula(old.said), _formula(new.said)
    if is_moved and before != after and before and after:
        yield RISKY, f"is {after}, was {before}"
    elif is_moved:
        yield RISKY, "is computed differently"
    if old.said is None or new.said is None or type(old.said) is not type(new.said):
        return
    yield from _valued(old.said.values, new.said.values)
    yield from _tests(old.said.tests, new.said.tests)
    if old.said.description != new.said.description:
        yield DOCUMENTATION, "description changed"
    if old.said.meta != new.said.meta:
        yield DOCUMENTATION, "meta changed"


def _retyped(old: str | None, new: str | None) -> tuple[Meaning, str]:
    told = f"{new or 'not known'}, was {old or 'not known'}"
    if old is None or new is None:
        return RISKY, f"type {told}"
    if fits(old, new):
        return RISKY, f"type widened: {told}"
    return BREAKING, f"type {'narrowed' if fits(new, old) else 'changed'}: {told}"


def _valued(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[tuple[Meaning, str]]:
    """A list of values promises that there are no others."""
    if old and not new:
        yield BREAKING, f"accepts any value, was {_comma_list(old)}"
    elif old and (more := [value for value in new if value not in old]):
        yield BREAKING, f"also accepts {_comma_list(more)}"
    if new and (fewer := [value for value in old if value not in new]):
        yield RISKY, f"no longer accepts {_comma_list(fewer)}"
    elif new and not old:
        yield RISKY, f"must be one of {_comma_list(new)}"


def _tests(old: Iterable[ExtraTest], new: Iterable[ExtraTest]) -> Iterator[tuple[Meaning, str]]:
    before, after = dict(map(_test, old)), dict(map(_test, new))
    yield from ((BREAKING, f"test {name} removed") for key, name in before.items() if key not in after)
    yield from ((RISKY, f"test {name} added") for key, name in after.items() if key not in before)


def _test(test: ExtraTest) -> tuple[str, str]:
    return json.dumps([test.name, test.arguments], sort_keys=True, default=str), test.name


def _computed_otherwise(pair: Pair, old: Side, new: Side) -> Iterator[str]:
    """New names of columns whose own definition differs; those that only use such ones are reached by them."""
    for name, now in pair.columns.items():
        if old.definition.columns.get(name) != new.definition.columns.get(now):
            yield now


def _formula(said: Attribute | ColumnSpec | None) -> str:
    """What the spec says that a column is, in its own words."""
    if said is None:
        return ""
    if isinstance(said, Attribute) and said.formula is None:
        return f"{said.raw or said.name}{', cast' if said.cast else ''}"
    return _formula_text(said.formula) if said.formula is not None else ""


def _formula_text(formula: Formula) -> str:
    if isinstance(formula, Expression):
        return f"`{formula.text}`"
    if isinstance(formula, Tier):
        cuts = ", ".join(f"{label}: {bound}" for label, bound in formula.cuts)
        return f"`tier: {formula.value.text}, cut: {{{cuts}}}, else: {formula.otherwise}`"
    return f"`{_picked(formula)}`"


def _picked(pick: Pick) -> str:
    where = f", where: {pick.where.text}" if pick.where else ""
    order = f", order: {', '.join(o.text for o in pick.order)}" if pick.order else ""
    return f"{pick.end}: {pick.value.text}{where}{order}"


def _extra(spec: Entity | ModelSpec) -> tuple[ExtraTest, ...]:
    return spec.tests if isinstance(spec, ModelSpec) else ()


def _table(spec: Entity | ModelSpec, source: Source) -> str:
    table = spec.table if isinstance(spec, Entity) else spec.name
    return ".".join(word for word in (source.database, source.schema, table) if word)


def _span(field: Field, otherwise: Span) -> Span:
    return field.said.span if field.said is not None else otherwise


def _comma_list(words: Iterable[str]) -> str:
    return ", ".join(words)
