"""The engines by name, and the packages that each one needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from erd2dbt.engines.athena import ATHENA
from erd2dbt.engines.bigquery import BIGQUERY
from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.engines.databricks import DATABRICKS
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.names import DEFAULT_NAME, NAMES
from erd2dbt.engines.postgres import POSTGRES
from erd2dbt.engines.redshift import REDSHIFT
from erd2dbt.engines.snowflake import SNOWFLAKE
from erd2dbt.engines.spark import SPARK
from erd2dbt.engines.trino import TRINO
from erd2dbt.faults.diagnostics import Diagnostic, ErdError

_EACH = (
    POSTGRES,
    DUCKDB,
    SPARK,
    DATABRICKS,
    CLICKHOUSE,
    SNOWFLAKE,
    BIGQUERY,
    REDSHIFT,
    TRINO,
    ATHENA,
)
_ALL = {engine.name: engine for engine in _EACH}
ENGINES = {name: _ALL[name] for name in NAMES}
DEFAULT = ENGINES[DEFAULT_NAME]


def engine_of(name: str | None) -> Engine:
    """The engine with this name; the default engine for None."""
    return DEFAULT if name is None else ENGINES[name]


def is_installed(engine: Engine) -> bool:
    """Whether the dbt adapter of the engine is installed. Imports nothing."""
    name = engine.adapter.removeprefix("dbt-")
    try:
        return find_spec(f"dbt.adapters.{name}") is not None
    except ModuleNotFoundError:
        return False


@dataclass(frozen=True, slots=True)
class Missing:
    """A package or program that is not installed, and how to install it."""

    what: str
    install: str


def require(engine: Engine) -> None:
    """ErdError E708 with the install command, where the adapter is missing."""
    if engine.extra is not None and not is_installed(engine):
        raise not_installed(engine, [Missing(engine.adapter, f"pip install 'erd2dbt[{engine.extra}]'")])


def not_installed(engine: Engine, missing: Sequence[Missing], *others: str) -> ErdError:
    """ErdError E708 with what to install. `others`: alternatives to that."""
    *first, last = dict.fromkeys(one.what for one in missing)
    what = f"{', '.join(first)} and {last}" if first else last
    message = f"the engine `{engine.name}` needs {what}, which {'are' if first else 'is'} not installed"
    fixes = (*dict.fromkeys(one.install for one in missing), *others)
    return ErdError([Diagnostic(code="E708", message=message, fixes=fixes)])
