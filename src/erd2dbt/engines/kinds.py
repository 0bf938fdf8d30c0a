"""Kinds of types, as the signatures of measured calls name them."""

from __future__ import annotations

from erd2dbt.datatypes.postgres import canonical, family

BARE = "bare "  # before `numeric` as the type of a cast, when its digits are unknown


def kind_of(type_: str | None) -> str:
    """The kind of a PostgreSQL type in signatures. Types whose values behave the same have one kind."""
    name = canonical(type_ or "")
    if name is None:
        return type_ or "unknown"
    if name.endswith("[]"):
        return f"{kind_of(name.removesuffix('[]'))}[]"
    kind = family(name)
    if kind == "timestamp" and name.endswith("with time zone"):
        return "timestamptz"
    if kind == "text" and name.startswith(("character(", "bpchar")):
        return "char"
    return name if kind in ("other", "json") else kind


def cast_kind(type_: str) -> str:
    """The kind of a cast's target type."""
    found = kind_of(type_)
    return BARE + found if canonical(type_) == "numeric" else found
