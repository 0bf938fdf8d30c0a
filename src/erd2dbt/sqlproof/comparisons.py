"""The columns that a query compares, with the table columns that they show: by joins, and by its subqueries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.query_analysis import NamedJoin, NamedPair
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Scope
from erd2dbt.sqlproof.shown import Shown

_Pair = tuple[str, str]
_IN_LIST = "\7"  # before the ids of the columns that a subquery returns


@dataclass
class _Known:
    """The columns that a select and its enclosing queries compare, by their ids.

    `fixed`: columns with one value. `bounded`: columns in any other condition.
    """

    rels: dict[str, Rel] = field(default_factory=dict)  # by the id of each column
    same: dict[str, str] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    bounded: set[str] = field(default_factory=set)

    def root(self, id_: str) -> str:
        while id_ in self.same:
            id_ = self.same[id_]
        return id_

    def add(self, a: str, b: str) -> None:
        one, other = self.root(a), self.root(b)
        if one != other:
            self.same[one] = other

    def own(self, rel: Rel) -> None:
        self.rels |= dict.fromkeys(rel.ids, rel)

    def pair(self, a: str, b: str) -> NamedPair | None:
        """The pair with what else ties its two relations; None where a column is of no known relation."""
        left, right = self.rels.get(a), self.rels.get(b)
        if left is None or right is None:
            return None
        roots = {self.root(id_) for id_ in left.ids if id_ != a} & {self.root(id_) for id_ in right.ids if id_ != b}
        every = [(rel, id_) for rel in (left, right) for id_ in rel.ids]
        tied = (s for rel, id_ in every if self.root(id_) in roots or id_ in self.bounded for s in _of(rel, id_))
        sides = [frozenset(self._fixed(rel)) for rel in (left, right)]
        return NamedPair(
            names=(_name(left, a), _name(right, b)),
            shows=(left.shows.get(a, ()), right.shows.get(b, ())),
            tied=frozenset(tied),
            fixed=(sides[0], sides[1]),
            whole=self._is_key(left, right) and self._is_key(right, left),
        )

    def _fixed(self, rel: Rel) -> Iterator[Shown]:
        """The columns of a relation that have one value, also where it does not show them."""
        roots = {self.root(id_) for id_ in self.fixed}
        for id_ in rel.ids:
            if self.root(id_) in roots or id_ in rel.literals:
                yield from _of(rel, id_)
        for term in rel.kept:
            for column, value in _equalities(term):
                if not isinstance(value, exp.Column):
                    yield Shown(rel.home, column.name)

    def _is_key(self, rel: Rel, other: Rel) -> bool:
        """Whether the columns that are compared with the other relation identify a row."""
        roots = {self.root(id_) for id_ in other.ids}
        met = [id_ for id_ in rel.ids if self.root(id_) in roots]
        return bool(met) and rel.state.is_key(met, filled=met) is not None


def _of(rel: Rel, id_: str) -> tuple[Shown, ...]:
    return rel.shows.get(id_, ())


def _name(rel: Rel, id_: str) -> str:
    return dict(zip(rel.ids, rel.names, strict=True)).get(id_, "")


def _equalities(term: exp.Expr) -> Iterator[tuple[exp.Column, exp.Expr]]:
    """Each column of an equality, with the column or the constant on the other side."""
    for a, b in predicates.equalities(term):
        for one, other in ((predicates.bare(a), predicates.bare(b)), (predicates.bare(b), predicates.bare(a))):
            if not isinstance(one, exp.Column) or isinstance(one.this, exp.Star):
                continue
            if isinstance(other, exp.Column) or not (other.find(exp.Query) or any(columns_in(other))):
                yield one, other


def look_at_comparisons(reader: Reader, tree: exp.Select, scope: Scope) -> None:
    """Note the joins of a select, and the comparisons of its columns with those of enclosing queries."""
    known = _known(tree, scope)
    for link in scope.links:
        pairs = [pair for a, b in link.pairs if (pair := known.pair(a, b)) is not None]
        natural = isinstance(link.node, exp.Join) and link.node.method.lower() == "natural"
        reader.joins.append(NamedJoin(link.text, tuple(pairs), natural, reader.cte, node=link.node))
    for term in _conjuncts(tree) if scope.outer is not None else ():
        for a, b in _places(scope, term):
            if (a[0] is scope) != (b[0] is scope):
                _note(reader, known, term, [(a[1], b[1])])


def look_at_list(reader: Reader, tree: exp.Select, scope: Scope, query: exp.Expr, rel: Rel) -> None:
    """Note the comparison of columns with those that a subquery returns, as by `in`."""
    node: exp.Expr | None = query.parent
    while isinstance(node, (exp.Paren, exp.Subquery)):
        node = node.parent
    if isinstance(node, (exp.Any, exp.All)):
        node = node.parent
    if not isinstance(node, (exp.In, exp.EQ, exp.NEQ)) or rel.open:
        return
    sides = [node.this] if isinstance(node, exp.In) else [node.this, node.expression]
    here = next((predicates.bare(side) for side in sides if side.find(exp.Query) is None), None)
    mine = here.expressions if isinstance(here, exp.Tuple) else [here]
    listed = rel.prefixed(_IN_LIST)
    known, pairs = _known(tree, scope), list[_Pair]()
    known.own(listed)
    for one, id_ in zip(mine, listed.ids, strict=False):
        place = scope.place(one) if isinstance(one, exp.Column) and not isinstance(one.this, exp.Star) else None
        if isinstance(place, tuple):
            pairs.append((place[1], id_))
            known.add(*pairs[-1])
    _note(reader, known, node, pairs)


def look_at_rows(reader: Reader, tree: exp.SetOperation, rels: Sequence[Rel]) -> None:
    """Note the comparison of the rows of `intersect` and `except`."""
    left, right = rels[0], rels[1].prefixed(_IN_LIST)
    known = _Known()
    known.own(left)
    known.own(right)
    pairs = list(zip(left.ids, right.ids, strict=True))
    for a, b in pairs:
        known.add(a, b)
    _note(reader, known, tree, pairs)


def _note(reader: Reader, known: _Known, node: exp.Expr, pairs: Iterable[_Pair]) -> None:
    found = [pair for a, b in pairs if (pair := known.pair(a, b)) is not None]
    if found:
        reader.joins.append(NamedJoin(one_line(node), tuple(found), False, reader.cte, keys=True, node=node))


def _known(tree: exp.Select, scope: Scope) -> _Known:
    known = _Known()
    inner: exp.Expr | None = tree
    place: Scope | None = scope
    while place is not None and isinstance(inner, exp.Select):
        for rel in place.sources.values():
            known.own(rel)
        for a, b in (pair for link in place.links for pair in link.pairs):
            known.add(a, b)
        for term in _conjuncts(inner):
            _read(known, place, term)
        inner, place = inner.parent_select, place.outer
    return known


def _read(known: _Known, scope: Scope, term: exp.Expr) -> None:
    found = list(_places(scope, term))
    for a, b in found:
        known.add(a[1], b[1])
    equal = list(_equalities(term))
    for column, other in equal:
        place = scope.place(column)
        if isinstance(place, tuple) and not isinstance(other, exp.Column):
            known.fixed.add(place[1])
    if not equal:
        places = (scope.place(column) for column in columns_in(term) if not isinstance(column.this, exp.Star))
        known.bounded |= {place[1] for place in places if isinstance(place, tuple)}


def _places(scope: Scope, term: exp.Expr) -> Iterator[tuple[tuple[Scope, str], tuple[Scope, str]]]:
    """The two columns of each equality of columns."""
    for a, b in predicates.equalities(term):
        sides = (predicates.bare(a), predicates.bare(b))
        found = [scope.place(s) for s in sides if isinstance(s, exp.Column) and not isinstance(s.this, exp.Star)]
        places = [place for place in found if isinstance(place, tuple)]
        if len(places) == 2:
            yield places[0], places[1]


def _conjuncts(tree: exp.Select) -> Iterator[exp.Expr]:
    where, joins = tree.args.get("where"), tree.args.get("joins") or ()
    conditions = [where.this] if where is not None else []
    conditions += [join.args["on"] for join in joins if join.args.get("on") is not None]
    for condition in conditions:
        yield from predicates.conjuncts(condition)
