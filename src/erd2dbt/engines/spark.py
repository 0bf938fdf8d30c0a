"""Apache Spark with tables in Iceberg: for data that outgrows one machine; Databricks, Glue and EMR read its text."""

from __future__ import annotations

import re
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.engines.engine import Calendar, Contracts, DryRun, Engine, Level, Names, Printing, Tested
from erd2dbt.escape.sql import RESERVED, Quoting

# Those that name no table without quotes (Spark's manual, ANSI compliance: strict-non-reserved), without those that
# PostgreSQL reserves.
_RESERVED = frozenset("anti cross except full inner intersect join left minus natural qualify right semi".split())

_TYPES = {
    "text": "string",
    "name": "string",
    "character varying": "string",
    "character": "string",
    "bpchar": "string",
    "integer": "int",
    "double precision": "double",
    "real": "float",
    # A moment without a zone is one of the session's zone, which the generated profile sets to UTC.
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamp",
    "bytea": "binary",
    "oid": "bigint",
}
_SAME = frozenset("smallint bigint boolean date".split())
BARE_NUMERIC = (38, 12)  # what Spark itself takes for a decimal is (10, 0)
_MOST_DIGITS = 38
_MODIFIER = re.compile(r"\([^)]*\)")
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)")


@lru_cache(maxsize=1024)
def type_of(type_: str) -> str | None:
    """Types that are not built in are enums and the like, which are texts here; so is what Spark does not know."""
    name = canonical(type_)
    if name is None:
        return "string"
    if name.endswith("[]"):
        return f"array<{type_of(name.removesuffix('[]'))}>"
    if name == "numeric":
        return "decimal({}, {})".format(*BARE_NUMERIC)
    if digits := _NUMERIC.fullmatch(name):
        precision, scale = int(digits[1]), int(digits[2])
        return f"decimal({min(precision, _MOST_DIGITS)}, {scale})" if 0 <= scale <= _MOST_DIGITS else None
    plain = _MODIFIER.sub("", name)
    if plain.startswith("interval"):
        return None
    return plain if plain in _SAME else _TYPES.get(plain, "string")


SPARK = Engine(
    name="spark",
    title="Spark",
    dialect="spark",
    adapter="dbt-spark",
    extra="spark",
    names=Names(
        limit=63,
        in_bytes=True,
        case_sensitive=False,
        quoting=Quoting(mark="`", reserved=RESERVED | _RESERVED, backslash=True),
    ),
    type_of=type_of,
    # Spark has `filter`, but an average is a quotient of two aggregates here.
    printing=Printing(short_casts=False, nulls_first=(True, False), filters=False),
    # dbt-spark writes not_null only; keys are tested, and Iceberg enforces none.
    contracts=Contracts(constraints=frozenset({"not_null"})),
    materializations=frozenset({"view", "table", "incremental", "ephemeral"}),
    file_format="iceberg",
    ignored=("*.lake/",),
    calendar=Calendar(
        days="""\
select explode(sequence(first_day, last_day, interval 1 day)) as date_day
from bounds""",
        day_of_week="extract(dayofweek_iso from date_day)",
    ),
    profile="profiles/spark.yml.jinja",
    dry_run=DryRun.ANALYZER,
    tested=Tested(level=Level.BUILT, when="2026-11", versions="Spark 3.5.9, Iceberg 1.10.2, dbt-spark 1.11.0"),
)
