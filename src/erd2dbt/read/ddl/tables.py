"""CREATE TABLE and ALTER TABLE, word by word, into `Tables`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from erd2dbt.diagnostics import Span
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.places import Places
from erd2dbt.read.relational.values import Column, Reference, Table, Tables

_SERIAL = re.compile(r"(?:big|small)?serial[248]?")
_ON_COLUMNS = ("constraint", "not", "null", "default", "check", "unique", "primary", "references", "generated",
               "collate", "storage", "compression")  # fmt: skip
_NO_DEFINITION = frozenset("owner enable disable cluster replica set reset validate force inherit detach".split())


@dataclass(slots=True)
class Script:
    """What has been read so far; `named` keeps constraints by their names, for those that are dropped again."""

    places: Places
    found: Tables
    schema: str
    named: dict[tuple[tuple[str, str], str], tuple[str, object]] = field(default_factory=dict)
    views: set[tuple[str, str]] = field(default_factory=set)
    temporary: set[tuple[str, str]] = field(default_factory=set)

    def span(self, cursor: Cursor) -> Span:
        return self.places.span(cursor.here)

    def table(self, cursor: Cursor) -> Table | None:
        """The table that is named here; None for a view or a temporary table."""
        place = cursor.here
        id_ = cursor.qualified()
        known = self.found.tables.get(id_)
        if known is None and id_ not in self.views and id_ not in self.temporary:
            raise NotReadError(f"there is no table `{'.'.join(id_)}` before it", place)
        return known


# -- create


def create_table(script: Script, cursor: Cursor) -> None:
    """Behind CREATE TABLE."""
    cursor.take("if", "not", "exists")
    span = script.span(cursor)
    schema, name = cursor.qualified()
    if (schema, name) in script.found.tables:
        raise NotReadError(f"there is a table `{schema}.{name}` already")
    table = Table(schema=schema, name=name, span=span, spelling=cursor.written)
    if cursor.take("partition", "of"):
        table.partition_of = cursor.qualified()
        script.found.tables[table.id] = table
        return
    if cursor.peek() != "(":
        raise NotReadError("its columns come from a query" if "as" in _words(cursor) else "it lists no columns")
    for part in cursor.listed():
        _element(script, table, part)
    if cursor.take("as"):
        raise NotReadError("its columns come from a query")
    if cursor.take("inherits"):
        table.inherits = tuple(part.qualified() for part in cursor.listed())
        _inherit(script, table)
    script.found.tables[table.id] = table


def _words(cursor: Cursor) -> set[str]:
    return {word.text for word in cursor.words[cursor.at :]}


def _inherit(script: Script, table: Table) -> None:
    """Columns of the parents come first; keys are not inherited."""
    columns: dict[str, Column] = {}
    for parent in table.inherits:
        if parent not in script.found.tables:
            raise NotReadError(f"it inherits from `{'.'.join(parent)}`, which is not there")
        for name, column in script.found.tables[parent].columns.items():
            known = columns.get(name, column)
            columns[name] = replace(column, not_null=column.not_null or known.not_null, description=None)
    for name, column in table.columns.items():
        kept = columns.get(name)
        columns[name] = replace(column, not_null=column.not_null or (kept is not None and kept.not_null))
    table.columns = columns


def _element(script: Script, table: Table, part: Cursor) -> None:
    """A column or a constraint of the table."""
    if not part.more:
        raise NotReadError("an element of the list is empty", part.here)
    if part.peek() == "like":
        _like(script, table, part)
    elif _is_constraint(part):
        constraint(script, table, part)
    else:
        add_column(script, table, part)


def _is_constraint(part: Cursor) -> bool:
    first, second = part.peek(), part.peek(1)
    return (
        first in ("constraint", "check", "foreign")
        or (first == "primary" and second == "key")
        or (first == "unique" and second in ("(", "nulls", "using"))
        or (first == "exclude" and second in ("using", "("))
        or (first == "not" and second == "null")
    )


def _like(script: Script, table: Table, part: Cursor) -> None:
    part.want("like")
    other = script.table(part)
    if other is None:
        raise NotReadError("it is like a table that is not read")
    asked = {word.text for word, before in zip(part.words[1:], part.words, strict=False) if before.text == "including"}
    for name, column in other.columns.items():
        described = column.description if asked & {"all", "comments"} else None
        table.columns[name] = replace(column, description=described)
    if asked & {"all", "indexes"}:
        table.key, table.uniques = other.key, list(other.uniques)


def add_column(script: Script, table: Table, part: Cursor) -> None:
    span = script.span(part)
    name, written = part.name(), part.written
    if not part.more:
        part.refuse("a type")
    type_ = part.type()
    column = Column(name=name, span=span, spelling=written, type=type_)
    if name in table.columns:
        raise NotReadError(f"the column `{name}` is there twice")
    if _SERIAL.fullmatch(type_.name):
        column.not_null = True
    table.columns[name] = column
    while part.more:
        _column_constraint(script, table, column, part)


def _column_constraint(script: Script, table: Table, column: Column, part: Cursor) -> None:
    named = part.name() if part.take("constraint") else None
    if part.take("not", "null"):
        column.not_null = True
        part.take("no", "inherit")
    elif part.take("primary", "key"):
        _keyed(script, table, (column.name,), named)
    elif part.take("unique"):
        _nulls(part)
        _unique(script, table, (column.name,), named)
    elif part.take("references"):
        _refer(script, table, (column.name,), part, named)
    elif part.take("check"):
        part.group()
    elif part.take("generated"):
        column.not_null = "identity" in _words(part) or column.not_null
        _expression(part)
    elif part.take("default"):
        _expression(part)
    elif part.take("collate"):
        part.parts()
    else:
        part.skip()  # NULL, STORAGE …, DEFERRABLE, what follows in options: no claim


def _expression(part: Cursor) -> None:
    """Over an expression, to the next constraint."""
    first = True
    while part.more and (first or part.peek() not in _ON_COLUMNS):
        first = False
        if part.peek() == "(":
            part.group()
        else:
            part.skip()


def _nulls(part: Cursor) -> None:
    if part.take("nulls"):
        part.take("not")
        part.take("distinct")


# -- constraints


def constraint(script: Script, table: Table, part: Cursor) -> None:
    """A table's constraint, with or without a name."""
    named = part.name() if part.take("constraint") else None
    if part.take("primary", "key"):
        _keyed(script, table, _indexed(part), named)
    elif part.take("unique"):
        _nulls(part)
        _unique(script, table, _indexed(part), named)
    elif part.take("foreign", "key"):
        columns = part.columns()
        part.want("references")
        _refer(script, table, columns, part, named)
    elif part.take("not", "null"):
        name = part.name()
        _column(table, name, part).not_null = True
    elif part.peek() not in ("check", "exclude"):
        part.refuse("a constraint")


