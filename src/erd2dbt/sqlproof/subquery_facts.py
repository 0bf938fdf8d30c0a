"""What a filter by a subquery says of the rows that pass it.

`c = (select max(x) from t where t.k = s.k)` makes c a function of k, and so does
`(k, c) in (select k, max(x) from t group by k)`. Where no later row exists, the last one is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.prove.state import Claims
from erd2dbt.sql.trees import columns_in, nodes
from erd2dbt.sqlproof.absent_rows import absent, unmatched, with_extreme
from erd2dbt.sqlproof.calendar_parts import PERIODS, period_of
from erd2dbt.sqlproof.formulas import renamed
from erd2dbt.sqlproof.functions import PURE, is_volatile, steady
from erd2dbt.sqlproof.latest import keep_last
from erd2dbt.sqlproof.membership import member_of
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import OUTER, Missing, Scope
from erd2dbt.sqlproof.terms import Terms

_ONE_VALUE = (exp.Max, exp.Min, exp.Count)
_SIMPLE: tuple[type[exp.Expr], ...] = (
    *PURE, *_ONE_VALUE, exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Where, exp.Column, exp.Identifier,
    exp.Star, exp.Alias, *PERIODS,
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
    select = with_extreme(select)
    if len(select.expressions) != 1 or select.args.get("joins"):
        return None
    if not isinstance(select.expressions[0].unalias(), _ONE_VALUE):
        return None
    everything = list(nodes(select))
    if sum(isinstance(node, exp.Select) for node in everything) != 1:
        return None
    if not all(isinstance(node, _SIMPLE) or period_of(node) is not None for node in everything):
        return None
    return _read_by(known, select, terms)


def _read_by(known: Subqueries, select: exp.Select, terms: Terms | None = None) -> frozenset[str] | None:
    scope, found = known.scope, set()
    inner = known.from_scope(known.reader, select, known.env, scope)
    formulas = _formulas(select, terms, lambda column: inner.find(column) == OUTER) if terms is not None else ()
    within = set[int]()
    for formula in formulas:
        found |= {terms.term(formula, remember=True)} if terms is not None else set()
        within |= {id(column) for column in columns_in(formula)}
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


def _formulas(tree: exp.Expr, terms: Terms, is_outer: Callable[[exp.Column], bool]) -> Iterator[exp.Expr]:
    """The largest parts of a subquery that are formulas of columns of the enclosing row, such as the month of a day."""
    read = list(columns_in(tree)) if not isinstance(tree, (exp.Column, exp.Query)) else []
    here = (not isinstance(c.this, exp.Star) and is_outer(c) and isinstance(terms.find(c), str) for c in read)
    if read and all(here) and terms.inputs(tree) is not None:
        yield tree
        return
    for child in tree.iter_expressions():
        yield from _formulas(child, terms, is_outer)


def _keep_members(reader: Reader, terms: Terms, env: Env, term: exp.Expr) -> None:
    """Add the facts of a row that is equal to a row of a query, such as `(a, b) in (select k, max(x) … group by k)`.

    What is a key there determines the others here. The query must not read the enclosing one: then its rows are the
    same for every row.
    """
    found = member_of(term)
    if found is None or any(is_volatile(node) or isinstance(node, exp.TableSample) for node in nodes(found.query)):
        return
    for table in found.query.find_all(exp.Table):
        cte = env.get(folded(table.this))
        if cte is not None and not cte.busy:
            reader.named(reader, cte)  # what is wrong in it is noted here, not in the reading below
    apart = Reader(reader.tables, found.query, reader.query, reader.named)
    rel = reader.query(apart, found.query, env, None)
    if apart.unjudged or rel.open:
        return
    known = dict(_compared(terms, rel, found.pairs(rel)))
    same_type = {its: own for its, own in known.items() if rel.state.types.get(its) == terms.types.get(own) is not None}
    for tree, its in rel.formulas:
        made = renamed(tree, same_type)
        with terms.in_ids():
            if made is not None and its not in known and terms.inputs(made) is not None:
                known[its] = terms.term(made, remember=True)
    keys = [key.columns for key in rel.state.keys] + [frozenset[str]()] * (rel.state.one is not None)
    for key in keys:
        if key <= known.keys():
            for own in known.values():
                terms.depends((known[column] for column in key), own)


def _compared(terms: Terms, rel: Rel, pairs: Iterable[tuple[exp.Expr, str]]) -> Iterator[tuple[str, str]]:
    """The columns of a query, each with the column here that is equal to it."""
    for tree, its in pairs:
        if not _keeps_apart(terms.type_of(tree), rel.state.types.get(its)):
            continue
        own = terms.column(tree)
        if own is None and steady(tree) and terms.inputs(tree) is not None:
            own = terms.term(tree, remember=True)
        if own is not None and own != OUTER:
            yield its, own


def _keeps_apart(one: str | None, other: str | None) -> bool:
    return one is None or other is None or joins_on_key(one, other).keeps_apart
