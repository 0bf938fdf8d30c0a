"""Rows that a condition says do not exist, in each spelling of it.

These are `not exists (select … from t where c)`, a left join to `t` on `c` without a match, and a comparison with an
extreme value: `b.day >= (select max(n.day) from t n where c)` says that `t` has no row with `c` and `n.day > b.day`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.prove.state import NONE, Claims
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof import predicates

_PARTS = {"expressions", "from_", "where", "kind"}
_NOT: dict[type[exp.Expr], type[exp.Expr]] = {exp.LT: exp.GTE, exp.GT: exp.LTE}
_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GTE: exp.LTE, exp.LTE: exp.GTE, exp.EQ: exp.EQ}


@dataclass(frozen=True, slots=True)
class Absent:
    """No row of `table` makes every one of `terms` true, if `claims` hold.

    `outside`: the nodes of columns of the enclosing query.
    """

    table: exp.Expr
    terms: tuple[exp.Expr, ...]
    outside: frozenset[int] = frozenset()
    claims: Claims = NONE


def absent(term: exp.Expr) -> list[Absent]:
    """What a condition says of the rows that do not exist, where it is true. Empty for any other condition."""
    negated = isinstance(term, exp.Not)
    inner = predicates.bare(term.this) if negated else term
    if isinstance(inner, exp.Exists):
        found = _select(inner.this) if negated else None
        return [found] if found is not None else []
    kind = _NOT.get(type(inner)) if negated else type(inner)
    if isinstance(inner, exp.In) and not negated and inner.args.get("query") is not None:
        return _beyond(exp.EQ, inner.this, inner.args["query"])
    if kind not in _FLIPPED:
        return []
    sides = (predicates.bare(inner.this), predicates.bare(inner.expression))
    if negated:  # not above any is above none, and not above all may be above some
        sides = (_negated(sides[0]), _negated(sides[1]))
    return [*_beyond(kind, *sides), *_beyond(_FLIPPED[kind], *reversed(sides))]


def _negated(side: exp.Expr) -> exp.Expr:
    """The list of a negated comparison: ANY for ALL, and ALL for ANY."""
    if not isinstance(side, (exp.All, exp.Any)):
        return side
    return (exp.Any if isinstance(side, exp.All) else exp.All)(this=side.this)


def unmatched(join: exp.Expr | None, claims: Claims) -> Absent | None:
    """The rows that do not exist where a left join finds no match by these claims; None for any other join."""
    on = join.args.get("on") if isinstance(join, exp.Join) and join.side == "LEFT" else None
    if join is None or on is None or not isinstance(join.this, exp.Table):
        return None
    return Absent(join.this, tuple(predicates.conjuncts(on)), claims=claims)


def _select(query: exp.Expr) -> Absent | None:
    """The rows of a query of one table, with no other clause than WHERE; None for any other query."""
    select = query.unnest()
    if not isinstance(select, exp.Select) or any(v and name not in _PARTS for name, v in select.args.items()):
        return None
    source, where = select.args.get("from_"), select.args.get("where")
    if source is None:
        return None
    return Absent(source.this, tuple(predicates.conjuncts(where.this)) if where is not None else ())


def _beyond(kind: type[exp.Expr], value: exp.Expr, query: exp.Expr) -> list[Absent]:
    """`value >= (select max(c) …)`, `value >= all (select c …)`: no row has a larger `c`. `value <= min` likewise."""
    every = isinstance(query, exp.All) and kind is not exp.EQ
    select = (query.this if every else query).unnest()
    if not isinstance(query, (exp.Subquery, exp.Query, exp.All)) or not isinstance(select, exp.Select):
        return []
    select = select if every else with_extreme(select)
    found, item = _select(select), _extreme(select)
    column = next(iter(select.expressions), None) if every else item.this if item is not None else None
    if found is None or not isinstance(column, exp.Column) or len(select.expressions) != 1:
        return []
    above = isinstance(item, exp.Max) if kind is exp.EQ else kind is exp.GTE
    if item is not None and above is not isinstance(item, exp.Max):
        return []
    mine = value.copy()
    later = (exp.GT if above else exp.LT)(this=column.copy(), expression=mine)
    outside = frozenset(map(id, columns_in(mine)))
    return [Absent(found.table, (*found.terms, later), outside)]


def with_extreme(select: exp.Select) -> exp.Select:
    """`select c … order by c desc limit 1` as `select max(c) …`; any other query unchanged.

    Where NULL comes first, the query returns NULL, and no comparison with it is true.
    """
    order, limit, items = select.args.get("order"), select.args.get("limit"), select.expressions
    one = isinstance(limit, exp.Limit) and isinstance(limit.expression, exp.Literal) and limit.expression.name == "1"
    if order is None or not one or len(items) != 1 or len(order.expressions) != 1 or select.args.get("distinct"):
        return select
    column, by = items[0].unalias(), order.expressions[0]
    if not isinstance(column, exp.Column) or isinstance(column.this, exp.Star) or by.this != column:
        return select
    made = select.copy()
    made.set("expressions", [(exp.Max if by.args.get("desc") else exp.Min)(this=column.copy())])
    made.set("order", None)
    made.set("limit", None)
    return made


def _extreme(select: exp.Select) -> exp.Expr | None:
    item = select.expressions[0].unalias() if len(select.expressions) == 1 else None
    return item if isinstance(item, (exp.Max, exp.Min)) else None
