"""The state of the last load into a database, stored in it, so that only changed data is loaded again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MEMORY = """
create schema if not exists erd2dbt_meta;
create table if not exists erd2dbt_meta.loaded (
    schema_name text,
    table_name text,
    columns text not null,
    file text not null,
    size bigint not null,
    modified bigint not null,
    sha256 text not null,
    rows bigint not null,
    primary key (schema_name, table_name)
);
"""
_REMEMBER = """
insert into erd2dbt_meta.loaded values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (schema_name, table_name) do update set
    (columns, file, size, modified, sha256, rows)
    = (excluded.columns, excluded.file, excluded.size, excluded.modified, excluded.sha256, excluded.rows)
"""
_RECALL = """
select columns, file, size, modified, sha256, rows
from erd2dbt_meta.loaded
where schema_name = %s and table_name = %s
"""
_ONE_LOADER = 0x65726433  # the advisory lock during a load


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """Columns and types as text; and a file by its path, size, time of change (ns) and content."""

    columns: str
    file: str
    size: int
    modified: int
    sha256: str
    rows: int = 0

    def same_file(self, other: Loading) -> bool:
        mine, others = (self.file, self.size, self.modified), (other.file, other.size, other.modified)
        return self.columns == other.columns and mine == others

    def same_content(self, other: Loading) -> bool:
        return self.columns == other.columns and self.sha256 == other.sha256


def open_memory(cursor: Any) -> None:
    """Create the table with the state. Until the transaction ends, no other process loads into this database."""
    cursor.execute("select pg_advisory_xact_lock(%s)", [_ONE_LOADER])
    cursor.execute(_MEMORY)


def recall(cursor: Any, schema: str, table: str) -> Loading | None:
    cursor.execute(_RECALL, [schema, table])
    names = ("columns", "file", "size", "modified", "sha256", "rows")
    row = cursor.fetchone()
    return Loading(**dict(zip(names, row, strict=True))) if row else None


def remember(cursor: Any, schema: str, table: str, done: Loading) -> None:
    values = [done.columns, done.file, done.size, done.modified, done.sha256, done.rows]
    cursor.execute(_REMEMBER, [schema, table, *values])


def of_file(file: Path | None, columns: Sequence[tuple[str, str]], known: Loading | None) -> Loading:
    """Return the current state of a file (None: no rows). If its stored state is current, the file is not read. Raises
    OSError."""
    words = json.dumps(columns, ensure_ascii=False)
    if file is None:
        return Loading(columns=words, file="", size=0, modified=0, sha256="")
    about = file.stat()
    now = Loading(columns=words, file=str(file.resolve()), size=about.st_size, modified=about.st_mtime_ns, sha256="")
    if known is not None and now.same_file(known):
        return known
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Loading(columns=words, file=now.file, size=now.size, modified=now.modified, sha256=digest)
