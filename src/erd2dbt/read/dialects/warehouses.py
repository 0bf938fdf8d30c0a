"""The dialects of Snowflake, BigQuery, Databricks and Redshift. None of them enforces keys, so keys are claims."""

from __future__ import annotations

from erd2dbt.read.ddl.cursor import Cursor
from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.ddl.ignored import UNREAD
from erd2dbt.read.ddl.objects import comment_on_column, comment_on_table
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.dialects.altering import alter_table
from erd2dbt.read.dialects.cutting import DOLLARS, TRIPLE, Cutting
from erd2dbt.read.dialects.statements import COUNTED, ENFORCED, MASKED, NOTHING, PROGRAM, STORAGE, tables, use
from erd2dbt.sql.tokens import Case

_SPREAD = "how rows are spread over partitions"
_LABEL = "a label"
# of Snowflake, in addition to those of PostgreSQL
_OBJECTS = (
    "account", "aggregation policy", "alert", "api integration", "application", "authentication policy", "catalog",
    "compute pool", "connection", "cortex", "database", "dataset", "dynamic view", "external function",
    "external volume", "failover group", "feature policy", "file format", "function", "git repository",
    "image repository", "integration", "listing", "managed account", "masking policy", "model", "network", "notebook",
    "notification", "organization", "packages policy", "password policy", "pipe", "privacy policy", "projection policy",
    "replication group", "resource monitor", "row access policy", "secret", "secure", "security", "semantic view",
    "service", "session", "session policy", "share", "snapshot", "stage", "storage integration", "stream", "streamlit",
    "tag", "task", "temp file", "temp stage", "temporary file", "temporary stage", "transient database", "warehouse",
)  # fmt: skip
_NUMBERED = "numeric{}|numeric(38,0)"


def _new_schema(script: Script, cursor: Cursor) -> str:
    """Read CREATE SCHEMA: the definitions after it belong to that schema."""
    cursor.take("if", "not", "exists")
    script.path = (cursor.parts()[-1],)
    return "create schema"


SNOWFLAKE = Dialect(
    name="snowflake",
    title="Snowflake",
    case=Case.UPPER,
    statements=Cutting(comments=r"(?:--|//)[^\n]*", quoted=DOLLARS).statements,
    reads={**tables(("transient", "external", "hybrid", "iceberg")), "alter table": alter_table, "use": use,
           "create schema": _new_schema, "create or replace schema": _new_schema,
           "create transient schema": _new_schema, "create or replace transient schema": _new_schema,
           "comment if exists on table": comment_on_table, "comment if exists on column": comment_on_column},
    others={
        **{f"{verb} {kind}": NOTHING for verb in ("create", "create or replace", "alter", "drop") for kind in _OBJECTS},
        **dict.fromkeys(("undrop", "put", "get", "list", "remove", "unset", "desc", "ls", "rm"), NOTHING),
        "declare": PROGRAM, "execute immediate": PROGRAM, "describe": NOTHING,
        "create dynamic table": UNREAD, "create or replace dynamic table": UNREAD,
    },
    column={
        "autoincrement|identity (…)?": COUNTED, "start|increment with|by? =? *": COUNTED,
        "collate *": STORAGE, "with? masking policy * using? (…)?": MASKED, "with? projection policy *": MASKED,
        "with? tag (…)": _LABEL, "order|noorder": COUNTED,
    },
    table={"cluster by linear? (…)": STORAGE, "with? tag (…)": _LABEL, "with? row access policy * on (…)": MASKED,
           "with? aggregation policy *": MASKED, "copy grants": STORAGE, "* = (…)": STORAGE, "* = *": STORAGE,
           "default_ddl_collation|catalog|base_location *": STORAGE, "partition by (…)": _SPREAD,
           "with location|auto_refresh = *": STORAGE, "enable|disable schema evolution": STORAGE},
    key={"enable|disable|validate|novalidate|rely|norely|enforced": ENFORCED},
    changes={"cluster by": NOTHING, "drop clustering key": NOTHING, "suspend|resume recluster": NOTHING,
             "set|unset tag|masking": NOTHING, "set": NOTHING, "unset": NOTHING, "add|drop row access policy": NOTHING,
             "add|drop search optimization": NOTHING, "recluster": NOTHING},
    types={
        **dict.fromkeys(("number", "decimal", "numeric", "dec"), _NUMBERED), "byteint": "smallint",
        "tinyint": "smallint", **dict.fromkeys(("float", "float4", "float8", "double", "real"), "double precision"),
        **dict.fromkeys(("varchar", "string", "text", "nvarchar", "nvarchar2", "char varying", "nchar varying"),
                        "varchar{}|text"),
        "char": "char{}|char(1)", "character": "char{}|char(1)", "nchar": "char{}|char(1)",
        **dict.fromkeys(("timestamp", "timestamp_ntz", "datetime", "timestamp without time zone"), "timestamp{}"),
        **dict.fromkeys(("timestamp_ltz", "timestamp_tz", "timestampltz", "timestamptz"), "timestamptz{}"),
        "timestampntz": "timestamp{}", "binary": "bytea", "varbinary": "bytea",
        **dict.fromkeys(("variant", "object", "array", "map"), "jsonb"), "geography": "text", "geometry": "text",
    },
)  # fmt: skip

