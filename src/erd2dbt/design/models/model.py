"""Plans one model from its spec: rows, columns, the selects, and the proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.design.columns import assemble
from erd2dbt.design.columns.additivity import judge
from erd2dbt.design.columns.resolve import Resolver
from erd2dbt.design.columns.stages import circle, siblings
from erd2dbt.design.joins import rows
from erd2dbt.design.joins.draft import ColumnDraft, Draft
from erd2dbt.design.joins.fanout_faults import ill_typed
from erd2dbt.design.joins.filters import row_filter
from erd2dbt.design.joins.grain_proof import prove
from erd2dbt.design.joins.join_descriptions import joined
from erd2dbt.design.joins.presence import gap_before, may_be_null
from erd2dbt.design.joins.scope import Node, Scope
from erd2dbt.design.joins.walks import World
from erd2dbt.design.models.misspelled import report_unknown_names
from erd2dbt.design.plans.layers import layer_of
from erd2dbt.design.plans.plan import Field, Origin, Plan, Relation
from erd2dbt.design.plans.sample_values import UntestableError
from erd2dbt.design.unit_tests.fixture import fixture
from erd2dbt.diagram.erd import ColumnSpec, ModelSpec, Tier
from erd2dbt.diagram.repairs import scalar
from erd2dbt.faults.diagnostics import Collector, Fix, Hint, Paste, Span
from erd2dbt.names.length import fit
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.measure import Measure
from erd2dbt.sql import expression as sql
from erd2dbt.sql.constants import EXAMPLES, cuts_misfit, widened
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.inference import infer, wanted
from erd2dbt.sql.trees import nodes
from erd2dbt.sql.type_mismatches import misfit


def plan_model(spec: ModelSpec, world: World, formulas: dict[str, Tree], faults: Collector) -> Plan | None:
    """The proved plan; None after adding the faults."""
    before = len(faults.found)
    draft = rows.begin(spec, world, faults)
    if draft is None:
        report_unknown_names(spec, formulas, world.graph.erd, faults)
    values = _settled(draft, formulas, before) if draft is not None else None
    if draft is None or values is None:
        return None
    made = assemble.ctes(draft)
    proved = prove(draft, values)
    if proved is None or any(d.code.startswith("E") for d in faults.found[before:]):
        return None
    proof, state = proved
    measures = judge(draft)
    imports = assemble.used_imports(draft, made)
    relation = Relation(
        name=spec.name,
        model=fit(spec.name),
        layer=layer_of(spec),
        grain=tuple(draft.grain),
        fields={item.name: _field(draft, item.name, measures.get(item.name)) for item in made[-1].selects[0].items},
        state=state,
        span=spec.span,
        root=draft.rows[0].root if len(draft.rows) == 1 and draft.where is None else None,
    )
    plan = Plan(
        relation=relation,
        spec=spec,
        imports=imports,
        ctes=made,
        proof=proof,
        reads=tuple(name for _, name in imports),
        joined=joined(draft),
    )
    return _with_unit_test(draft, plan)


def _settled(draft: Draft, formulas: dict[str, Tree], before: int) -> frozenset[Claim] | None:
    """The claims that decide values of the columns, after each has a tree and a type; None after adding faults."""
    spec, faults = draft.spec, draft.faults
    draft.where = row_filter(draft, draft.inner.scope if draft.inner else draft.outer)
    resolver = Resolver(draft)
    for name, span in _kept_columns(draft):
        resolver.kept(name, span)
    for said in spec.columns:
        if said.name in formulas:
            resolver.column(said, formulas[said.name])
    if any(d.code.startswith("E") for d in faults.found[before:]) or len(formulas) < len(spec.columns):
        return None
    draft.accept(None)
    looped = circle(draft)
    if looped:
        draft.fault("E035", f"columns of `{spec.name}` need each other in a circle: {' -> '.join(looped)}", spec.span)
        return None
    for name in _in_order(draft):
        _settle_type(draft, name)
    return frozenset(resolver.values)


def _with_unit_test(draft: Draft, plan: Plan) -> Plan:
    """The plan with the rows of its unit test, or with the reason why it has none (I605)."""
    graph, shelf = draft.world.graph, draft.world.shelf
    settings = graph.erd.settings
    if not settings.test_unit:
        return plan
    said = {name: graph.models[name].materialized for name in plan.reads if name in graph.models}
    ephemeral = {
        name for name in plan.reads if (said.get(name) or settings.materialized.get(shelf[name].layer)) == "ephemeral"
    }
    try:
        return replace(plan, fixture=fixture(plan.relation, plan.imports, plan.ctes, shelf, ephemeral))
    except UntestableError as problem:
        draft.faults.add("I605", f"`{plan.relation.name}` gets no unit test: {problem}", draft.spec.span)
        return replace(plan, untested=str(problem))


def _kept_columns(draft: Draft) -> Iterator[tuple[str, Span]]:
    """(column, place) of the columns that `keep:` keeps, without the grain, which is always kept."""
    spec = draft.spec
    if len(draft.rows) > 1:
        if spec.keep != ():
            draft.fault(
                "E016", "`keep` needs one rows source, not a union", spec.span, Hint("name the columns one by one")
            )
        return
    if spec.keep is not None:
        yield from ((word.text, word.span) for word in spec.keep if word.text not in draft.grain)
        return
    renamed = {draft.outer_name(name) for name in draft.grain}
    own = {c.name for c in spec.columns}
    for name in draft.rows[0].fields:
        if name not in draft.grain and name not in renamed and name not in own:
            yield name, spec.span


def _in_order(draft: Draft) -> list[str]:
    """The columns in dependency order."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for other in siblings(draft.columns[name].tree):
            if other in draft.columns and other not in ordered:
                visit(other)
        ordered.setdefault(name)

    for name in draft.columns:
        visit(name)
    return list(ordered)


