"""Scan one in plain SQL: rows and figures of each column, then the frequent values of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.escape.terminal import inert
from erd2dbt.verify.profile_queries import BINS, TOP, WIDE, estimated_distinct, unexpected
from erd2dbt.verify.tables import Column, Table
from erd2dbt.verify.verdict import ColumnFigures, TableFigures
from erd2dbt.verify.warehouse_tables import is_opaque
from erd2dbt.verify.warehouse_texts import literal_of, text_of

WHOLE = 250_000  # rows of a table whose values are all counted
_BOUNDED = {"integer", "numeric", "float", "date", "timestamp", "text"}
_PLOTTED = {"integer", "numeric", "float", "date", "timestamp"}


def rows_of(table: Table) -> str:
    """The rows that claims speak of, in FROM: all, or those that staging keeps."""
    keys = [table.column(word.text) for word in table.entity.key]
    by = [table.column(word.text) for word in table.entity.latest]
    if not by or None in keys or None in by:
        return table.relation
    first = [column for column in (*keys, *by) if column is not None]
    others = [column for column in table.columns if column not in first and not is_opaque(column.type)]
    key = ", ".join(column.expression for column in first[: len(keys)])
    order = ", ".join(f"{column.expression} desc nulls last" for column in (*first[len(keys) :], *others))
    place = f"row_number() over (partition by {key} order by {order}) as erd2dbt_place"
    ranked = f"select t.*, {place} from {table.relation} as t"  # noqa: S608 - quoted
    return f"(select * from ({ranked}) as ranked where erd2dbt_place = 1) as kept"  # noqa: S608 - quoted


def looked_at(table: Table, rows: int | None) -> str:
    """In FROM: all of its rows, or so many."""
    if rows is None or table.estimate <= rows:
        return rows_of(table)
    return f"(select * from {rows_of(table)} limit {rows}) as looked"  # noqa: S608 - quoted


# -- one row


def aggregates_sql(table: Table, rows: int | None) -> str:
    """One row: the number of rows, and seven figures for each column."""
    listed = ", ".join(["count(*) as n", *(part for c in table.columns for part in _aggregates(c))])
    return f"select {listed} from {looked_at(table, rows)}"  # noqa: S608 - quoted


def _aggregates(column: Column) -> Iterator[str]:
    name, kind, n = column.quoted, family(column.type), column.number
    nothing = "cast(null as text)"
    ordered = name if column.is_foreign or kind != "text" else f'{name} collate "C"'
    bounds = [f"{end}({ordered})" if kind in _BOUNDED else nothing for end in ("min", "max")]
    lengths = [f"{end}(length({name}))" if kind == "text" else nothing for end in ("min", "max")]
    misfits = f"{name} is not null and not ({column.fits})" if column.checked and column.can_try else ""
    outside = unexpected(column) if column.attribute.values else ""
    wrong = [f"sum(case when {test} then 1 else 0 end)" if test else "0" for test in (misfits, outside)]
    names = (f"{letter}{n}" for letter in "flhsxmo")
    yield from (
        f"{sql} as {as_}" for sql, as_ in zip([f"count({name})", *bounds, *lengths, *wrong], names, strict=True)
    )


# -- values


@dataclass(frozen=True, slots=True)
class Values:
    """The question for frequent values: its SQL, and the columns and histograms that its rows are about, in order."""

    sql: str
    columns: tuple[Column, ...]
    plotted: tuple[Column, ...]


def values_sql(table: Table, counted: Sequence[Any], rows: int | None) -> Values | None:
    """One row for each of the most frequent values of each column and for each bin of its histogram. `counted`: the
    answer to `aggregates_sql`, whose bounds are those of the histograms."""
    shown = tuple(column for column in table.columns if column.comparable and not is_opaque(column.type))
    if not shown:
        return None
    plotted = tuple(c for c in shown if family(c.type) in _PLOTTED and _edges(*_bounds(table, counted, c)))
    inner = [f"{_value(c)} as c{c.number}" for c in shown]
    inner += [f"{_bin(c, _edges(*_bounds(table, counted, c)))} as b{c.number}" for c in plotted]
    names = [*(f"c{c.number}" for c in shown), *(f"b{c.number}" for c in plotted)]
    marks = ", ".join(f"grouping({name}) as m_{name}" for name in names)
    listed = ", ".join(names)
    sets = ", ".join(f"({name})" for name in names)
    bytewise = "" if shown[0].is_foreign else ' collate "C"'
    order = ", ".join(f"cast({name} as text){bytewise}" for name in names)
    parts = ", ".join(f"m_{name}" for name in names)
    filled = f"coalesce({', '.join(f'cast({name} as text)' for name in names)})"
    return Values(
        f"with g as (select {listed}, {marks}, count(*) as n from (select {', '.join(inner)} "  # noqa: S608 - quoted
        f"from {looked_at(table, rows)}) as s group by grouping sets ({sets})), "
        f"r as (select g.*, row_number() over (partition by {parts} order by n desc, {order}) as place, "
        f"count(*) over (partition by {parts}) as d, "
        f"sum(case when n = 1 then 1 else 0 end) over (partition by {parts}) as f from g where {filled} is not null) "
        f"select {listed}, {parts}, n, d, f from r where place <= {max(TOP, BINS)}",
        shown,
        plotted,
    )


def _value(column: Column) -> str:
    """As frequent values show it: of a text, the first characters."""
    is_text = family(column.type) == "text"
    return f"substring({column.quoted} from 1 for {WIDE})" if is_text else column.quoted


def _bounds(table: Table, counted: Sequence[Any], column: Column) -> tuple[Any, Any]:
    at = 1 + 7 * table.columns.index(column)
    return counted[at + 1], counted[at + 2]


def _edges(low: Any, high: Any) -> list[Any]:
    """What divides the values into bins of one width; nothing for one value, or for what is not a number."""
    if low is None or high is None or low == high or isinstance(low, str):
        return []
    if isinstance(low, datetime):
        return [low + (high - low) / BINS * n for n in range(1, BINS)]
    if isinstance(low, date):
        start, days = datetime(low.year, low.month, low.day), (high - low).days
        return [start + timedelta(days=days) / BINS * n for n in range(1, BINS)]
    low, high = float(low), float(high)
    if not -1e300 < low < high < 1e300:
        return []
    return [low + (high - low) / BINS * n for n in range(1, BINS)]


def _bin(column: Column, edges: Sequence[Any]) -> str:
    cases = " ".join(f"when {column.quoted} < {literal_of(edge)} then {n}" for n, edge in enumerate(edges, start=1))
    return f"case when {column.quoted} is null then null {cases} else {BINS} end"


# -- read


def read_figures(
    table: Table, counted: Sequence[Any], values: Values | None, rows: Sequence[tuple[Any, ...]], looked: int
) -> TableFigures:
    """Both answers as values; `looked`: the rows behind the second."""
    total = int(counted[0])
    found = _of_columns(values, rows) if values else {}
    columns = []
    for place, column in enumerate(table.columns):
        filled, low, high, shortest, longest, misfits, outside = counted[1 + 7 * place : 8 + 7 * place]
        top, bins, distinct, single = found.get(column.number, ([], {}, 0, 0))
        columns.append(
            ColumnFigures(
                name=column.name,
                type=column.type,
                filled=int(filled),
                low=_display_value(low),
                high=_display_value(high),
                shortest=_number(shortest),
                longest=_number(longest),
                misfits=int(misfits or 0),
                outside=int(outside or 0),
                distinct=estimated_distinct(distinct, single, looked, total),
                top=tuple(sorted(top, key=lambda one: (-one[1], one[0]))[:TOP]),
                bins=tuple(bins.get(n, 0) for n in range(1, BINS + 1)) if bins else (),
            )
        )
    return TableFigures(
        entity=table.entity.name,
        table=f"{table.schema}.{table.name}",
        rows=total,
        total=max(total, table.estimate),
        sampled=looked,
        columns=tuple(columns),
    )


_Found = dict[int, tuple[list[tuple[str, int]], dict[int, int], int, int]]


def _of_columns(values: Values, rows: Sequence[tuple[Any, ...]]) -> _Found:
    """By column: frequent values, bins, how many distinct ones there are, and how many are in one row."""
    found: _Found = {column.number: ([], {}, 0, 0) for column in values.columns}
    width = len(values.columns) + len(values.plotted)
    for row in rows:
        marks, (n, distinct, single) = row[width : 2 * width], row[2 * width :]
        place = next(at for at, mark in enumerate(marks) if not mark)
        if place < len(values.columns):
            number = values.columns[place].number
            top, bins, *_ = found[number]
            top.append((inert(text_of(row[place])[:WIDE]), int(n)))
            found[number] = (top, bins, int(distinct), int(single))
        else:
            found[values.plotted[place - len(values.columns)].number][1][int(row[place])] = int(n)
    return found


def _display_value(value: Any) -> str | None:
    return None if value is None else inert(text_of(value)[:WIDE])


def _number(value: Any) -> int | None:
    return None if value is None else int(Decimal(value))
