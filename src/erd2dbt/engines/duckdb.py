"""DuckDB: a database in one file or in memory, in the same process."""

from __future__ import annotations

from erd2dbt.engines.engine import Contracts, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.kinds import BARE, cast_kind
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
# PostgreSQL's type names that DuckDB reads as the same types.
_OWN = frozenset((*_TYPES, "character varying", "character", "decimal")) - {"oid", "bit", "bit varying"}

_READS = frozenset(
    (
        *("::", "@", "~~", "!~~", "$$", "isnull", "notnull", "int2", "int4", "int8", "float4", "float8", "bool"),
        *("timestamptz", "timetz", "union", "except", "except all", "intersect", "intersect all", "values", "unnest"),
        *("offset", "fetch first", "natural join", "lateral", "distinct on", "window", "materialized"),
        *("with recursive", "with ordinality", "a function in `from`", "a subquery without a name"),
        "new names for the columns of a table",
    )
)

# Texts that DuckDB reads as another value than PostgreSQL, or that PostgreSQL rejects: patterns by
# the kind of the type, as signatures name it.
_YEAR = r"^\s*-|^\s*\d{1,3}\D"
_MISREAD = {
    "integer": "^[^xX]*[.eE]",
    "float": "_|[eE][-+]?[0-9]{3}|[0-9]{39}",
    # more than twelve digits after the point
    "bare numeric": r"[.]\d{12}\d*[1-9]|[.]\d{7}\d*[eE]-|[.]\d{4}\d*[eE]-0*[7-9]|[eE]-0*[1-9]\d",
    "date": _YEAR,
    "timestamp": rf"{_YEAR}|[.]\d{{6}}[5-9]|[aApP][mM]",
    "timestamptz": rf"{_YEAR}|[.]\d{{6}}[5-9]|[aApP][mM]",
}


def misread(type_: str, text: str) -> str | None:
    pattern = _MISREAD.get(cast_kind(type_))
    return f"regexp_matches({text}, '{pattern}')" if pattern is not None else None


def _strictly(kind: str, pattern: str) -> str:
    return f"case when regexp_matches(a, '{pattern}') then error('no {kind}: ' || a) else a end"


# Averages and quotients of decimals are double precision on DuckDB: 15 digits are exact (`Printing.digits`).
_INTRINSICS = {
    "avg(integer)": "same | double",
    "avg(numeric)": "same | double",
    "sum(float)": "same | double",
    "/(numeric, nonzero numeric)": "same | double",
    "/(integer, nonzero numeric)": "same | double",
    "concat(text, ...)": "same",
    "least(float, ...)": "same",
    "greatest(float, ...)": "same",
    **{f"cast(text, {kind})": _strictly(kind.removeprefix(BARE), pattern) for kind, pattern in _MISREAD.items()},
}

DUCKDB = Engine(
    name="duckdb",
    title="DuckDB",
    dialect="duckdb",
    adapter="dbt-duckdb",
    extra="duckdb",
    # Names have no limit. They are cut to 63 bytes, so that a project can move to another engine.
    names=Names(limit=63, in_bytes=True, quoting=Quoting(reserved=RESERVED | _RESERVED)),
    type_of=types(_TYPES, decimal("decimal"), "{}[]", interval="interval"),
    reads=_READS,
    own_words=_OWN,
    misread=misread,
    printing=Printing(nulls_first=(False, False), digits="%.15g", rounds_scales=True, fits_constants=True),
    contracts=Contracts(),
    intrinsics=_INTRINSICS,
    ignored=("*.duckdb", "*.duckdb.wal"),
    profile="profiles/duckdb.yml.jinja",
    tested=Tested(level=Level.BUILT, when="2026-11", versions="DuckDB 2.0.1, dbt-duckdb 1.11.1"),
)
