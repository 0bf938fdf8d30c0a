"""Sessions on a folder of an embedded ClickHouse, with the interface of PostgreSQL's driver; the seam to its client.

Only one process at a time may have a folder open, and dbt is another process. A session therefore opens the folder for
each query.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.engines.registry import Missing, is_installed, not_installed
from erd2dbt.run.connection import SqlError
from erd2dbt.run.cursor import Answer, Cursor

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

FOLDER = "ERD2DBT_CLICKHOUSE"
SERVER = "CLICKHOUSE_HOST"  # a server of the user's, which the generated profile reads
_EXTRA = "pip install 'erd2dbt[chdb]'"
SETTINGS = {"session_timezone": "UTC", "join_use_nulls": 1}  # as in the generated profile
_TEXT = re.compile(r"DB::Exception: (.*?)(?: In scope .*|: while executing .*)?(?: \([A-Z_]+\))?\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickHouseFolder:
    """A folder with all tables of an embedded ClickHouse, and the schema in which dbt builds."""

    path: Path
    schema: str = "analytics"

    @property
    def masked_url(self) -> str:
        """The address for display."""
        return str(self.path)

    def environment(self) -> dict[str, str]:
        """The variables that a generated profiles.yml reads by `env_var`, and the folder that replaces the server."""
        return {FOLDER: str(self.path.absolute()), SERVER: "embedded", "ERD2DBT_SCHEMA": self.schema}


def folder_of(folder: Path, project: str) -> ClickHouseFolder:
    """Return the tables of a project in its folder."""
    return ClickHouseFolder(path=folder / f"{project}.chdb")


def has_server() -> bool:
    """Return whether the environment names a server for the generated profile."""
    return SERVER in os.environ


def require_local() -> None:
    """Raise ErdError E708 with what to install, if an embedded ClickHouse cannot start."""
    found = {CLICKHOUSE.adapter: is_installed(CLICKHOUSE)}
    found |= {package: find_spec(package) is not None for package in ("chdb", "clickhouse_connect")}
    missing = [Missing(name.replace("_", "-"), _EXTRA) for name, is_there in found.items() if not is_there]
    if missing:
        server = (
            f"or name a server: by {SERVER} and the other variables of profiles.yml, or by `--target` and "
            "`--profiles-dir`"
        )
        raise not_installed(CLICKHOUSE, missing, server)


@contextmanager
def opened(path: Path | None) -> Iterator[Client]:
    """Open a client, on a folder or in memory. Its errors are SqlError. Raises ErdError E708."""
    require_local()
    import clickhouse_connect
    from clickhouse_connect.driver.exceptions import Error

    place = {"path": str(path.absolute())} if path is not None else {}
    try:
        client = clickhouse_connect.get_client(interface="chdb", settings=SETTINGS, **place)
        try:
            yield client
        finally:
            client.close()
    except Error as error:
        raise SqlError(error_text(error)) from None


def error_text(error: BaseException) -> str:
    """Return ClickHouse's message without its code, the query and the name of the error."""
    text = str(error).strip()
    found = _TEXT.search(text)
    return " ".join((found[1] if found else text).split()) or type(error).__name__


@dataclass(frozen=True, slots=True)
class FolderSession:
    """A session that only reads."""

    path: Path

    def cursor(self) -> Cursor:
        return Cursor(self._answer)

    def _answer(self, statements: Sequence[str]) -> Answer:
        """Return the result of a query, in a new client."""
        with opened(self.path) as client:
            for statement in statements[:-1]:
                client.command(statement)
            answer = client.query(statements[-1])
            return answer.column_names, [tuple(row) for row in answer.result_rows]
