"""The part of `emulators.py` that runs in the emulator's own environment: raw tables, `dbt build`, the rows of models.

Usage: `python emulated.py ENGINE FOLDER`. Writes `answers.json` beside `statements.json` and `models.json`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

Asked = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def snowflake(folder: Path) -> Iterator[Asked]:
    import fakesnow

    names = ("ACCOUNT", "USER", "PASSWORD", "WAREHOUSE")
    os.environ.update({f"SNOWFLAKE_{name}": "invented" for name in names}, SNOWFLAKE_DATABASE="SHOP")
    with fakesnow.patch(nop_regexes=[r"^alter session"]):
        import snowflake.connector

        session = snowflake.connector.connect(database="SHOP", schema="PUBLIC")
        yield lambda sql: list(session.cursor().execute(sql).fetchall())


@contextmanager
def bigquery(folder: Path) -> Iterator[Asked]:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery as client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    program = str(Path(sys.executable).parent / "crucible")
    server = subprocess.Popen([program, "serve", "--dialect", "bigquery", "--port", port])
    place = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{place}/_crucible/health")
        profile = folder / "project" / "profiles.yml"
        local = f"method: oauth-secrets\n      token: invented\n      api_endpoint: {place}"
        profile.write_text(profile.read_text(encoding="utf-8").replace("method: oauth", local), encoding="utf-8")
        os.environ["GOOGLE_CLOUD_PROJECT"] = "shop"
        options = {"api_endpoint": place}
        session = client.Client(project="shop", credentials=AnonymousCredentials(), client_options=options)
        yield lambda sql: [tuple(row.values()) for row in session.query(sql).result()]
    finally:
        server.terminate()
        server.wait()


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


def main(engine: str, folder: Path) -> None:
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    project = str(folder / "project")
    with {"snowflake": snowflake, "bigquery": bigquery}[engine](folder) as asked:
        for statement in json.loads((folder / "statements.json").read_text(encoding="utf-8")):
            asked(statement)
        words = ["build", "--project-dir", project, "--profiles-dir", project, "--threads", "1"]
        done = dbtRunner().invoke(words)
        results = list(done.result or [])
        bad = [one for one in results if str(one.status) not in ("pass", "success", "warn")]
        rows = {}
        for model, columns in json.loads((folder / "models.json").read_text(encoding="utf-8")).items():
            try:
                found = asked(f"select {', '.join(columns)} from analytics.{model}")
                rows[model] = [[None if cell is None else str(cell) for cell in row] for row in found]
            except Exception as error:  # each client has its own; the model counts as different
                print(model, error)
    said = [f"{one.node.name}: {' '.join(str(one.message).split())[:300]}" for one in bad]
    said += [str(done.exception)] if done.exception else []
    answers = {"passed": len(results) - len(bad), "failures": said, "rows": rows}
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
