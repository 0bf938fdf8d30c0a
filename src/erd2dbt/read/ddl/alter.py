"""Reads ALTER TABLE, action by action. Actions that change no column and no key are ignored, and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from erd2dbt.read.ddl.constraints import STORAGE, column_of, constraint, generated, is_constraint
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.ddl.tables import add_column, inherit
from erd2dbt.read.relational.values import Column, Table

_NO_DEFINITION = frozenset("owner enable disable cluster replica set reset force of".split())
_NOTHING = "a change of no column and no key"
_USING = "how old values are converted"


def alter_table(script: Script, cursor: Cursor) -> str | None:
    """Read the words after ALTER TABLE."""
    may_be_gone = cursor.take("if", "exists")
    cursor.take("only")
    ahead = cursor.part(cursor.words[cursor.at :])
    id_ = ahead.known(script.found.tables, script.views, script.temporary)
    ahead.take("*")
    is_known = any(id_ in some for some in (script.found.tables, script.views, script.temporary))
    if not is_known and (may_be_gone or _all_drop(ahead)):
        return "alter table"
    if not is_known and not ahead.take("set", "schema") and ahead.peek() in _NO_DEFINITION:
        return "alter table"
    table = script.table(cursor)
    cursor.take("*")
    if table is None:
        return "alter table"
    for part in cursor.rest():
        _action(script, table, part)
    return None


def _all_drop(ahead: Cursor) -> bool:
    """Return whether all actions are drops, as pg_dump --clean writes them before it creates anything."""
    at = ahead.at
    drops = all(
        part.peek() in ("drop", "detach") or any(part.peek(place) == "drop" for place in (2, 3))
        for part in ahead.rest()
    )
    ahead.at = at
    return drops


def _action(script: Script, table: Table, part: Cursor) -> None:
    if act := next((act for words, act in _ACTIONS.items() if part.take(*words.split())), None):
        act(script, table, part)
    elif part.peek() in ("attach", "detach") and part.peek(1) == "partition":
        _attach(script, table, part)
    elif part.peek() in _NO_DEFINITION or part.take("no", "force"):
        _ignore_all(part, _NOTHING)
    else:
        part.refuse("an action")


def _set_schema(script: Script, table: Table, part: Cursor) -> None:
    moved(script, table, (part.name(), table.name))


def _validate(script: Script, table: Table, part: Cursor) -> None:
    if doubt := script.doubted.pop((table.id, part.name()), None):
        script.found.seen.remove(doubt)


def _alter_constraint(_script: Script, _table: Table, part: Cursor) -> None:
    _ignore_all(part, _NOTHING)


def _ignore_all(part: Cursor, why: str) -> None:
    begun, part.at = part.at, len(part.words)
    part.ignore(why, begun)


def _attach(script: Script, table: Table, part: Cursor) -> None:
    attached = part.word().text == "attach"
    part.want("partition")
    other = script.table(part)
    if other is not None:
        if attached and other.columns.keys() != table.columns.keys():
            raise NotReadError(f"the columns of `{other.name}` are not those of `{table.name}`", part.here)
        other.partition_of = table.id if attached else None
    _ignore_all(part, "which rows a partition has")


def _disinherit(script: Script, table: Table, part: Cursor) -> None:
    parent = part.known(script.found.tables)
    table.inherits = tuple(one for one in table.inherits if one != parent)


def _add(script: Script, table: Table, part: Cursor) -> None:
    if is_constraint(part):
        constraint(script, table, part)
        return
    if table.partition_of:
        raise NotReadError(f"`{table.name}` is a partition, which has the columns of its table", part.here)
    part.take("column")
    if part.take("if", "not", "exists") and part.more and part.words[part.at].text in table.columns:
        _ignore_all(part, "a column that already exists")
        return
    add_column(script, table, part)


def _alter(script: Script, table: Table, part: Cursor) -> None:
    part.take("column")
    _alter_column(script, column_of(table, part.name(), part), part)


def _alter_column(script: Script, column: Column, part: Cursor) -> None:
    if part.take("set", "not", "null"):
        column.not_null = True
    elif part.take("drop", "not", "null"):
        column.not_null = False
    elif part.take("type") or part.take("set", "data", "type"):
        column.type = script.typed(part.type(), part)
        if part.peek() in ("collate", "using"):
            _ignore_all(part, _USING)
    elif part.take("add"):
        generated(column, part)
    elif part.peek() in ("set", "drop", "reset", "restart", "options"):
        column.is_counted = column.is_counted or [part.peek(n) for n in range(3)] == ["set", "default", "nextval"]
        _ignore_all(part, STORAGE if part.peek(1) in ("statistics", "storage", "compression", "(") else _NOTHING)


def drop(script: Script, table: Table, part: Cursor) -> None:
    if part.take("constraint"):
        drop_constraint(script, table, part)
        return
    part.take("column")
    may_be_gone = part.take("if", "exists")
    place, name = part.here, part.name()
    part.take_one("cascade", "restrict")
    if name not in table.columns and not may_be_gone:
        raise NotReadError(f"`{table.name}` has no column `{name}`", place)
    table.columns.pop(name, None)
    table.key = () if name in table.key else table.key
    table.uniques = [one for one in table.uniques if name not in one]
    table.references = [one for one in table.references if name not in one.columns]
    table.rules = [one for one in table.rules if name not in one.said.columns]


def drop_constraint(script: Script, table: Table, part: Cursor) -> None:
    may_be_gone = part.take("if", "exists")
    place, name = part.here, part.name()
    part.take_one("cascade", "restrict")
    if (table.id, name) not in script.named and not may_be_gone:
        raise NotReadError(f"`{table.name}` has no constraint `{name}` before it", place)
    kind, what = script.named.pop((table.id, name), ("", None))
    if doubt := script.doubted.pop((table.id, name), None):
        script.found.seen.remove(doubt)
    if kind == "key":
        table.key = ()
    elif kind == "unique":
        table.uniques = [one for one in table.uniques if one != what]
    elif kind == "reference":
        table.references = [one for one in table.references if one is not what]
    elif kind == "check":
        table.rules = [one for one in table.rules if one is not what]
    elif kind == "null" and isinstance(what, str):
        table.columns[what].not_null = False


def rename(script: Script, table: Table, part: Cursor) -> None:
    if part.take("constraint"):
        old = part.name()
        part.want("to")
        new = part.name()
        for known in (script.named, script.doubted):
            if (table.id, old) in known:
                known[table.id, new] = known.pop((table.id, old))  # type: ignore[assignment]
        return
    if part.take("to"):
        moved(script, table, (table.schema, part.name()))
        table.spelling = part.written
        return
    part.take("column")
    old = part.name()
    part.want("to")
    new = part.name()
    column_of(table, old, part)
    renamed_column(script, table, old, new, part.written)


def renamed_column(script: Script, table: Table, old: str, new: str, spelling: str | None) -> None:
    def names(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in given)

    table.columns = {
        new if name == old else name: replace(column, name=new, spelling=spelling) if name == old else column
        for name, column in table.columns.items()
    }
    table.key, table.uniques = names(table.key), [names(one) for one in table.uniques]
    for rule in table.rules:
        rule.said = rule.said.renamed({old: new})
    script.indexes = {
        index: (of, names(columns) if of == table.id else columns) for index, (of, columns) in script.indexes.items()
    }
    for reference in table.references:
        reference.columns = names(reference.columns)
    for other in script.found.tables.values():
        for reference in other.references:
            if reference.table == table.id:
                reference.to = names(reference.to)


def moved(script: Script, table: Table, id_: tuple[str, str]) -> None:
    """Rename a table. References to it follow."""
    old = table.id
    table.schema, table.name = id_
    script.found.tables = {(one.schema, one.name): one for one in script.found.tables.values()}
    script.indexes = {
        ((id_[0], name) if of == old else (schema, name)): (id_ if of == old else of, columns)
        for (schema, name), (of, columns) in script.indexes.items()
    }
    script.named = {((id_ if of == old else of), name): what for (of, name), what in script.named.items()}
    script.doubted = {((id_ if of == old else of), name): what for (of, name), what in script.doubted.items()}
    for other in script.found.tables.values():
        other.partition_of = id_ if other.partition_of == old else other.partition_of
        for reference in other.references:
            reference.table = id_ if reference.table == old else reference.table


# If two patterns begin alike, the longer one comes first.
_ACTIONS: Mapping[str, Callable[[Script, Table, Cursor], None]] = {
    "add": _add,
    "alter constraint": _alter_constraint,
    "alter": _alter,
    "drop": drop,
    "rename": rename,
    "set schema": _set_schema,
    "validate constraint": _validate,
    "inherit": inherit,
    "no inherit": _disinherit,
}
