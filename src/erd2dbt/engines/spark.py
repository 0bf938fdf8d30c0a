"""Apache Spark with tables in Iceberg, for large data. Databricks, Glue and EMR read the same SQL."""

from __future__ import annotations

from erd2dbt.engines.engine import Calendar, Contracts, Engine, Level, Names, Printing, Tested
from erd2dbt.engines.types import decimal, types
from erd2dbt.escape.sql import RESERVED, Quoting

# Words that need quotes as table names (Spark's manual, ANSI compliance: strict-non-reserved), without those that
# PostgreSQL reserves.
_RESERVED = frozenset("anti cross except full inner intersect join left minus natural qualify right semi".split())

_TYPES = {
    "text": "string",
    "smallint": "smallint",
    "integer": "int",
    "bigint": "bigint",
    "boolean": "boolean",
    "date": "date",
    "double precision": "double",
    "real": "float",
    # A timestamp without a time zone is in the session's zone, which the generated profile sets to UTC.
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamp",
    "bytea": "binary",
    "oid": "bigint",
}

# dbt-spark turns ANSI mode off on each connection. The functions were measured in this mode.
_ANSI = (
    "{% if execute %}{% do adapter.config.credentials.server_side_parameters.update("
    "{'spark.sql.ansi.enabled': 'true'}) %}{% endif %}set spark.sql.ansi.enabled = true"
)

SPARK = Engine(
    name="spark",
    title="Spark",
    dialect="spark",
    adapter="dbt-spark",
    extra="spark",
    names=Names(
        limit=63,
        in_bytes=True,
        quoting=Quoting(mark="`", reserved=RESERVED | _RESERVED, backslash=True),
    ),
    type_of=types(_TYPES, decimal("decimal"), "array<{}>"),
    reads=frozenset(
        (
            *("union", "except", "except all", "intersect", "intersect all", "values", "offset", "natural join"),
            *("window", "a subquery without a name"),
        )
    ),
    # Spark has `filter`, but an average is a quotient of two aggregates here.
    printing=Printing(short_casts=False, nulls_first=(True, False), filters=False),
    # dbt-spark writes not_null only. Keys are tested, and Iceberg enforces none.
    contracts=Contracts(constraints=frozenset({"not_null"})),
    table_settings={"file_format": "iceberg"},
    on_run_start=_ANSI,
    ignored=("*.lake/",),
    calendar=Calendar(
        days="""\
select cast(moment as date) as date_day
from (
    select explode(sequence(first_day, last_day, interval 1 day)) as moment
    from bounds
) as series""",
        day_of_week="extract(dayofweek_iso from date_day)",
    ),
    profile="profiles/spark.yml.jinja",
    tested=Tested(level=Level.BUILT, when="2026-11", versions="Spark 3.5.9, Iceberg 1.10.2, dbt-spark 1.11.0"),
)
