"""The table that each row of a select is a row of, and the filters that such rows pass, in the columns of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.sql.trees import rewritten
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.disjoint import is_same_each_time
from erd2dbt.sqlproof.functions import is_aggregate
from erd2dbt.sqlproof.masks import masked
from erd2dbt.sqlproof.measuring import condition_of, conditional
from erd2dbt.sqlproof.rate_forms import constant_of
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Scope

Items = Sequence[tuple[str, str, exp.Expr | None]]  # (output, id, expression; None for a column)


def at_home(reader: Reader, rel: Rel, scope: Scope, tree: exp.Select) -> Rel:
    """The relation with the filters of WHERE that read only its home table, which is the first of FROM.

    A column of a parent that the table joins by its own columns is one of its columns, too.
    """
    first = next(iter(scope.sources.values()), None)
    joins = tree.args.get("joins") or ()
    if first is None or not first.home or any(join.side in ("RIGHT", "FULL") for join in joins):
        return replace(rel, home="", origin={}, kept=())
    where = tree.args.get("where")
    columns = {**first.origin, **dict(_of_parents(reader, scope, first, tree))} if where is not None else first.origin
    terms = list(predicates.conjuncts(where.this)) if where is not None else []
    if tree.args.get("with_"):  # its subqueries may read other relations of the same name
        terms = [term for term in terms if term.find(exp.Query) is None]
    said = [in_home(term, scope, columns) for term in terms]
    kept = (*first.kept, *(term for term in said if term is not None))
    clauses = ("where", "joins", "laterals", "group", "having", "distinct", "limit", "offset", "windows")
    whole = first.whole and not any(tree.args.get(name) for name in clauses)
    return replace(rel, home=first.home, kept=kept, whole=whole and bool(rel.origin))


def only_where(reader: Reader, scope: Scope, tree: exp.Select, items: Items) -> dict[str, tuple[exp.Expr, ...]]:
    """The conditions on the home table without which an output is NULL or 0."""
    first, found = next(iter(scope.sources.values()), None), dict[str, tuple[exp.Expr, ...]]()
    if first is None or not first.home:
        return found
    columns: Mapping[str, str] | None = None
    for out, id_, item in items:
        said = list(first.only.get(id_, ()))
        test = _condition(item) if item is not None else None
        if test is not None:
            columns = {**first.origin, **dict(_of_parents(reader, scope, first, tree))} if columns is None else columns
            terms = (in_home(term, scope, columns) for term in predicates.conjuncts(test))
            said += [term for term in terms if term is not None]
        if said:
            found[out] = tuple(said)
    return found


def _condition(item: exp.Expr) -> exp.Expr | None:
    """The condition without which an expression is NULL or 0: that of a choice, or the filter of a total."""
    inner = item.unnest()
    while isinstance(inner, exp.Coalesce) and len(inner.expressions) == 1 and constant_of(inner.expressions[0]) == 0:
        inner = inner.this.unnest()
    if isinstance(inner, exp.Filter) or is_aggregate(inner):
        return condition_of(conditional(inner))
    mask = masked(inner)
    return mask.test if mask is not None else None


def opposed(scope: Scope, items: Items) -> frozenset[str]:
    """The outputs that show a value with the opposite sign, as `-amount` does."""
    before = frozenset[str]().union(*(rel.minus for rel in scope.sources.values()))
    return frozenset(
        out for out, id_, item in items if (_negates(item) if item is not None else False) or id_ in before
    )


def _negates(item: exp.Expr) -> bool:
    inner = item.unnest()
    if isinstance(inner, exp.Mul):
        factors = [constant_of(side) for side in (inner.this, inner.expression)]
        return any(factor is not None and factor < 0 for factor in factors)
    return isinstance(inner, exp.Neg) or (isinstance(inner, exp.Sum) and _negates(inner.this))


def in_home(term: exp.Expr, scope: Scope, columns: Mapping[str, str]) -> exp.Expr | None:
    """A condition in the columns of the table; None where it reads anything else. `columns`: their names, by id.

    A subquery in it may read other relations: the same text is true of the same rows in each part of a query.
    """
    if term.find(exp.Query) is not None and not is_same_each_time(term):
        return None
    inner = {source.alias_or_name.lower() for source in term.find_all(exp.Table, exp.Subquery)}
    found = {
        id(column): scope.find(column) for column in term.find_all(exp.Column) if column.table.lower() not in inner
    }
    if any(not isinstance(id_, str) or id_ not in columns for id_ in found.values()):
        return None

    def shown(node: exp.Expr) -> exp.Expr:
        id_ = found.get(id(node))
        return exp.column(columns[id_], quoted=True) if isinstance(id_, str) else node

    return rewritten(term, shown)


def _of_parents(reader: Reader, scope: Scope, first: Rel, tree: exp.Select) -> Iterator[tuple[str, str]]:
    """(id, name) of the columns of many-to-one joins. A name says the whole way: equal names have equal values.

    The parent must be a whole table: of the rows of a part, another query may see others.
    """
    if any(
        join.args.get("on") is not None and join.args["on"].find(exp.NullSafeEQ)
        for join in tree.args.get("joins") or ()
    ):
        return
    known = dict(first.origin)
    for link in scope.links:
        parent = next((rel for rel in scope.sources.values() if set(rel.state.columns) == set(link.right)), None)
        if parent is None or not parent.whole or not link.exact or link.multiplies_left:
            continue
        pairs = [(known.get(a), parent.origin.get(b)) for a, b in link.pairs]
        if not pairs or any(None in pair for pair in pairs):
            continue
        way = " and ".join(sorted(f"{there} = {here}" for here, there in pairs))
        for id_, column in parent.origin.items():
            known[id_] = name = f"{column} of {parent.home} on {way}"
            reader.of_parents[name] = reader.tables[parent.home].types.get(column)
            yield id_, name
