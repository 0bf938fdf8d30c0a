"""Values of hand-written SQL that depend on the order of rows, where no order is given or rows can tie in it.

These are a collected list or an element of it, `any_value`, `first_value` and its kin, a row number, a total over some
rows before, `distinct on`, `limit` and `offset`. A call such as `random()` and a sample depend on no order at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.prove.measure import Aggregate
from erd2dbt.prove.state import State
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in, nodes
from erd2dbt.sqlproof.functions import is_aggregate, is_volatile
from erd2dbt.sqlproof.lists import gives_number, takes_element
from erd2dbt.sqlproof.measures import Measured
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of, order_of
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.query_analysis import AnyRow, Undecided
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.windows import said

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
        order = order_of(call)
        ids = [known.id_of(column) for column in columns_in(value)]
        _note(known, taken, known.passing(node), [*by, *_terms(known, order)], shown=ids, order=order)


def look_at_any_values(known: Measured, aggregates: Sequence[exp.Expr], by: Collection[str]) -> None:
    """Note `any_value` of columns that differ within a group."""
    for node in aggregates:
        value = argument_of(node)
        if isinstance(call_of(node), exp.AnyValue) and value is not None:
            ids = [known.id_of(column) for column in columns_in(value)]
            _note(known, node, known.passing(node), by, shown=ids, order=None)


def unordered_lists(
    known: Measured, items: Sequence[tuple[str, str, exp.Expr | None]], by: Collection[str]
) -> dict[str, AnyRow]:
    """The outputs that show a list which is collected in no order, or in one with ties.

    The length of a list, and whether it contains a value, do not depend on its order.
    """
    before = {id_: found for rel in known.scope.sources.values() for id_, found in rel.unordered.items()}
    shown: dict[str, AnyRow] = {}
    for out, id_, tree in items:
        if id_ in before:
            shown[out] = before[id_]
        for node in _by_order(tree) if tree is not None else ():
            found = _list_at(known, node, before, by)
            if found is not None:
                shown.setdefault(out, found)
    return shown


def _list_at(known: Measured, node: exp.Expr, before: Mapping[str, AnyRow], by: Collection[str]) -> AnyRow | None:
    """The uncertain list that a column, a subquery or an aggregate returns."""
    if isinstance(node, exp.Column):
        return before.get(known.id_of(node) or "")
    if isinstance(node, exp.Query):
        rel = known.reader.within.get(id(node))
        return next(iter(rel.unordered.values()), None) if rel is not None else None
    return _of_list(known, node, by)


def _by_order(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The columns, subqueries and aggregates whose order an expression shows."""
    if isinstance(tree, (exp.Column, exp.Query)) or is_aggregate(tree):
        yield tree
    elif not isinstance(tree, (exp.Window, exp.Predicate, exp.Any, exp.Explode)) and not gives_number(tree):
        for child in tree.iter_expressions():
            yield from _by_order(child)


def _of_list(known: Measured, node: exp.Expr, by: Collection[str]) -> AnyRow | None:
    call, value = call_of(node), argument_of(node)
    collects = aggregate_of(call) is Aggregate.LIST and not isinstance(call, exp.JSONObjectAgg)
    if value is None or not collects or _element_of(node) is not None:
        return None
    order = order_of(call)
    given = [*by, *_terms(known, order)]
    same = known.terms.column(value)
    ids: list[str | None] = [same] if same in given else [known.id_of(column) for column in columns_in(value)]
    found = _undecided(known, node, known.passing(node), given, shown=ids, order=order)
    return replace(found, kind=Undecided.LIST) if found is not None else None


def look_at_ordered_windows(known: Measured, windows: Sequence[exp.Window], named: Mapping[str, exp.Window]) -> None:
    """Note window calls that read single rows of a partition in no order, or in one with ties.

    `named`: the windows of the WINDOW clause.
    """
    for window in windows:
        call = call_of(window.this)
        split, order, frame = (said(window, part, named) for part in ("partition_by", "order", "spec"))
        if isinstance(call, (exp.IgnoreNulls, exp.RespectNulls)):
            call = call.this
        running = aggregate_of(call) is not Aggregate.OTHER and _is_of_some_rows(frame)
        if not (running or isinstance(call, (*_NUMBERS, *_SHOWN, *_MOVED))):
            continue
        order = order if isinstance(order, exp.Order) else None
        partition = split if isinstance(split, list) else []
        given = [*(known.terms.term(part, remember=True) for part in partition), *_terms(known, order)]
        shown = [known.id_of(column) for column in columns_in(call.this)] if isinstance(call, _SHOWN) else None
        _note(known, window, known.terms.state(), given, shown=shown, order=order)


