"""The diagram's attribute that each column of a hand-written query shows, and the links that lead to it.

With these origins a query can be part of a chain of links, like a generated model. `sqlproof.shown_columns` finds the
table columns; here they become attributes and links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from erd2dbt.design.joins.missing_rows import cause
from erd2dbt.design.joins.presence import Gap, may_be_null
from erd2dbt.design.joins.promises import promised
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Field, Origin, Relation
from erd2dbt.prove.state import State
from erd2dbt.sqlproof.shown import LookupJoin, Shown


def with_origins(
    fields: Mapping[str, Field],
    shows: Mapping[str, tuple[Shown, ...]],
    reads: Mapping[str, Relation],
    world: World,
    state: State | None,
) -> dict[str, Field]:
    """The columns of a query, each with the attribute that it shows unchanged. `reads`: relations by their dbt name."""
    found = {}
    for name, shown in fields.items():
        origin, path = _origin(shows.get(name, ()), reads, world)
        filled = state is None or name in state.not_null
        gap = null_in(shows[name], reads, world) if origin is not None and not filled else ""
        why = gap if isinstance(gap, str) else cause(world, gap)
        found[name] = replace(shown, origin=origin, path=path, optional=bool(why), null_by=why)
    return found


def null_in(shown: Sequence[Shown], reads: Mapping[str, Relation], world: World) -> Gap | str:
    """Why a column may be NULL; empty where nothing says so.

    The reason is a column that may be NULL by the diagram, or a phrase about the query.
    """
    if any(one.partly for one in shown):
        return "a grouping of `group by` leaves it out"
    for step in (step for one in shown for step in one.outer):
        if not finds_all(step, reads, world):
            return f"`{step.text}` may find no row for it"
    for one in shown:
        relation = reads.get(one.table)
        if relation is not None and one.column in relation.fields and may_be_null(world, relation, one.column):
            return Gap(relation, (one.column,))
    return ""


def finds_all(step: LookupJoin, reads: Mapping[str, Relation], world: World) -> bool:
    """Whether links claim that each row of the left side has a partner in the table of an outer join."""
    sides = [(reads.get(a[0]), a[1], reads.get(b[0]), b[1]) for a, b in step.pairs]
    if not step.whole or not sides:
        return False
    ends = set()
    pairs = []
    for left, a, right, b in sides:
        if left is None or right is None or right.name != right.root or may_be_null(world, left, a):
            return False
        here, there = left.fields[a].origin, right.fields[b].origin
        if here is None or there is None:
            return False
        ends.add((here.entity, there.entity))
        pairs.append((here.column, there.column))
    if len(ends) != 1:
        return False
    source, target = ends.pop()
    return promised(world.graph, source, pairs, target)


def _origin(
    shown: Sequence[Shown], reads: Mapping[str, Relation], world: World
) -> tuple[Origin | None, tuple[str, ...]]:
    """The attribute that all branches show, and the links to it.

    Where branches show different ones, it is the key that all of them refer to. No other column of the query is then
    known to be in the same row.
    """
    places = [_place(one, reads, world) for one in shown]
    if not places or None in places:
        return None, ()
    if len(set(places)) == 1 and (place := places[0]) is not None:
        return place
    known = [[*_references(origin, world)] for place in places if place is not None for origin in (place[0],)]
    same = next((origin for origin in known[0] if all(origin in others for others in known[1:])), None)
    branches = ", ".join(f"{place[0].entity}.{place[0].column}" for place in places if place is not None)
    return (same, (f"union of {branches}",)) if same is not None else (None, ())


def _place(shown: Shown, reads: Mapping[str, Relation], world: World) -> tuple[Origin, tuple[str, ...]] | None:
    field = _field(shown.table, shown.column, reads)
    if field is None or field.origin is None:
        return None
    return field.origin, (*(_link(step, reads, world) for step in shown.way), *field.path)


def _field(table: str, column: str, reads: Mapping[str, Relation]) -> Field | None:
    relation = reads.get(table)
    return relation.fields.get(column) if relation is not None else None


def _references(origin: Origin, world: World) -> Iterator[Origin]:
    """The attribute, and the keys that it references as a single column, nearest first."""
    found = [origin]
    for one in found:
        hops = sorted(world.graph.hops(one.entity), key=lambda hop: (hop.target, hop.pairs))
        ends = (Origin(h.target, h.pairs[0][1]) for h in hops if h.to_one and [a for a, _ in h.pairs] == [one.column])
        found += [end for end in ends if end not in found]
    yield from found


def _link(step: LookupJoin, reads: Mapping[str, Relation], world: World) -> str:
    """The diagram's link that a join of the query follows, else the join's own text."""
    ends = [(_field(*a, reads), _field(*b, reads)) for a, b in step.pairs]
    pairs = {(a.origin, b.origin) for a, b in ends if a is not None and b is not None}
    entities = {(a.entity, b.entity) for a, b in pairs if a is not None and b is not None}
    if len(entities) == 1 and len(pairs) == len(step.pairs):
        source, target = entities.pop()
        columns = {(a.column, b.column) for a, b in pairs if a is not None and b is not None}
        for hop in world.graph.hops(source):
            if hop.target == target and set(hop.pairs) == columns:
                return f"{hop.link.text} ({hop.role})" if hop.role else hop.link.text
    return step.text
