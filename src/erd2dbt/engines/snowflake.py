"""Snowflake: unquoted names are upper case, constants have backslash escapes, numbers are decimals."""

from __future__ import annotations

from erd2dbt.engines.documented import COMMON, days_by_numbers
from erd2dbt.engines.engine import Calendar, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.types import decimal, types
from erd2dbt.escape.sql import RESERVED, Quoting

# "Reserved & limited keywords" of the manual, without those that PostgreSQL reserves.
_RESERVED = frozenset(
    """
    account between by change connect connection current database delete drop exists following gscluster ilike increment
    insert is issue join lateral localtime localtimestamp minus natural of organization qualify regexp revoke rlike row
    rows sample schema set start tablesample trigger try_cast update values view
    """.split()
)
_TYPES = {
    "text": "varchar",
    "smallint": "number(38, 0)",
    "integer": "number(38, 0)",
    "bigint": "number(38, 0)",
    "oid": "number(38, 0)",
    "real": "float",
    "double precision": "float",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "timestamp_ntz",
    "timestamp with time zone": "timestamp_tz",
    "time without time zone": "time",
    "json": "variant",
    "jsonb": "variant",
    "bytea": "binary",
}

SNOWFLAKE = Engine(
    name="snowflake",
    title="Snowflake",
    dialect="snowflake",
    adapter="dbt-snowflake",
    extra="snowflake",
    names=Names(limit=255, quoting=Quoting(reserved=RESERVED | _RESERVED, folds_up=True, backslash=True)),
    type_of=types(_TYPES, decimal("number"), "array"),
    reads=frozenset(
        (
            *("::", "$$", "''", "union", "except", "intersect", "values", "offset", "natural join"),
            "a subquery without a name",
        )
    ),
    printing=Printing(filters=False),
    intrinsics={
        **COMMON,
        # A quotient has six more digits than its dividend. Integers are decimals.
        "/(integer, integer)": "(a - mod(a, b)) / b | ?",
        "/(integer, nonzero integer)": "(a - mod(a, b)) / b | ?",
        "/(numeric, nonzero numeric)": "a::float / b | float",
        "/(integer, nonzero numeric)": "a::float / b | float",
        "/(numeric, nonzero integer)": "a::float / b | float",
        "%(integer, nonzero integer)": "mod(a, b) | ?",
        "avg(integer)": "avg(a::float) | float",
        "avg(numeric)": "avg(a::float) | float",
        "bool_and(boolean)": "booland_agg(a)",
        "bool_or(boolean)": "boolor_agg(a)",
        "-(date, date)": "datediff('day', b, a) | ?",
        "+(date, integer)": "dateadd('day', b, a)",
        "-(date, integer)": "dateadd('day', -b, a)",
    },
    calendar=Calendar(
        days=days_by_numbers("first_day + number"),
        day_of_week="extract(dayofweekiso from date_day)",
    ),
    profile="profiles/snowflake.yml.jinja",
    tested=Tested(level=Level.EMULATED, when="2026-12", versions="fakesnow 0.12.1, dbt-snowflake 1.11.6"),
)
