"""Runs turbovault4dbt without its window: a stage, a hub and a satellite of each table.

Usage: `python turbovault.py CLONE SCHEMA`, in an environment with pandas, and in the folder that gets the models.
TurboVault reads which hubs and satellites there are from tables of metadata. They are made here, one hub and one
satellite of each table. Its paths are those of Windows, so that its templates are copied to where Linux finds them.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import sys
from pathlib import Path

_TABLE = re.compile(r"create table (\w+) \(id int primary key, (.*)\);")
_DDL = "metadata_ddl/Snowflake/create_table_statements.sql"
_ROLE = "Target_Role_Primary_Key_Physical_Name"  # read by the code, and not in the statements
_TASKS = ["Stage", "Standard Hub", "Standard Satellite"]


def main(clone: str, schema: str) -> None:
    copy = Path("turbovault").absolute()
    shutil.copytree(Path(clone) / "backend", copy / "backend")
    shutil.copytree(copy / "backend" / "templates", copy / "backend" / "procs" / "sqlite3" / "templates")
    sources = _metadata(Path(clone) / _DDL, Path(schema).read_text(encoding="utf-8"), copy / "metadata.db")
    sys.path.insert(0, str(copy))
    from backend.Database import Database

    config = {
        "db_path": str(copy / "metadata.db"),
        "model_path": "../models/@@GroupName/",
        "hashdiff_naming": "hd_@@SatName",
        "rdv_schema": "rdv",
        "stage_schema": "stg",
    }
    said: list[str] = []

    def say(message: str) -> None:
        said.append(message)

    tool = Database(turboVaultconfigs=config, print2FeedbackConsole=say)
    tool.setTODO(SourceYML=True, Tasks=_TASKS, DBDocs=False, Properties=False, Sources=sources)
    tool.run()
    failed = [line for line in said if line.startswith("Failed")]
    if failed:
        sys.exit(failed[0])
    shutil.rmtree(copy)


def _metadata(ddl: Path, schema: str, place: Path) -> list[str]:
    """Makes the database of metadata, and returns the sources by the names that TurboVault gives them."""
    database = sqlite3.connect(place)
    database.executescript(ddl.read_text(encoding="utf-8"))
    database.execute(f"alter table standard_hub add column {_ROLE}")
    names = []
    for table, columns in _TABLE.findall(schema):
        hub, key = f"{table}_h", f"hk_{table}_h"
        _insert(database, "source_data", table, "raw", table, "raw", table, "'raw'", "raw", "loaded_at", "rdv")
        _insert(database, "standard_hub", hub, hub, table, "id", "id", "1", key, "", "1", "rdv", None)
        for number, column in enumerate(re.findall(r"(?:^|, )(\w+) ", columns)):
            place_of = str(number)
            satellite = (f"{table}_s", f"{table}_n_s", table, column, hub, key, column, place_of, "rdv")
            _insert(database, "standard_satellite", *satellite)
        names.append(f"raw_*-*_{table}")
    database.commit()
    return names


def _insert(database: sqlite3.Connection, table: str, *values: str | None) -> None:
    database.execute(f"insert into {table} values ({', '.join('?' * len(values))})", values)


if __name__ == "__main__":
    main(*sys.argv[1:])
