"""BigQuery: names in backticks, one integer type, decimals of two sizes, no `filter` and no `::` casts."""

from __future__ import annotations

from erd2dbt.engines.documented import COMMON, TRUNCATED
from erd2dbt.engines.engine import Calendar, Contracts, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.types import types
from erd2dbt.escape.sql import RESERVED, Quoting

# "Reserved keywords" of the manual, without those that PostgreSQL reserves.
_RESERVED = frozenset(
    """
    assert_rows_modified at between by contains cube current define enum escape exclude exists extract following full
    grouping groups hash if ignore interval is lookup merge natural new no nulls of over partition preceding proto
    qualify range recursive respect rollup rows set struct treat unbounded unnest within
    """.split()
)
_TYPES = {
    "text": "string",
    "smallint": "int64",
    "integer": "int64",
    "bigint": "int64",
    "oid": "int64",
    "real": "float64",
    "double precision": "float64",
    "boolean": "bool",
    "date": "date",
    "timestamp without time zone": "datetime",
    "timestamp with time zone": "timestamp",
    "time without time zone": "time",
    "json": "json",
    "jsonb": "json",
    "bytea": "bytes",
}


def _numeric(precision: int, scale: int) -> str:
    """The type of a decimal. `numeric` has 29 digits before the point and 9 after it."""
    word = "numeric" if scale <= 9 and precision - scale <= 29 else "bignumeric"
    return f"{word}({precision}, {scale})"


BIGQUERY = Engine(
    name="bigquery",
    title="BigQuery",
    dialect="bigquery",
    adapter="dbt-bigquery",
    extra="bigquery",
    names=Names(
        limit=300,
        quoting=Quoting(mark="`", reserved=RESERVED | _RESERVED, backslash=True, backslash_in_names=True),
    ),
    type_of=types(_TYPES, _numeric, "array<{}>"),
    reads=frozenset(("offset", "window", "a subquery without a name")),
    printing=Printing(short_casts=False, nulls_first=(True, False), filters=False, decimals=False),
    contracts=Contracts(),
    intrinsics={
        **COMMON,
        **{
            f"date_trunc({unit}, timestamp)": f"datetime_trunc(a, {'isoweek' if unit == 'week' else unit})"
            for unit in TRUNCATED
        },
        "trim(text)": "trim(a, ' ')",  # without the list of characters, `trim` removes every kind of space
        "/(integer, integer)": "div(a, b) | ?",
        "/(integer, nonzero integer)": "div(a, b) | ?",
        "/(numeric, nonzero numeric)": "same | ?",
        "/(integer, nonzero numeric)": "same | ?",
        "/(numeric, nonzero integer)": "same | ?",
        "%(integer, nonzero integer)": "mod(a, b) | ?",
        "avg(integer)": "same | float64",
        "avg(numeric)": "same | ?",
        "bool_and(boolean)": "logical_and(a)",
        "bool_or(boolean)": "logical_or(a)",
        "-(date, date)": "date_diff(a, b, day) | ?",
    },
    calendar=Calendar(
        days="""\
select cast(moment as date) as date_day
from bounds
cross join unnest(generate_date_array(first_day, last_day)) as moment""",
        day_of_week="mod(extract(dayofweek from date_day) + 5, 7) + 1",
        week_start="cast(date_trunc(date_day, week(monday)) as date)",
        month_start="cast(date_trunc(date_day, month) as date)",
    ),
    profile="profiles/bigquery.yml.jinja",
    tested=Tested(level=Level.COMPILED, when="2026-12", versions="dbt-bigquery 1.11.3"),
)
