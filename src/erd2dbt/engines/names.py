"""The names of the engines, known before any of them is imported."""

from __future__ import annotations

DEFAULT_NAME = "postgres"
NAMES = (DEFAULT_NAME, "duckdb", "spark", "databricks", "snowflake", "bigquery", "redshift", "trino", "athena")
