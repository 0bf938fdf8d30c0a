"""Type words are read as PostgreSQL itself reads them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import psycopg2
import pytest

from erd2dbt.datatypes.postgres import KNOWN, canonical, closest, family
from erd2dbt.run.connection import connect

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

ENDINGS = ["", "(3)", "(12, 2)", "(0)", "(5,-2)", "(1001)", "(30)", "[]", "[3][]", " array", "(3)[]"]
ENDINGS += [" with time zone", "(3) with time zone", "(9) without time zone", " with time zone[]"]
OTHERS = ["interval day to second", "interval month to year", "pg_catalog.int4", "mood", "string", "void", ""]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("int", "integer"),
        ("INT8", "bigint"),
        ("bigserial", "bigint"),
        ("decimal(12,2)", "numeric(12,2)"),
        ("numeric(5)", "numeric(5,0)"),
        ("float", "double precision"),
        ("float(24)", "real"),
        ("varchar( 20 )", "character varying(20)"),
        ("char", "character(1)"),
        ("bool", "boolean"),
        ("timestamp", "timestamp without time zone"),
        ("timestamp(3)", "timestamp(3) without time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("time  with  time  zone", "time with time zone"),
        ("interval day to second(3)", "interval day to second(3)"),
        ("text[][]", "text[]"),
        ("int array", "integer[]"),
        ("mood", None),
        ("text(5)", None),
        ("int(11)", None),
        ("ratio(a, b)", None),
        ("text" * 1000, None),
    ],
)
def test_canonical(written: str, name: str | None) -> None:
    assert canonical(written) == name


def test_every_spelling_is_what_postgresql_prints(database: Connection) -> None:
    spellings = [word + ending for word, ending in product([*KNOWN, *OTHERS], ENDINGS)]
    with connect(database) as session:
        session.autocommit = True
        cursor = session.cursor()
        expected = {spelling: _printed(cursor, spelling) for spelling in spellings}
    assert {spelling: canonical(spelling) for spelling in spellings} == expected
    assert sum(name is not None for name in expected.values()) > 450


def _printed(cursor: psycopg2.extensions.cursor, spelling: str) -> str | None:
    try:
        cursor.execute(f"create temporary table t (c {spelling})")
    except psycopg2.Error:
        return None
    where = "attrelid = 't'::regclass and attname = 'c'"
    cursor.execute(f"select format_type(atttypid, atttypmod) from pg_attribute where {where}")
    (name,) = cursor.fetchone()
    cursor.execute("drop table t")
    return str(name)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("int", "integer"),
        ("bigserial", "integer"),
        ("numeric(12,2)", "numeric"),
        ("real", "float"),
        ("varchar(3)", "text"),
        ("name", "text"),
        ("date", "date"),
        ("timestamptz(3)", "timestamp"),
        ("timestamp(3) without time zone", "timestamp"),
        ("time", "time"),
        ("bool", "boolean"),
        ("jsonb", "json"),
        ("uuid", "uuid"),
        ("bytea", "binary"),
        ("interval day to second(3)", "interval"),
        ("date[]", "array"),
        ("money", "other"),
        ("mood", "other"),
    ],
)
def test_family(written: str, kind: str) -> None:
    assert family(written) == kind


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("string", "text"),
        ("DateTime", "timestamp"),
        ("varchr(20)", "varchar"),
        ("bigin", "bigint"),
        ("int(11)", "int"),
        ("Number(10, 2)", "numeric"),
        ("mood", None),
    ],
)
def test_closest(written: str, nearest: str | None) -> None:
    assert closest(written) == nearest
