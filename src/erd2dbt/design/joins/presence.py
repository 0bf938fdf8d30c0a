"""Whether every row of an input joins a row of the model, and every row of the model joins a row of an input.

A chain of links claims what each of its links claims: the foreign key is not null, and each value has a partner. A
zero-or-one link claims neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.design.joins.draft import Draft, Match, Reduction
from erd2dbt.design.joins.promises import promised
from erd2dbt.design.joins.scope import Node, Scope
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Join, Origin, Relation
from erd2dbt.diagram.graph import EntityGraph

Place = tuple[Node, str]  # a column of a node


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where rows may have no partner: `columns` of `relation` may be NULL, or match no row of `target`."""

    relation: Relation
    columns: tuple[str, ...]
    target: Relation | None = None  # None: the columns may be NULL
    there: tuple[str, ...] = ()  # the columns of the target


def may_be_null(world: World, relation: Relation, name: str) -> bool:
    """Whether the diagram declares that a column may be NULL. Where it declares nothing, a test checks it if needed."""
    field = relation.fields[name]
    if name in relation.state.not_null:
        return False
    drawn = field.origin is not None and field.origin.entity == relation.name
    return field.optional or (drawn and (relation.name, name) in world.graph.nullable)


def gap_before(scope: Scope, node: Node, filled: Collection[str] = ()) -> Gap | None:
    """The first lookup between the base of a scope and a node that may match nothing; None where all match.

    `filled`: `alias.column` of columns that a filter makes not null.
    """
    for source, join, there in _way(scope, node):
        ends = _ends(scope, source, join)
        open_ = [(end, a) for end, a, _ in ends if f"{end.alias}.{a}" not in filled]
        empty = [(end, a) for end, a in open_ if may_be_null(scope.world, end.relation, a)]
        if empty:
            return Gap(empty[0][0].relation, tuple(a for end, a in empty if end is empty[0][0]))
        if not _has_partner(scope.world, _at_source(scope, source, ends), there.relation):
            here = ends[-1][0].relation
            return Gap(here, tuple(a for _, a, _ in ends), there.relation, tuple(b for _, _, b in ends))
    return None


def is_looked_up_from(scope: Scope, node: Node, other: Node) -> bool:
    """Whether lookups lead from the base of a scope through another node to a node."""
    return any(source is other for source, _, _ in _way(scope, node)[1:])


def looked_up_by(scope: Scope, node: Node) -> frozenset[tuple[str, str]]:
    """The columns by which a node is looked up, as (alias, column); none for the base."""
    return frozenset(
        (end.alias, a) for source, join, _ in _way(scope, node)[-1:] for end, a, _ in _ends(scope, source, join)
    )


def _way(scope: Scope, node: Node) -> list[tuple[Node, Join, Node]]:
    found: list[tuple[Node, Join, Node]] = []
    while node is not scope.base:
        step = next(step for step in scope.joins if step[2] is node)
        found.insert(0, step)
        node = step[0]
    return found


def _pairs(join: Join) -> list[tuple[str, str]]:
    return [(a.name, b.name) for a, b in join.on if isinstance(a, exp.Column) and isinstance(b, exp.Column)]


def _ends(scope: Scope, source: Node, join: Join) -> list[tuple[Node, str, str]]:
    """The columns of a lookup: the node and name of the left column, and the name of the right column."""
    nodes = scope.nodes
    pairs = [(a, b) for a, b in join.on if isinstance(a, exp.Column) and isinstance(b, exp.Column)]
    return [(nodes.get(a.table, source), a.name, b.name) for a, b in pairs]


def _at_source(scope: Scope, source: Node, ends: Sequence[tuple[Node, str, str]]) -> list[tuple[Node, str, str]]:
    """The same values as columns of one node, where the joins that lead to it compare them.

    A part of a composite key is read from the first row that has it.
    """
    found = []
    for node, own, its in ends:
        place = (node, own)
        for before, join, there in _way(scope, source):
            equal = {(end.alias, a): b for end, a, b in _ends(scope, before, join)}
            at = (place[0].alias, place[1])
            place = (there, equal[at]) if at in equal else place
        found.append((*place, its) if place[0] is source else (node, own, its))
    return found


def _has_partner(world: World, columns: Sequence[tuple[Node, str, str]], target: Relation) -> bool:
    """Whether each value of the left columns is in the right ones, which show all rows of their entity."""
    ends = [(node.relation.fields[a].origin, target.fields[b].origin) for node, a, b in columns]
    whole = target.name == target.root or {b for _, _, b in columns} <= set(target.grain)
    return whole and _included(world.graph, ends, target.root)


def _included(graph: EntityGraph, ends: Iterable[tuple[Origin | None, Origin | None]], root: str | None) -> bool:
    known = [(a, b) for a, b in ends if a is not None and b is not None]
    sources, targets = {a.entity for a, _ in known}, {b.entity for _, b in known}
    if len(known) < len(list(ends)) or len(sources) != 1 or targets != {root} or root is None:
        return False
    return promised(graph, next(iter(sources)), [(a.column, b.column) for a, b in known], root)


# -- the rows of an input in the rows of a model


