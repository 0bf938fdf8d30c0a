"""A project built by dbt on fakesnow, an emulator of Snowflake; run by `emulated.py` in an environment of its own.

Usage: `python in_fakesnow.py ORDER.json`. The order has `project` and `profile`, `schema`, `tables` (name -> file of
CSV and types by column) and `asked` (model -> columns). `place` is a folder, in which each model's rows are written as
CSV. Prints what dbt prints, and has its exit code.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import fakesnow
import snowflake.connector
from fakesnow.cursor import FakeSnowflakeCursor

DATABASE = "shop"
_TABLE_KEY = re.compile(r",\s*primary key \([^)]*\)")


def main() -> int:
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    logging.disable(logging.INFO)
    take_what_it_lacks()
    with fakesnow.server() as how:
        session = snowflake.connector.connect(**how, database=DATABASE, schema=order["schema"]).cursor()
        load(session, order["tables"])
        code = build(order, how)
        for model, columns in order["asked"].items():
            session.execute(f"select {', '.join(columns)} from {DATABASE}.analytics.{model}")
            with (Path(order["place"]) / f"{model}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([columns, *session.fetchall()])
    return code


def take_what_it_lacks() -> None:
    """What Snowflake accepts and the emulator refuses: temporary tables with a whole name, which dbt's unit tests make,
    become plain ones. A primary key of several columns is left out; neither of the two checks it."""
    execute = FakeSnowflakeCursor.execute

    def taken(self: Any, command: str, *words: Any, **named: Any) -> Any:
        command = command.replace("create or replace temporary table", "create or replace table")
        return execute(self, _TABLE_KEY.sub("", command), *words, **named)

    FakeSnowflakeCursor.execute = taken


def load(session: Any, tables: dict[str, Any]) -> None:
    """As on Snowflake: files are put on a stage and copied into tables."""
    session.execute("create stage files")
    for name, (path, types) in tables.items():
        session.execute(f"create table {name} ({', '.join(f'{column} {type_}' for column, type_ in types.items())})")
        session.execute(f"put file://{path} @files")
        written = "type=csv skip_header=1 field_optionally_enclosed_by='\"'"
        session.execute(f"copy into {name} from @files/{Path(path).name} file_format=({written})")


def build(order: dict[str, Any], how: dict[str, Any]) -> int:
    login = {word: how[word] for word in ("account", "user", "password", "host", "port", "protocol")}
    target = {
        "type": "snowflake",
        **login,
        "database": DATABASE,
        "schema": "analytics",
        "warehouse": "small",
        "threads": 1,
    }
    profiles = {order["profile"]: {"target": "dev", "outputs": {"dev": target}}}
    folder = Path(order["place"])
    (folder / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")  # JSON is YAML
    dbt = [str(Path(sys.executable).parent / "dbt"), "--no-use-colors", "build"]
    words = [*dbt, "--project-dir", order["project"], "--profiles-dir", str(folder)]
    return subprocess.run(words, env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
