"""Scan one: a table's rows counted, each column's empty, misfitting and unexpected values, and a sample's values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.escape.sql import ident, literal
from erd2dbt.escape.terminal import inert
from erd2dbt.verify.tables import Column, Table
from erd2dbt.verify.verdict import ColumnFigures, TableFigures

SAMPLE = 20_000  # rows behind frequent values and histograms
SMALL = 16 << 20  # bytes of a table that is looked at in whole
TOP = 10
BINS = 12
_ARGUMENTS = 50
WIDE = 80  # characters of a value
_BOUNDED = {"integer", "numeric", "float", "date", "timestamp", "time", "text"}
_PLOTTED = {"integer", "numeric", "float", "date", "timestamp"}


def is_sampled(table: Table, rows: int | None) -> bool:
    """Whether so many rows are not all of them."""
    return rows is not None and (table.is_view or table.estimate > rows)


def sampled(table: Table, rows: int | None) -> str:
    """The relation in FROM: as it is, or about `rows` of its rows, the same ones each time."""
    if rows is None or not is_sampled(table, rows):
        return table.rows
    if table.is_view or table.rows != table.relation:
        return f"(select * from {table.rows} limit {rows}) as looked"  # noqa: S608 - quoted
    share = min(100.0, 100.0 * rows / table.estimate)
    return f"{table.relation} tablesample system ({share:.6f}) repeatable (1)"


def aggregates_sql(table: Table, rows: int | None) -> str:
    """One row: the number of rows, and an array of figures for each column."""
    return f"select count(*), {_all(table)} from {sampled(table, rows)}"  # noqa: S608 - quoted


def is_small(table: Table, rows: int | None) -> bool:
    """Whether everything is asked of all rows, in one statement and one scan."""
    return all(sampled(table, wanted) == table.rows for wanted in (rows, _sample_size(table, rows)))


def whole_sql(table: Table) -> str:
    """Both questions in one: as a sample of all rows, and `a` with the figures as JSON."""
    names = ", ".join(dict.fromkeys(ident(c.raw) for c in table.columns)) or "1"
    figures = f"union all select -1, 'a', ({_all(table)})::text, count(*) from s"  # noqa: S608 - quoted
    shown = [column for column in table.columns if column.comparable]
    if not shown:
        rows = f"with s as materialized (select {names} from {table.rows}) "  # noqa: S608 - quoted
        return rows + figures.removeprefix("union all ")
    return _sample(shown, names, table.rows) + figures


def _all(table: Table) -> str:
    """PostgreSQL takes a hundred arguments, and joins arrays of arrays."""
    arrays = [_aggregates(column) for column in table.columns]
    parts = [
        f"jsonb_build_array({', '.join(arrays[at : at + _ARGUMENTS])})" for at in range(0, len(arrays), _ARGUMENTS)
    ]
    return " || ".join(parts) or "'[]'::jsonb"


def _aggregates(column: Column) -> str:
    name = ident(column.raw)
    kind = family(column.type)
    ordered = f'{name} collate "C"' if kind == "text" else name  # the order of bytes: the same everywhere, and fast
    bounds = [f"left({end}({ordered})::text, {WIDE})" if kind in _BOUNDED else "null::text" for end in ("min", "max")]
    lengths = [f"{end}(length({name}))" if kind == "text" else "null::int" for end in ("min", "max")]
    tried = column.checked and column.can_try
    misfits = f"count(*) filter (where {name} is not null and not {column.fits})" if tried else "0"
    outside = f"count(*) filter (where {unexpected(column)})" if column.attribute.values else "0"
    filled = "count(*)" if column.is_filled else f"count({name})"
    return f"jsonb_build_array({', '.join([filled, *bounds, *lengths, misfits, outside])})"


def unexpected(column: Column) -> str:
    """Whether a value is none of those that the diagram lists; compared as the generated test compares."""
    values = column.attribute.values
    is_bare = family(column.declared) in ("integer", "numeric", "float", "boolean")
    listed = ", ".join(values) if is_bare else ", ".join(map(literal, values))
    return f"{column.expression} not in ({listed})"


def sample_sql(table: Table, rows: int | None) -> str | None:
    """Rows (column number, what, value, count) of a sample: `n` rows, `d` distinct, `f` single, `t` top, `h` bins."""
    shown = [column for column in table.columns if column.comparable]
    if not shown:
        return None
    columns = ", ".join(dict.fromkeys(ident(c.raw) for c in shown))
    return _sample(shown, columns, sampled(table, _sample_size(table, rows)))


def _sample(shown: list[Column], columns: str, source: str) -> str:
    texts = ", ".join(f"({c.number}, left({ident(c.raw)}::text, {WIDE}))" for c in shown)
    plotted = [c for c in shown if family(c.type) in _PLOTTED]
    plots = _histogram(plotted) if plotted else ""
    return _SAMPLE.format(columns=columns, source=source, texts=texts, top=TOP, plots=plots)


def _sample_size(table: Table, rows: int | None) -> int | None:
    if rows is not None:
        return min(rows, SAMPLE)
    return None if table.bytes <= SMALL and not table.is_view else SAMPLE


def _histogram(columns: list[Column]) -> str:
    numbers = ", ".join(f"{_number(c)} as n{c.number}" for c in columns)
    ends = ", ".join(f"min(n{c.number}) as l{c.number}, max(n{c.number}) as h{c.number}" for c in columns)
    bins = ", ".join(f"({c.number}, {_bin(c.number)})" for c in columns)
    return _HISTOGRAM.format(numbers=numbers, ends=ends, bins=bins)


def _bin(number: int) -> str:
    bucket = f"least(width_bucket(n{number}, l{number}, h{number}, {BINS}), {BINS})"
    return f"case when n{number} is not null and l{number} < h{number} then {bucket} end"  # least() skips NULL


def _number(column: Column) -> str:
    """As floating point; nothing for what is not a finite number, or too large for one."""
    name = ident(column.raw)
    kind = family(column.type)
    if kind == "integer":
        return f"{name}::float8"
    if kind in ("date", "timestamp"):
        return f"case when isfinite({name}) then date_part('epoch', {name}) end"
    return f"case when {name} between -1e300 and 1e300 then {name}::float8 end"


_SAMPLE = """
with s as materialized (select {columns} from {source}),
g as materialized (
    select u.c, u.v, count(*) as n
    from s cross join lateral (values {texts}) as u (c, v)
    where u.v is not null group by u.c, u.v
)
select -1, 'n', null::text, count(*) from s
union all select c, 'd', null, count(*) from g group by c
union all select c, 'f', null, count(*) from g where n = 1 group by c
union all select c, 't', v, n from (
    select c, v, n, row_number() over (partition by c order by n desc, v collate "C") as place from g
) as ranked where place <= {top}
{plots}
"""
_HISTOGRAM = """
union all select x.c, 'h', x.bin::text, count(*)
from (select {numbers} from s) as m
cross join (select {ends} from (select {numbers} from s) as k) as b
cross join lateral (values {bins}) as x (c, bin)
where x.bin is not null group by 1, 3
"""


def counted_of(values: list[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """What `aggregates_sql` answers, out of the answer of `whole_sql`."""
    return next(((count, json.loads(text)) for _, what, text, count in values if what == "a"), None)


def read(
    table: Table, counted: tuple[Any, ...], values: list[tuple[Any, ...]], sample: int | None = None
) -> TableFigures:
    """The answers of both queries as values; of a sample, the catalog knows about how many rows there are."""
    rows, arrays = counted
    of: dict[int, list[tuple[str, str | None, int]]] = {}
    for number, what, value, count in values:
        of.setdefault(number, []).append((what, value, count))
    looked = next((count for _, _, count in of.get(-1, [])), 0)
    total = max(rows, table.estimate) if is_sampled(table, sample) else rows
    columns = (
        _column(c, array, of.get(c.number, []), looked, rows) for c, array in zip(table.columns, arrays, strict=True)
    )
    return TableFigures(
        entity=table.entity.name,
        table=f"{table.schema}.{table.name}",
        rows=rows,
        total=total,
        sampled=looked,
        columns=tuple(columns),
    )


def _column(
    column: Column, array: list[Any], values: list[tuple[str, str | None, int]], looked: int, rows: int
) -> ColumnFigures:
    filled, low, high, shortest, longest, misfits, outside = array
    counts = {what: n for what, _, n in values if what in "df"}
    bins = {int(v): n for what, v, n in values if what == "h" and v is not None}
    return ColumnFigures(
        name=column.name,
        type=column.type,
        filled=filled,
        low=inert(low) if low is not None else None,
        high=inert(high) if high is not None else None,
        shortest=shortest,
        longest=longest,
        misfits=misfits,
        outside=outside,
        distinct=estimated_distinct(counts.get("d", 0), counts.get("f", 0), looked, rows),
        top=tuple(_top(values)),
        bins=tuple(bins.get(n, 0) for n in range(1, BINS + 1)) if bins else (),
    )


def _top(values: list[tuple[str, str | None, int]]) -> Iterator[tuple[str, int]]:
    found = [(inert(v), n) for what, v, n in values if what == "t" and v is not None]
    yield from sorted(found, key=lambda one: (-one[1], one[0]))


def estimated_distinct(distinct: int, single: int, looked: int, rows: int) -> int:
    """Duj1, as PostgreSQL's own ANALYZE estimates it; exact when every row was looked at."""
    if not looked or looked >= rows:
        return distinct
    return min(rows, round(looked * distinct / (looked - single + single * looked / rows)))
