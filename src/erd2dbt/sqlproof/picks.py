"""Values of hand-written SQL that depend on the order of rows, where no order is given or rows can tie in it.

These are an element of a collected list, `first_value` and its kin, a row number, `distinct on` and `limit`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlglot import exp

from erd2dbt.prove.additivity import Aggregate
from erd2dbt.prove.state import State
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.lists import takes_element
from erd2dbt.sqlproof.measures import Measured
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of
from erd2dbt.sqlproof.query_analysis import AnyRow
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import Rel

_NUMBERS = (exp.RowNumber, exp.Ntile)
_SHOWN = (exp.FirstValue, exp.LastValue, exp.NthValue)
_MOVED = (exp.Lag, exp.Lead)
_AROUND = (exp.Paren, exp.Filter, exp.Cast, exp.Order, exp.Distinct)


def look_at_elements(known: Measured, aggregates: Sequence[exp.Expr], by: Collection[str]) -> None:
    """Note elements of lists that are collected in no order, or in one with ties."""
    for node in aggregates:
        call, taken = call_of(node), _element_of(node)
        value = argument_of(node)
        if taken is None or value is None or aggregate_of(call) is not Aggregate.LIST:
            continue
        order = call.this if isinstance(call.this, exp.Order) else None
        ids = [known.id_of(column) for column in columns_in(value)]
        _note(known, taken, known.passing(node), [*by, *_terms(known, order)], shown=ids, order=order)


def look_at_ordered_windows(known: Measured, windows: Sequence[exp.Window]) -> None:
    """Note window calls that read single rows of a partition in no order, or in one with ties."""
    for window in windows:
        call, order = call_of(window.this), window.args.get("order")
        if isinstance(call, (exp.IgnoreNulls, exp.RespectNulls)):
            call = call.this
        if window.args.get("alias") or not isinstance(call, (*_NUMBERS, *_SHOWN, *_MOVED)):
            continue
        given = [*known.partition(window), *_terms(known, order)]
        shown = [known.id_of(column) for column in columns_in(call.this)] if isinstance(call, _SHOWN) else None
        _note(known, window, known.terms.state(), given, shown=shown, order=order)


def look_at_first_rows(
    reader: Reader, node: exp.Expr, state: State, by: Collection[str], *, order: Iterable[str], shown: Collection[str]
) -> None:
    """Note a `distinct on` that takes the first row of each group in no order, or in one with ties in what is shown."""
    along = list(order)
    if state.is_key([*by, *along]) is None and not set(shown) <= state.closure([*by, *along]).keys():
        reader.any_rows.append(AnyRow(one_line(node), reader.cte, bool(along)))


def look_at_limit(reader: Reader, rel: Rel, node: exp.Expr) -> None:
    """Note a LIMIT that takes some of several rows in no order."""
    limit = node.args["limit"]
    count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.args.get("expression")
    outside = node.parent.parent if isinstance(node.parent, (exp.Subquery, exp.Paren)) else node.parent
    none = isinstance(count, exp.Literal) and count.name == "0"
    exists = isinstance(outside, exp.Exists) or isinstance(node.parent, exp.Exists)
    if node.args.get("order") or rel.open or rel.state.one is not None or none or exists:
        return
    shown = node.expressions if isinstance(node, exp.Select) else []
    if not shown or any(column for item in shown for column in columns_in(item)) or any(map(_is_star, shown)):
        reader.any_rows.append(AnyRow(one_line(limit).strip(), reader.cte, ordered=False))


def _is_star(tree: exp.Expr) -> bool:
    return bool(tree.is_star)


def _note(
    known: Measured,
    written: exp.Expr,
    state: State,
    given: Collection[str],
    *,
    shown: Sequence[str | None] | None,
    order: exp.Expr | None,
) -> None:
    """`given`: the columns of the group and of the order. `shown`: those of the value; None for the place of a row."""
    if any(rel.open for rel in known.scope.sources.values()) or state.is_key(given) is not None:
        return
    reached = state.closure(given)
    if shown is not None and all(id_ is not None and id_ in reached for id_ in shown):
        return
    known.reader.any_rows.append(AnyRow(one_line(written), known.reader.cte, order is not None))


def _terms(known: Measured, order: exp.Expr | None) -> list[str]:
    return [known.terms.term(o.this, remember=True) for o in order.expressions] if order is not None else []


def _element_of(aggregate: exp.Expr) -> exp.Expr | None:
    """The expression that reads one element of the list that an aggregate collects; None without one."""
    child, node = aggregate, aggregate.parent
    while isinstance(node, _AROUND):
        child, node = node, node.parent
    return node if node is not None and takes_element(node) and node.this is child else None