def look_at_first_rows(
    reader: Reader, node: exp.Expr, state: State, by: Collection[str], *, order: Iterable[str], shown: Collection[str]
) -> None:
    """Note a `distinct on` that takes the first row of each group in no order, or in one with ties in what is shown."""
    along = list(order)
    if state.is_key([*by, *along]) is None and not set(shown) <= state.closure([*by, *along]).keys():
        reader.any_rows.append(AnyRow(f"distinct on {one_line(node)}", reader.cte, bool(along), node=node))


def look_at_limit(
    reader: Reader, node: exp.Expr, order: Sequence[str] | None, *, state: State, shown: Sequence[str]
) -> None:
    """Note LIMIT and OFFSET that take some of several rows in no order, or in one with ties.

    `order`: the columns of the order; None where they are not known. `shown`: the columns of the rows.
    """
    if order is None or state.one is not None or _is_in_exists(node) or not _takes_some(node):
        return
    reached = state.closure(order)
    if state.is_key(order) is None and not set(shown) <= reached.keys():
        taken = node.args.get("limit") or node.args["offset"]
        reader.any_rows.append(AnyRow(one_line(taken).strip(), reader.cte, ordered=bool(order), node=taken))


def _takes_some(node: exp.Expr) -> bool:
    """Whether LIMIT or OFFSET may omit rows, and rows that tie are not all kept."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if limit is None:
        return offset is not None and not _is_zero(offset.args.get("expression"))
    options = limit.args.get("limit_options")
    with_ties = options is not None and options.args.get("with_ties")
    count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.args.get("expression")
    return not with_ties and not _is_zero(count) and not isinstance(count, exp.Null)


def _is_zero(tree: exp.Expr | None) -> bool:
    return isinstance(tree, exp.Literal) and tree.name == "0"


def _is_in_exists(node: exp.Expr) -> bool:
    outside = node.parent.parent if isinstance(node.parent, (exp.Subquery, exp.Paren)) else node.parent
    return isinstance(outside, exp.Exists) or isinstance(node.parent, exp.Exists)


def volatile(tree: exp.Expr) -> Iterator[AnyRow]:
    """Calls that give another value each time, and samples of a table."""
    for node in nodes(tree):
        if isinstance(node, exp.TableSample) or is_volatile(node):
            cte = node.find_ancestor(exp.CTE)
            named = folded(cte.args["alias"].this) if cte is not None else None
            yield AnyRow(one_line(node).strip(), named, ordered=False, node=node, kind=Undecided.RUN)


def _is_of_some_rows(frame: object) -> bool:
    """Whether a window frame counts rows, and does not have all rows of the partition."""
    if not isinstance(frame, exp.WindowSpec) or str(frame.args.get("kind")).upper() != "ROWS":
        return False
    return not all(frame.args.get(end) == "UNBOUNDED" for end in ("start", "end"))


def _note(
    known: Measured,
    written: exp.Expr,
    state: State,
    given: Collection[str],
    *,
    shown: Sequence[str | None] | None,
    order: exp.Expr | None,
) -> None:
    found = _undecided(known, written, state, given, shown=shown, order=order)
    if found is not None:
        known.reader.any_rows.append(found)


def _undecided(
    known: Measured,
    written: exp.Expr,
    state: State,
    given: Collection[str],
    *,
    shown: Sequence[str | None] | None,
    order: exp.Expr | None,
) -> AnyRow | None:
    """`given`: the columns of the group and of the order. `shown`: those of the value; None for the place of a row."""
    if any(rel.open for rel in known.scope.sources.values()) or state.is_key(given) is not None:
        return None
    reached = state.closure(given)
    if shown is not None and all(id_ is not None and id_ in reached for id_ in shown):
        return None
    return AnyRow(one_line(written), known.reader.cte, order is not None, node=written)


def _terms(known: Measured, order: exp.Expr | None) -> list[str]:
    return [known.terms.term(o.this, remember=True) for o in order.expressions] if order is not None else []


def _element_of(aggregate: exp.Expr) -> exp.Expr | None:
    """The expression that reads one element of the list that an aggregate collects; None without one."""
    child, node = aggregate, aggregate.parent
    while isinstance(node, _AROUND):
        child, node = node, node.parent
    return node if node is not None and takes_element(node) and node.this is child else None
