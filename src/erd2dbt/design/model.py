"""One model, from its words to its plan: rows, columns, the selects that make them, and the proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design import assemble, rows
from erd2dbt.design.additivity import judge
from erd2dbt.design.draft import Draft
from erd2dbt.design.naming import layer_of
from erd2dbt.design.plan import Field, Origin, Plan, Relation
from erd2dbt.design.proving import prove
from erd2dbt.design.resolve import Resolver
from erd2dbt.design.scope import World
from erd2dbt.design.stages import circle, siblings
from erd2dbt.design.unit_tests.fixture import fixture
from erd2dbt.design.unit_tests.values import UntestableError
from erd2dbt.diagnostics import Collector, Span, did_you_mean
from erd2dbt.erd import ModelSpec
from erd2dbt.postgres_types import canonical
from erd2dbt.prove.additivity import Measure
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.identifiers import fit
from erd2dbt.sql.inference import infer, wanted
from erd2dbt.sql.trees import rewritten


def plan_model(spec: ModelSpec, world: World, formulas: dict[str, Tree], faults: Collector) -> Plan | None:
    """The proved plan, or None after adding why there is none."""
    before = len(faults.found)
    draft = rows.begin(spec, world, faults)
    if draft is None:
        return None
    _filter(draft)
    resolver = Resolver(draft)
    for name, span in _kept(draft):
        resolver.kept(name, span)
    for said in spec.columns:
        if said.name in formulas:
            resolver.column(said, formulas[said.name])
    if any(d.code.startswith("E") for d in faults.found[before:]) or len(formulas) < len(spec.columns):
        return None
    draft.accepted = frozenset()
    looped = circle(draft)
    if looped:
        draft.fault("E035", f"columns of `{spec.name}` need each other in a circle: {' -> '.join(looped)}", spec.span)
        return None
    for name in _in_order(draft):
        _settle_type(draft, name)
    made = assemble.ctes(draft)
    proved = prove(draft, frozenset(resolver.values))
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
    read = tuple(name for _, name in imports)
    return _with_unit_test(
        draft, Plan(relation=relation, spec=spec, imports=imports, ctes=made, proof=proof, reads=read)
    )


def _with_unit_test(draft: Draft, plan: Plan) -> Plan:
    """The plan with the rows of its unit test, or with the reason why there are none (I605)."""
    erd, shelf = draft.world.graph.erd, draft.world.shelf
    if not erd.settings.test_unit:
        return plan
    said = {model.name: model.materialized for model in erd.models}
    ephemeral = {
        name for name, r in shelf.items() if (said.get(name) or erd.settings.materialized.get(r.layer)) == "ephemeral"
    }
    try:
        return replace(plan, fixture=fixture(plan.relation, plan.imports, plan.ctes, shelf, ephemeral))
    except UntestableError as problem:
        draft.faults.add("I605", f"`{plan.relation.name}` gets no unit test: {problem}", draft.spec.span)
        return replace(plan, untested=str(problem))


def _filter(draft: Draft) -> None:
    """The model's `where:` over the rows source; bare names are its columns."""
    spec = draft.spec
    if spec.where is None:
        return
    tree = sql.parse(spec.where, draft.faults)
    if tree is None:
        return
    if len(draft.rows) > 1:
        draft.fault("E016", "`where` filters one rows source, not a union", spec.where.span, "filter in an int_ model")
        return
    scope = draft.inner.scope if draft.inner else draft.outer
    sound = True

    def visit(node: Tree) -> Tree:
        nonlocal sound
        if not isinstance(node, (exp.Column, exp.Dot)):
            return node
        parts = sql.parts(node)
        known = scope.base.relation
        if (len(parts) > 1 and parts[0] != known.name) or parts[-1] not in known.fields:
            fixes = did_you_mean(parts[-1], known.fields)
            assert spec.where is not None
            draft.fault("E031", f"`{known.name}` has no column `{'.'.join(parts)}`", spec.where.span, *fixes)
            sound = False
            return node
        return column(parts[-1], scope.base.alias)

    filtered = rewritten(tree, visit)
    draft.where = filtered if sound else None


def _kept(draft: Draft) -> Iterator[tuple[str, Span]]:
    """(column, place) of what `keep:` passes through, without the grain, which is always there."""
    spec = draft.spec
    if len(draft.rows) > 1:
        if spec.keep != ():
            draft.fault("E016", "`keep` needs one rows source, not a union", spec.span, "name the columns one by one")
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
    """Columns after the ones that they are made of."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for other in siblings(draft.columns[name].tree):
            if other in draft.columns:
                visit(other)
        ordered.setdefault(name)

    for name in draft.columns:
        visit(name)
    return list(ordered)


def _settle_type(draft: Draft, name: str) -> None:
    """The column's type: as the spec says, else exact for a lone aggregate, else as PostgreSQL gives it."""
    known = draft.columns[name]
    said = known.said
    if said is not None and said.type:
        known.type = canonical(said.type) or said.type
        return
    inner = known.tree
    while isinstance(inner, (exp.Coalesce, exp.Paren)):
        inner = inner.this
    precise = None
    if isinstance(inner, exp.Column) and known.tree is not inner:
        precise = draft.precise.get((inner.table, inner.name))
    elif isinstance(inner, exp.Column):
        precise = draft.precise.get((inner.table, inner.name)) or draft.type_of(inner)
    known.type = precise or wanted(known.tree, draft.type_of) or infer(known.tree, draft.type_of)
    if known.type is None and said is not None:
        draft.fault(
            "E022",
            f"the type of `{name}` does not follow from its formula",
            said.place,
            f"say it: {name}: {{is: …, type: text}}",
        )


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
    origin = _origin(draft, known.tree)
    return Field(
        name=name,
        type=known.type,
        origin=origin,
        plain=known.said is None or origin is not None,
        inherits=known.inherits,
        said=known.said,
        measure=measure,
    )


def _origin(draft: Draft, tree: Tree) -> Origin | None:
    """The attribute that the column shows unchanged: a plain reference, or a label of a group."""
    if not isinstance(tree, exp.Column):
        return None
    reductions = [*draft.reductions, *([draft.inner] if draft.inner else [])]
    for reduction in reductions:
        if reduction.cte == tree.table and tree.name in reduction.labels:
            label = reduction.outputs[tree.name].find(exp.Column)
            shown = reduction.scope.base.relation.fields.get(label.name) if label is not None else None
            return shown.origin if shown else None
    for scope in draft.scopes():
        for node in scope.nodes.values():
            if node.alias == tree.table and tree.name in node.relation.fields:
                return node.relation.fields[tree.name].origin
    return None
