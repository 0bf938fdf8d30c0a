"""DuckDB: a database in one file or in memory, in this very process."""

from __future__ import annotations

from erd2dbt.engines.engine import Contracts, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.types import decimal, types
from erd2dbt.escape.sql import RESERVED, Quoting

# `duckdb_keywords()` of DuckDB 2.0: reserved, or functions and types only; without those that PostgreSQL reserves.
_RESERVED = frozenset(
    """
    anti asof at by columns describe generated glob join lambda map pivot pivot_longer pivot_wider positional qualify
    semi show struct summarize try_cast tuple unpack unpivot
    """.split()
)

_SAME = frozenset("smallint integer bigint real boolean date json uuid bit interval".split())
_TYPES = {
    "text": "varchar",
    "double precision": "double",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "jsonb": "json",
    "bytea": "blob",
    "bit varying": "bit",
    "oid": "bigint",
    **{word: word for word in _SAME},
}
# PostgreSQL's words that DuckDB takes for the same.
_OWN = frozenset((*_TYPES, "character varying", "character", "decimal")) - {"oid", "bit", "bit varying"}

# Averages and quotients of decimals are double precision on DuckDB: 15 digits are sure (`Printing.digits`).
_INTRINSICS = {
    "avg(integer)": "same | double",
    "avg(numeric)": "same | double",
    "/(numeric, nonzero numeric)": "same | double",
    "/(integer, nonzero numeric)": "same | double",
    "concat(text, ...)": "same",
    "least(float, ...)": "same",
    "greatest(float, ...)": "same",
}

DUCKDB = Engine(
    name="duckdb",
    title="DuckDB",
    dialect="duckdb",
    adapter="dbt-duckdb",
    extra="duckdb",
    # Names have no limit; what 63 bytes hold is kept, so that a project can move on to another engine.
    names=Names(limit=63, in_bytes=True, quoting=Quoting(reserved=RESERVED | _RESERVED)),
    type_of=types(_TYPES, decimal("decimal"), "{}[]", interval="interval"),
    own_words=_OWN,
    printing=Printing(nulls_first=(False, False), digits="%.15g"),
    contracts=Contracts(),
    intrinsics=_INTRINSICS,
    ignored=("*.duckdb", "*.duckdb.wal"),
    profile="profiles/duckdb.yml.jinja",
    tested=Tested(level=Level.BUILT, when="2026-11", versions="DuckDB 2.0.1, dbt-duckdb 1.11.1"),
)