def _settle_type(draft: Draft, name: str) -> None:
    """Set the column's type: the declared one, else exact for a lone aggregate, else PostgreSQL's."""
    known = draft.columns[name]
    said = known.said
    if said is not None and isinstance(said.formula, Tier):
        _check_cuts(draft, known, said)
    own = _own_type(draft, known)
    if said is not None and said.default is not None and own is not None:
        own = _with_default(draft, known, own, said)
    told = canonical(said.type) or said.type if said is not None and said.type else None
    known.type = told or own or infer(known.tree, draft.type_of)
    if said is not None and not isinstance(said.formula, Tier) and (wrong := misfit(known.tree, draft.type_of)):
        code, message, *fixes = ill_typed(wrong)
        draft.fault(code, message, said.place, *fixes)
    elif known.type is None and said is not None:
        draft.fault(
            "E022",
            f"the type of `{name}` cannot be inferred from its formula",
            said.place,
            Hint(f"add the type that PostgreSQL gives it: `type: …` in `{name}`"),
        )


def _typed(draft: Draft, said: ColumnSpec, why: str, type_: str) -> Fix:
    paste = Paste(("models", draft.spec.name, "columns", said.name), f"{{type: {scalar(type_, flow=True)}}}")
    return Fix(f"{why}: `type: {type_}` in `{said.name}`", paste)


def _own_type(draft: Draft, known: ColumnDraft) -> str | None:
    """The type of the formula without its default."""
    said = known.said
    tree = known.tree.this if said is not None and said.default is not None else known.tree
    return wanted(tree, draft.type_of, lambda shown: draft.precise.get((shown.table, shown.name)))


def _check_cuts(draft: Draft, known: ColumnDraft, said: ColumnSpec) -> None:
    """E026: the cuts of a tier have another type than the value that is cut."""
    case = next(node for node in nodes(known.tree) if isinstance(node, exp.Case))
    misfit = cuts_misfit(case, draft.type_of)
    if misfit is not None:
        fix = Hint("write numbers for a number, dates as `2024-01-31` for a date")
        draft.fault("E026", misfit, said.place, fix)


def _with_default(draft: Draft, known: ColumnDraft, own: str, said: ColumnSpec) -> str:
    """The type that also fits the default. E027 where there is none, or where the declared type is narrower."""
    assert said.default is not None
    default = sql.constant(said.default)
    wide = widened(own, default)
    told = canonical(said.type or "") or said.type
    if wide is None:
        example = EXAMPLES.get(family(own), "'none'")
        message = f"the default {said.default} of `{known.name}` is not a value of type {own}"
        draft.fault("E027", message, said.place, Hint(f"write a value of that type, such as `default: {example}`"))
        return own
    if told and (holds := widened(told, default)) != told:
        message = f"the default {said.default} of `{known.name}` is not a value of type {told}"
        drop = Hint("remove `type:`, or write a default of that type")
        fix = _typed(draft, said, "take the type that holds it", holds) if holds else drop
        draft.fault("E027", message, said.place, fix)
    if family(own) in ("integer", "numeric", "float") and default.is_string:
        known.tree = sql.coalesce(known.tree.this, sql.constant(default.name))
    return wide


def _field(draft: Draft, name: str, measure: Measure | None) -> Field:
    if name in draft.grain:
        shown = draft.grain[name]
        inherits: tuple[tuple[str, str], ...] = ((draft.rows[0].name, draft.outer_name(name)),)
        if draft.inner:
            inherits = tuple((m.node.relation.name, m.column) for m in draft.inner.on if m.name == name)
        elif draft.union:
            inherits = tuple((m.node.relation.name, m.column) for _, on in draft.union for m in on if m.name == name)
        return Field(name=name, type=shown.type, origin=shown.origin, inherits=inherits, plain=True)
    known = draft.columns[name]
    origin, path = _origin(draft, known.tree)
    return Field(
        name=name,
        type=known.type,
        origin=origin,
        path=path,
        plain=known.said is None or origin is not None,
        optional=_optional(draft, known.tree),
        inherits=known.inherits,
        said=known.said,
        measure=measure,
    )


def _optional(draft: Draft, tree: Tree) -> bool:
    """Whether a plain column of the rows, or of a lookup from them, may be NULL by the diagram."""
    if not isinstance(tree, exp.Column):
        return False
    for node in draft.outer.nodes.values():
        if node.alias == tree.table and tree.name in node.relation.fields:
            return gap_before(draft.outer, node) is not None or may_be_null(draft.world, node.relation, tree.name)
    return False


def _origin(draft: Draft, tree: Tree) -> tuple[Origin | None, tuple[str, ...]]:
    """The attribute that the column shows unchanged (a plain reference or a label of a group), and the links to it."""
    if not isinstance(tree, exp.Column):
        return None, ()
    reductions = [*draft.reductions, *([draft.inner] if draft.inner else [])]
    for reduction in reductions:
        if reduction.cte == tree.table and tree.name in reduction.labels:
            label = reduction.outputs[tree.name].find(exp.Column)
            shown = reduction.scope.base.relation.fields.get(label.name) if label is not None else None
            return (shown.origin if shown else None), ()
    for scope in draft.scopes():
        node = scope.nodes.get(tree.table)
        if node is not None and tree.name in node.relation.fields:
            found = node.relation.fields[tree.name]
            return found.origin, (*_path_to(scope, node), *found.path)
    return None, ()


def _path_to(scope: Scope, node: Node) -> tuple[str, ...]:
    """The links to a looked-up row. A model of the rows' own entity that leaves some of them out stands for a link."""
    if node.path or node is scope.base or gap_before(scope, node) is None:
        return node.path
    return (node.relation.name,)
