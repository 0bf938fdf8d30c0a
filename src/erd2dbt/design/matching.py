"""How an input meets the rows of a model: through links, else by the same name, else by `match:` (spec language, 5)."""

from __future__ import annotations

from collections.abc import Iterable

from erd2dbt.design.draft import Draft, Match
from erd2dbt.design.plan import Field, Relation
from erd2dbt.design.scope import Node, Scope, carriers, steps
from erd2dbt.sql.expression import column


def matches(draft: Draft, scope: Scope, via: str | None) -> tuple[Match, ...]:
    """The columns of the scope's base (or of its to-one parents) that equal columns of the model's rows.

    The grain's columns first; where none is carried, any other column of rows that are taken whole.
    Empty when nothing meets. Raises AmbiguousError when several columns would do.
    """
    said = _said(draft, scope)
    if said:
        return said
    found = [_carried(draft, scope, name, shown, via) for name, shown in draft.grain.items()]
    on = tuple(match for match in found if match is not None)
    return on or (_beyond_grain(draft, scope, via) if draft.whole else ())


def _said(draft: Draft, scope: Scope) -> tuple[Match, ...]:
    """`match: {input: {grain column: its column}}`."""
    for word, pairs in draft.spec.match:
        if word.text == scope.base.relation.name:
            return tuple(
                Match(draft.grain_column(g.text), g.text, scope.base, its.text)
                for g, its in pairs
                if g.text in draft.grain and its.text in scope.base.relation.fields
            )
    return ()


def _carried(draft: Draft, scope: Scope, name: str, shown: Field, via: str | None) -> Match | None:
    outer = draft.grain_column(name)
    own = carriers(draft.world, shown, scope.base.relation, via)
    if own:
        return Match(outer, name, scope.base, own[0])
    parents = list(scope.ancestors())
    for parent, relation in parents:
        there = carriers(draft.world, shown, relation)
        if there and not via:
            return _at(scope, parent, outer, name, there[0])
    if via:
        return None
    if name in scope.base.relation.fields:
        return Match(outer, name, scope.base, name)
    for parent, relation in parents:
        if name in relation.fields:
            return _at(scope, parent, outer, name, name)
    return None


def _at(scope: Scope, parent: str, outer: object, name: str, its: str) -> Match | None:
    node = scope.reach(parent)
    return Match(outer, name, node, its) if node else None  # type: ignore[arg-type]


def _beyond_grain(draft: Draft, scope: Scope, via: str | None) -> tuple[Match, ...]:
    """Rows that are taken whole offer all their columns: a foreign key, or a column of the same domain."""
    rows, target = draft.outer.base, scope.base.relation
    linked = [s for s in steps(draft.world, rows.relation) if s.target == target.name and via in (None, s.role)]
    if linked:
        distinct = {s.pairs: s for s in linked}
        if len(distinct) > 1:
            raise _ambiguous(target, [f"{s.drawn} ({s.role})" for s in linked], [s.role for s in linked])
        return _pairs(rows, scope.base, linked[0].pairs)
    shared = {
        name: there[0]
        for name, shown in rows.relation.fields.items()
        if (there := carriers(draft.world, shown, target, via))
    }
    if len(set(shared.values())) > 1:
        raise _ambiguous(target, [f"{target.name}.{b}" for b in shared.values()], [])
    return _pairs(rows, scope.base, list(shared.items())[:1])


def _ambiguous(target: Relation, choices: list[str], roles: Iterable[str | None]) -> Exception:
    from erd2dbt.design.scope import AmbiguousError

    return AmbiguousError(target.name, choices, [r for r in roles if r])


def _pairs(rows: Node, base: Node, pairs: Iterable[tuple[str, str]]) -> tuple[Match, ...]:
    return tuple(Match(column(a, rows.alias), a, base, b) for a, b in pairs)
