"""The names of the engines, for those who need nothing else of them; `registry` has the engines."""

from __future__ import annotations

DEFAULT_NAME = "postgres"
NAMES = (DEFAULT_NAME, "duckdb", "spark", "databricks", "snowflake", "bigquery", "redshift")
