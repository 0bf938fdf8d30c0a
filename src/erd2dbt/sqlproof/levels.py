"""Levels of a stock in hand-written SQL: a query that takes one row of each group may take the level of one thing.

Of a customer with three accounts, the last balance is the balance of one account. It is the level of this account
where the query shows which one it is, and passes for the customer's where the query does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from erd2dbt.prove.additivity import things
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.functions import is_aggregate
from erd2dbt.sqlproof.level_rows import before_pick, first_of, partners
from erd2dbt.sqlproof.lists import takes_element
from erd2dbt.sqlproof.measures import Measured
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of, order_of
from erd2dbt.sqlproof.query_analysis import Doubted
from erd2dbt.sqlproof.relation import Rel

_SHOWN = (exp.FirstValue, exp.LastValue, exp.NthValue)
_NUMBERS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead)
_AROUND = (exp.Paren, exp.Filter, exp.Cast, exp.Order, exp.Distinct)
Levels = Mapping[str, frozenset[str]]  # columns with a level of one of several things, and the key of these things


def numbered(known: Measured, windows: Sequence[exp.Window]) -> Iterator[exp.Window]:
    """The numbered rows that begin with the time or the key of a level, and so may number several things together.

    `lag` and `lead` number rows too: they are NULL in the first or the last one.
    """
    for window in windows:
        if isinstance(call_of(window.this), _NUMBERS):
            by, order = known.partition(window), window.args.get("order")
            if any(_leads(known, order, by, measure, of) for _, measure, of in _levels(known, known.terms.state(), by)):
                yield window


def passed(known: Measured, one_of: Levels, rel: Rel) -> dict[str, frozenset[str]]:
    """The levels that a select of all columns keeps. Where no column says of which thing they are, they are doubted."""
    for level, of in one_of.items():
        if not of <= set(rel.ids):
            _doubt(known, known.column(level), of, None)
    return {level: of for level, of in one_of.items() if of <= set(rel.ids)}


def hidden_things(known: Measured, windows: Sequence[exp.Window]) -> Iterator[tuple[str, str]]:
    """The columns that identify the levels which a row number may number together, each with its name."""
    for window in numbered(known, windows):
        for _, measure, _ in _levels(known, known.terms.state(), known.partition(window)):
            yield from ((column, known.called(column)) for column in sorted(measure.home))


def ordered_first(known: Measured, order: exp.Expr | None, by: Collection[str]) -> dict[str, frozenset[str]]:
    """The levels of one of several things that the first row of each group shows, by the order of its rows."""
    state = known.terms.state()
    return {id_: of for id_, measure, of in _levels(known, state, by) if _leads(known, order, by, measure, of)}


def look_at_level_elements(known: Measured, aggregates: Sequence[exp.Expr], by: Collection[str]) -> None:
    """Doubt `(array_agg(balance order by day desc))[1]` where a group has the levels of several things."""
    for node in aggregates:
        call, value = call_of(node), argument_of(node)
        if value is None or aggregate_of(call) is not Aggregate.LIST or not _is_element(node):
            continue
        _look(known, known.of(value), known.passing(node), by, order=order_of(call), node=node)


def look_at_level_windows(known: Measured, windows: Sequence[exp.Window]) -> None:
    """Doubt `first_value(balance) over (…)` where a partition has the levels of several things."""
    for window in windows:
        call, by = call_of(window.this), known.partition(window)
        if isinstance(call, (exp.IgnoreNulls, exp.RespectNulls)):
            call = call.this
        if isinstance(call, _SHOWN) and not window.args.get("alias"):
            order = window.args.get("order")
            _look(known, known.of(call.this), known.terms.state(), by, order=order, node=window)


def shown(
    known: Measured, one_of: Levels, items: Sequence[tuple[str, str, exp.Expr | None]], by: Collection[str] | None
) -> dict[str, frozenset[str]]:
    """The levels of one of several things that a select shows with the key of these things.

    Any other use of such a level is doubted. `items`: (output, id, expression or None). `by`: the columns that group.
    """
    outs = {known.joined_as.get(id_, id_): out for out, id_, _ in items}
    equal = {other: column for pair in known.terms.state().equal for column in pair.pair for other in pair.pair}
    other_side = partners(known.scope)
    equal |= {one: other for one, other in other_side.items() if one not in outs}
    grouped = {*(by or ()), *(one for one, other in other_side.items() if other in (by or ()))}
    picked = last_rows(known)
    kept: dict[str, frozenset[str]] = {}
    for out, id_, tree in items:
        for level, taken in dict.fromkeys(_read(known, one_of, id_, tree)):
            of = {known.joined_as.get(c, c) for c in taken}
            places = [outs.get(c) or outs.get(equal.get(c, c)) for c in of]
            if all(places) and by is None:
                kept |= {out: frozenset(place for place in places if place)} if level == id_ else {}
            elif by is None or not of <= before_pick(known.terms.state(), level, picked).closure(grouped).keys():
                _doubt(known, known.column(level), taken, tree)
    return kept


def last_rows(known: Measured) -> frozenset[frozenset[str]]:
    """The columns of which the filters of this select, or of those before, keep the last row."""
    before = (columns for rel in known.scope.sources.values() for columns in rel.last)
    return frozenset((*before, *(same for same, _ in known.terms.last)))


def _read(known: Measured, one_of: Levels, id_: str, tree: exp.Expr | None) -> Iterator[tuple[str, frozenset[str]]]:
    """The levels of one of several things that an output takes its value from. A count takes none.

    An aggregate may take them by its own FILTER.
    """
    if tree is None or isinstance(tree, exp.Column):
        if id_ in one_of:
            yield id_, one_of[id_]
        return
    last = known.terms.last
    for column in columns_in(tree):
        found, around = known.id_of(column), _aggregate_around(column, tree)
        taken = one_of if around is None else {**first_of(known.scope, known.passing(around), last), **one_of}
        if found is not None and found in taken and not isinstance(column.parent, exp.Count):
            yield found, taken[found]


def _aggregate_around(column: exp.Expr, tree: exp.Expr) -> exp.Expr | None:
    """The aggregate that reads a column of an expression, with its FILTER; None for a column outside of one."""
    node: exp.Expr | None = column
    while node is not None and node is not tree and not is_aggregate(node):
        node = node.parent
    if node is None or not is_aggregate(node):
        return None
    return node.parent if isinstance(node.parent, exp.Filter) else node


def _levels(known: Measured, state: State, by: Collection[str]) -> Iterator[tuple[str, Measure, frozenset[str]]]:
    """The columns with levels of several things within a group: the column, its measure, and the key of the things."""
    if known.bag is not None:
        return
    for id_ in (id_ for rel in known.scope.sources.values() if not rel.open for id_ in rel.measures):
        measure = known.column(id_)
        of = things(measure, state) if measure is not None and measure.stock else None
        if measure is not None and of and state.determines(by, of) is None:
            yield id_, measure, of


def _look(
    known: Measured,
    measure: Measure | None,
    state: State,
    by: Collection[str],
    *,
    order: exp.Expr | None,
    node: exp.Expr,
) -> None:
    of = things(measure, state) if measure is not None and measure.stock else None
    if measure is None or not of or known.bag is not None or state.determines(by, of) is not None:
        return
    if _leads(known, order, by, measure, of):
        _doubt(known, measure, of, node)


def _leads(known: Measured, order: exp.Expr | None, by: Collection[str], measure: Measure, of: frozenset[str]) -> bool:
    """Whether the order begins with the time or the thing. Any other column chooses the thing on purpose."""
    state = known.terms.state()
    grouped = state.closure(by).keys()
    for term in order.expressions if order is not None else ():
        read = {known.id_of(column) for column in columns_in(term)}
        if read <= grouped:
            continue
        meant = measure.stock | of
        meant |= {column for pair in state.equal if pair.pair & meant for column in pair.pair}
        return bool(read) and read <= meant
    return False


def _is_element(aggregate: exp.Expr) -> bool:
    """Whether one element of the list that an aggregate collects is read."""
    child, node = aggregate, aggregate.parent
    while isinstance(node, _AROUND):
        child, node = node, node.parent
    return node is not None and takes_element(node) and node.this is child


def _doubt(known: Measured, measure: Measure | None, of: Iterable[str], node: exp.Expr | None) -> None:
    if measure is not None:
        names = sorted(known.called(column) for column in of)
        known.reader.doubt(Doubted.ONE_LEVEL, node, measure.source, names)
