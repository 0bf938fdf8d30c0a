"""The names of the engines, which are known before their modules are imported."""

from __future__ import annotations

DEFAULT_NAME = "postgres"
NAMES = (
    DEFAULT_NAME,
    "duckdb",
    "spark",
    "databricks",
    "clickhouse",
    "snowflake",
    "bigquery",
    "redshift",
    "trino",
    "athena",
)
