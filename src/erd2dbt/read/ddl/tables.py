"""Reads CREATE TABLE, word by word, into `Tables`."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from erd2dbt.read.ddl.clauses import group_end
from erd2dbt.read.ddl.constraints import STORAGE, column_constraint, constraint, described, is_constraint
from erd2dbt.read.ddl.cursor import TYPE_ENDS, Cursor, NotReadError
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.relational.values import Column, Table, Type

_SERIAL = re.compile(r"(?:big|small)?serial[248]?")
_IDENTITY = "identity"  # a type of H2 and HSQLDB
_BOUNDS = "which rows a partition has"
_PARTS = "how rows are spread over partitions"
_STORED = re.compile(r"(?:(?:inverted |vector )?index|family) (?:[^\s(]+ )?\(")
_ELSEWHERE = "where the rows of a foreign table are"
_LIVES = "how long a table lives"
_ALL = frozenset(("comments", "indexes", "constraints"))


def create_table(script: Script, cursor: Cursor) -> str | None:
    if_new = cursor.take("if", "not", "exists")
    if not script.dialect.is_postgres and cursor.take("#"):
        return temporary(script, cursor)
    span = script.span(cursor)
    schema, name = cursor.qualified()
    table = Table(schema=schema, name=name, span=span, spelling=cursor.written)
    if table.id in script.found.tables:
        if if_new:
            return "create table if not exists"
        raise NotReadError(f"there is a table `{'.'.join(filter(None, table.id))}` already")
    script.owned(table, cursor)
    if cursor.take("partition", "of"):
        _part_of(script, table, cursor)
        return None
    _content(script, table, cursor)
    script.found.tables[table.id] = table
    _options(table, cursor)
    return None


def _content(script: Script, table: Table, cursor: Cursor) -> None:
    """Read the columns and constraints, in parentheses or copied from another table."""
    if not script.dialect.is_postgres and cursor.take_one("like", "clone", "copy"):
        _copied(table, script.table(cursor), _ALL)
    while not script.dialect.is_postgres and cursor.peek() != "(" and cursor.clause(script.dialect.table):
        pass
    if not table.columns and cursor.peek() != "(":
        raise NotReadError("its columns come from a query" if _has(cursor, "as") else "it lists no columns")
    for part in cursor.listed() if cursor.peek() == "(" else ():
        element(script, table, part)
    while not script.dialect.is_postgres and cursor.peek() == "as" and cursor.clause(script.dialect.table):
        pass
    if cursor.take("as"):
        raise NotReadError("its columns come from a query")
    if cursor.take("inherits"):
        for part in cursor.listed():
            inherit(script, table, part)


def temporary(script: Script, cursor: Cursor) -> str:
    """Read a temporary table, which is not part of the diagram."""
    cursor.take("if", "not", "exists")
    script.temporary.add(cursor.qualified())
    return "create temporary table"


def _has(cursor: Cursor, word: str) -> bool:
    return any(word == one.text for one in cursor.words[cursor.at :])


def _part_of(script: Script, table: Table, cursor: Cursor) -> None:
    """Read PARTITION OF: the partition has the columns and keys of its parent. Once detached, it is a separate
    table."""
    table.partition_of = cursor.known(script.found.tables)
    if whole := script.found.tables.get(table.partition_of):
        table.columns = {name: replace(column, description=None) for name, column in whole.columns.items()}
        table.key, table.uniques = whole.key, list(whole.uniques)
    for part in cursor.listed() if cursor.peek() == "(" else ():
        if is_constraint(part):
            constraint(script, table, part)
            continue
        column = table.columns.get(part.name())
        part.take("with", "options")
        while column and part.more:
            column_constraint(script, table, column, part)
    begun = cursor.at
    while cursor.more and (cursor.peek() in ("for", "values", "from", "to", "in", "with", "(", "default")):
        cursor.over()
    cursor.ignore(_BOUNDS, begun)
    script.found.tables[table.id] = table
    _options(table, cursor)


def _options(table: Table, cursor: Cursor) -> None:
    """Read PARTITION BY, WITH, TABLESPACE and so on. If another statement begins here, a semicolon is missing."""
    while cursor.more:
        begun = cursor.at
        if not cursor.dialect.is_postgres and _own_option(table, cursor):
            continue
        if cursor.peek() in ("create", "alter", "insert", "comment", "drop") and cursor.peek(1) != "":
            raise NotReadError(f"a semicolon is missing before `{cursor.peek()}`", cursor.here)
        if cursor.peek() == "partition" and cursor.peek(1) == "by":
            _over(cursor, 4)
            cursor.ignore(_PARTS, begun)
        elif cursor.peek() == "on" and cursor.peek(1) == "commit":
            _over(cursor, 3)
            if cursor.more and cursor.peek() == "rows":
                cursor.over()
            cursor.ignore(_LIVES, begun)
        elif cursor.peek() in ("with", "without", "tablespace", "using"):
            _over(cursor, 2)
            cursor.ignore(STORAGE, begun)
        elif cursor.peek() in ("server", "options"):
            _over(cursor, 2)
            cursor.ignore(_ELSEWHERE, begun)
        else:
            cursor.over()


def _own_option(table: Table, cursor: Cursor) -> bool:
    """Read a description, or a setting of another system; return whether there was one."""
    cursor.take(",")
    if (said := described(cursor)) is not None:
        table.description = said or None
        return True
    if cursor.clause(cursor.dialect.table) is not None:
        return True
    if cursor.peek() in ("as", "select"):
        raise NotReadError("its columns come from a query", cursor.here)
    return False


def _over(cursor: Cursor, words: int) -> None:
    for _ in range(words):
        cursor.over()


def inherit(script: Script, table: Table, cursor: Cursor) -> None:
    """Add columns and checks of the parent at the front. PostgreSQL does not inherit keys."""
    begun, parent = cursor.at, cursor.known(script.found.tables)
    if parent not in script.found.tables:
        raise NotReadError(f"it inherits from `{'.'.join(parent)}`, which does not exist")
    table.inherits = (*table.inherits, parent)
    whole = script.found.tables[parent]
    table.columns = _under(whole, table)
    table.rules += [replace(rule) for rule in whole.rules if rule not in table.rules]
    why = f"INHERITS: rows of `{table.name}` are rows of `{whole.name}`, too, and no key of `{whole.name}` covers them"
    cursor.leave(why, begun)


def _under(whole: Table, table: Table) -> dict[str, Column]:
    """Return the columns of both tables. Those of parents that were named earlier stay first."""
    own = list(table.columns.items())
    columns = dict(own) if len(table.inherits) > 1 else {}
    for name, column in whole.columns.items():
        known = columns.get(name, column)
        columns[name] = replace(column, not_null=column.not_null or known.not_null, description=None)
    for name, column in own:
        kept = columns.get(name)
        columns[name] = replace(column, not_null=column.not_null or (kept is not None and kept.not_null))
    return columns


def element(script: Script, table: Table, part: Cursor) -> None:
    """Read a column or a constraint of the table."""
    if not part.more:
        if not script.dialect.is_postgres:
            return  # after a trailing comma
        raise NotReadError("an element of the list is missing", part.here)
    why = next((why for form, why in script.dialect.elements.items() if re.match(form, part.shape())), None)
    if why is not None:
        part.at = len(part.words)
        part.ignore(why, 0)
    elif part.peek() == "like":
        _like(script, table, part)
    elif script.dialect.is_postgres and _is_stored(table, part):
        part.at = len(part.words)
        part.ignore(STORAGE, 0)
    elif is_constraint(part):
        constraint(script, table, part)
    else:
        add_column(script, table, part)


def _is_stored(table: Table, part: Cursor) -> bool:
    """Return whether this is INDEX or FAMILY of CockroachDB: their parentheses contain columns, those of a type do
    not."""
    match = _STORED.match(part.shape())
    if match is None:
        return False
    at = part.at + len(match[0].split()) - 1
    inner = [word.text for word in part.words[at + 1 : (group_end(part.words, at) or at) - 1]]
    return bool(inner) and (inner[0] in table.columns or inner[1:2] == ["("])


def _like(script: Script, table: Table, part: Cursor) -> None:
    part.want("like")
    other = script.table(part)
    asked: set[str] = set()
    while including := part.take_one("including", "excluding"):
        word = part.word().text
        meant = _ALL if word == "all" else {word}
        asked = asked | meant if including == "including" else asked - meant
    _copied(table, other, asked)


def _copied(table: Table, other: Table | None, asked: Container[str]) -> None:
    """Read LIKE: the columns of another table, and the options for its other properties."""
    if other is None:
        raise NotReadError("it is like a table that is not read")
    for name, column in other.columns.items():
        said = column.description if "comments" in asked else None
        table.columns[name] = replace(column, description=said)
    if "indexes" in asked:
        table.key, table.uniques = table.key or other.key, [*table.uniques, *other.uniques]
    if "constraints" in asked:
        table.rules += map(replace, other.rules)


def add_column(script: Script, table: Table, part: Cursor) -> None:
    span = script.span(part)
    name, written = part.name(), part.written
    if name in table.columns:
        raise NotReadError(f"the column `{name}` appears twice")
    column = Column(name=name, span=span, spelling=written, type=_type(script, part))
    if column.type and _SERIAL.fullmatch(column.type.name):
        column.not_null = column.is_counted = True
    elif column.type and column.type.name == _IDENTITY and script.dialect.identity_is_key:
        column.not_null = column.is_counted = True
        script.identities.append((table, name))
    table.columns[name] = column
    while part.more:
        column_constraint(script, table, column, part)


def _type(script: Script, part: Cursor) -> Type | None:
    """Read a type; None where a system allows columns without one."""
    is_computed = part.peek() == "as" and part.peek(1) == "("
    if not script.dialect.is_postgres and (is_computed or (not script.dialect.needs_types and _is_untyped(part))):
        return None
    if not part.more:
        part.refuse("a type")
    return script.typed(part.type(), part)


def _is_untyped(part: Cursor) -> bool:
    return not part.more or part.peek() in TYPE_ENDS or part.is_clause()