BIGQUERY = Dialect(
    name="bigquery",
    title="BigQuery",
    schema="",
    case=Case.KEPT,
    dots_in_quotes=True,
    statements=Cutting(comments=r"(?:--|#)[^\n]*", quoted=TRIPLE).statements,
    reads={**tables(("external", "snapshot")), "alter table": alter_table},
    others={
        **dict.fromkeys(("create model", "create or replace model", "create search index", "create vector index",
                         "create row access policy", "create capacity", "create reservation", "create assignment",
                         "create table function", "create or replace table function", "drop search", "export",
                         "create or replace row"), NOTHING),
        **dict.fromkeys(("declare", "if", "while", "loop", "assert", "execute immediate", "raise"), PROGRAM),
    },
    column={"collate *": STORAGE, "generated always as (…) stored?": "how a generated column is computed"},
    table={"partition by * (…)?": _SPREAD, "cluster by * , * , * , *": STORAGE, "cluster by * , * , *": STORAGE,
           "cluster by * , *": STORAGE, "cluster by *": STORAGE, "default collate *": STORAGE,
           "with connection *": STORAGE, "with partition columns (…)?": _SPREAD},
    key={"enforced": ENFORCED},
    changes={"set options": NOTHING, "set default": NOTHING, "drop constraint if": NOTHING},
    types={
        **dict.fromkeys(("int64", "int", "smallint", "integer", "bigint", "tinyint", "byteint"), "bigint"),
        "float64": "double precision", "numeric": "numeric{}|numeric(38,9)", "decimal": "numeric{}|numeric(38,9)",
        "bignumeric": "numeric{}|numeric", "bigdecimal": "numeric{}|numeric", "bool": "boolean", "boolean": "boolean",
        "string": "varchar{}|text", "bytes": "bytea", "datetime": "timestamp", "timestamp": "timestamptz",
        "json": "jsonb", "struct": "jsonb", "geography": "text", "range": "text",
    },
)  # fmt: skip

DATABRICKS = Dialect(
    name="databricks",
    title="Databricks",
    schema="default",
    case=Case.KEPT,
    statements=Cutting(quoted=TRIPLE).statements,
    reads={**tables(("external", "streaming", "live")), "alter table": alter_table, "use": use,
           "comment on table": comment_on_table},
    others={
        **dict.fromkeys(("create catalog", "create volume", "create share", "create recipient", "create connection",
                         "create location", "create external location", "create storage credential", "optimize",
                         "msck", "create or refresh", "refresh", "cache", "clear", "describe", "restore"), NOTHING),
        "declare": PROGRAM, "create streaming table": UNREAD, "create live table": UNREAD,
    },
    column={"collate *": STORAGE, "mask * using? columns? (…)?": MASKED,
            "generated always as (…)": "how a generated column is computed"},
    table={"using *": STORAGE, "partitioned by (…)": _SPREAD, "clustered by (…)": STORAGE, "into * buckets": STORAGE,
           "cluster by * (…)?": STORAGE, "cluster by (…)": STORAGE, "location *": STORAGE, "tblproperties (…)": STORAGE,
           "with row filter * on (…)": MASKED, "default collation *": STORAGE, "row format serde? *": STORAGE,
           "with serdeproperties (…)": STORAGE,
           "stored as *": STORAGE, "sorted by (…)": STORAGE, "shallow|deep": STORAGE},
    key={"rely|norely|enforced": ENFORCED, "timeseries": STORAGE},
    changes={"set|unset tblproperties|tags|location|managed": NOTHING, "cluster by": NOTHING,
             "enable|disable": NOTHING, "recover partitions": NOTHING, "add|drop partition": NOTHING,
             "set row filter": NOTHING, "drop row filter": NOTHING, "drop feature": NOTHING},
    types={
        "string": "text", "varchar": "varchar{}", "byte": "smallint", "tinyint": "smallint", "short": "smallint",
        "long": "bigint", "float": "real", "double": "double precision", "decimal": "numeric{}|numeric(10,0)",
        "dec": "numeric{}|numeric(10,0)", "numeric": "numeric{}|numeric(10,0)", "timestamp": "timestamptz",
        "timestamp_ntz": "timestamp", "timestamp_ltz": "timestamptz", "binary": "bytea", "variant": "jsonb",
        "map": "jsonb", "struct": "jsonb", "void": "text",
    },
)  # fmt: skip

REDSHIFT = Dialect(
    name="redshift",
    title="Redshift",
    statements=Cutting(quoted=DOLLARS).statements,
    reads={**tables(("external",)), "alter table": alter_table},
    others=dict.fromkeys(("unload", "create datashare", "alter datashare", "create library", "create model"), NOTHING),
    column={"encode *": STORAGE, "distkey|sortkey": STORAGE, "collate *": STORAGE},
    counted={"identity (…)": COUNTED},
    table={"diststyle even|key|all|auto": STORAGE, "distkey (…)": STORAGE, "encode auto": STORAGE,
           "compound|interleaved? sortkey (…)": STORAGE, "sortkey auto": STORAGE, "backup yes|no": STORAGE,
           "partitioned by (…)": _SPREAD, "stored as *": STORAGE, "location *": STORAGE, "row format serde? *": STORAGE,
           "fields|lines|escaped terminated? by *": STORAGE, "table properties (…)": STORAGE, "collate *": STORAGE},
    changes={"append": NOTHING, "distkey|diststyle|sortkey|compound|encode": NOTHING, "owner to": NOTHING,
             "set table properties": NOTHING, "row level security": NOTHING},
    types={
        "super": "jsonb", "varbyte": "bytea", "varbinary": "bytea", "binary varying": "bytea", "hllsketch": "bytea",
        "geometry": "text", "geography": "text", "nvarchar": "varchar{}", "varchar": "varchar{}|varchar(256)",
        "character varying": "varchar{}|varchar(256)", "nchar": "char{}", "bpchar": "char{}|char(256)",
        "decimal": "numeric{}|numeric(18,0)", "numeric": "numeric{}|numeric(18,0)",
    },
)  # fmt: skip
