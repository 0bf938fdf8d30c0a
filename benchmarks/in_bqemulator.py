"""A project built by dbt on bqemulator, an emulator of BigQuery; run by `emulated.py` in an environment of its own.

Usage: `python in_bqemulator.py ORDER.json`. The order is that of `in_fakesnow.py`. Prints what dbt prints, and has its
exit code. With `serve PORT` instead, it is the emulator itself.
"""

from __future__ import annotations

import csv
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

PROJECT = "shop"
_PATIENCE = 60  # seconds until the emulator answers


def serve(port: str) -> None:
    """Without DuckDB's extension for geography, which it downloads at its start and refuses to run without."""
    from bqemulator.cli import main
    from bqemulator.storage.engine import DuckDBEngine

    DuckDBEngine._load_spatial = lambda self: None
    main(["start", "--rest-port", port, "--grpc-port", "0", "--project", PROJECT, "--log-level", "error"])


def ordered(file: Path) -> int:
    order = json.loads(file.read_text(encoding="utf-8"))
    port = free_port()
    emulator = subprocess.Popen([sys.executable, __file__, "serve", str(port)], stdout=subprocess.DEVNULL)
    try:
        wait_for(port, emulator)
        endpoint = f"http://127.0.0.1:{port}"
        session = bigquery.Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": endpoint})
        load(session, order["schema"], order["tables"])
        code = build(order, endpoint)
        for model, columns in order["asked"].items() if code == 0 else ():
            answer = session.query(f"select {', '.join(columns)} from `{PROJECT}.analytics.{model}`").result()
            with (Path(order["place"]) / f"{model}.csv").open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines).writerows([columns, *(row.values() for row in answer)])
        return code
    finally:
        emulator.terminate()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(port: int, emulator: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while emulator.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("the emulator does not start")


def load(session: Any, schema: str, tables: dict[str, Any]) -> None:
    for dataset in (schema, "analytics"):
        session.create_dataset(dataset)
    how = bigquery.LoadJobConfig(source_format="CSV", skip_leading_rows=1, write_disposition="WRITE_APPEND")
    for name, (path, types) in tables.items():
        table = f"{PROJECT}.{schema}.{name}"
        columns = ", ".join(f"{column} {type_}" for column, type_ in types.items())
        session.query(f"create table `{table}` ({columns})").result()
        with Path(path).open("rb") as file:
            session.load_table_from_file(file, table, job_config=how).result()


def build(order: dict[str, Any], endpoint: str) -> int:
    target = {
        "type": "bigquery",
        "method": "oauth-secrets",
        "token": "none",
        "project": PROJECT,
        "dataset": "analytics",
        "threads": 1,
        "api_endpoint": endpoint,
    }
    profiles = {order["profile"]: {"target": "dev", "outputs": {"dev": target}}}
    folder = Path(order["place"])
    (folder / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")  # JSON is YAML
    dbt = [str(Path(sys.executable).parent / "dbt"), "--no-use-colors", "build"]
    words = [*dbt, "--project-dir", order["project"], "--profiles-dir", str(folder)]
    return subprocess.run(words, env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(serve(sys.argv[2]) if sys.argv[1] == "serve" else ordered(Path(sys.argv[1])))
