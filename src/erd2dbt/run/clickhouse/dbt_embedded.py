"""dbt on an embedded ClickHouse, in the process of dbt: dbt-clickhouse itself only knows servers."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from erd2dbt.run.clickhouse.session import FOLDER


def serve() -> None:
    """Replace the client of a server, for which dbt asks in this process. Call it before dbt starts."""
    module: Any = import_module("clickhouse_connect")
    connect = module.get_client
    path = os.environ[FOLDER]

    def embedded(*, settings: dict[str, Any], **server: Any) -> Any:
        del server
        own = {name: value for name, value in settings.items() if name != "session_id"}
        return connect(interface="chdb", path=path, settings=own)

    module.get_client = embedded
