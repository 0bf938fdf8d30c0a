"""Why a column that a query computes may be NULL: the columns that it reads, and what a formula does by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.exclusion import relation_of
from erd2dbt.sqlproof.functions import FILLED, is_aggregate
from erd2dbt.sqlproof.measuring import argument_of, call_of, condition_of
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Scope
from erd2dbt.sqlproof.shown import MaybeNull
from erd2dbt.sqlproof.shown_columns import shown_in
from erd2dbt.sqlproof.terms import Terms

_KEPT: tuple[type[exp.Expr], ...] = (exp.Alias, *(kind for kind in FILLED if kind not in (exp.And, exp.Or)))


def null_by(
    terms: Terms, scope: Scope, tree: exp.Select, items: Sequence[tuple[str, str, exp.Expr | None]]
) -> dict[str, MaybeNull]:
    """Why each output of a select may be NULL. `items`: (output, id, expression or None for a column of a star).

    `terms`: the rows before they are grouped.
    """
    known = _Known(terms, scope, tree)
    found = {out: known.of(tree) if tree is not None else known.column(id_) for out, id_, tree in items}
    return {out: why for out, why in found.items() if why is not None}


class _Known:
    def __init__(self, terms: Terms, scope: Scope, tree: exp.Select) -> None:
        self._terms, self._scope, self._grouped = terms, scope, bool(tree.args.get("group"))
        having = tree.args.get("having")
        kept = predicates.conjuncts(having.this) if having is not None else ()
        self._filled = {one_line(term.this) for term in kept if _is_filled(term)}
        self._columns = {id_: MaybeNull(shown) for id_, shown in shown_in(scope).items()}
        for rel in scope.sources.values():
            self._columns |= rel.nulls

    def column(self, id_: str) -> MaybeNull | None:
        return self._columns.get(id_) if id_ not in self._terms.state().not_null else None

    def of(self, tree: exp.Expr) -> MaybeNull | None:
        """The reasons of an expression; None where none is known."""
        if isinstance(tree, exp.Column):
            found = self._scope.find(tree) if not isinstance(tree.this, exp.Star) else None
            return self.column(found) if isinstance(found, str) else None
        if isinstance(tree, exp.Null):
            return MaybeNull(why="`null` is one of its values")
        if isinstance(tree, exp.Window):
            return self._window(tree)
        if isinstance(tree, exp.Query):
            return _of_query(tree)
        if is_aggregate(tree) or isinstance(tree, (exp.Filter, exp.WithinGroup)):
            return self._aggregate(tree)
        if isinstance(tree, exp.Coalesce):
            parts = [self.of(part) for part in (tree.this, *tree.expressions)]
            return _all(parts) if all(parts) else None
        if isinstance(tree, exp.Case):
            values = [branch.args["true"] for branch in tree.args["ifs"]]
            otherwise = tree.args.get("default")
            own = MaybeNull(why=f"`{one_line(tree)}` has no `else`") if otherwise is None else None
            return _all([own, *map(self.of, values), self.of(otherwise) if otherwise is not None else None])
        if isinstance(tree, exp.Nullif):
            return _all([MaybeNull(why=f"`{one_line(tree)}` makes a value NULL"), self.of(tree.this)])
        return _all(map(self.of, tree.iter_expressions())) if isinstance(tree, _KEPT) else None

    def _window(self, window: exp.Window) -> MaybeNull | None:
        """A row without a neighbour has the default, or NULL without one. The neighbour's value may be NULL too."""
        call = window.this
        if isinstance(call, (exp.IgnoreNulls, exp.RespectNulls)):
            call = call.this
        if isinstance(call, (exp.Lag, exp.Lead)):
            default = call.args.get("default")
            where = "first" if isinstance(call, exp.Lag) else "last"
            own = MaybeNull(why=f"`{one_line(call)}` is NULL in the {where} row") if default is None else None
            return _all([own, self.of(call.this), self.of(default) if default is not None else None])
        if isinstance(call, (exp.FirstValue, exp.LastValue)):
            return self.of(call.this)
        value = argument_of(call)
        if isinstance(call_of(call), exp.Count) or not is_aggregate(call):
            return None
        none = f"`{one_line(call)}` of no rows is NULL"
        own = MaybeNull(why=none) if condition_of(call) is not None else None
        return _all([own, self.of(value) if value is not None else None])

    def _aggregate(self, tree: exp.Expr) -> MaybeNull | None:
        """An aggregate other than a count is NULL where it reads no row, and where all values are NULL."""
        call, value = call_of(tree), argument_of(tree)
        if isinstance(call, exp.Count) or not is_aggregate(call) or one_line(tree) in self._filled:
            return None
        none = f"`{one_line(tree)}` of no rows is NULL"
        if self._grouped:
            own = MaybeNull(why=none) if condition_of(tree) is not None else None
        else:
            own = MaybeNull(of_none=none)
        return _all([own, self.of(value) if value is not None else None])


