"""Conditions that a row is equal to a row of a query: `in`, `= any`, `=` with a scalar subquery, and `exists`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.names import alias_of, folded
from erd2dbt.sqlproof.relation import Rel

_PARTS = {"expressions", "from_", "where", "kind"}


@dataclass(frozen=True, slots=True)
class Member:
    """Expressions that are equal to columns of one row of `query`. `names`: these columns; None for all, in order."""

    query: exp.Expr
    mine: Sequence[exp.Expr]
    names: Sequence[str] | None = None

    def pairs(self, rel: Rel) -> Iterator[tuple[exp.Expr, str]]:
        """Each expression with the id of its column in the relation of the query."""
        if self.names is None:
            yield from zip(self.mine, rel.ids, strict=True) if len(self.mine) == len(rel.ids) else ()
            return
        for tree, name in zip(self.mine, self.names, strict=True):
            id_ = rel.index.get(name)
            if id_ is not None:
                yield tree, id_


def member_of(term: exp.Expr) -> Member | None:
    """What a condition says of the row for which it is true; None for any other condition."""
    if isinstance(term, exp.Exists):
        return _matched(term.this)
    if isinstance(term, exp.In) and term.args.get("query") is not None:
        return _listed(term.this, term.args["query"])
    if not isinstance(term, exp.EQ):
        return None
    for mine, query in ((term.this, term.expression), (term.expression, term.this)):
        inner = predicates.bare(query)
        if isinstance(inner, exp.Any):
            inner = inner.this
            if isinstance(inner, exp.Subquery) and not isinstance(inner.this, exp.Select):
                return None  # `any ((select …))` reads an array
        if isinstance(inner, (exp.Subquery, exp.Select)):
            return _listed(mine, inner)
    return None


def _listed(mine: exp.Expr, query: exp.Expr) -> Member:
    mine = predicates.bare(mine)
    return Member(query.unnest(), mine.expressions if isinstance(mine, exp.Tuple) else [mine])


def _matched(query: exp.Expr) -> Member | None:
    """`exists (select … from t where t.k = k)`: some row of `t` is equal in these columns, whatever else it must be."""
    select = query.unnest()
    if not isinstance(select, exp.Select) or any(v and name not in _PARTS for name, v in select.args.items()):
        return None
    source, where = select.args.get("from_"), select.args.get("where")
    if source is None or where is None or not isinstance(source.this, (exp.Table, exp.Subquery)):
        return None
    alias = (
        alias_of(source.this) or folded(source.this.this)
        if isinstance(source.this, exp.Table)
        else alias_of(source.this)
    )
    pairs = [pair for term in predicates.conjuncts(where.this) for pair in _equal(term, alias)]
    whole = exp.Select(expressions=[exp.Star()], from_=source.copy())
    return Member(whole, [mine for mine, _ in pairs], [name for _, name in pairs]) if pairs else None


def _equal(term: exp.Expr, alias: str) -> Iterator[tuple[exp.Expr, str]]:
    """Each qualified column of another table, with the name of the column of `alias` that it is equal to."""
    for a, b in predicates.equalities(term):
        for one, other in ((predicates.bare(a), predicates.bare(b)), (predicates.bare(b), predicates.bare(a))):
            owners = [folded(side.args.get("table")) if isinstance(side, exp.Column) else "" for side in (one, other)]
            if alias and owners[0] == alias and owners[1] not in ("", alias):
                yield other, folded(one.this)
