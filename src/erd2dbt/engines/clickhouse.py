"""ClickHouse: types without NULL unless they say so, casts that may lose a value, aliases that hide columns.

Every column of a model is `Nullable`, so that a join without a partner gives NULL, and a sum of nothing, too.
"""

from __future__ import annotations

from erd2dbt.engines.engine import RAW, Calendar, Contracts, Conversion, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.types import types
from erd2dbt.escape.sql import RESERVED, Quoting

# Bare, they are numbers or the beginning of a clause.
_RESERVED = frozenset("global inf infinity nan prewhere sample top".split())
_MOMENT = "Nullable(DateTime64(6, 'UTC'))"
# Without `uuid`: ClickHouse orders its two halves the other way round. It is a text.
_TYPES = {
    "text": "Nullable(String)",
    "smallint": "Nullable(Int16)",
    "integer": "Nullable(Int32)",
    "bigint": "Nullable(Int64)",
    "oid": "Nullable(Int64)",
    "real": "Nullable(Float32)",
    "double precision": "Nullable(Float64)",
    "boolean": "Nullable(Bool)",
    "date": "Nullable(Date32)",
    "timestamp without time zone": _MOMENT,
    "timestamp with time zone": _MOMENT,
}

# A raw column may have another type than the declared one, such as `UInt32` or `LowCardinality(String)`. These
# expressions are errors for a text, where a cast would give NULL for other texts than numbers and dates.
_RAW = {"Float": "a * 1", "Bool": "a = true", "Date": "addDays(a, 0)", "DateTime": "addSeconds(a, 0)"}


def _decimal(precision: int, scale: int) -> str:
    return f"Nullable(Decimal({precision}, {scale}))"


def _conversion(type_: str, kind: str) -> Conversion:
    """A cast cuts digits and lets integers overflow, so decimals are rounded first, and integers are checked."""
    plain = type_.removeprefix("Nullable(").removesuffix(")")
    word = plain.rstrip("0123456789").partition("(")[0].rstrip("0123456789")
    if kind == "constant":
        return Conversion(plain)  # a text that is not a value of the type is an error
    if word == "Int":
        return Conversion(type_, "a" if kind == "integer" else "round(a)", "accurateCast")
    if word == "Decimal" and kind == RAW:
        return Conversion(None, "toNullable(a)")
    if word == "Decimal" and kind != "integer":
        return Conversion(type_, f"round(a, {plain.rstrip(')').rpartition(' ')[2]})")
    return Conversion(type_, _RAW.get(word, "a") if kind == RAW else "a")


CLICKHOUSE = Engine(
    name="clickhouse",
    title="ClickHouse",
    dialect="clickhouse",
    adapter="dbt-clickhouse",
    extra="clickhouse",
    names=Names(
        limit=63,
        in_bytes=True,
        quoting=Quoting(mark="`", reserved=RESERVED | _RESERVED, backslash=True, backslash_in_names=True),
    ),
    type_of=types(_TYPES, _decimal, None),
    reads=frozenset(
        (
            *("::", "$$", "''", '"', "except", "intersect", "values", "offset", "natural join", "window"),
            *("distinct on", "materialized", "a subquery without a name"),
        )
    ),
    conversion=_conversion,
    printing=Printing(
        short_casts=False,
        nulls_first=(False, False),
        filters=False,
        decimals=False,
        keeps_types=False,
        shows_aliases=True,
        case_matters=True,
        one_scale="toDecimal256(a, 30)",
    ),
    contracts=Contracts(constraints=frozenset()),  # keys are tested; columns are Nullable
    calendar=Calendar(
        days="""\
select cast(addDays(first_day, number) as date) as date_day
from bounds
cross join numbers(100000) as numbers
where addDays(first_day, number) <= last_day""",
        day_of_week="toDayOfWeek(date_day)",
        week_start="cast(toMonday(date_day) as date)",
        month_start="cast(toStartOfMonth(date_day) as date)",
        types={"date": _TYPES["date"], "integer": _TYPES["integer"]},
    ),
    ignored=("*.chdb/",),
    profile="profiles/clickhouse.yml.jinja",
    tested=Tested(level=Level.BUILT, when="2026-11", versions="chdb 4.4 (ClickHouse 26.9), dbt-clickhouse 1.10.3"),
)
