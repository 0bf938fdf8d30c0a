"""A probe's expression and its types in the words of an engine, as the product prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from erd2dbt.engines.engine import Engine
from erd2dbt.engines.kinds import kind_of
from erd2dbt.engines.lowering import Columns, converted, lowered, typed
from erd2dbt.engines.measured import Measured
from erd2dbt.sql.expression import cast as postgres_cast
from erd2dbt.sql.inference import wanted
from erd2dbt.sql.layout import one_line as text_of
from erd2dbt.sql.spelling import spelled_for
from probing.table import Probe

DIGITS = "numeric(38,6)"  # what a number without digits of its own is compared as
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")


def contracted(probe: Probe) -> str | None:
    """The type that a contract would name for the probe's value, where it is a number."""
    found = probe.type
    if found is None or found.partition("(")[0] not in _NUMBERS:
        return None
    exact = wanted(probe.tree, probe.table.type_of) or found
    return DIGITS if exact == "numeric" else exact


def in_postgres(probe: Probe) -> str:
    to = contracted(probe)
    return text_of(postgres_cast(probe.tree, to) if to else probe.tree)


def with_rules(engine: Engine, rules: Mapping[str, Measured]) -> Engine:
    """The engine with these rules in place of its list."""
    made = replace(engine)
    made.__dict__["rules"] = dict(rules)
    return made


def printed(engine: Engine, probe: Probe, *, is_cast: bool = True) -> str:
    """With `is_cast` of the type that a contract would name. UnmeasuredError where no rule says how."""
    if engine.is_language:
        return in_postgres(probe)
    types = {name: typed(engine, type_) for name, type_ in zip(probe.table.columns, probe.table.types, strict=True)}
    made = lowered(probe.tree, engine, Columns(probe.table.type_of, lambda column: types.get(column.name)))
    to = contracted(probe) if is_cast else None
    with spelled_for(engine.spelling):
        if to is None:
            return text_of(made.tree)
        return text_of(converted(made.tree, typed(engine, to), engine, kind_of(probe.type)))
