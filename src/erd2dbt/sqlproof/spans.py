"""Spans between neighbours: `lead(day) over (partition by k order by day)` is where the next row of `k` begins.

Spans from `day` to there are disjoint, so at most one of them includes a given day: `k` and the day determine `day`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.sqlproof.relation import Span
from erd2dbt.sqlproof.scope import OUTER
from erd2dbt.sqlproof.terms import Terms


@dataclass(frozen=True, slots=True)
class _Bound:
    """`value` is on one side of a column, the begin or the end of spans. `strict`: it is not that column itself."""

    column: str
    value: exp.Expr
    strict: bool


def add_span(terms: Terms, window: exp.Window, id_: str, *, by: Collection[str], order: object) -> None:
    """Add the spans of `lead(day) over (… order by day)` or of `lag(day) over (… order by day desc)`."""
    call = window.this
    first = order.expressions[0] if isinstance(order, exp.Order) else None
    if first is None or not isinstance(call, (exp.Lead, exp.Lag)) or not isinstance(call.this, exp.Column):
        return
    step, begin = call.args.get("offset"), terms.column(call.this)
    forward = bool(first.args.get("desc")) is isinstance(call, exp.Lag)
    if begin is None or begin not in terms.not_null or begin != terms.column(first.this) or not forward:
        return
    if terms.state().is_key({*by, begin}) is None:
        return  # of rows that begin together, any one may be the one with a span
    if step is None or (isinstance(step, exp.Literal) and step.name == "1"):
        terms.spans = (*terms.spans, Span(frozenset(by), begin, id_))


def with_ends(terms: Terms, items: Iterable[tuple[str, exp.Expr | None]]) -> Iterator[Span]:
    """The spans of a select, also those whose end is in a formula, as `coalesce(valid_to, '9999-12-31')`."""
    yield from terms.spans
    for id_, tree in items:
        if tree is not None and not isinstance(tree, (exp.Column, exp.Window)):
            yield from (replace(span, end=id_) for span in _ends_in(terms, tree))


def shown(spans: Iterable[Span], names: Mapping[str, str]) -> tuple[Span, ...]:
    """The spans under the ids of the outputs. One is lost where a column of it is."""
    return tuple(
        dict.fromkeys(span.renamed(names) for span in spans if {*span.by, span.begin, span.end} <= names.keys())
    )


def keep_spans(terms: Terms, conditions: Sequence[exp.Expr]) -> None:
    """Add what conditions say together: where a value is in a span, it determines the span within the partition."""
    for span, value in included(terms, conditions):
        given = terms.inputs(value)
        if given is not None:
            terms.depends(span.by | given, span.begin)


def included(terms: Terms, conditions: Sequence[exp.Expr]) -> Iterator[tuple[Span, exp.Expr]]:
    """The spans that include a value where all conditions are true, each with the value."""
    if not terms.spans:
        return
    lower = [bound for condition in conditions for bound in _lower(terms, condition)]
    upper = [(span, bound) for condition in conditions for span, bound in _upper(terms, condition.unnest())]
    for span, end in upper:
        for begin in lower:
            same = begin.column == span.begin and terms.shape(begin.value) == terms.shape(end.value)
            if same and (begin.strict or end.strict):
                yield span, end.value


def _lower(terms: Terms, condition: exp.Expr) -> Iterator[_Bound]:
    condition = condition.unnest()
    sides: tuple[exp.Expr, exp.Expr] | None = None
    if isinstance(condition, exp.Between):
        sides = (condition.args["low"], condition.this)
    elif isinstance(condition, (exp.LT, exp.LTE)):
        sides = (condition.this, condition.expression)
    elif isinstance(condition, (exp.GT, exp.GTE)):
        sides = (condition.expression, condition.this)
    column = terms.column(sides[0]) if sides is not None and isinstance(sides[0].unnest(), exp.Column) else None
    if sides is not None and column is not None and column != OUTER:
        yield _Bound(column, sides[1].unnest(), isinstance(condition, (exp.LT, exp.GT)))


def _upper(terms: Terms, condition: exp.Expr) -> Iterator[tuple[Span, _Bound]]:
    """The spans whose end a value does not reach. The last span of a partition may have any end, or none."""
    if isinstance(condition, exp.Or):
        sides = [condition.this.unnest(), condition.expression.unnest()]
        for open_, other in (sides, sides[::-1]):
            if isinstance(open_, exp.Is) and isinstance(open_.expression, exp.Null) and not open_.args.get("negate"):
                end = terms.column(open_.this)
                yield from ((span, bound) for span, bound in _upper(terms, other) if span.end == end)
        return
    if isinstance(condition, exp.Between):
        value, end_, strict = condition.this, condition.args["high"], False
    elif isinstance(condition, (exp.LT, exp.LTE)):
        value, end_, strict = condition.this, condition.expression, isinstance(condition, exp.LT)
    elif isinstance(condition, (exp.GT, exp.GTE)):
        value, end_, strict = condition.expression, condition.this, isinstance(condition, exp.GT)
    else:
        return
    for span in _ends_in(terms, end_):
        yield span, _Bound(span.end, value.unnest(), strict or span.closed)


def _ends_in(terms: Terms, tree: exp.Expr) -> Iterator[Span]:
    """The spans whose end an expression is, wherever there is a next row. `closed`: it is before the next begin."""
    tree = tree.unnest()
    if isinstance(tree, exp.Coalesce):
        yield from _ends_in(terms, tree.this)
    elif isinstance(tree, exp.Sub) and _is_positive(tree.expression):
        yield from (replace(span, closed=True) for span in _ends_in(terms, tree.this))
    elif isinstance(tree, (exp.Column, exp.Window)):
        end = terms.column(tree)
        yield from (span for span in terms.spans if span.end == end)


def _is_positive(tree: exp.Expr) -> bool:
    """Whether what is subtracted is a positive number, or an interval of one unit."""
    tree = tree.unnest()
    number = tree.this if isinstance(tree, exp.Interval) else tree
    if not isinstance(number, exp.Literal) or (number.is_string and number is tree):
        return False
    first, _, unit = number.name.partition(" ")
    return first.isdigit() and int(first) > 0 and (not unit or unit.isalpha())
