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

from erd2dbt.drafting import drafted
from erd2dbt.run.connection import Connection, connect

if TYPE_CHECKING:
    from collections.abc import Mapping

WHERE = os.environ.get("ERD2DBT_CORPUS")
FOLDER = Path(WHERE or "nowhere")
needed = pytest.mark.skipif(not FOLDER.is_dir(), reason="ERD2DBT_CORPUS names no folder of real schemas")

NOTATIONS = {"simplebank": "db.dbml", "dariah_unr": "schema.dbml", "atcoder_novisteps": "schema.sql"}


def spec_of(name: str) -> str:
    """The text of a spec, drafted from the schema in its own notation; no line of it is written by hand."""
    return drafted(notation(name).encode(), NOTATIONS.get(name, f"{name}.sql"), infer_keys=True)[1]


def notation(name: str) -> str:
    """Its DBML, or all of its SQL as it is loaded, without the files that hold only rows."""
    if NOTATIONS.get(name, "").endswith(".dbml"):
        return (FOLDER / name / NOTATIONS[name]).read_text(encoding="utf-8")
    steps = json.loads((FOLDER / name / "load.json").read_text(encoding="utf-8"))["steps"]
    files = [step for step in steps if step.get("sql", "").endswith(".sql") and "prelude" not in step["sql"]]
    return "\n".join(_replaced(FOLDER / name, step) for step in files)


def _replaced(folder: Path, step: Mapping[str, object]) -> str:
    text = (folder / str(step["sql"])).read_text(encoding=str(step.get("encoding", "utf-8")), errors="replace")
    pairs = step.get("replace", [])
    assert isinstance(pairs, list)
    for pattern, new in pairs:
        text = re.sub(pattern, new, text)
    return text


def loaded(name: str, server: Connection) -> Connection:
    """A database with the schema and its rows, made by the corpus's own loader."""
    program = f"import load; load.load({name!r}, db={'corpus_' + name!r}, verbose=False)"
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=FOLDER,
        env={**os.environ, "CORPUS_PGHOST": server.host, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
    )
    return replace(server, dbname=f"corpus_{name}")


def one_value(connection: Connection, sql: str) -> object:
    with connect(connection) as session, session.cursor() as cursor:
        cursor.execute(sql)
        ((value,),) = cursor.fetchall()
        return value