def lost(draft: Draft, reduction: Reduction) -> Gap | None:
    """Why rows of an aggregated input may be in no row of the model (W402); None when each is in one."""
    parts = list(_parts(draft))
    rows = _rows_in(reduction, *parts[0]) if not draft.union else None
    if rows is not None and (draft.where is None or rows is reduction.scope.base):
        return gap_before(reduction.scope, rows)
    for match in reduction.on:
        if gap := gap_before(reduction.scope, match.node):
            return gap
        if may_be_null(draft.world, match.node.relation, match.column):
            return Gap(match.node.relation, (match.column,))
    if draft.where is None and any(_collects(draft, reduction, scope, places) for scope, places in parts):
        return None
    node = reduction.on[0].node
    own = [match for match in reduction.on if match.node is node]
    there = tuple(match.outer.name for match in own)
    return Gap(node.relation, tuple(match.column for match in own), draft.rows[0], there)


def _parts(draft: Draft) -> Iterator[tuple[Scope, dict[str, Place]]]:
    """The place of each grain column in each source of rows."""
    if draft.union:
        yield from ((scope, _places(on)) for scope, on in draft.union)
    elif draft.inner is not None:
        yield draft.inner.scope, _places(draft.inner.on)
    else:
        base = draft.outer.base
        own = {name: (base, name) for name in base.relation.fields}
        yield draft.outer, own | {name: (base, draft.outer_name(name)) for name in draft.grain}


def _places(on: Iterable[Match]) -> dict[str, Place]:
    return {match.name: (match.node, match.column) for match in on}


def _collects(draft: Draft, reduction: Reduction, scope: Scope, places: dict[str, Place]) -> bool:
    """Whether one source of rows has a row for each not-null value on which the input joins."""
    if _rows_in(reduction, scope, places) is not None:
        return True
    rows, graph = scope.base.relation, draft.world.graph
    met = [(match, places[match.name]) for match in reduction.on if match.name in places]
    if len(met) < len(reduction.on):
        return False
    if any(node is not scope.base for _, (node, _) in met):  # values of a parent: only those that some row refers to
        return False
    whole = rows.name == rows.root or {its for _, (_, its) in met} <= set(rows.grain)
    far = max((match.node for match, _ in met), key=lambda node: len(_way(reduction.scope, node)))
    at = [_carried(reduction.scope, match, far) for match, _ in met]
    there = [rows.fields[its].origin for _, (_, its) in met]
    ends = [(node.relation.fields[own].origin, its) for (node, own), its in zip(at, there, strict=True)]
    return whole and _included(graph, ends, rows.root)


def _carried(scope: Scope, match: Match, far: Node) -> Place:
    """The place of a match's value at a farther node, if the joins on the path compare it; else its own place."""
    node, column = match.node, match.column
    for source, join, there in _way(scope, far):
        pairs = dict(_pairs(join))
        if source is node and column in pairs:
            node, column = there, pairs[column]
    return (node, column) if node is far else (match.node, match.column)


def _rows_in(reduction: Reduction, scope: Scope, places: dict[str, Place]) -> Node | None:
    """The node where the input's scope has the rows source, with the same path to the grain as the rows; else None."""
    found = None
    for match in reduction.on:
        node, its = places.get(match.name, (None, ""))
        if node is None or its != match.column:
            return None
        own, way = _way(scope, node), _way(reduction.scope, match.node)
        split = len(way) - len(own)
        if split < 0 or _names(way[split:]) != _names(own):
            return None
        rows = way[split - 1][2] if split else reduction.scope.base
        if rows.relation.name != scope.base.relation.name or (found is not None and found is not rows):
            return None
        found = rows
    return found


def _names(way: list[tuple[Node, Join, Node]]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(there.relation.name, _pairs(join)) for _, join, there in way]


def filled_key(draft: Draft, name: str, states: Mapping[str, Collection[str]]) -> Gap | None:
    """Why a grain column may be NULL by the diagram (E103). `states`: base alias -> not-null `alias.column`."""
    for scope, places in _parts(draft):
        node, its = places[name]
        filled = states[scope.base.alias]
        if f"{node.alias}.{its}" in filled:
            continue
        if gap := gap_before(scope, node, filled):
            return gap
        if may_be_null(draft.world, node.relation, its):
            return Gap(node.relation, (its,))
    return None


# -- the rows of a model in the rows of an input


def every_row_matches(draft: Draft, reduction: Reduction) -> bool:
    """Whether every row of the model matches rows of the input, so that a minimum or an average is not NULL."""
    base = reduction.scope.base.relation
    if draft.union or any(match.name not in draft.grain for match in reduction.on):
        return False
    if base in draft.rows and reduction.where in (None, draft.where):
        ((scope, places),) = _parts(draft)
        return _rows_in(reduction, scope, places) is reduction.scope.base
    if reduction.where is not None:
        return False
    return _meets(draft, reduction)


def _meets(draft: Draft, reduction: Reduction) -> bool:
    """Whether links claim children, from the rows down to the base of the input."""
    graph, fields = draft.world.graph, draft.outer.base.relation.fields
    node = reduction.on[0].node if reduction.on else None
    if node is None or any(match.node is not node or match.outer.name not in fields for match in reduction.on):
        return False
    ends = [(fields[m.outer.name].origin, node.relation.fields[m.column].origin) for m in reduction.on]
    if not _included(graph, ends, node.relation.name):
        return False
    for source, join, there in _way(reduction.scope, node):
        columns = _ends(reduction.scope, source, join)
        back = [(there.relation.fields[b].origin, node.relation.fields[a].origin) for node, a, b in columns]
        if not _included(graph, back, source.relation.name):
            return False
    return True
