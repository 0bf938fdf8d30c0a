"""Plans a checked diagram: staging for each entity, then every model in dependency order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from erd2dbt.design.columns.resolve import parse_formula
from erd2dbt.design.joins.walks import World
from erd2dbt.design.models import staging
from erd2dbt.design.models.handwritten import plan_sql
from erd2dbt.design.models.known_plans import KnownPlans
from erd2dbt.design.models.misspelled import report_unknown_names
from erd2dbt.design.models.model import plan_model
from erd2dbt.design.models.parallel_planning import Finish, make_in_two, no_more
from erd2dbt.design.models.read_tracking import ReadTracker
from erd2dbt.design.plans.claims import claims_of, link_claims
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.existing import plan_existing
from erd2dbt.diagram import graph as entity_graph
from erd2dbt.diagram import repairs
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
from erd2dbt.system.progress import counted_over
from erd2dbt.system.recursion import SMALLER


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Plans in dependency order, every claim of the diagram, and warnings."""

    plans: tuple[Plan, ...]
    claims: tuple[Claim, ...]
    remarks: tuple[Diagnostic, ...]

    @property
    def own(self) -> tuple[Plan, ...]:
        """The generated models: all but existing ones."""
        return tuple(plan for plan in self.plans if not plan.existing)


def plan_all(erd: Erd, known: KnownPlans | None = None, finish: Finish = no_more) -> Planned:
    """The proved plans of all models. Raises ErdError with every model that cannot be proved.

    `known`: cached plans of this diagram. `finish`: further work on the plans, where two processes make them.
    """
    faults = Collector()
    graph = entity_graph.build(erd, faults)
    refused = entity_graph.misread(erd, faults)
    if graph is None:
        for model in erd.models:
            report_unknown_names(model, formulas_of(model, faults), erd, faults)
        faults.raise_if_failed()
        raise AssertionError("a graph is missing only with a fault")
    drawn, linked = claims_of(erd, graph)
    named = staging_names(erd)
    if known is not None:
        known.begin(graph, named, linked, drawn)
        plans = list(known.staged(erd.entities, named, linked, faults))
    else:
        plans = [staging.plan(entity, named[entity.name], linked[entity.name], faults) for entity in erd.entities]
    making = _Making(faults, known, refused=frozenset(refused))
    called = {m.existing.text if m.existing is not None else fit(m.name): m.name for m in erd.models}
    reads = {model.name: making.reads(model) | _referred(model, called) for model in erd.models}
    before = len(faults.found)
    models = in_building_order(erd.models, reads, faults)
    if len(faults.found) > before:
        faults.raise_if_failed()
    world = World(graph, {p.relation.name: p.relation for p in plans})
    if known is not None:
        apart = replace(making, faults=Collector())

        def make(share: Sequence[ModelSpec]) -> list[Plan]:
            return list(apart.plans(share, reads, world))

        make_in_two(known, models, reads, plans, make=make, finish=finish)
        known.relations.forget(model.name for model in models)  # a plan depends on those before it alone
    plans += making.plans(models, reads, world)
    faults.found = repairs.accepting_together(faults.found, models)
    faults.raise_if_failed()
    claims = dict.fromkeys((*drawn, *_implied(plans)))
    _unused_links(graph, plans, faults)
    return Planned(plans=tuple(plans), claims=tuple(claims), remarks=tuple(faults.found))