def _of_query(query: exp.Query) -> MaybeNull | None:
    """An aggregate in a scalar subquery is NULL where the subquery finds no rows, unless it is a count."""
    select = query.unnest()
    if not isinstance(select, exp.Select) or len(select.expressions) != 1 or select.args.get("group"):
        return None
    item = select.expressions[0].unalias()
    if not is_aggregate(item) or isinstance(call_of(item), exp.Count):
        return None
    return MaybeNull(why=f"`{one_line(item)}` of no rows is NULL")


def stacked_nulls(rels: Sequence[Rel]) -> dict[str, MaybeNull]:
    """Why the columns of a union may be NULL: by any of its branches."""
    found = {}
    for place, id_ in enumerate(rels[0].ids):
        open_ = [(rel, rel.ids[place]) for rel in rels if rel.ids[place] not in rel.state.not_null]
        why = _all([rel.nulls.get(own) or MaybeNull(rel.shows.get(own, ())) for rel, own in open_])
        if why is not None:
            found[id_] = why
    return found


def _is_filled(term: exp.Expr) -> bool:
    """Whether a condition is `… is not null`."""
    return isinstance(term, exp.Is) and isinstance(term.expression, exp.Null) and bool(term.args.get("negate"))


def _all(parts: Iterable[MaybeNull | None]) -> MaybeNull | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    shown = tuple(one for part in known for one in part.shown)
    why = next((part.why for part in known if part.why), "")
    return MaybeNull(shown, why, next((part.of_none for part in known if part.of_none), ""))


def reads_own_row(reader: Reader, query: exp.Expr, env: Env, scope: Scope) -> bool:
    """Whether a subquery reads, for each row of the enclosing query, at least this row of the same table.

    Its conditions only compare columns with the same columns of that row.
    """
    select = query.unnest()
    source = select.args.get("from_") if isinstance(select, exp.Select) else None
    if source is None or any(select.args.get(part) for part in ("joins", "having", "limit", "offset", "laterals")):
        return False
    relation, where = relation_of(reader, source.this, env), select.args.get("where")
    terms = list(predicates.conjuncts(where.this)) if where is not None else []
    alias = folded(source.this.args["alias"].this) if source.this.args.get("alias") else folded(source.this.this)
    for rel in scope.sources.values() if relation is not None else ():
        shows = next((dict(part.shows) for part in rel.part_of if part.relation == relation), None)
        if shows is not None and all(_is_of_row(term, alias, scope, shows) for term in terms):
            return True
    return False


def _is_of_row(term: exp.Expr, alias: str, scope: Scope, shows: Mapping[str, str]) -> bool:
    """Whether a condition compares a column of `alias` with the same column of the enclosing row, which is not NULL."""
    for a, b in predicates.equalities(term):
        for one, other in ((predicates.bare(a), predicates.bare(b)), (predicates.bare(b), predicates.bare(a))):
            if not isinstance(one, exp.Column) or not isinstance(other, exp.Column) or not other.args.get("table"):
                continue
            if folded(one.args.get("table")) not in (alias, "") or folded(other.args.get("table")) == alias:
                continue
            found = scope.find(other)
            if isinstance(found, str) and shows.get(found) == folded(one.this) and found in scope.state.not_null:
                return True
    return False
