"""Reads statements that several systems have in common, and PostgreSQL does not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from erd2dbt.read.ddl import objects
from erd2dbt.read.ddl.alter import moved
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.dialect import Read
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.ddl.tables import create_table, temporary

PROGRAM = "a program, which is not run"
NOTHING = "no table, key or column"
COUNTED = "how values are counted"
STORAGE = "a setting of storage"
SPREAD = "how rows are spread over partitions"
INDEX = "an index, and no claim"
ENFORCED = "whether and when a constraint is checked"
MASKED = "who may see the values"
_TEMPORARY = ("temporary", "temp", "local temporary", "global temporary", "volatile", "private temporary")


def tables(kinds: Iterable[str] = ()) -> Mapping[str, Read]:
    """Read CREATE [OR REPLACE] [kind] TABLE, for these kinds and for temporary tables."""
    found: dict[str, Read] = {"create or replace table": replace_table, "drop index": drop_index}
    for kind in kinds:
        found |= {f"create {kind} table": create_table, f"create or replace {kind} table": replace_table}
    for kind in _TEMPORARY:
        found |= {f"create {kind} table": temporary, f"create or replace {kind} table": temporary}
    return found


def replace_table(script: Script, cursor: Cursor) -> str | None:
    """Read CREATE OR REPLACE TABLE, which replaces an existing table of that name."""
    ahead = cursor.part(cursor.words[cursor.at :])
    ahead.take("if", "not", "exists")
    script.found.tables.pop(ahead.qualified(), None)
    return create_table(script, cursor)


def use(script: Script, cursor: Cursor) -> str:
    """Read USE: unqualified names belong to that schema."""
    if cursor.take_one("warehouse", "role", "catalog", "secondary"):
        return "use"
    cursor.take_one("schema", "database")
    name = cursor.parts()[-1]
    if cursor.written:
        script.spelled.setdefault(name, cursor.written)
    script.path = (name,)
    return "use"


def drop_index(script: Script, cursor: Cursor) -> str | None:
    """Read DROP INDEX name ON table: its columns are not unique any more."""
    cursor.take("if", "exists")
    at = next((at for at in range(cursor.at, len(cursor.words)) if cursor.words[at].text == "on"), None)
    if at is None:
        return objects.drop_index(script, cursor)
    name = cursor.parts()[-1]
    cursor.want("on")
    table = script.table(cursor)
    if table is None:
        return "drop index"
    _, columns = script.indexes.pop((table.schema, name), (None, ()))
    kind, what = script.named.pop((table.id, name), ("", None))
    gone = columns or (what if kind == "unique" else ())
    table.uniques = [one for one in table.uniques if one != gone]
    return None if gone else "drop index"


def rename_table(script: Script, cursor: Cursor) -> None:
    """Read RENAME TABLE old TO new, …"""
    for part in cursor.rest():
        table = script.table(part)
        part.want("to")
        new = part.qualified()
        if table is not None:
            moved(script, table, new)
            table.spelling = part.written


def if_defined(script: Script, cursor: Cursor) -> str:
    """Read IF: it begins a program. If that defines a table, a part of the diagram may be missing."""
    del script
    words = {word.text for word in cursor.words}
    if "table" in words and words & {"create", "alter"}:
        raise NotReadError("a definition under a condition; put it on a line of its own", cursor.here)
    return "if"
