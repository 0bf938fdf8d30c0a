"""What the rows of a select have passed: its filters, and the joins that may lose rows of a source.

A filter or a join of one table is written in the columns of the table, so that selects can be compared. A join loses
nothing where a link claims that each row has a partner, and all rows of the partner's table are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import rewritten
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.functions import is_aggregate
from erd2dbt.sqlproof.home_tables import in_home
from erd2dbt.sqlproof.names import alias_columns, alias_of, folded
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Link, Scope
from erd2dbt.sqlproof.shown import LookupJoin, Shown
from erd2dbt.sqlproof.shown_columns import shown_in

NONE = frozenset[str]()
_Named = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Passed:
    """`filters`: those of a select. `joins`: by source, the joins that may lose rows of it."""

    filters: frozenset[str] = NONE
    joins: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, source: str) -> frozenset[str]:
        """All that the rows of a source have passed here."""
        return self.filters | self.joins.get(source, NONE)

    @property
    def every(self) -> frozenset[str]:
        return self.filters.union(*self.joins.values())


def passed_by(reader: Reader, tree: exp.Select, scope: Scope, env: Env) -> Passed:
    """What the rows of a select have passed in it. Nothing where no traps are looked for."""
    if not reader.watch or not scope.sources:
        return Passed()
    filters = frozenset(_filters(reader, tree, scope))
    return Passed(filters, _Losses(reader, tree, scope, env).by_source() if scope.links else {})


def _filters(reader: Reader, tree: exp.Select, scope: Scope) -> Iterator[str]:
    where, first = tree.args.get("where"), next(iter(scope.sources.values()))
    for term in predicates.conjuncts(where.this) if where is not None else ():
        home = in_home(term, scope, first.origin) if first.home else None
        yield f"{reader.cte}: {one_line(term)}" if home is None else f"{first.home}: {one_line(home)}"
    distinct = tree.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        yield f"{reader.cte}: {one_line(distinct)}"
    for join in tree.args.get("joins") or ():
        if join.kind in ("SEMI", "ANTI"):
            yield f"{reader.cte}: {one_line(join)}"


class _Losses:
    """The joins of one select that may lose rows."""

    def __init__(self, reader: Reader, tree: exp.Select, scope: Scope, env: Env) -> None:
        self._reader, self._tree, self._scope, self._env = reader, tree, scope, env
        self._shown = shown_in(scope)
        self._own = {id_: shown for rel in scope.sources.values() for id_, shown in rel.shows.items()}
        items = [tree.args["from_"].this, *(join.this for join in tree.args.get("joins") or ())]
        self._items = {alias_of(item) or folded(item.this): item for item in items}

    def by_source(self) -> dict[str, frozenset[str]]:
        count = len(self._scope.links)
        return {name: frozenset(self._of(name, count)) for name in self._scope.sources}

    def _of(self, name: str, count: int) -> Iterator[str]:
        """Those of the first `count` joins that may lose rows of a source."""
        rel = self._scope.sources[name]
        for place, link in enumerate(self._scope.links[:count]):
            right = bool(rel.ids) and set(rel.ids) <= set(link.right)
            later = any(set(rel.ids) <= set(other.right) for other in self._scope.links[place + 1 :])
            kept = link.full or (link.optional and (set(link.optional) == set(link.right)) != right)
            if later or kept:
                continue
            other = self._other(link, right=right)
            before = frozenset(self._of(other, place)) if right and other else NONE
            if before or not self._finds_all(link, other, right=right):
                yield self._written(name, link, other, place)
                yield from before

    def _other(self, link: Link, *, right: bool) -> str:
        """The only source of the other side that a join compares; empty where there are several."""
        read = {a if right else b for a, b in link.pairs}
        sides = {n for n, rel in self._scope.sources.items() if (set(rel.ids) <= set(link.right)) != right and rel.ids}
        found = [n for n in sides if read & set(self._scope.sources[n].ids)] if read else sorted(sides)
        return found[0] if len(found) == 1 else ""

    def _finds_all(self, link: Link, other: str, *, right: bool) -> bool:
        """Whether each row of a side has a partner in the other one."""
        there = self._scope.sources.get(other)
        if there is None:
            return False
        if not right and _is_one_row(self._items.get(other)):
            return True
        pairs = [(b, a) if right else (a, b) for a, b in link.pairs]
        if not link.exact or not pairs or not there.table or there.passed:
            return False
        here = [self._own.get(a, ()) if right else self._shown.get(a, ()) for a, _ in pairs]
        found = [(_only(shown), _only(there.shows.get(b, ()))) for shown, (_, b) in zip(here, pairs, strict=True)]
        known = tuple((a, b) for a, b in found if a is not None and b is not None)
        led = (step for shown in here for one in shown for step in one.outer)
        whole = len(known) == len(pairs) and not any(one.partly for shown in here for one in shown)
        return whole and all(map(self._reader.finds_all, (*led, LookupJoin(link.text, known, whole=True))))

    # -- words

    def _written(self, name: str, link: Link, other: str, place: int) -> str:
        """A join, in the columns of the source and of the relation that it is joined with.

        Else it is the clause itself, up to the join, which only a select of the same CTE can repeat.
        """
        rel, joined = self._scope.sources[name], self._named(other)
        said = self._conditions(link, {**self._ways(rel), **joined[1]}) if joined is not None and rel.home else None
        if said is not None and joined is not None:
            return f"{rel.home}: join {joined[0]} on {' and '.join(sorted(said))}"
        joins = (self._tree.args.get("joins") or ())[: place + 1]
        return f"{self._reader.cte}: {name} {' '.join(map(one_line, (self._tree.args['from_'], *joins)))}"

    def _named(self, name: str) -> _Named | None:
        """The words for a relation, and for its columns; None where they depend on the rest of the query."""
        rel, item = self._scope.sources.get(name), self._items.get(name)
        if rel is None or item is None or alias_columns(item):
            return None
        if rel.home and rel.whole:
            return rel.home, {id_: f"{column} of {rel.home}" for id_, column in rel.origin.items()}
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier) and not item.args.get("db"):
            cte = self._env.get(folded(item.this))
            words = one_line(cte.node) if cte is not None and not cte.recursive else ""
        else:
            words = one_line(item.this) if isinstance(item, exp.Subquery) else ""
        shown = {id_: f"{column} of {words}" for column, id_ in rel.index.items() if id_ is not None}
        return (words, shown) if words else None

    def _ways(self, rel: Rel) -> dict[str, str]:
        """The columns of a table, and those of the rows that it looks up, with the way to them."""
        known = dict(rel.origin)
        for link in self._scope.links:
            there = next((r for r in self._scope.sources.values() if set(r.ids) == set(link.right)), None)
            if there is None or not there.whole or not link.exact or link.multiplies_left:
                continue
            pairs = [(known.get(a), there.origin.get(b)) for a, b in link.pairs]
            if pairs and all(a is not None and b is not None for a, b in pairs) and there is not rel:
                way = " and ".join(sorted(f"{b} = {a}" for a, b in pairs))
                known |= {id_: f"{column} of {there.home} on {way}" for id_, column in there.origin.items()}
        return known

    def _conditions(self, link: Link, names: Mapping[str, str]) -> list[str] | None:
        """The conditions of a join in these names; None where they read anything else."""
        on = link.node.args.get("on") if link.node is not None else None
        if on is None:
            known = all(a in names and b in names for a, b in link.pairs)
            return [" = ".join(sorted(_column(names[id_]) for id_ in pair)) for pair in link.pairs] if known else None
        said = [self._condition(term, names) for term in predicates.conjuncts(on)]
        return [text for text in said if text] if all(said) else None

    def _condition(self, term: exp.Expr, names: Mapping[str, str]) -> str:
        found = {id(column): self._scope.find(column) for column in term.find_all(exp.Column)}
        if term.find(exp.Query) or any(not isinstance(id_, str) or id_ not in names for id_ in found.values()):
            return ""

        def shown(node: exp.Expr) -> exp.Expr:
            id_ = found.get(id(node))
            return exp.column(names[id_], quoted=True) if isinstance(id_, str) else node

        made = rewritten(term, shown)
        sides = (made.this, made.expression) if isinstance(made, exp.EQ) else (made,)
        return " = ".join(sorted(map(one_line, sides)))


def _column(name: str) -> str:
    return one_line(exp.column(name, quoted=True))


def _is_one_row(item: exp.Expr | None) -> bool:
    """Whether a subquery in FROM is an aggregate of all rows, which is one row, also of none."""
    inner = item.this if isinstance(item, exp.Lateral) else item
    query = inner.unnest() if isinstance(inner, exp.Subquery) else None
    if not isinstance(query, exp.Select) or any(query.args.get(k) for k in ("group", "having", "limit", "offset")):
        return False
    return any(is_aggregate(item.unalias()) for item in query.expressions)


def _only(shown: tuple[Shown, ...]) -> tuple[str, str] | None:
    return (shown[0].table, shown[0].column) if len(shown) == 1 else None
