"""Subqueries outside FROM: the facts that a filter by one gives, and the aggregates in them.

`c = (select max(x) from t where t.k = s.k)` makes c a function of k, and so does
`(k, c) in (select k, max(x) from t group by k)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.functions import PURE
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.predicates import bare, conjuncts
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.scope import OUTER, Missing, Scope
from erd2dbt.sqlproof.sources import from_scope
from erd2dbt.sqlproof.terms import Terms

_ONE_VALUE = (exp.Max, exp.Min, exp.Count)
_SIMPLE = (
    *PURE, *_ONE_VALUE, exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Where, exp.Column, exp.Identifier,
    exp.Star, exp.Alias,
)  # fmt: skip


def inputs_of(reader: Reader, terms: Terms, scope: Scope, env: Env) -> Callable[[exp.Expr], frozenset[str] | None]:
    """Like `terms.inputs`. For a subquery with one aggregate, it returns the columns of this query that it reads."""

    def inputs(tree: exp.Expr) -> frozenset[str] | None:
        inner = bare(tree)
        if isinstance(inner, exp.Subquery):
            return _read_from(reader, inner.this, scope, env)
        return terms.inputs(tree)

    return inputs


def _read_from(reader: Reader, select: exp.Expr, scope: Scope, env: Env) -> frozenset[str] | None:
    """The columns of `scope` that determine the subquery's value; None for any but the simplest subquery."""
    if not isinstance(select, exp.Select) or len(select.expressions) != 1 or select.args.get("joins"):
        return None
    if not isinstance(select.expressions[0].unalias(), _ONE_VALUE):
        return None
    everything = list(nodes(select))
    if sum(isinstance(node, exp.Select) for node in everything) != 1:
        return None
    if not all(isinstance(node, _SIMPLE) for node in everything):
        return None
    inner = from_scope(reader, select, env, scope)
    found = set()
    for column in everything:
        if not isinstance(column, exp.Column):
            continue
        place = inner.find(column)
        if place == OUTER:
            place = scope.find(column)
            if isinstance(place, str) and place != OUTER:
                found.add(place)
        if isinstance(place, Missing):
            return None
    return frozenset(found)


def keep_members(reader: Reader, terms: Terms, env: Env, condition: exp.Expr) -> None:
    """Add the facts of `(a, b) in (select k, max(x) … group by k)`: what is a key there determines the others here.

    The query must not read the enclosing one: then its rows are the same for every row.
    """
    for term in conjuncts(condition):
        query = term.args.get("query") if isinstance(term, exp.In) else None
        if query is None:
            continue
        for table in query.find_all(exp.Table):
            cte = env.get(folded(table.this))
            if cte is not None and not cte.busy:
                reader.named(reader, cte)  # what is wrong in it is noted here, not in the reading below
        apart = Reader(reader.tables, query, reader.query, reader.named)
        rel = reader.query(apart, query.this if isinstance(query, exp.Subquery) else query, env, None)
        mine = term.this.expressions if isinstance(term.this, exp.Tuple) else [bare(term.this)]
        columns = [terms.column(tree) for tree in mine]
        if apart.unjudged or rel.open or len(rel.ids) != len(mine):
            continue
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


def look_within(reader: Reader, tree: exp.Select, env: Env, scope: Scope) -> None:
    """Read each scalar subquery of a select, and check its aggregates. `exists` returns no value, so it is skipped."""
    joins = tree.args.get("joins") or []
    clauses = [*tree.expressions, tree.args.get("where"), tree.args.get("having"), *(j.args.get("on") for j in joins)]
    for clause in clauses:
        for query in _outermost(clause) if clause is not None else ():
            if not isinstance(query.parent, exp.In) or any(isinstance(node, exp.AggFunc) for node in nodes(query)):
                reader.within[id(query)] = reader.query(reader, query, env, scope)


def _outermost(tree: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(tree, exp.Exists):
        return
    if isinstance(tree, exp.Query):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from _outermost(child)


def is_scalar(query: exp.Expr) -> bool:
    """Whether a subquery in an expression must return one row at most. Lists, arrays and `exists` take any number."""
    below, node = _user(query)
    if isinstance(node, exp.In):
        return below is node.this or len(node.expressions) > 1
    return not isinstance(node, (exp.Exists, exp.Any, exp.All, exp.Array))


def excluding(query: exp.Expr) -> exp.Expr | None:
    """The condition that a value is not in the list of a subquery: `not in` or `<> all`; None for any other use."""
    below, node = _user(query)
    if isinstance(node, exp.All):
        _, comparison = _user(node)
        return comparison if isinstance(comparison, exp.NEQ) else None
    if not isinstance(node, exp.In) or below is node.this:
        return None
    _, negation = _user(node)
    return negation if isinstance(negation, exp.Not) else None


def _user(tree: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    """The node that uses an expression, and the brackets around the expression."""
    below, node = tree, tree.parent
    while isinstance(node, (exp.Paren, exp.Subquery)):
        below, node = node, node.parent
    return below, node
