"""Staging: one model per entity, with its raw columns renamed and cast, and its computed columns added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from sqlglot import exp

from erd2dbt.cache.later import later
from erd2dbt.design.models.computed_columns import ComputedColumns
from erd2dbt.design.plans.claims import entity_claims
from erd2dbt.design.plans.deduplication import latest_rows
from erd2dbt.design.plans.plan import (
    Cte,
    Item,
    Layer,
    Plan,
    Proof,
    Relation,
    Select,
    Step,
    StepKind,
)
from erd2dbt.design.project.existing import existing
from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.names.length import cut
from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import Dependency, Key, State
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import column
from erd2dbt.sql.spelling import POSTGRES, spelled_for
from erd2dbt.system.recursion import room_for_nesting


def plan(entity: Entity, model: str, linked: Iterable[Claim], faults: Collector) -> Plan:
    """The staging model of an entity. Its grain is the key, by the claim that this is the source's primary key.

    `model`: its name in dbt. `linked`: the claims of links about its columns.
    """
    computed = ComputedColumns(entity, faults)
    plain = [_item(a) for a in entity.columns if a.formula is None]
    ordered = sorted(plain, key=lambda item: isinstance(item.tree, exp.Cast))
    staged = tuple(_staged(ordered, computed))
    fields = {item.name: computed.field(item.name) for item in staged[-1].selects[0].items}
    claims = [*entity_claims(entity), *linked]
    key = next((c for c in claims if c.kind is ClaimKind.KEY), None)
    relation = Relation(**_of_relation(entity, model), fields=fields, state=_state(entity, claims, computed))
    if entity.existing is not None and key is not None:
        return existing(relation, entity, key)
    return Plan(
        **_of_plan(entity, key),
        relation=relation,
        imports=(("source", entity.name),),
        ctes=(*staged, *(latest_rows(entity, fields, staged[-1].name) if entity.latest else ())),
    )


def plan_later(entity: Entity, model: str, linked: Iterable[Claim], faults: Collector) -> Plan:
    """The same plan of an entity without faults. Its columns are made when they are read."""
    if entity.existing is not None:
        return plan(entity, model, linked, faults)

    @cache
    def whole() -> Plan:
        with spelled_for(POSTGRES), room_for_nesting():
            return plan(entity, model, linked, Collector())

    relation = later(Relation, {**_of_relation(entity, model), "open": False}, lambda: whole().relation)
    key = next((c for c in entity_claims(entity) if c.kind is ClaimKind.KEY), None)
    return later(Plan, {**_of_plan(entity, key), "relation": relation}, whole)


def _of_relation(entity: Entity, model: str) -> dict[str, Any]:
    """What is known of the relation before its columns are made."""
    return {
        "name": entity.name,
        "model": model,
        "layer": Layer.STAGING,
        "grain": tuple(word.text for word in entity.key),
        "span": entity.span,
        "root": entity.name,
    }


def _of_plan(entity: Entity, key: Claim | None) -> dict[str, Any]:
    """What is known of the plan before its columns are made. `key`: the claim of the key."""
    grain = tuple(word.text for word in entity.key)
    cited = frozenset((key,) if key else ())
    step = Step(
        kind=StepKind.FROM, name=entity.name, because=_key_reason(entity), claims=cited, reads=(entity.name,), by=grain
    )
    proof = Proof(grain=grain, steps=(step,), claims=cited)
    return {"spec": entity, "proof": proof, "sql": None, "reads": (), "existing": False, "fixture": None}


def _staged(plain: list[Item], computed: ComputedColumns) -> Iterator[Cte]:
    """The raw columns with computed columns, then one more select each time formulas get too long."""
    trees = {name: tree for name in computed.formulas if (tree := computed.tree(name)) is not None}
    items, source, called = plain, "source", "renamed"
    for stage in range(max(map(computed.stage, trees), default=0) + 1):
        items = [*items, *(Item(name, tree) for name, tree in trees.items() if computed.stage(name) == stage)]
        yield Cte(name=called, selects=(Select(items=tuple(items), source=source),))
        items, source, called = [Item(item.name) for item in items], called, f"computed_{stage + 2}"


def _key_reason(entity: Entity) -> str:
    if not entity.key:
        return "no key of the source table is declared"
    key = f"({', '.join(word.text for word in entity.key)})"
    if not entity.latest:
        return f"{key} is the primary key of the source table"
    by = ", ".join(word.text for word in entity.latest)
    return f"staging keeps the latest row of each {key} by {by} (row_number)"


def _item(attribute: Attribute) -> Item:
    raw = cut(attribute.raw or attribute.name)
    if attribute.cast and attribute.type:
        return Item(attribute.name, sql.cast(column(raw), attribute.type))
    return Item(attribute.name, None if raw == attribute.name else column(raw))


def _state(entity: Entity, claims: list[Claim], computed: ComputedColumns) -> State:
    """The state of a source under its claims, with its computed columns."""
    raw = [a.name for a in entity.columns if a.formula is None]
    inputs = {name: computed.inputs(name) for name in computed.formulas}
    state = operators.source(
        raw,
        key=next((c for c in claims if c.kind is ClaimKind.KEY), None),
        uniques=[c for c in claims if c.kind in (ClaimKind.UNIQUE, ClaimKind.ONE_TO_ONE)],
        not_null=[c for c in claims if c.kind is ClaimKind.NOT_NULL],
        determines=[c for c in claims if c.kind is ClaimKind.DETERMINES],
    )
    if entity.latest:
        state = replace(state, keys=(Key(frozenset(word.text for word in entity.key)), *state.keys))
    if not inputs:
        return state
    filled = computed.never_null(state)
    state = replace(  # nothing is dropped, so nothing is projected: inputs determine computed columns
        state,
        columns=(*state.columns, *inputs),
        dependencies=(
            *state.dependencies,
            *(Dependency(left, frozenset((name,))) for name, left in inputs.items() if computed.follows(name)),
        ),
    )
    return operators.where(state, not_null=filled) if filled else state
