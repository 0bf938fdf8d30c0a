"""PostgreSQL: the spec language's own system, printed unchanged."""

from __future__ import annotations

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.engines.engine import Engine, Level, Names, Tested

POSTGRES = Engine(
    name="postgres",
    title="PostgreSQL",
    dialect="postgres",
    adapter="dbt-postgres",
    extra=None,
    names=Names(limit=63, in_bytes=True),
    type_of=lambda type_: canonical(type_) or type_,
    profile="profiles.yml.jinja",
    tested=Tested(level=Level.BUILT, when="2026-11", versions="PostgreSQL 18, dbt-postgres 1.11"),
)
