"""DuckDB: a database in one file or in memory, in this very process."""

from __future__ import annotations

import re
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.engines.engine import Contracts, DryRun, Engine, Level, Names, Printing, Tested
from erd2dbt.escape.sql import RESERVED, Quoting

# `duckdb_keywords()` of DuckDB 2.0: reserved, or functions and types only; without those that PostgreSQL reserves.
_RESERVED = frozenset(
    """
    anti asof at by columns describe generated glob join lambda map pivot pivot_longer pivot_wider positional qualify
    semi show struct summarize try_cast tuple unpack unpivot
    """.split()
)

_TYPES = {
    "text": "varchar",
    "name": "varchar",
    "character varying": "varchar",
    "character": "varchar",
    "bpchar": "varchar",
    "double precision": "double",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "jsonb": "json",
    "bytea": "blob",
    "bit varying": "bit",
    "oid": "bigint",
}
_SAME = frozenset("smallint integer bigint real boolean date json uuid bit interval".split())
# Without a precision; what DuckDB itself takes for one is (18, 3).
BARE_NUMERIC = (38, 12)
_MOST_DIGITS = 38
_MODIFIER = re.compile(r"\([^)]*\)")
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)")


@lru_cache(maxsize=1024)
def type_of(type_: str) -> str | None:
    """Types that are not built in are enums and the like, which are texts here; so is what DuckDB does not know."""
    name = canonical(type_)
    if name is None:
        return "varchar"
    if name.endswith("[]"):
        return f"{type_of(name.removesuffix('[]'))}[]"
    if name == "numeric":
        return "decimal({}, {})".format(*BARE_NUMERIC)
    if digits := _NUMERIC.fullmatch(name):
        precision, scale = int(digits[1]), int(digits[2])
        return f"decimal({min(precision, _MOST_DIGITS)}, {scale})" if 0 <= scale <= _MOST_DIGITS else None
    plain = _MODIFIER.sub("", name)
    if plain.startswith("interval"):
        return "interval"
    return plain if plain in _SAME else _TYPES.get(plain, "varchar")


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
    names=Names(limit=63, in_bytes=True, case_sensitive=False, quoting=Quoting(reserved=RESERVED | _RESERVED)),
    type_of=type_of,
    own_words=frozenset((*_TYPES, *_SAME, "decimal")) - {"name", "bpchar", "oid", "bit", "bit varying"},
    printing=Printing(nulls_first=(False, False), digits="%.15g"),
    contracts=Contracts(),
    materializations=frozenset({"view", "table", "incremental", "ephemeral"}),
    intrinsics=_INTRINSICS,
    ignored=("*.duckdb", "*.duckdb.wal"),
    profile="profiles/duckdb.yml.jinja",
    dry_run=DryRun.MEMORY,
    tested=Tested(level=Level.BUILT, when="2026-11", versions="DuckDB 2.0.1, dbt-duckdb 1.11.1"),
)
