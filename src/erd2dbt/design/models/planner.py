"""From a checked diagram to plans: staging for each entity, then every model in the order of what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from erd2dbt.design.columns.resolve import parse_formula
from erd2dbt.design.joins.walks import World
from erd2dbt.design.models import staging
from erd2dbt.design.models.handwritten import plan_sql
from erd2dbt.design.models.model import plan_model
from erd2dbt.design.plans.claims import claims_of, link_claims, linked_claims
from erd2dbt.design.plans.plan import Plan, Relation
from erd2dbt.design.project.existing import plan_existing
from erd2dbt.diagram import graph as entity_graph
from erd2dbt.diagram.erd import Erd, ModelSpec
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.diagram.model_order import in_building_order
from erd2dbt.faults.diagnostics import Collector, Diagnostic
from erd2dbt.names.length import fit
from erd2dbt.names.models import staging_names
from erd2dbt.prove.claims import Claim
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree
from erd2dbt.sqlproof.dbttext import refs


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Plans in the order of building, every claim of the diagram, and what is to be said though nothing is wrong."""

    plans: tuple[Plan, ...]
    claims: tuple[Claim, ...]
    remarks: tuple[Diagnostic, ...]

    @property
    def own(self) -> tuple[Plan, ...]:
        """The models that are generated: all but existing ones."""
        return tuple(plan for plan in self.plans if not plan.existing)


def plan_all(erd: Erd) -> Planned:
    """Every model proved; raises ErdError with all that cannot be."""
    faults = Collector()
    graph = entity_graph.build(erd, faults)
    if graph is None:
        faults.raise_if_failed()
        raise AssertionError("a graph is missing only with a fault")
    linked = linked_claims(erd, graph)
    named = staging_names(erd)
    plans = [staging.plan(entity, named[entity.name], linked[entity.name], faults) for entity in erd.entities]
    formulas = {model.name: formulas_of(model, faults) for model in erd.models}
    reads = {model.name: set(reads_of(model, formulas[model.name])) for model in erd.models}
    models = in_building_order(erd.models, reads, faults)
    faults.raise_if_failed()
    plans += _models(models, graph, {p.relation.name: p.relation for p in plans}, formulas, faults)
    faults.raise_if_failed()
    claims = dict.fromkeys((*claims_of(erd, graph), *_implied(plans)))
    _unused_links(graph, plans, faults)
    return Planned(plans=tuple(plans), claims=tuple(claims), remarks=tuple(faults.found))


def _models(
    models: list[ModelSpec],
    graph: EntityGraph,
    shelf: dict[str, Relation],
    formulas: dict[str, dict[str, Tree]],
    faults: Collector,
) -> Iterator[Plan]:
    """Models that can be proved; one that reads a refused model is skipped: its faults would be echoes."""
    refused: set[str] = set()
    world = World(graph, shelf)
    for model in models:
        read = {*reads_of(model, formulas[model.name]), *(refs(model.sql.text) if model.sql else ())}
        plan = None
        if refused.isdisjoint(read):
            plan = _planned(model, world, formulas[model.name], faults)
        if plan is None:
            refused |= {model.name, fit(model.name)}
            continue
        shelf[model.name] = plan.relation
        yield plan


def _planned(model: ModelSpec, world: World, formulas: dict[str, Tree], faults: Collector) -> Plan | None:
    if model.existing is not None:
        return plan_existing(model, model.existing, faults)
    return plan_sql(model, world, faults) if model.sql else plan_model(model, world, formulas, faults)


def formulas_of(model: ModelSpec, faults: Collector) -> dict[str, Tree]:
    parsed = {spec.name: parse_formula(spec, faults) for spec in model.columns}
    return {name: tree for name, tree in parsed.items() if tree is not None}


def reads_of(model: ModelSpec, formulas: dict[str, Tree]) -> Iterator[str]:
    yield from (word.text for word in model.rows)
    for tree in formulas.values():
        yield from (parts[0] for r in sql.references(tree) if len(parts := sql.parts(r)) > 1)


def _implied(plans: list[Plan]) -> Iterator[Claim]:
    """Claims that only a proof makes: a grain column that nothing says can be empty."""
    for plan in plans:
        yield from sorted(plan.proof.claims, key=lambda c: (c.relation, c.columns, c.kind))


def _unused_links(graph: EntityGraph, plans: list[Plan], faults: Collector) -> None:
    """I038: links between entities that no model of people's reads together; they are tested all the same."""
    if not graph.models or graph.erd.is_plain:
        return
    readers: dict[str, set[str]] = {}
    for plan in plans:
        for name in plan.reads:
            readers.setdefault(name, set()).add(plan.relation.name)
    nobody: set[str] = set()
    for link in graph.erd.links:
        if readers.get(link.left, nobody).isdisjoint(readers.get(link.right, nobody)):
            tested = "; it is tested anyway" if any(link_claims(link, graph)) else ""
            faults.add("I038", f"no model follows the link `{link.text}`{tested}", link.span)
