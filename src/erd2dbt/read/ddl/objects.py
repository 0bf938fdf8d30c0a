"""Reads definitions that affect tables: types, comments, indexes, schemas, and drops.

Each function starts after the first words of its statement. It returns a kind if the diagram shows nothing of it.
"""

from __future__ import annotations

from dataclasses import replace

from erd2dbt.read.ddl.alter import moved
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.relational.values import OwnType, Rule
from erd2dbt.read.text.accounting import DEFAULT
from erd2dbt.sql.checks import check_of

_SORTING = "how an index sorts"
_SOME_ROWS = "unique in some rows only: the spec has no words for it"
_COMPUTED = "what is unique is an expression: the spec has no words for it"
_STORAGE = "a setting of storage"
_STORED = {"using btree|hash": _STORAGE}  # of MySQL, before ON

# -- comments


def comment_on_table(script: Script, cursor: Cursor) -> str | None:
    id_ = cursor.known(script.found.tables, script.views, script.temporary)
    cursor.want("is")
    said = cursor.string() or None
    cursor.end()
    if id_ in script.temporary:
        return "comment on table"
    if id_ not in script.found.tables:
        raise NotReadError(f"there is no table `{'.'.join(id_)}`")
    script.found.tables[id_].description = said
    return None


def comment_on_column(script: Script, cursor: Cursor) -> str | None:
    *table, column = cursor.parts()
    cursor.want("is")
    said = cursor.string() or None
    cursor.end()
    others = (script.views, script.temporary, script.found.types, script.found.opaque)
    id_ = cursor.sought(table or [""], script.found.tables, *others)
    if any(id_ in some for some in others):
        return "comment on column"
    if id_ not in script.found.tables or column not in script.found.tables[id_].columns:
        raise NotReadError(f"there is no column `{'.'.join((*table, column))}`")
    script.found.tables[id_].columns[column].description = said
    return None


# -- types


def create_type(script: Script, cursor: Cursor) -> str | None:
    schema, name = cursor.qualified()
    if not cursor.take("as", "enum"):
        script.found.opaque.add((schema, name))
        return "create type"
    values = tuple(part.string() or "" for part in cursor.listed())
    cursor.end()
    script.found.types[schema, name] = OwnType(schema=schema, name=name, values=values)
    return None


def alter_type(script: Script, cursor: Cursor) -> str | None:
    """Read ALTER TYPE of an enumeration. The diagram shows nothing of other types."""
    own = script.found.types.get(cursor.known(script.found.types))
    if own is None or own.over is not None:
        return "alter type"
    if cursor.take("add", "value"):
        _add_value(own, cursor)
    elif cursor.take("rename", "value"):
        old = cursor.string()
        cursor.want("to")
        new = cursor.string() or ""
        own.values = tuple(new if value == old else value for value in own.values)
    elif cursor.take("rename", "to"):
        _move_type(script, own, own.schema, cursor.name())
    elif cursor.take("set", "schema"):
        _move_type(script, own, cursor.name(), own.name)
    else:
        return "alter type"
    return None


def _add_value(own: OwnType, cursor: Cursor) -> None:
    cursor.take("if", "not", "exists")
    values, value = list(own.values), cursor.string() or ""
    place = len(values)
    for word, step in (("before", 0), ("after", 1)):
        if cursor.take(word) and (other := cursor.string()) in values:
            place = values.index(other or "") + step
    if value not in values:
        own.values = (*values[:place], value, *values[place:])


def _move_type(script: Script, own: OwnType, schema: str, name: str) -> None:
    """Rename a type. Columns of the type follow."""
    old = own.schema, own.name
    for table in script.found.tables.values():
        for column in table.columns.values():
            if column.type and (column.type.schema, column.type.name) == old:
                column.type = replace(column.type, schema=schema, name=name)
    del script.found.types[old]
    own.schema, own.name = schema, name
    script.found.types[schema, name] = own


def create_domain(script: Script, cursor: Cursor) -> None:
    schema, name = cursor.qualified()
    cursor.take("as")
    own = OwnType(schema=schema, name=name, over=script.typed(cursor.type(), cursor))
    while cursor.more and _of_domain(script, own, cursor):
        pass
    script.found.types[schema, name] = own


def _of_domain(script: Script, own: OwnType, cursor: Cursor) -> bool:
    """Read one setting or constraint of a domain; return whether there was one."""
    begun = cursor.at
    if cursor.take("constraint"):
        cursor.name()
    if cursor.take("not", "null"):
        own.not_null = True
    elif cursor.take("check"):
        span, text = script.span(cursor), cursor.condition()
        own.rules.append(Rule(text=text, span=span, said=check_of(text)))
    elif cursor.peek() == "default":
        while cursor.more and (cursor.at == begun or cursor.peek() not in ("constraint", "not", "null", "check")):
            cursor.over()
        cursor.ignore(DEFAULT, begun)
    elif cursor.peek() == "collate":
        cursor.over()
        cursor.parts()
        cursor.ignore(_SORTING, begun)
    else:
        return cursor.take("null")
    return True


