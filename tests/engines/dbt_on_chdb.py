"""dbt with dbt-clickhouse on a ClickHouse in its own process, in place of a server.

Usage: `python dbt_on_chdb.py FOLDER SQL_FILE QUESTIONS WORD …`. Runs the statements of the file, one a line, then dbt
with the words, then writes the answer of each question (`name<tab>query`, one a line) as `FOLDER/name.json`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(folder: Path, statements: Path, questions: Path, words: list[str]) -> bool:
    import clickhouse_connect
    from dbt.cli.main import dbtRunner

    connect = clickhouse_connect.get_client

    def in_process(*, settings: dict[str, Any], **server: Any) -> Any:
        """The client that dbt asks for, without a server."""
        del server
        own = {name: value for name, value in settings.items() if name != "session_id"}
        return connect(interface="chdb", path=str(folder / "data"), settings=own)

    client = in_process(settings={"session_timezone": "UTC"})
    for statement in statements.read_text(encoding="utf-8").splitlines():
        client.command(statement)
    clickhouse_connect.get_client = in_process
    done = dbtRunner().invoke(words)
    for name, query in (line.split("\t") for line in questions.read_text(encoding="utf-8").splitlines()):
        rows = [[None if cell is None else str(cell) for cell in row] for row in client.query(query).result_rows]
        (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return bool(done.success)


if __name__ == "__main__":
    sys.exit(not main(*map(Path, sys.argv[1:4]), sys.argv[4:]))
