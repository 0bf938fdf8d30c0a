"""A folder of well-known public schemas, where there is one: `ERD2DBT_CORPUS` names it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from erd2dbt.run.connection import Connection
from erd2dbt.run.postgres_embedded import client_program

CORPUS = Path(os.environ.get("ERD2DBT_CORPUS", "no corpus"))
needed = pytest.mark.skipif(not CORPUS.is_dir(), reason="ERD2DBT_CORPUS names no folder of schemas")


def text(name: str) -> str:
    """A file of the corpus."""
    return (CORPUS / name).read_bytes().decode("utf-8", "replace")


def script(name: str) -> str:
    """The SQL of a schema, its files one after the other, with the repairs that it needs to be run."""
    steps = json.loads(text(f"{name}/load.json"))["steps"]
    parts = []
    for step in (step for step in steps if "sql" in step and not step["sql"].endswith(".gz")):
        part = text(f"{name}/{step['sql']}")
        for pattern, by in step.get("replace", []):
            part = re.sub(pattern, by, part)
        parts.append(part.replace("SET CLIENT_ENCODING=latin1;", ""))  # of text that is UTF-8
    return re.sub(r"NOT VALID (ON DELETE CASCADE)", r"\1 NOT VALID", "\n".join(parts))  # as PostgreSQL has it


def run(connection: Connection, sql: str, folder: Path) -> None:
    """As psql runs it, in this database; a statement that fails is passed over."""
    sql = re.sub(r"(?m)^\\connect .*$", "", sql)
    program = client_program()
    assert program is not None
    command = [str(program), "-X", "-q", "-v", "ON_ERROR_STOP=0", "-d", connection.url]
    subprocess.run(command, input=sql.encode(), capture_output=True, check=True, cwd=folder, timeout=120,
                   env={**os.environ, "PGCLIENTENCODING": "UTF8"})  # fmt: skip
