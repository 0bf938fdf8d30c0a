"""Opens an SQL shell on the database that was built in a project's folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from erd2dbt.escape.shell import word
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.summary import table
from erd2dbt.run.clickhouse.session import ClickHouseFolder, FolderSession, folder_of
from erd2dbt.run.connection import Connection, SqlError
from erd2dbt.run.duckdb.loading import file_of
from erd2dbt.run.duckdb.session import DuckDBFile, FileSession
from erd2dbt.run.postgres_embedded import cache_folder, client_program, serve
from erd2dbt.run.spark.session import LakeSession, SparkFolder, lake_of, opened, require_local


def open_shell(folder: Path, *, sql: str | None, url_only: bool, say: Callable[[str], None]) -> int:
    """Open psql on the embedded server, or the shell of DuckDB, Spark or ClickHouse, for a folder. Returns its exit
    code.

    Raises E707 if nothing was built there.
    """
    project = _project(folder)
    file = file_of(folder, project)
    if file.path.exists():
        return _open_duckdb(file, sql=sql, path_only=url_only, say=say)
    lake = lake_of(folder, project)
    if lake.path.exists():
        return _open_spark(lake, sql=sql, path_only=url_only, say=say)
    tables = folder_of(folder, project)
    if tables.path.exists():
        return _open_clickhouse(tables, sql=sql, path_only=url_only, say=say)
    cache = cache_folder(project, folder)
    if not cache.exists():
        raise ErdError([_nothing(folder)])
    with serve(cache) as connection:
        program = client_program() or shutil.which("psql")
        if url_only or program is None:
            say(connection.url)
            say("serving until Ctrl-C")
            while True:
                time.sleep(3600)
        command = [str(program), *(["-c", sql] if sql is not None else [])]
        return subprocess.run(command, env=_environment(connection), check=False).returncode  # noqa: S603


def _open_duckdb(file: DuckDBFile, *, sql: str | None, path_only: bool, say: Callable[[str], None]) -> int:
    """Open DuckDB's shell if it is installed, otherwise print the command. A single statement runs without the
    shell."""
    if sql is not None:
        cursor = FileSession(file.path).cursor()
        try:
            cursor.execute(f"use {file.schema}", sql)
        except SqlError as error:
            raise ErdError([Diagnostic(code="E707", message=f"DuckDB refuses it: {error}")]) from None
        say(table([head.name for head in cursor.description or ()], cursor.fetchall()))
        return 0
    program = shutil.which("duckdb")
    if path_only or program is None:
        if not path_only:
            say("DuckDB's shell is not installed. Ask one query with `-c SQL`, or install the shell and run:")
        say(str(file.path) if path_only else f"duckdb {word(str(file.path))}")
        return 0
    return subprocess.run([program, str(file.path)], check=False).returncode  # noqa: S603


def _open_spark(lake: SparkFolder, *, sql: str | None, path_only: bool, say: Callable[[str], None]) -> int:
    """Print the command of Spark's shell, with the settings of the tables. A single statement runs without the
    shell."""
    require_local()
    if sql is not None:
        try:
            with opened(lake.settings()) as session:
                cursor = LakeSession(session).cursor()
                cursor.execute(f"use {lake.schema}", sql)
        except SqlError as error:
            raise ErdError([Diagnostic(code="E707", message=f"Spark refuses it: {error}")]) from None
        say(table([head.name for head in cursor.description or ()], cursor.fetchall()))
        return 0
    settings = " ".join(f"--conf {word(f'{name}={value}')}" for name, value in lake.settings().items())
    say(str(lake.path) if path_only else f"spark-sql --database {lake.schema} {settings}")
    return 0


def _open_clickhouse(tables: ClickHouseFolder, *, sql: str | None, path_only: bool, say: Callable[[str], None]) -> int:
    """Print the command of ClickHouse's shell. A single statement runs without the shell."""
    if sql is not None:
        cursor = FolderSession(tables.path).cursor()
        try:
            cursor.execute(f"use {tables.schema}", sql)
        except SqlError as error:
            raise ErdError([Diagnostic(code="E707", message=f"ClickHouse refuses it: {error}")]) from None
        say(table([head.name for head in cursor.description or ()], cursor.fetchall()))
        return 0
    path = str(tables.path)
    say(path if path_only else f"clickhouse local --path {word(path)} --database {tables.schema}")
    return 0


def _environment(connection: Connection) -> dict[str, str]:
    # as variables: all users of this machine can read the arguments of a command
    return {**os.environ, **connection.environment(), "PGOPTIONS": f"-c search_path={connection.schema},public"}


def _project(folder: Path) -> str:
    try:
        text = (folder / "dbt_project.yml").read_text(encoding="utf-8")
    except OSError:
        raise ErdError([_nothing(folder)]) from None
    found = re.search(r"^name:\s*['\"]?(\w+)", text, re.MULTILINE)
    if found is None:
        raise ErdError([_nothing(folder)])
    return found[1]


def _nothing(folder: Path) -> Diagnostic:
    return Diagnostic(
        code="E707",
        message=f"nothing was built in `{folder}` on the embedded database yet",
        fixes=(f"run `erd2dbt build <spec> -o {folder}`",),
    )
