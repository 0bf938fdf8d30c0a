"""Real schemas, read where `ERD2DBT_CORPUS` says they are: never a part of this project. Without it, tests skip."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.pipelines.drafting import WRITERS, drafted
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import client_program

if TYPE_CHECKING:
    pass

CORPUS = Path(os.environ.get("ERD2DBT_CORPUS", "no corpus"))
needed = pytest.mark.skipif(not CORPUS.is_dir(), reason="ERD2DBT_CORPUS names no folder of schemas")

# Schemas whose own notation is no SQL. The tables of `dariah_unr.dbml` are not those of its database: Prisma writes the
# names of its client into DBML.
NOTATIONS = {"simplebank": "simplebank/db.dbml", "dariah_unr.dbml": "dariah_unr/schema.dbml"}
WITHOUT_TABLES = ("dariah_unr.dbml",)


def text(name: str) -> str:
    """A file of the corpus."""
    return (CORPUS / name).read_bytes().decode("utf-8", "replace")


def notation(name: str) -> str:
    """The schema in its own notation."""
    return text(NOTATIONS[name]) if name in NOTATIONS else script(name)


def script(name: str) -> str:
    """The SQL of a schema, its files one after the other, with the repairs that it needs to be run."""
    steps = json.loads(text(f"{name}/load.json"))["steps"]
    parts = []
    for step in (step for step in steps if step.get("sql", "").endswith(".sql") and "prelude" not in step["sql"]):
        part = text(f"{name}/{step['sql']}")
        for pattern, by in step.get("replace", []):
            part = re.sub(pattern, by, part)
        part = part.replace("SET CLIENT_ENCODING=latin1;", "")  # of text that is UTF-8
        parts.append(re.sub(r"(?i) not valid(\s+on delete cascade)", r"\1 NOT VALID", part))  # a repair that broke it
    return "\n".join(parts)


def spec_of(name: str) -> str:
    """The text of a spec, drafted from the schema in its own notation; no line of it is written by hand."""
    return drafted(notation(name).encode(), f"{name}.sql", infer_keys=True)[1]


def loaded(name: str, server: Connection) -> Connection:
    """A database with the schema and its rows, made by the corpus's own loader; else its empty tables."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")  # all of them share the server
    found = replace(server, dbname=f"corpus_{name.replace('.', '_')}{worker}")
    if name not in WITHOUT_TABLES:
        _load(name, found)
        return found
    with connect(server) as session:
        session.autocommit = True
        session.cursor().execute(f"drop database if exists {found.dbname}")
        session.cursor().execute(f"create database {found.dbname}")
    run(found, WRITERS["ddl"](drafted(notation(name).encode(), f"{name}.dbml", infer_keys=True)[0]), CORPUS)
    return found


def _load(name: str, into: Connection) -> None:
    program = f"import load; load.load({name!r}, db={into.dbname!r}, verbose=False)"
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=CORPUS,
        env={**os.environ, "CORPUS_PGHOST": into.host, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
    )


def run(connection: Connection, sql: str, folder: Path) -> None:
    """As psql runs it, in this database; a statement that fails is passed over."""
    sql = re.sub(r"(?m)^\\connect .*$", "", sql)
    program = client_program()
    assert program is not None
    command = [str(program), "-X", "-q", "-v", "ON_ERROR_STOP=0", "-d", connection.url]
    subprocess.run(command, input=sql.encode(), capture_output=True, check=True, cwd=folder, timeout=120,
                   env={**os.environ, "PGCLIENTENCODING": "UTF8"})  # fmt: skip


def rows(connection: Connection, sql: str) -> list[tuple[object, ...]]:
    with connect(connection) as session, session.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def one_value(connection: Connection, sql: str) -> object:
    ((value,),) = rows(connection, sql)
    return value
