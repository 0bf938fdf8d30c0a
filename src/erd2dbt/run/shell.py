"""A PostgreSQL shell on what was built in a project's folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.run.connection import Connection
from erd2dbt.run.postgres_embedded import cache_folder, client_program, serve


def open_shell(folder: Path, *, sql: str | None, url_only: bool, say: Callable[[str], None]) -> int:
    """Serves the data of `folder` and runs psql on it; the exit code of psql. E707 when nothing was built there."""
    cache = cache_folder(_project(folder), folder)
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


def _environment(connection: Connection) -> dict[str, str]:
    # by variables: everybody on this machine can read the words of a command
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
        message=f"nothing was built in `{folder}` on the embedded PostgreSQL yet",
        fixes=(f"run `erd2dbt build <spec> -o {folder}`",),
    )