def alter_domain(script: Script, cursor: Cursor) -> str | None:
    own = script.found.types.get(cursor.known(script.found.types))
    if own is not None and cursor.take("add"):
        _of_domain(script, own, cursor)
        return None
    if own is None or not (cursor.peek() in ("set", "drop") and cursor.peek(1) == "not"):
        return "alter domain"
    own.not_null = cursor.word().text == "set"
    cursor.want("not", "null")
    return None


# -- indexes


def create_unique_index(script: Script, cursor: Cursor) -> str | None:
    cursor.take("concurrently")
    cursor.take("if", "not", "exists")
    named = cursor.parts()[-1] if cursor.peek() != "on" or cursor.peek(1) == "on" else None
    cursor.clause(_STORED)
    cursor.want("on")
    cursor.take("only")
    id_ = cursor.known(script.found.tables, script.views, script.temporary)
    if cursor.take("using"):
        cursor.name()
    if id_ not in script.found.tables:
        return "create unique index"
    parts = list(cursor.listed())
    for part in parts:
        if (part.peek(1) in ("(", "::") and not _has_length(part)) or part.peek() == "(":
            _leave_all(cursor, _COMPUTED)
            return None
    if any(cursor.peek(ahead) == "where" for ahead in range(len(cursor.words) - cursor.at)):
        _leave_all(cursor, _SOME_ROWS)
        return None
    columns = tuple(part.name() for part in parts)
    for part in parts:
        _ignored_rest(part, _SORTING)
    _ignored_rest(cursor, _STORAGE)
    script.found.tables[id_].uniques.append(columns)
    script.indexes[id_[0], named or f"{id_[1]}_{'_'.join(columns)}_idx"] = id_, columns
    return None


def _has_length(part: Cursor) -> bool:
    """Return whether only the beginning of a text is indexed, as in MySQL: `title(10)`. What is unique by it is
    unique."""
    return not part.dialect.is_postgres and part.peek(2).isdigit() and part.peek(3) == ")"


def _leave_all(cursor: Cursor, why: str) -> None:
    """Report the whole statement as unread."""
    cursor.at = len(cursor.words)
    cursor.leave(why, 0)


def _ignored_rest(cursor: Cursor, why: str) -> None:
    begun, cursor.at = cursor.at, len(cursor.words)
    cursor.ignore(why, begun)


def drop_index(script: Script, cursor: Cursor) -> str | None:
    """Read DROP INDEX: the claim of the index ends."""
    cursor.take("concurrently")
    cursor.take("if", "exists")
    dropped = False
    for part in cursor.rest():
        id_, columns = script.indexes.pop(part.known(script.indexes), (None, ()))
        part.take_one("cascade", "restrict")
        if id_ is not None and (table := script.found.tables.get(id_)) and columns in table.uniques:
            table.uniques.remove(columns)
            dropped = True
    return None if dropped else "drop index"


def alter_index(script: Script, cursor: Cursor) -> str:
    cursor.take("if", "exists")
    id_ = cursor.known(script.indexes)
    if id_ in script.indexes and cursor.take("rename", "to"):
        script.indexes[id_[0], cursor.name()] = script.indexes.pop(id_)
    return "alter index"


# -- what is dropped, and schemas


def drop_table(script: Script, cursor: Cursor) -> str:
    cursor.take("if", "exists")
    for part in cursor.rest():
        _forget(script, part.known(script.found.tables))
    return "drop table"


def _forget(script: Script, id_: tuple[str, str]) -> None:
    """Remove a table with its partitions and the references to it."""
    script.found.tables.pop(id_, None)
    for other in list(script.found.tables.values()):
        other.references = [one for one in other.references if one.table != id_]
        if other.partition_of == id_:
            _forget(script, other.id)


def drop_schema(script: Script, cursor: Cursor) -> str:
    cursor.take("if", "exists")
    gone = {part.name() for part in cursor.rest()}
    for id_ in [id_ for id_ in script.found.tables if id_[0] in gone]:
        _forget(script, id_)
    script.found.types = {id_: own for id_, own in script.found.types.items() if id_[0] not in gone}
    return "drop schema"


def alter_schema(script: Script, cursor: Cursor) -> str | None:
    old = cursor.name()
    if cursor.take("transfer") and (table := script.table(cursor)) is not None:
        moved(script, table, (old, table.name))
        return None
    if cursor.take("rename", "to"):
        new = cursor.name()
        for table in [table for table in script.found.tables.values() if table.schema == old]:
            moved(script, table, (new, table.name))
        for own in [own for own in script.found.types.values() if own.schema == old]:
            _move_type(script, own, new, own.name)
    return "alter schema"
