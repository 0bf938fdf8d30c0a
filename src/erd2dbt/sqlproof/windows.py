"""Window functions: a row number with its partition is a key; an aggregate over a partition is constant in it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from erd2dbt.prove.state import NONE, Claims
from erd2dbt.sqlproof.functions import is_aggregate
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.spans import add_span
from erd2dbt.sqlproof.terms import Terms

_WHOLE = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, exp.LogicalAnd, exp.LogicalOr)
_RANKED = (exp.Rank, exp.DenseRank)


def add_window(terms: Terms, node: exp.Window, named: dict[str, exp.Window]) -> None:
    """Add the column of a window call. `named`: the windows of the WINDOW clause."""
    split, order, framed = (said(node, part, named) for part in ("partition_by", "order", "spec"))
    is_whole = not (order or framed) or _has_all_rows(framed)
    partition = [terms.term(p, remember=True) for p in split] if isinstance(split, list) else []
    id_ = terms.add()
    terms.by_node[id(node)] = id_
    call, filtered = node.this, False
    while isinstance(call, (exp.Filter, exp.IgnoreNulls, exp.RespectNulls)):
        filtered = filtered or isinstance(call, exp.Filter)
        call = call.this
    if isinstance(call, (exp.RowNumber, *_RANKED)):
        terms.positive |= {id_}
        terms.numbers[id(node)] = id_
    if isinstance(call, exp.RowNumber):
        terms.key((*partition, id_))
        terms.not_null[id_] = NONE
    elif isinstance(call, _RANKED):
        _rank(terms, id_, partition, order)
    elif isinstance(call, (exp.Lag, exp.Lead)) and call is node.this:
        add_span(terms, node, id_, by=partition, order=order)
        _neighbour(terms, node, id_, partition, call)
    elif _is_of_the_partition(call, framed):
        terms.depends(partition, id_)
    elif isinstance(call, _WHOLE) and is_aggregate(node.this) and is_whole:
        terms.depends(partition, id_)
        if _counts_rows(node.this):
            terms.counts[id_] = frozenset(partition)
            terms.positive |= {id_}
        filled = NONE if isinstance(call, exp.Count) else None if filtered else _bag_filled(terms, call)
        if filled is not None:
            terms.not_null[id_] = filled


def said(node: exp.Window, part: str, named: Mapping[str, exp.Window]) -> object:
    """A part of the window's definition: its own, or from the window that it names."""
    seen: set[str] = set()
    while not node.args.get(part):
        name = folded(node.args.get("alias"))
        if name not in named or name in seen:
            return None
        seen.add(name)
        node = named[name]
    return node.args[part]


def _begins_with_the_first(frame: object) -> bool:
    """Whether the frame of every row starts at the first row of its partition, as the default frame does."""
    if not isinstance(frame, exp.WindowSpec):
        return frame is None
    begins = f"{frame.args.get('start')} {frame.args.get('start_side')}".upper()
    return begins == "UNBOUNDED PRECEDING" and frame.args.get("exclude") is None


def _has_all_rows(frame: object) -> bool:
    """Whether the frame of every row has all rows of its partition."""
    if not isinstance(frame, exp.WindowSpec) or not _begins_with_the_first(frame):
        return False
    return f"{frame.args.get('end')} {frame.args.get('end_side')}".upper() == "UNBOUNDED FOLLOWING"


def _is_of_the_partition(call: exp.Expr, frame: object) -> bool:
    """Whether each row shows the value of the first or of the last row of its partition."""
    if isinstance(call, exp.LastValue):
        return _has_all_rows(frame)
    return isinstance(call, exp.FirstValue) and _begins_with_the_first(frame)


def _rank(terms: Terms, id_: str, partition: list[str], order: object) -> None:
    """A rank has no ties, like a row number, where partition and order together are a key. Add that key."""
    terms.not_null[id_] = NONE
    columns = [terms.column(o.this) for o in order.expressions] if isinstance(order, exp.Order) else []
    known = [c for c in columns if c is not None]
    claims = terms.state().is_key([*partition, *known])
    if claims is not None:
        terms.key((*partition, id_), claims)


def _neighbour(terms: Terms, node: exp.Window, id_: str, partition: list[str], call: exp.Expr) -> None:
    """`lag(x)` is NULL in the first row of a partition, where x is never NULL: there a row number would be 1."""
    step = call.args.get("offset")
    if (step is not None and step.name != "1") or call.args.get("default") or terms.never_null(call.this) is None:
        return
    number = terms.numbers[id(node)] = terms.add()
    terms.key((*partition, number))
    terms.not_null[number] = NONE
    first = exp.EQ(this=exp.column(number, quoted=True), expression=exp.Literal.number(1))
    terms.flags = {**terms.flags, id_: exp.Case().when(first, exp.null()).else_(exp.Literal.number(1))}


def _counts_rows(call: exp.Expr) -> bool:
    """Whether the call is `count(*)` or `count(1)`, over all rows."""
    return isinstance(call, exp.Count) and isinstance(call.this, (exp.Star, exp.Literal)) and not call.expressions


def _bag_filled(terms: Terms, call: exp.Expr) -> Claims | None:
    return terms.never_null(call.this) if isinstance(call.this, exp.Expr) else None
