"""Databricks: the SQL of Spark, with tables in Delta."""

from __future__ import annotations

from dataclasses import replace

from erd2dbt.engines.engine import Level, Tested
from erd2dbt.engines.spark import SPARK

DATABRICKS = replace(
    SPARK,
    name="databricks",
    title="Databricks",
    dialect="databricks",
    adapter="dbt-databricks",
    extra="databricks",
    table_settings={"file_format": "delta"},
    on_run_start="set ansi_mode = true",
    measured_on="spark",
    profile="profiles/databricks.yml.jinja",
    tested=Tested(level=Level.COMPILED, when="2026-12", versions="dbt-databricks 1.11.8"),
)
