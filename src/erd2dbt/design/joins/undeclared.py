"""Warnings for joins that no link declares: columns that match by name only, and dates compared with timestamps."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from erd2dbt.datatypes.comparison import Equality, joins_on_key
from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.draft import Draft, InputMatch, Reduction
from erd2dbt.design.joins.fanout_faults import accepting, cast_raw, matching
from erd2dbt.design.joins.scope import Reason, Scope
from erd2dbt.design.joins.walks import Row, World, walk
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ColumnSpec
from erd2dbt.faults.diagnostics import Fix, Paste, Span

Typed = tuple[str, str, str | None]  # a column: its relation, its name and its type


def warn_of_lookups(draft: Draft, spec: ColumnSpec | None, span: Span, scope: Scope) -> None:
    """W406 and W206 for lookups of a scope that are joined on columns that only have equal names."""
    base = scope.base.relation
    for alias, reason in scope.reasons.items():
        if not reason.named:
            continue
        there, pairs = scope.nodes[alias].relation, scope.pairs(alias)
        if scope is draft.outer and (links := _links_of_rows(draft, there, pairs)):
            scope.reasons[alias] = Reason(links)
            continue
        by_name_only(draft, spec, span, there.name, pairs=pairs, named=reason.named)
        for own, its in pairs:
            if own in base.fields:
                mine = base.name, own, base.fields[own].type
                at_midnight(draft, spec, span, mine, (there.name, its, there.fields[its].type))


def warn_of_input(draft: Draft, spec: ColumnSpec | None, span: Span, target: Reduction) -> None:
    """W406 for an input that is joined on equal names only, W206 for one joined on these or by `match:`.

    The lookups of the input get both warnings as well.
    """
    met = target.met
    if met is not None and (met.named or met.said):
        _days(draft, spec, span, met)
    if met is not None and met.named:
        by_name_only(draft, spec, span, met.scope.base.relation.name, pairs=met.pairs, named=met.named)
    warn_of_lookups(draft, spec, span, target.scope)


def _links_of_rows(draft: Draft, relation: Relation, pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The links from the rows, before they are grouped, to the row that a lookup by their grain finds."""
    parts = [(draft.inner.scope, draft.inner.on)] if draft.inner is not None else list(draft.union)
    links: dict[str, None] = {}
    for scope, on in parts:
        places = {match.name: match.place for match in on}
        wanted = {its: places.get(own) for own, its in pairs}
        there = [row for row in walk(draft.world, scope.base.relation) if row.relation is relation]
        found = next((row for row in there if all(_is_at(row, its, at) for its, at in wanted.items())), None)
        if found is None:
            return ()
        links |= dict.fromkeys((*found.before, *(step.text for step in found.steps)))
    return tuple(links)


def _is_at(row: Row, column: str, place: tuple[tuple[str, ...], str] | None) -> bool:
    """Whether a column of a row has the value of a place, where the row exists: the links to it compare the two."""
    for at in range(len(row.steps), -1, -1):
        links = (*row.before, *(step.text for step in row.steps[:at])) if at else ()
        if place == (links, column):
            return True
        found = next((own for own, its in row.steps[at - 1].pairs if its == column), None) if at else None
        if found is None:
            return False
        column = found
    return False


def _days(draft: Draft, spec: ColumnSpec | None, span: Span, met: InputMatch) -> None:
    said_columns = draft.said_of(met.scope.base.relation.name)
    for match in met.on:
        if match.name in met.named or match.name in said_columns:
            there = match.node.relation
            mine = draft.rows[0].name, match.name, draft.type_of(match.outer)
            at_midnight(draft, spec, span, mine, (there.name, match.column, there.fields[match.column].type))


def at_midnight(draft: Draft, spec: ColumnSpec | None, span: Span, one: Typed, other: Typed) -> None:
    """W206, once per timestamp, for two columns without a link: one is a date, the other a timestamp."""
    types = one[2], other[2]
    if None in types or joins_on_key(types[0] or "", types[1] or "").equality is not Equality.MIDNIGHT:
        return
    stamp = one if family(types[0] or "") == "timestamp" else other
    if f"W206 {stamp[:2]}" in draft.doubted or "W206" in draft.accepted:
        return
    draft.doubted.add(f"W206 {stamp[:2]}")
    message = f"`{other[0]}.{other[1]}` is {other[2]} and `{one[0]}.{one[1]}` is {one[2]}: {Equality.MIDNIGHT.value}"
    draft.fault("W206", message, span, *cast_raw(draft, stamp[0], stamp[1], "date"), accepting("W206", draft, spec))


def by_name_only(
    draft: Draft,
    spec: ColumnSpec | None,
    span: Span,
    relation: str,
    *,
    pairs: Collection[tuple[str, str]],
    named: Iterable[str],
) -> None:
    """W406, once per input: columns are compared because of their equal names, without a link.

    `pairs`: columns of the rows and of the input, qualified where they belong to a parent of it.
    """
    if "W406" in draft.accepted or relation in draft.doubted:
        return
    draft.doubted.add(relation)
    base = draft.outer.base.relation
    rows = draft.rows[0].name if len(draft.rows) == 1 else draft.spec.name
    on = [(own, its) for own, its in pairs if its.rpartition(".")[2] in named]
    columns = " and ".join(f"`{rows}.{own}` = `{its if '.' in its else f'{relation}.{its}'}`" for own, its in on)
    sayable = all("." not in its and own in draft.grain for own, its in pairs)
    draft.fault(
        "W406",
        f"`{relation}` is joined on {columns} only because of the name: no link compares them",
        span,
        *_links(draft.world, base, draft.world.shelf[relation], pairs),
        *([matching("confirm it", draft.spec.name, relation, dict(pairs))] if sayable else []),
        accepting("W406", draft, spec),
    )


def _links(world: World, rows: Relation, relation: Relation, pairs: Iterable[tuple[str, str]]) -> list[Fix]:
    """A `links:` line for the two, where the columns belong to two entities and contain a key of one."""
    ends = [
        (rows.fields[own].origin, relation.fields[its].origin)
        for own, its in pairs
        if own in rows.fields and its in relation.fields
    ]
    whole = [(own, its) for own, its in ends if own is not None and its is not None]
    if not whole or len(whole) < len(ends) or len({(a.entity, b.entity) for a, b in whole}) > 1:
        return []
    for these in (whole, [(b, a) for a, b in whole]):
        one, many = these[0][0].entity, these[0][1].entity
        if {w.text for w in world.graph.entities[one].key} <= {a.column for a, _ in these}:
            on = [a.column if a.column == b.column else f"{b.column} = {a.column}" for a, b in these]
            drawn, text = repairs.relation(many, "}o--o|", one), on[0] if len(on) == 1 else repairs.listing(on)
            return [Fix(f"draw the link: `{drawn}: {text}`", Paste(("links", drawn), text))]
    return []