def _indexed(part: Cursor) -> tuple[str, ...]:
    if part.take("using", "index"):
        raise NotReadError("its columns are those of an index", part.here)
    return part.columns()


def _keyed(script: Script, table: Table, columns: tuple[str, ...], named: str | None) -> None:
    for name in columns:
        if name in table.columns:
            table.columns[name].not_null = True
    table.key = columns
    script.named[table.id, named or f"{table.name}_pkey"] = ("key", columns)


def _unique(script: Script, table: Table, columns: tuple[str, ...], named: str | None) -> None:
    table.uniques.append(columns)
    script.named[table.id, named or f"{table.name}_{'_'.join(columns)}_key"] = ("unique", columns)


def _refer(script: Script, table: Table, columns: tuple[str, ...], part: Cursor, named: str | None) -> None:
    """Behind REFERENCES."""
    here = script.span(part)
    other = part.qualified()
    to = part.columns() if part.peek() == "(" else ()
    while part.peek() in ("match", "on", "deferrable", "initially", "not") and part.more:
        if part.peek() == "not" and part.peek(1) not in ("deferrable", "valid", "enforced"):
            break
        _rule(part)
    reference = Reference(columns=columns, table=other, to=to, span=here)
    table.references.append(reference)
    script.named[table.id, named or f"{table.name}_{'_'.join(columns)}_fkey"] = ("reference", reference)


def _rule(part: Cursor) -> None:
    """MATCH FULL, ON DELETE SET NULL (columns), DEFERRABLE, INITIALLY DEFERRED, NOT VALID."""
    if part.take("on"):
        part.skip()
        if part.take("no") or part.take("set"):
            part.skip()
            if part.peek() == "(":
                part.group()
        else:
            part.skip()
    elif part.take("deferrable"):
        return
    else:
        part.skip()
        part.skip()


