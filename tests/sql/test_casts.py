"""A cast says the type that it is told, in words that are read back."""

from __future__ import annotations

import pytest
import sqlglot

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import column

KEPT = [
    "integer", "numeric(12,2)", "character varying(20)", "bit(3)", "timestamp(3) with time zone", "character(3)[]",
    "cidr[]", "tsvector[]", "pg_lsn", "xid8", "int4multirange", "box", "money", "bit varying(8)", "bit varying(8)[]",
]  # fmt: skip
OWN = ["mood", "floatrange[]", '"char"', '"Sales Dept"."Pair"[]', "sales.pair"]


@pytest.mark.parametrize("name", [*KEPT, *OWN])
def test_a_cast_is_to_the_very_type(name: str) -> None:
    written = sql.cast(column("a"), name).sql(dialect="postgres")
    (read,) = sqlglot.parse_one(f"select {written}", dialect="postgres").expressions
    assert read.sql(dialect="postgres") == written
    said = written.removeprefix("CAST(a AS ").removesuffix(")")
    assert (canonical(said) or said) == name
