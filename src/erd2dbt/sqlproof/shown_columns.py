"""The table column that each column of a query shows unchanged, and the lookup joins that lead to it.

Renaming, grouping, filters, CTEs and joins keep a value unchanged. A formula makes a new value, which has no origin.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Link, Scope
from erd2dbt.sqlproof.shown import LookupJoin, Shown
from erd2dbt.sqlproof.terms import Terms

_MOST = 8  # the most origins of a column: a union of more is not traced


def shown_in(scope: Scope) -> dict[str, tuple[Shown, ...]]:
    """The table columns that each column of a FROM clause shows, by its id, with the many-to-one joins to the table."""
    found: dict[str, tuple[Shown, ...]] = {}
    ways: dict[str, tuple[LookupJoin, ...]] = {}
    taken: set[tuple[str, tuple[LookupJoin, ...]]] = set()
    for name, rel in scope.sources.items():
        link = next((link for link in scope.links if rel.ids and set(rel.ids) <= set(link.right)), None)
        way = _way(scope, link, ways, found) if link is not None else ()
        own = {(s.table, s.way) for shown in rel.shows.values() for s in shown}
        if link is not None and not way and own & taken:  # a second row of the same table
            way = (_looked(link, found, rel.shows),)
        ways[name] = way
        taken |= {(table, (*way, *then)) for table, then in own}
        outer = _outer(scope, rel, found)
        for id_, shown in rel.shows.items():
            found[id_] = tuple(replace(s, way=(*way, *s.way), outer=(*outer, *s.outer)) for s in shown)
    for a, b in (pair for link in scope.links for pair in link.pairs):
        both = frozenset(c for s in (*found.get(a, ()), *found.get(b, ())) for c in ((s.table, s.column), *s.equal))
        found |= {c: tuple(replace(s, equal=s.equal | both) for s in found[c]) for c in (a, b) if c in found}
    return found


def _outer(scope: Scope, rel: Rel, found: Mapping[str, tuple[Shown, ...]]) -> tuple[LookupJoin, ...]:
    """The outer joins whose optional side contains a source, and those before it on the way."""
    made: dict[LookupJoin, None] = {}
    for place, link in enumerate(scope.links):
        is_right = set(rel.ids) <= set(link.right)
        before = not any(set(rel.ids) <= set(later.right) for later in scope.links[place:])
        if link.full and (is_right or before):
            made |= {LookupJoin(link.text, ()): None}
        elif rel.ids and set(rel.ids) <= set(link.optional):
            one = _looked(link, found, rel.shows)
            whole = is_right and link.exact and bool(rel.table) and not rel.passed and len(one.pairs) == len(link.pairs)
            led = (step for a, _ in link.pairs for s in found.get(a, ()) for step in s.outer)
            made |= dict.fromkeys((*led, replace(one, whole=whole)))
    return tuple(made)


def _way(
    scope: Scope, link: Link, ways: Mapping[str, tuple[LookupJoin, ...]], found: Mapping[str, tuple[Shown, ...]]
) -> tuple[LookupJoin, ...]:
    """The joins to the side that a link looks up; none where its rows are the query's own."""
    if link.multiplies_left or not set(link.optional) <= set(link.right):
        return ()
    right = next(rel for rel in scope.sources.values() if rel.ids and set(rel.ids) <= set(link.right))
    left = {a for a, _ in link.pairs}
    before = next((ways[name] for name, rel in scope.sources.items() if name in ways and left & set(rel.ids)), ())
    return (*before, _looked(link, found, right.shows))


def _looked(link: Link, left: Mapping[str, tuple[Shown, ...]], right: Mapping[str, tuple[Shown, ...]]) -> LookupJoin:
    pairs = ((_only(left.get(a, ())), _only(right.get(b, ()))) for a, b in link.pairs)
    return LookupJoin(link.text, tuple((a, b) for a, b in pairs if a is not None and b is not None))


def _only(shown: Sequence[Shown]) -> tuple[str, str] | None:
    return (shown[0].table, shown[0].column) if len(shown) == 1 else None


def listed(
    terms: Terms,
    scope: Scope,
    items: Sequence[tuple[str, str, exp.Expr | None]],
    *,
    grouped: bool,
    left_out: Collection[str] = (),
) -> dict[str, tuple[Shown, ...]]:
    """The table columns of each output of a select. `items`: (output, id, expression or None for a column of a star).

    `left_out`: the columns that some groupings omit. A group is not a row of one table. A join path is given only where
    two joins lead to one table.
    """
    known = shown_in(scope)
    for column in known.keys() & set(left_out):
        known[column] = tuple(replace(one, partly=True) for one in known[column])
    found = {out: known[place] for out, id_, tree in items if (place := _place(terms, id_, tree)) in known}
    return _regrouped(found) if grouped else found


def _place(terms: Terms, id_: str, tree: exp.Expr | None) -> str:
    """The id of the column that an expression is, or casts to a type that keeps values distinct; empty otherwise."""
    if not isinstance(tree, exp.Cast):
        return id_
    column, types = terms.column(tree.this), (terms.type_of(tree.this), terms.type_of(tree))
    same = column is not None and types[0] and types[1] and joins_on_key(types[0], types[1]).keeps_apart
    return column if same and column is not None else id_


def _regrouped(found: Mapping[str, tuple[Shown, ...]]) -> dict[str, tuple[Shown, ...]]:
    ways: dict[str, set[tuple[LookupJoin, ...]]] = {}
    for shown in found.values():
        for one in shown:
            ways.setdefault(one.table, set()).add(one.way)
    return {
        out: tuple(replace(one, way=() if len(ways[one.table]) == 1 else one.way) for one in shown)
        for out, shown in found.items()
    }


def stacked(rels: Sequence[Rel]) -> dict[str, tuple[Shown, ...]]:
    """The table columns that each column of a union shows: one of these in each branch."""
    first, found = rels[0], dict[str, tuple[Shown, ...]]()
    for position, id_ in enumerate(first.ids):
        branches = [rel.shows.get(rel.ids[position], ()) for rel in rels]
        if all(branches):
            every = tuple(dict.fromkeys(one for shown in branches for one in shown))
            found |= {id_: every} if len(every) <= _MOST else {}
    return found
