"""Translates Prisma's types, and database types after `@db.`, to PostgreSQL's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.dialects.types import meaning
from erd2dbt.read.prisma.grammar import Call
from erd2dbt.read.relational.values import Type

# The type that `prisma migrate` creates in PostgreSQL, without `@db.`.
SCALARS: Mapping[str, str] = {
    "String": "text", "Boolean": "boolean", "Int": "integer", "BigInt": "bigint", "Float": "double precision",
    "Decimal": "numeric(65,30)", "DateTime": "timestamp(3)", "Json": "jsonb", "Bytes": "bytea",
}  # fmt: skip
_NATIVE = {"doubleprecision": "double precision"}
_UNSIGNED = re.compile(r"unsigned(\w+)")


def type_of(scalar: str, native: Call | None, dialect: Dialect) -> Type | None:
    """Return the PostgreSQL type of a column; None if the type is not one of Prisma's."""
    if native is None:
        plain = SCALARS.get(scalar)
        return Type(name=plain) if plain else None
    name = native.name.partition(".")[2].lower()
    name = _NATIVE.get(name, _UNSIGNED.sub(r"\1 unsigned", name))
    numbers = ",".join(str(value) if isinstance(value, str) else value.name for value in native.arguments.values()
                       if isinstance(value, str | Call))  # fmt: skip
    written = Type(name=name, modifier=f"({numbers})" if numbers else "")
    meant = None if dialect.is_postgres else meaning(written, dialect.types)
    if meant is not None:
        return Type(name=meant)
    return written
