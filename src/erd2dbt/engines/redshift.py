"""Redshift: the functions of PostgreSQL 8, texts with a length, integer averages of integers, no `filter`."""

from __future__ import annotations

from erd2dbt.engines.documented import COMMON, days_by_numbers
from erd2dbt.engines.engine import Calendar, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.types import decimal, types
from erd2dbt.escape.sql import RESERVED, Quoting

# "Reserved words" of the manual, without those that PostgreSQL reserves.
_RESERVED = frozenset(
    """
    aes128 aes256 allowoverwrite backup between blanksasnull bytedict bzip2 connect credentials current_user_id defrag
    deflate delta delta32k disable emptyasnull enable encode encrypt encryption explicit globaldict256 globaldict64k
    gzip identity ignore is language lzo lzop minus mostly16 mostly32 mostly8 new null nulls off offline oid old open
    overlaps parallel partition percent permissions pivot qualify raw readratio recover rejectlog resort respect restore
    snapshot sysdate system tag tdes text255 text32k timestamp top truncatecolumns unpivot wallet without
    """.split()
)
_TYPES = {
    "text": "varchar(65535)",
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "oid": "bigint",
    "real": "real",
    "double precision": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "json": "super",
    "jsonb": "super",
    "bytea": "varbyte",
}

REDSHIFT = Engine(
    name="redshift",
    title="Redshift",
    dialect="redshift",
    adapter="dbt-redshift",
    extra="redshift",
    names=Names(limit=127, in_bytes=True, quoting=Quoting(reserved=RESERVED | _RESERVED)),
    type_of=types(_TYPES, decimal("decimal"), None),
    reads=frozenset(
        (
            *("::", "int2", "int4", "int8", "float4", "float8", "bool", "timestamptz", "timetz", "union", "except"),
            *("intersect", "offset", "natural join"),
        )
    ),
    printing=Printing(filters=False),
    intrinsics={
        **{name: text for name, text in COMMON.items() if not name.startswith("count distinct")},
        "/(integer, integer)": "same",
        "/(integer, nonzero integer)": "same",
        "/(numeric, nonzero numeric)": "a::float8 / b | double precision",
        "/(integer, nonzero numeric)": "a::float8 / b | double precision",
        "/(numeric, nonzero integer)": "a::float8 / b | double precision",
        "%(integer, nonzero integer)": "same",
        "avg(integer)": "avg(a::float8) | double precision",
        "avg(numeric)": "avg(a::float8) | double precision",
        "bool_and(boolean)": "same",
        "bool_or(boolean)": "same",
        "-(date, date)": "same | ?",
        "+(date, integer)": "same | ?",
        "-(date, integer)": "same | ?",
    },
    calendar=Calendar(
        days=days_by_numbers("first_day + number"),
        day_of_week="mod(cast(extract(dow from date_day) as integer) + 6, 7) + 1",
    ),
    profile="profiles/redshift.yml.jinja",
    tested=Tested(level=Level.COMPILED, when="2026-12", versions="dbt-redshift 1.11.2"),
)
