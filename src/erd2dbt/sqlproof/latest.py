"""The last row of each thing: where no row with `n.k = b.k and n.day > b.day` exists, each `k` has one `day`.

Of two rows with the same `k` and different days, the table has the row with the later day. It excludes the other one.
So the rows must come from the table that is searched, and its search may not have any other condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from sqlglot import exp

from erd2dbt.prove.state import Claims
from erd2dbt.sql.trees import columns_in, rewritten
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.absent_rows import Absent
from erd2dbt.sqlproof.calendar_parts import period_of
from erd2dbt.sqlproof.exclusion import relation_of
from erd2dbt.sqlproof.functions import steady
from erd2dbt.sqlproof.names import alias_of, folded
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import OUTER, Scope
from erd2dbt.sqlproof.terms import Terms

_Pair = tuple[str, str]  # a column of the search, and the column of the row that it is compared with
_Pairing = Callable[[exp.Expr, exp.Expr], "_Pair | None"]


@dataclass(frozen=True, slots=True)
class _Search:
    """A search for rows that are equal in `same` and later in `order`, where the first difference decides."""

    same: list[_Pair]
    order: list[_Pair]


def keep_last(reader: Reader, terms: Terms, scope: Scope, env: Env, missing: Absent) -> None:
    """Add what the absence of later rows says of the rows that remain."""
    relation = relation_of(reader, missing.table, env)
    if relation is None:
        return
    for rel in scope.sources.values():
        for part in rel.part_of:
            shows = dict(part.shows)
            if part.relation == relation:
                paired = _paired(missing, scope, terms, shows)
                search = _search(missing.terms, paired, partial(_period, terms, paired))
                _add(terms, rel, search, missing.claims) if search is not None else None


def _add(terms: Terms, rel: Rel, search: _Search, claims: Claims) -> None:
    """The columns of the order depend on the equal ones. NULL equals nothing, and nothing is later than NULL."""
    same, order = ([own for _, own in pairs] for pairs in (search.same, search.order))
    order = list(takewhile(rel.state.not_null.__contains__, order))
    proofs = [_filled(terms, column) for column in same or order]
    filled = None not in proofs
    if not order or not (same or filled):
        return
    claims = claims.union(*(rel.state.not_null[column] for column in order))
    claims = claims.union(*(proof for proof in proofs if same and filled and proof is not None))
    for column in order:
        terms.depends(same, column, claims, strict=filled)
    terms.last.append((frozenset(same), tuple(order)))


def _filled(terms: Terms, column: str) -> Claims | None:
    """The claims by which a column, or the day of which it is a period, is not null; None where it may be."""
    found = period_of(terms.remembered[column]) if column in terms.remembered else None
    day = terms.column(found.column) if found is not None else None
    return terms.not_null.get(column, terms.not_null.get(day or ""))


def _search(conditions: Sequence[exp.Expr], pair: _Pairing, period: _Pairing) -> _Search | None:
    same, order = list[_Pair](), list[_Pair]()
    for term in conditions:
        equal = predicates.equalities(term)
        pairs = [pair(a, b) or period(a, b) for a, b in equal]
        later = _later(term, pair) if not equal else []
        if equal and all(pairs):
            same += [found for found in pairs if found is not None]
        elif later and not order:
            order = later
        else:
            return None
    return _Search(same, order) if order else None


def _period(terms: Terms, pair: _Pairing, a: exp.Expr, b: exp.Expr) -> _Pair | None:
    """The same function of columns on both sides, as `date_trunc('month', n.day) = date_trunc('month', b.day)`."""
    sides = [list(columns_in(side)) for side in (a, b)]
    if not sides[0] or len(sides[0]) != len(sides[1]) or not (steady(a) and steady(b)):
        return None
    pairs = [pair(one, other) for one, other in zip(*sides, strict=True)]
    alone = [rewritten(side, lambda node: exp.null() if isinstance(node, exp.Column) else node) for side in (a, b)]
    if not all(pairs) or alone[0] != alone[1]:
        return None
    owns = [found[1] for found in pairs if found is not None]
    for side, columns in zip((a, b), sides, strict=True):
        if all(_is_of_row(terms, column, own) for column, own in zip(columns, owns, strict=True)):
            return "", terms.term(side, remember=True)
    return None


def _is_of_row(terms: Terms, column: exp.Column, own: str) -> bool:
    found = terms.find(column) if column.args.get("table") is not None else None
    return isinstance(found, str) and _same(terms, own, found)


def _later(term: exp.Expr, pair: _Pairing) -> list[_Pair]:
    """The pairs of `n.day > b.day`, and of `n.day > b.day or (n.day = b.day and n.id > b.id)`; empty for others."""
    term = predicates.bare(term)
    if isinstance(term, exp.Or):
        sides = [predicates.bare(side) for side in (term.this, term.expression)]
        first, rest = sides if isinstance(sides[1], exp.And) else sides[::-1]
        begin, terms = _later(first, pair), list(predicates.conjuncts(rest))
        ties = [pair(a, b) for one in terms for a, b in predicates.equalities(one)]
        then = [one for one in terms if not predicates.equalities(one)]
        return [*begin, *_later(then[0], pair)] if len(begin) == len(then) == 1 and ties == begin else []
    if not isinstance(term, (exp.GT, exp.LT)):
        return []
    found = pair(term.this, term.expression)
    return [found] if found is not None else []


def _paired(missing: Absent, scope: Scope, terms: Terms, shows: Mapping[str, str]) -> _Pairing:
    """Pairs a column of the search with the same column of the row: either side of a comparison may be the search."""
    table, outside = missing.table, missing.outside
    alias, names = alias_of(table) or folded(table.this), set(shows.values())

    def of_search(tree: exp.Expr) -> str | None:
        column = predicates.bare(tree)
        if not isinstance(column, exp.Column) or isinstance(column.this, exp.Star) or id(column) in outside:
            return None
        owner = folded(column.args.get("table"))
        return folded(column.this) if owner == alias or (not owner and folded(column.this) in names) else None

    def pair(a: exp.Expr, b: exp.Expr) -> _Pair | None:
        one, other = of_search(a), of_search(b)
        if (one is None) is (other is None):
            return None
        name, here = (one, b) if one is not None else (other, a)
        here = predicates.bare(here)
        certain = isinstance(here, exp.Column) and (here.args.get("table") is not None or id(here) in outside)
        id_ = scope.find(here) if isinstance(here, exp.Column) and certain else None
        if name is None or not isinstance(id_, str) or id_ == OUTER:
            return None
        return next(((name, own) for own, there in shows.items() if there == name and _same(terms, own, id_)), None)

    return pair


def _same(terms: Terms, one: str, other: str) -> bool:
    if one == other:
        return True
    return any(pair.pair == {one, other} for pair in terms.state().equal)