@dataclass(frozen=True, slots=True)
class _Making:
    """The planning of a diagram's models. `formulas`: the parsed formulas so far. `refused`: models with a fault."""

    faults: Collector
    known: KnownPlans | None
    refused: frozenset[str] = frozenset()
    formulas: dict[str, dict[str, Tree]] = field(default_factory=dict)

    def reads(self, model: ModelSpec) -> set[str]:
        """The entities and models that the model reads."""
        kept = self.known.reads(model) if self.known is not None else None
        if kept is not None:
            return set(kept)
        parsed = self.formulas[model.name] = formulas_of(model, self.faults)
        found = set(reads_of(model, parsed))
        if self.known is not None and len(parsed) == len(model.columns):
            self.known.add_reads(model, found)
        return found

    def plans(self, models: Sequence[ModelSpec], reads: Mapping[str, set[str]], world: World) -> Iterator[Plan]:
        """The models that can be proved.

        A model that reads a refused one is skipped: its faults would be follow-ups, except misspelled names.
        """
        refused = {name for model in self.refused for name in (model, fit(model))}
        shelf = dict(world.shelf)
        world = World(world.graph, shelf)
        for model in counted_over("proving", models):
            read = {*reads[model.name], *(refs(model.sql.text) if model.sql else ())}
            is_read = refused.isdisjoint({model.name, *read})
            plan = self.planned(model, world) if is_read else None
            if not is_read:
                report_unknown_names(model, self._formulas(model), world.graph.erd, self.faults)
            if plan is None:
                refused |= {model.name, fit(model.name)}
                continue
            shelf[model.name] = plan.relation
            yield plan

    def planned(self, model: ModelSpec, world: World) -> Plan | None:
        if self.known is None:
            return self.made(model, world, self.faults)

        def make(tracker: ReadTracker, faults: Collector) -> Plan | None:
            return self.made(model, tracker.world, faults)

        return self.known.plan(model, world.shelf, self.faults, make)

    def made(self, model: ModelSpec, world: World, faults: Collector) -> Plan | None:
        try:
            return self._made(model, world, faults)
        except RecursionError:
            faults.add("E005", f"`{model.name}` is nested too deep: too many levels", model.span, fixes=[SMALLER])
            return None

    def _made(self, model: ModelSpec, world: World, faults: Collector) -> Plan | None:
        if model.existing is not None:
            return plan_existing(model, model.existing, faults)
        if model.sql:
            return plan_sql(model, world, faults)
        return plan_model(model, world, self._formulas(model, faults), faults)

    def _formulas(self, model: ModelSpec, faults: Collector | None = None) -> dict[str, Tree]:
        if model.name not in self.formulas:
            self.formulas[model.name] = formulas_of(model, faults or self.faults)
        return self.formulas[model.name]


def _referred(model: ModelSpec, called: Mapping[str, str]) -> set[str]:
    """The models that hand-written SQL reads. `called`: models by their dbt names."""
    return {called[name] for name in refs(model.sql.text) if name in called} if model.sql is not None else set()


def formulas_of(model: ModelSpec, faults: Collector) -> dict[str, Tree]:
    parsed = {spec.name: parse_formula(spec, faults) for spec in model.columns}
    return {name: tree for name, tree in parsed.items() if tree is not None}


def reads_of(model: ModelSpec, formulas: dict[str, Tree]) -> Iterator[str]:
    yield from (word.text for word in model.rows)
    for tree in formulas.values():
        yield from (parts[0] for r in sql.references(tree) if len(parts := sql.parts(r)) > 1)


def _implied(plans: list[Plan]) -> Iterator[Claim]:
    """Claims that only a proof needs: a grain column is not null, although the diagram does not declare it."""
    for plan in plans:
        yield from sorted(plan.proof.claims, key=lambda c: (c.relation, c.columns, c.kind))


def _unused_links(graph: EntityGraph, plans: list[Plan], faults: Collector) -> None:
    """I038: links between entities that no model of the spec reads together. They are still tested.

    Many of them are one note, because a spec that is being written has few models.
    """
    if not graph.models or graph.erd.is_plain:
        return
    readers: dict[str, set[str]] = {}
    for plan in plans:
        for name in plan.reads:
            readers.setdefault(name, set()).add(plan.relation.name)
    nobody: set[str] = set()
    unused = [
        link for link in graph.erd.links if readers.get(link.left, nobody).isdisjoint(readers.get(link.right, nobody))
    ]
    if len(unused) >= _MANY:
        shown = " and ".join(f"`{text}`" for text in list(dict.fromkeys(link.text for link in unused))[:2])
        message = f"no model uses {len(unused)} links, such as {shown}; their claims are tested anyway"
        faults.add("I038", message, unused[0].span)
        return
    for link in unused:
        tested = "; it is tested anyway" if any(link_claims(link, graph)) else ""
        faults.add("I038", f"no model uses the link `{link.text}`{tested}", link.span)


_MANY = 3  # unused links
