"""What a filter by a subquery says of the rows that pass it.

`c = (select max(x) from t where t.k = s.k)` makes c a function of k, and so does
`(k, c) in (select k, max(x) from t group by k)`. Where no later row exists, the last one is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.prove.state import Claims
from erd2dbt.sql.trees import columns_in, nodes
from erd2dbt.sqlproof.absent_rows import absent, unmatched
from erd2dbt.sqlproof.functions import PURE
from erd2dbt.sqlproof.latest import keep_last
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.predicates import bare
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.scope import OUTER, Missing, Scope
from erd2dbt.sqlproof.terms import Terms

_ONE_VALUE = (exp.Max, exp.Min, exp.Count)
_OF_DAYS = (exp.TimestampTrunc, exp.DateTrunc, exp.Extract)
_SIMPLE = (
    *PURE, *_ONE_VALUE, exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Where, exp.Column, exp.Identifier,
    exp.Extract, exp.Star, exp.Alias,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subqueries:
    """The subqueries in the conditions of one select. `from_scope` reads the FROM of a subquery."""

    reader: Reader
    scope: Scope
    env: Env
    from_scope: Callable[[Reader, exp.Select, Env, Scope | None], Scope]

    def inputs(self, query: exp.Expr, terms: Terms | None = None) -> frozenset[str] | None:
        """The columns of the select that determine the value of a subquery with one aggregate; None for any other.

        `terms`: a formula of these columns becomes a column, as the month of a day.
        """
        return _read_from(self, query, terms) if isinstance(query, exp.Select) else None

    def read(self, query: exp.Expr) -> frozenset[str] | None:
        """The columns of the select that a subquery without another one reads; None for any other."""
        select = query.unnest() if isinstance(query, exp.Subquery) else query
        if not isinstance(select, exp.Select) or sum(isinstance(node, exp.Select) for node in nodes(select)) != 1:
            return None
        return _read_by(self, select)

    def keep(self, terms: Terms, term: exp.Expr) -> None:
        """Add what a condition with a subquery says of the rows for which it is true."""
        _keep_members(self.reader, terms, self.env, term)
        for missing in absent(term):
            keep_last(self.reader, terms, self.scope, self.env, missing)

    def keep_unmatched(self, terms: Terms, join: exp.Expr | None, claims: Claims) -> None:
        """Add what it says of the rows that a left join finds no match for them."""
        missing = unmatched(join, claims)
        if missing is not None:
            keep_last(self.reader, terms, self.scope, self.env, missing)


def _read_from(known: Subqueries, select: exp.Select, terms: Terms | None) -> frozenset[str] | None:
    if len(select.expressions) != 1 or select.args.get("joins"):
        return None
    if not isinstance(select.expressions[0].unalias(), _ONE_VALUE):
        return None
    everything = list(nodes(select))
    if sum(isinstance(node, exp.Select) for node in everything) != 1:
        return None
    if not all(isinstance(node, _SIMPLE) for node in everything):
        return None
    return _read_by(known, select, terms)


def _read_by(known: Subqueries, select: exp.Select, terms: Terms | None = None) -> frozenset[str] | None:
    scope, found = known.scope, set()
    inner = known.from_scope(known.reader, select, known.env, scope)
    formulas = list(_formulas(select, lambda column: inner.find(column) == OUTER)) if terms is not None else []
    within = {id(column) for formula in formulas for column in columns_in(formula)}
    if terms is not None and all(isinstance(terms.find(c), str) for one in formulas for c in columns_in(one)):
        found |= {terms.term(formula, remember=True) for formula in formulas}
    else:
        within = set()
    for column in columns_in(select):
        if id(column) in within:
            continue
        if isinstance(column.this, exp.Star):
            continue
        place = inner.find(column)
        if place == OUTER:
            place = scope.find(column)
            if isinstance(place, str) and place != OUTER:
                found.add(place)
        if isinstance(place, Missing):
            return None
    return frozenset(found)


def _formulas(tree: exp.Expr, is_outer: Callable[[exp.Column], bool]) -> Iterator[exp.Expr]:
    """The largest parts of a subquery that truncate a day of the enclosing row, or take a part of it."""
    if isinstance(tree, _OF_DAYS):
        read = list(columns_in(tree))
        if read and all(not isinstance(column.this, exp.Star) and is_outer(column) for column in read):
            yield tree
        return
    for child in tree.iter_expressions():
        yield from _formulas(child, is_outer)


def _keep_members(reader: Reader, terms: Terms, env: Env, term: exp.Expr) -> None:
    """Add the facts of `(a, b) in (select k, max(x) … group by k)`: what is a key there determines the others here.

    The query must not read the enclosing one: then its rows are the same for every row.
    """
    query = term.args.get("query") if isinstance(term, exp.In) else None
    if query is None:
        return
    for table in query.find_all(exp.Table):
        cte = env.get(folded(table.this))
        if cte is not None and not cte.busy:
            reader.named(reader, cte)  # what is wrong in it is noted here, not in the reading below
    apart = Reader(reader.tables, query, reader.query, reader.named)
    rel = reader.query(apart, query.this if isinstance(query, exp.Subquery) else query, env, None)
    mine = term.this.expressions if isinstance(term.this, exp.Tuple) else [bare(term.this)]
    columns = [terms.column(tree) for tree in mine]
    if apart.unjudged or rel.open or len(rel.ids) != len(mine):
        return
    known = {
        its: own
        for tree, own, its in zip(mine, columns, rel.ids, strict=True)
        if own is not None and own != OUTER and _keeps_apart(terms.type_of(tree), rel.state.types.get(its))
    }
    keys = [key.columns for key in rel.state.keys] + [frozenset[str]()] * (rel.state.one is not None)
    for key in keys:
        if key <= known.keys():
            for own in known.values():
                terms.depends((known[column] for column in key), own)


def _keeps_apart(one: str | None, other: str | None) -> bool:
    return one is None or other is None or joins_on_key(one, other).keeps_apart