def _column(table: Table, name: str, part: Cursor) -> Column:
    if name not in table.columns:
        raise NotReadError(f"`{table.name}` has no column `{name}`", part.here)
    return table.columns[name]


# -- alter


def alter_table(script: Script, cursor: Cursor) -> None:
    """Behind ALTER TABLE; what changes no table's columns or keys is passed over."""
    cursor.take("if", "exists")
    cursor.take("only")
    ahead = Cursor(cursor.words[cursor.at :], cursor.statement, cursor.start, cursor.schema)
    ahead.qualified()
    ahead.take("*")
    if ahead.peek() in _NO_DEFINITION and ahead.peek(1) != "schema":
        return
    table = script.table(cursor)
    cursor.take("*")
    if table is None:
        return
    for part in cursor.rest():
        _action(script, table, part)


def _action(script: Script, table: Table, part: Cursor) -> None:
    if part.take("add"):
        _add(script, table, part)
    elif part.take("alter"):
        part.take("column")
        _alter_column(_column(table, part.name(), part), part)
    elif part.take("drop"):
        _drop(script, table, part)
    elif part.take("rename"):
        _rename(script, table, part)
    elif part.take("set", "schema"):
        _moved(script, table, (part.name(), table.name))
    elif part.take("attach", "partition"):
        other = script.table(part)
        if other is not None:
            other.partition_of = table.id
    elif part.peek() not in _NO_DEFINITION and not part.take("no", "inherit"):
        part.refuse("an action")


def _add(script: Script, table: Table, part: Cursor) -> None:
    if _is_constraint(part):
        constraint(script, table, part)
        return
    part.take("column")
    if not (part.take("if", "not", "exists") and part.peek() in table.columns):
        add_column(script, table, part)


def _alter_column(column: Column, part: Cursor) -> None:
    if part.take("set", "not", "null"):
        column.not_null = True
    elif part.take("drop", "not", "null"):
        column.not_null = False
    elif part.take("type") or part.take("set", "data", "type"):
        column.type = part.type()
    elif part.take("add", "generated"):
        column.not_null = True


def _drop(script: Script, table: Table, part: Cursor) -> None:
    if part.take("constraint"):
        part.take("if", "exists")
        kind, what = script.named.pop((table.id, part.name()), ("", None))
        if kind == "key":
            table.key = ()
        elif kind == "unique":
            table.uniques = [one for one in table.uniques if one != what]
        elif kind == "reference":
            table.references = [one for one in table.references if one is not what]
        return
    part.take("column")
    part.take("if", "exists")
    name = part.name()
    table.columns.pop(name, None)
    table.key = () if name in table.key else table.key
    table.uniques = [one for one in table.uniques if name not in one]
    table.references = [one for one in table.references if name not in one.columns]


def _rename(script: Script, table: Table, part: Cursor) -> None:
    if part.take("constraint"):
        old = part.name()
        part.want("to")
        if (table.id, old) in script.named:
            script.named[table.id, part.name()] = script.named.pop((table.id, old))
        return
    if part.take("to"):
        _moved(script, table, (table.schema, part.name()))
        table.spelling = part.written
        return
    part.take("column")
    old = part.name()
    part.want("to")
    new = part.name()
    _renamed_column(script, table, old, new, part.written)


def _renamed_column(script: Script, table: Table, old: str, new: str, spelling: str | None) -> None:
    def names(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in given)

    table.columns = {
        new if name == old else name: replace(column, name=new, spelling=spelling) if name == old else column
        for name, column in table.columns.items()
    }
    table.key, table.uniques = names(table.key), [names(one) for one in table.uniques]
    for reference in table.references:
        reference.columns = names(reference.columns)
    for other in script.found.tables.values():
        for reference in other.references:
            if reference.table == table.id:
                reference.to = names(reference.to)


def _moved(script: Script, table: Table, id_: tuple[str, str]) -> None:
    """A table under another name; what leads to it leads there."""
    old = table.id
    table.schema, table.name = id_
    script.found.tables = {(one.schema, one.name): one for one in script.found.tables.values()}
    script.named = {((id_ if of == old else of), name): what for (of, name), what in script.named.items()}
    for other in script.found.tables.values():
        other.partition_of = id_ if other.partition_of == old else other.partition_of
        for reference in other.references:
            reference.table = id_ if reference.table == old else reference.table
