"""The rows of a model: its rows source taken whole, grouped to the grain, or the union of several sources' grains."""

from __future__ import annotations

from erd2dbt.design import faults as said
from erd2dbt.design.draft import Draft, Match, Reduction
from erd2dbt.design.plan import Field, Layer, Relation
from erd2dbt.design.scope import AmbiguousError, Names, Node, Scope, World, carriers
from erd2dbt.diagnostics import Collector, did_you_mean
from erd2dbt.erd import ModelSpec, Word
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import column


def begin(spec: ModelSpec, world: World, faults: Collector) -> Draft | None:
    """The draft with its rows settled, or None after adding E201 or E205."""
    rows = tuple(world.shelf[word.text] for word in spec.rows)
    names = Names()
    draft = Draft(
        world=world,
        spec=spec,
        faults=faults,
        names=names,
        rows=rows,
        outer=Scope(world, Node(names.imported(rows[0].name), rows[0]), names),
        grain={},
    )
    try:
        return _union(draft) if len(rows) > 1 else _single(draft)
    except AmbiguousError as problem:
        fault = said.ambiguous(draft, problem.wanted, problem)
        faults.add(fault[0], fault[1], spec.rows[0].span, fixes=fault[2:])
        return None


def _single(draft: Draft) -> Draft | None:
    rows, spec = draft.rows[0], draft.spec
    found = {word.text: _locate(draft, draft.outer, word) for word in spec.grain}
    if None in found.values():
        return None
    places = {name: place for name, place in found.items() if place is not None}
    draft.grain = {name: node.relation.fields[its] for name, (node, its) in places.items()}
    own = [its for node, its in places.values() if node is draft.outer.base]
    if len(own) == len(places) and rows.state.is_key(own) is not None:
        return draft
    inner = draft.outer
    cte = draft.names.fresh(f"{rows.name}_by_{'_'.join(n.removesuffix('_id') or n for n in places)}")
    draft.outer = Scope(draft.world, Node(cte, _grain_only(draft, cte)), draft.names)
    on = tuple(Match(column(name, cte), name, node, its) for name, (node, its) in places.items())
    draft.inner = Reduction(cte, inner, on, own=True)
    return draft


def _union(draft: Draft) -> Draft | None:
    """Each source's grain values; the first source gives the grain columns their meaning."""
    parts = []
    for i, relation in enumerate(draft.rows):
        scope = Scope(draft.world, Node(draft.names.imported(relation.name), relation), draft.names)
        on = []
        for word in draft.spec.grain:
            place = _locate(draft, scope, word, like=draft.grain.get(word.text))
            if place is None:
                continue
            node, its = place
            if i == 0:
                draft.grain[word.text] = node.relation.fields[its]
            on.append(Match(column(word.text, "grain_values"), word.text, node, its))
        parts.append((scope, tuple(on)))
    if any(len(on) < len(draft.spec.grain) for _, on in parts):
        return None
    cte = draft.names.fresh("grain_values")
    draft.outer = Scope(draft.world, Node(cte, _grain_only(draft, cte)), draft.names)
    draft.union = tuple(parts)
    return draft


def _grain_only(draft: Draft, cte: str) -> Relation:
    """What is left of rows once they are grouped: the grain columns."""
    return Relation(
        name=cte,
        model=cte,
        layer=Layer.INTERMEDIATE,
        grain=tuple(draft.grain),
        fields={name: Field(name=name, type=shown.type, origin=shown.origin) for name, shown in draft.grain.items()},
        state=State.over(draft.grain),
        span=draft.spec.span,
        root=draft.rows[0].root if len(draft.rows) == 1 else None,
    )


def _locate(draft: Draft, scope: Scope, word: Word, like: Field | None = None) -> tuple[Node, str] | None:
    """The column that carries a grain column: by `match:`, by link (when like another source's), by name here,
    or by name in a to-one parent; None after adding E201."""
    rows = scope.base.relation
    name = word.text
    for source, pairs in draft.spec.match:
        for grain, its in pairs:
            if source.text == rows.name and grain.text == name:
                if its.text in rows.fields:
                    return scope.base, its.text
                draft.fault(
                    "E031",
                    f"`{rows.name}` has no column `{its.text}`",
                    its.span,
                    *did_you_mean(its.text, rows.fields),
                )
                return None
    linked = carriers(draft.world, like, rows) if like is not None else []
    if linked:
        return scope.base, linked[0]
    if name in rows.fields:
        return scope.base, name
    for parent, relation in scope.ancestors():
        if name in relation.fields:
            node = scope.reach(parent)
            if node is not None:
                return node, name
    fault = said.missing_grain(draft.spec.name, rows, name)
    draft.fault(fault[0], fault[1], word.span, *fault[2:])
    return None
