"""The second judgement: a value that its relation repeats must not be summed, counted or averaged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.prove.state import State
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.joins import rejoined
from erd2dbt.sqlproof.judged import Trap
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import Home, Rel, all_keys
from erd2dbt.sqlproof.scope import OUTER, Link, Scope
from erd2dbt.sqlproof.terms import Terms

_COUNTED = (exp.Sum, exp.Avg, exp.Count)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What an aggregate is made over: rows of this state, grouped by the ids `by`."""

    scope: Scope
    state: State
    by: Collection[str] = ()


def look(reader: Reader, scope: Scope, terms: Terms, aggregates: Sequence[exp.Expr], by: Collection[str]) -> None:
    """Add the traps of one select over the rows of `terms`, grouped by the ids `by`.

    Immune to repetition: min, max, distinct, boolean; `count(*)` counts joined rows.
    """
    state = terms.state()
    for node in aggregates:
        call = node.this if isinstance(node, exp.Filter) else node
        if not isinstance(call, _COUNTED) or not isinstance(call.this, exp.Expr) or isinstance(call.this, exp.Distinct):
            continue
        rows = _Rows(scope, _passing(reader, scope, terms, node) if isinstance(node, exp.Filter) else state, by)
        for measure in _terms(call.this):
            reader.traps += _fan(rows, node, measure, reader.cte)
    _chasm(reader, scope)


def _passing(reader: Reader, rows: Scope, terms: Terms, node: exp.Filter) -> State:
    """The rows that an aggregate's own FILTER lets pass."""
    passing = Terms(reader, terms.find, terms.state(), terms.by_shape)
    predicates.keep(passing, node.expression.this)
    rejoined(passing, rows.links)
    return passing.state()


def _terms(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The summands of a measure: each is counted by itself. Conditions decide whether, not how much."""
    if isinstance(tree, (exp.Paren, exp.Cast, exp.Neg, exp.Coalesce)):
        yield from _terms(tree.this)
    elif isinstance(tree, (exp.Add, exp.Sub)):
        yield from _terms(tree.this)
        yield from _terms(tree.expression)
    elif isinstance(tree, exp.Case):
        branches = [*(branch.args["true"] for branch in tree.args["ifs"]), tree.args.get("default")]
        for branch in branches:
            if branch is not None:
                yield from _terms(branch)
    else:
        yield tree


def _fan(rows: _Rows, node: exp.Expr, measure: exp.Expr, cte: str | None) -> Iterator[Trap]:
    """E303 unless the rows of one of the sources that the measure reads are each met at most once in a group."""
    repeated = []
    for column in columns_in(measure):
        found = None if isinstance(column.this, exp.Star) else rows.scope.find(column)
        if not isinstance(found, str) or found == OUTER:
            continue
        home = _repeated(rows, found)
        if home is None:
            return
        repeated.append((column, home))
    for column, home in repeated[:1]:
        yield Trap(
            code="E303",
            aggregate=one_line(node),
            measure=one_line(column),
            home=home.source,
            key=home.key,
            joins=(home.join,),
            cte=cte,
        )


def _repeated(rows: _Rows, column: str) -> Home | None:
    """The home of a column whose values a group may hold more than once; None where each is there once, or unknown."""
    owner = next(((name, rel) for name, rel in rows.scope.sources.items() if column in rel.ids), None)
    if owner is None or owner[1].open:
        return None
    name, rel = owner
    home = rel.homes.get(column)
    keys = home.keys if home is not None else tuple(key.columns for key in all_keys(rel.state))
    if any(_once(rows.state, key, rows.by) for key in keys):
        return None
    if home is not None:
        return home
    guilty = _guilty(rows.scope.links, rel, keys)
    if guilty is None:
        return None
    shown = {id_: column_name for column_name, id_ in zip(rel.names, rel.ids, strict=True)}
    first = min(keys, key=lambda key: (len(key), sorted(key)), default=frozenset[str]())
    written = tuple(shown.get(c, c) for c in sorted(first, key=rel.state.columns.index))
    return Home(name, written, keys, guilty.text)


def _once(state: State, key: frozenset[str], by: Collection[str]) -> bool:
    """Whether no two rows of one group are of the same `key`. Where an outer join left it empty there is no value."""
    if not key:
        return state.one is not None or state.is_key(by) is not None
    return state.is_probe(sorted(key)) is not None or state.is_key(key.union(by), filled=key) is not None


def _guilty(links: Sequence[Link], rel: Rel, keys: Sequence[frozenset[str]]) -> Link | None:
    """The first join that repeats the rows of `rel`: by what it meets later, or already by how it is met."""
    own = frozenset(rel.state.columns)
    joined = next((i for i, link in enumerate(links) if own <= frozenset(link.right)), -1)
    for number, link in enumerate(links):
        if number < joined:
            continue
        if keys and all(k and link.after.is_probe(sorted(k)) is None for k in keys):
            return link
        if not keys and (link.multiplies_right if number == joined else link.multiplies_left):
            return link
    return None


def _chasm(reader: Reader, scope: Scope) -> None:
    """E304: a join whose rows and the rows so far multiply each other, after one that multiplied already."""
    multiplying: list[str] = []
    for link in scope.links:
        if link.multiplies_left and link.multiplies_right and link.pairs and multiplying:
            name, rel = next(iter(scope.sources.items()))
            key = min((k.columns for k in rel.state.keys), key=lambda k: (len(k), sorted(k)), default=frozenset[str]())
            shown = dict(zip(rel.ids, rel.names, strict=True))
            reader.traps.append(
                Trap(
                    code="E304",
                    aggregate="",
                    measure="",
                    home=name,
                    key=tuple(shown[c] for c in sorted(key)),
                    joins=(*multiplying, link.text),
                    cte=reader.cte,
                )
            )
        if link.multiplies_left:
            multiplying.append(link.text)


def homes_of(scope: Scope, state: State, ids: Sequence[str], outs: Sequence[str], grouped: bool) -> dict[str, Home]:
    """The outputs whose values are repeated, with their homes in the output's own columns."""
    shown = {id_: out for out, id_ in zip(outs, ids, strict=True)}
    homes = {}
    for out, id_ in zip(outs, ids, strict=True):
        home = _repeated(_Rows(scope, state), id_)
        if home is None:
            continue
        keys = tuple(frozenset(shown[c] for c in key) for key in home.keys if key <= shown.keys())
        if keys or not grouped:  # a group may have made its values single again: nobody knows
            homes[out] = Home(home.source, home.key, keys, home.join)
    return homes
