"""SQL of other systems: plain selects in their dialect, and their types in the spec language."""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialects
from sqlglot.errors import SqlglotError

from erd2dbt.datatypes.postgres import canonical, family

# dbt's name of an adapter where sqlglot's dialect has another.
_DIALECTS = {"fabric": "tsql", "sqlserver": "tsql", "synapse": "tsql", "glue": "spark"}


def dialect_of(kind: str) -> str:
    """sqlglot's dialect for an adapter; standard SQL for an unknown one."""
    name = _DIALECTS.get(kind, kind)
    return name if name in {one.value for one in Dialects} else ""


def in_dialect(text: str, dialect: str) -> str:
    """A PostgreSQL select, with names in double quotes, translated to another dialect."""
    return text if dialect == "postgres" else sqlglot.transpile(text, read="postgres", write=dialect)[0]


@lru_cache(maxsize=4096)
def in_language(type_: str, dialect: str) -> str:
    """A warehouse's type in the spec language; the warehouse's own name where there is none."""
    if dialect == "postgres":
        return canonical(type_) or type_
    try:
        found = exp.DataType.build(type_, dialect=dialect).sql(dialect="postgres")
    except SqlglotError:
        return type_.lower()
    return canonical(found) or found.lower()


@lru_cache(maxsize=4096)
def is_same(type_: str, declared: str, dialect: str) -> bool:
    """Whether a warehouse's type is the declared one there.

    Lengths of texts are ignored, since some warehouses have none. Some have a single type for integers, or for texts.
    """
    found = in_language(type_, dialect)
    if found == declared:
        return True
    if dialect == "postgres":
        return False
    kind, here = family(declared), family(found)
    if kind == "integer" and found.startswith("numeric(") and found.endswith(",0)"):
        return True
    if kind in ("other", "json", "uuid", "time"):
        return here == "text"
    if kind == "numeric" and "numeric" in (declared, found):
        return here == "numeric"
    return here == kind and (kind == "text" or _as_held(declared, dialect) == _as_held(found, dialect))


def _as_held(type_: str, dialect: str) -> str:
    return exp.DataType.build(type_, dialect="postgres").sql(dialect=dialect)
