"""Athena: the SQL of Trino, with tables in Iceberg, whose timestamps have microseconds."""

from __future__ import annotations

from dataclasses import replace

from erd2dbt.engines.engine import Contracts, Level, Tested
from erd2dbt.engines.trino import TRINO

ATHENA = replace(
    TRINO,
    name="athena",
    title="Athena",
    dialect="athena",
    adapter="dbt-athena",
    extra="athena",
    table_settings={"table_type": "iceberg"},
    contracts=Contracts(constraints=frozenset()),
    profile="profiles/athena.yml.jinja",
    tested=Tested(level=Level.COMPILED, when="2026-12", versions="dbt-athena 1.11.1"),
)
