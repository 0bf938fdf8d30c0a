"""Correlated queries: the columns of the enclosing query that identify a row of theirs, besides the row itself.

A lateral query returns rows for each row before it. Rows of a table in it occur once where an equality ties them to a
key of the rows before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import OUTER, Scope

Tied = frozenset[str] | None  # None: the rows belong to no table


def tied_by(scope: Scope, select: exp.Select) -> Tied:
    """The columns of enclosing queries that equal a column of the rows of a select."""
    if scope.outer is None:
        return frozenset()
    given = [rel.tied for rel in scope.sources.values()]
    if all(tied is None for tied in given):
        return None
    return frozenset[str]().union(*(tied for tied in given if tied is not None), equal_outside(scope, select).values())


def equal_outside(scope: Scope, select: exp.Select) -> dict[str, str]:
    """The columns of a select that equal a column of an enclosing query, each with that column."""
    return dict(_equal_outside(scope, select)) if scope.outer is not None else {}


def _equal_outside(scope: Scope, select: exp.Select) -> Iterator[tuple[str, str]]:
    for term in _conjuncts(select):
        sides = [predicates.bare(side) for side in (term.this, term.expression)]
        places = [scope.place(side) for side in sides if isinstance(side, exp.Column)]
        found = [place for place in places if isinstance(place, tuple)]
        inside, outside = ([id_ for owner, id_ in found if (owner is scope) is here] for here in (True, False))
        if len(inside) == len(outside) == 1:
            yield inside[0], outside[0]


def _conjuncts(select: exp.Select) -> Iterator[exp.EQ]:
    """The equalities that every row of a select keeps."""
    where, joins = select.args.get("where"), select.args.get("joins") or ()
    conditions = [where.this] if where is not None else []
    conditions += [join.args["on"] for join in joins if join.args.get("on") is not None and not join.side]
    for condition in conditions:
        yield from (term for term in predicates.conjuncts(condition) if isinstance(term, exp.EQ))


def tied_in_all(rels: Sequence[Rel]) -> Tied:
    """The columns that tie the rows of every branch of a set operation."""
    given = [rel.tied for rel in rels if rel.tied is not None]
    return frozenset[str].intersection(*given) if given else None


def read_before(tree: exp.Expr, scope: Scope) -> Iterable[str]:
    """The columns of the relations before a FROM item that the item reads."""
    found = (scope.find(column) for column in tree.find_all(exp.Column) if not isinstance(column.this, exp.Star))
    return [id_ for id_ in found if isinstance(id_, str) and id_ != OUTER]
