"""Trino, also as Starburst: standard SQL. A quotient of decimals has no additional digits."""

from __future__ import annotations

from erd2dbt.engines.documented import COMMON, days_by_numbers
from erd2dbt.engines.engine import Calendar, Contracts, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.types import decimal, types
from erd2dbt.escape.sql import RESERVED, Quoting

# "Reserved keywords" of the manual, without those that PostgreSQL reserves.
_RESERVED = frozenset(
    """
    alter between by cross cube current_path current_schema deallocate delete describe drop escape execute exists
    extract full grouping inner insert is join json_array json_exists json_object json_query json_table json_value left
    like listagg natural normalize of prepare recursive right rollup skip trim uescape unnest values
    """.split()
)
_TYPES = {
    "text": "varchar",
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "oid": "bigint",
    "real": "real",
    "double precision": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "timestamp(6)",
    "timestamp with time zone": "timestamp(6) with time zone",
    "time without time zone": "time(6)",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "json",
    "bytea": "varbinary",
}

TRINO = Engine(
    name="trino",
    title="Trino",
    dialect="trino",
    adapter="dbt-trino",
    extra="trino",
    names=Names(limit=127, quoting=Quoting(reserved=RESERVED | _RESERVED)),
    type_of=types(_TYPES, decimal("decimal"), "array({})"),
    reads=frozenset(
        (
            *("union", "except", "except all", "intersect", "intersect all", "values", "fetch first", "window"),
            *("unnest", "with ordinality", "a subquery without a name", "new names for the columns of a table"),
        )
    ),
    printing=Printing(short_casts=False, nulls_first=(False, False)),
    contracts=Contracts(constraints=frozenset({"not_null"})),  # keys are tested; few connectors have them
    intrinsics={
        **COMMON,
        "trim(text)": "trim(both ' ' from a)",  # without the list of characters, `trim` removes every kind of space
        "/(integer, integer)": "same",
        "/(integer, nonzero integer)": "same",
        # A quotient or an average of decimals has no more digits than its operands.
        "/(numeric, nonzero numeric)": "a::float8 / b | double",
        "/(integer, nonzero numeric)": "a::float8 / b | double",
        "/(numeric, nonzero integer)": "a::float8 / b | double",
        "%(integer, nonzero integer)": "same",
        "avg(integer)": "avg(a::float8) | double",
        "avg(numeric)": "avg(a::float8) | double",
        "bool_and(boolean)": "same",
        "bool_or(boolean)": "same",
        "-(date, date)": "date_diff('day', b, a) | bigint",
        "+(date, integer)": "date_add('day', b, a)",
        "-(date, integer)": "date_add('day', -b, a)",
    },
    calendar=Calendar(
        days=days_by_numbers("date_add('day', number, first_day)"),
        day_of_week="extract(day_of_week from date_day)",
    ),
    profile="profiles/trino.yml.jinja",
    tested=Tested(level=Level.COMPILED, when="2026-12", versions="dbt-trino 1.11.0"),
)
