"""Reads ALTER TABLE of other systems: actions in another form, and lists that name their action only once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from erd2dbt.read.ddl.alter import drop, drop_constraint, moved, rename, renamed_column
from erd2dbt.read.ddl.constraints import column_constraint, column_of, described
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.ddl.tables import add_column, element
from erd2dbt.read.relational.values import Column, Table
from erd2dbt.sql.tokens import Token

_NOTHING = "a change of no column and no key"
_UNCHECKED = "NOCHECK: rows may break it; it is a claim as any other, and tested"
Act = Callable[[Script, Table, Cursor], None]


def alter_table(script: Script, cursor: Cursor) -> str | None:
    """Read the words after ALTER TABLE."""
    may_be_gone = cursor.take("if", "exists")
    cursor.take_one("only", "ignore")
    ahead = cursor.part(cursor.words[cursor.at :])
    id_ = ahead.known(script.found.tables, script.views, script.temporary)
    if may_be_gone and id_ not in script.found.tables:
        return "alter table"
    if id_ not in script.found.tables and ahead.peek() in ("drop", "nocheck", "set", "disable"):
        return "alter table"  # actions that come before all definitions
    table = script.table(cursor)
    if table is None:
        return "alter table"
    last: Act | None = None
    for part in cursor.rest():
        last = _action(script, table, part, last)
    return None


def _action(script: Script, table: Table, part: Cursor, last: Act | None) -> Act | None:
    """Read one action and return its name. Words without an action repeat the last one."""
    begun = part.at
    if part.take("with", "nocheck"):
        part.leave(_UNCHECKED, begun)
    elif part.take("with", "check"):
        pass
    if act := next((act for words, act in _ACTIONS.items() if part.take(*words.split())), None):
        act(script, table, part)
        return act
    if (said := described(part)) is not None or (part.take("set") and (said := described(part)) is not None):
        table.description = said or None
    elif part.clause(script.dialect.changes, script.dialect.table):
        _rest(part, _NOTHING)
    elif last in _REPEATED and last is not None:
        last(script, table, part)
        return last
    else:
        part.refuse("an action")
    return None


def _rest(part: Cursor, why: str) -> None:
    begun, part.at = part.at, len(part.words)
    part.ignore(why, begun)


# -- columns and constraints that are added


def _add(script: Script, table: Table, part: Cursor) -> None:
    if part.peek() == "default":
        _rest(part, _NOTHING)
        return
    part.take_one("columns", "column")
    part.take("if", "not", "exists")
    for one in part.listed() if part.peek() == "(" else (part,):
        known = set(table.columns)
        _add_one(script, table, one)
        _place(table, one, next(iter(table.columns.keys() - known), None))


def _add_one(script: Script, table: Table, one: Cursor) -> None:
    """Add a constraint, an index or a column, up to its position (FIRST or AFTER)."""
    element(script, table, _before_place(one))


def _before_place(part: Cursor) -> Cursor:
    """Return the words before FIRST or AFTER at the end, and move to that word."""
    words = part.words
    at = next((at for at in range(part.at, len(words)) if _is_place(words, at)), len(words))
    inner, part.at = part.part(words[part.at : at]), at
    return inner


def _is_place(words: Sequence[Token], at: int) -> bool:
    """Return whether FIRST or AFTER a column ends the action here."""
    last = len(words) - 1
    return (words[at].text == "first" and at == last) or (words[at].text == "after" and at == last - 1)


def _place(table: Table, part: Cursor, name: str | None) -> None:
    if name is None or not part.more:
        return
    if part.take("first"):
        before: list[str] = []
    else:
        part.want("after")
        place, other = part.here, part.name()
        kept = [one for one in table.columns if one != name]
        if other not in kept:
            raise NotReadError(f"`{table.name}` has no other column `{other}`", place)
        before = kept[: kept.index(other) + 1]
    order = [*before, name, *(one for one in table.columns if one not in before and one != name)]
    table.columns = {one: table.columns[one] for one in order}


# -- columns that are changed


def _modify(script: Script, table: Table, part: Cursor) -> None:
    part.take("column")
    part.take("if", "exists")
    for one in part.listed() if part.peek() == "(" else (part,):
        _redefine(script, table, one, column_of(table, _ahead(one), one))


def _ahead(part: Cursor) -> str:
    """Return the next word, quoted names included."""
    return part.words[part.at].text if part.more else ""


def _redefine(script: Script, table: Table, part: Cursor, column: Column) -> None:
    """Replace a column's definition. In MySQL it is complete; in other systems, missing parts do not change."""
    order = list(table.columns)
    del table.columns[column.name]
    before = table.key
    try:
        _definition(script, table, part, column)
    finally:
        table.columns.setdefault(column.name, column)
        table.columns = {name: table.columns[name] for name in order}
        table.key = table.key or before
    _place(table, part, column.name)


def _definition(script: Script, table: Table, part: Cursor, column: Column) -> None:
    inner = _before_place(part)
    ahead = inner.part(inner.words)
    ahead.at = inner.at + 1
    if script.dialect.name != "mysql" and (not ahead.more or _is_setting(ahead)):
        inner.name()
        _change(script, table, inner, column)
        return
    add_column(script, table, inner)
    made = table.columns[column.name]
    if script.dialect.name != "mysql":
        made.not_null = made.not_null or column.not_null
        made.description = made.description or column.description


def _is_setting(ahead: Cursor) -> bool:
    """Return whether a setting follows the name, rather than a type."""
    return ahead.peek() in _SETTINGS or ahead.is_clause()


def _change(script: Script, table: Table, part: Cursor, column: Column) -> None:
    """Change an existing column: SET NOT NULL, TYPE, COMMENT, NULL, a default and so on."""
    if part.take("set", "not", "null"):
        column.not_null = True
    elif part.take("drop", "not", "null") or part.take("set", "null"):
        column.not_null = False
    elif part.take("set", "data", "type") or part.take("type"):
        column.type = script.typed(part.type(), part)
    elif (said := described(part)) is not None or (part.take("set") and (said := described(part)) is not None):
        column.description = said or None
    elif part.take("null"):
        column.not_null = False
    elif part.peek() in ("set", "drop", "unset", "default", "add", "restart", "encode", "mask") or _is_default(part):
        _rest(part, _NOTHING)
    while part.more:
        column_constraint(script, table, column, part)


def _is_default(part: Cursor) -> bool:
    """Return whether SET was just read."""
    return part.at > 0 and part.words[part.at - 1].text == "set"


def _alter(script: Script, table: Table, part: Cursor) -> None:
    if part.clause(script.dialect.changes):
        _rest(part, _NOTHING)
        return
    part.take("column")
    part.take("if", "exists")
    ahead = part.part(part.words)
    ahead.at = part.at + 1
    column = column_of(table, _ahead(part), part)
    if _is_setting(ahead):
        part.name()
        _change(script, table, part, column)
    else:
        not_null = any(ahead.peek(n) == "not" and ahead.peek(n + 1) == "null" for n in range(len(part.words)))
        _redefine(script, table, part, column)
        if script.dialect.name == "tsql":
            table.columns[column.name].not_null = not_null or column.name in table.key


def _rename_and_define(script: Script, table: Table, part: Cursor) -> None:
    """Read CHANGE old new definition."""
    part.take("column")
    old = part.name()
    column_of(table, old, part)
    new = _ahead(part)
    if new in ("type", "comment") and part.dialect.name != "mysql":
        _change(script, table, part, table.columns[old])
        return
    if new != old:
        renamed_column(script, table, old, new, None)
    _redefine(script, table, part, table.columns[new])


# -- what is dropped, renamed, or only checked otherwise


def _drop(script: Script, table: Table, part: Cursor) -> None:
    if part.take("primary", "key"):
        table.key = ()
    elif part.take("foreign", "key"):
        drop_constraint(script, table, part)
    elif part.take("index") or part.take("key"):
        _drop_index(script, table, part)
    elif part.peek() == "(" or part.take("columns"):
        for one in part.listed():
            drop(script, table, one)
    else:
        drop(script, table, part)


def _drop_index(script: Script, table: Table, part: Cursor) -> None:
    kind, what = script.named.pop((table.id, part.name()), ("", None))
    if kind == "unique":
        table.uniques = [one for one in table.uniques if one != what]


def _rename(script: Script, table: Table, part: Cursor) -> None:
    if part.take_one("index", "key"):
        _rest(part, _NOTHING)
        return
    if part.peek() not in ("to", "as", "column", "constraint"):
        moved(script, table, (table.schema, part.name()))
        table.spelling = part.written
        return
    if part.take("as"):
        moved(script, table, (table.schema, part.name()))
        table.spelling = part.written
        return
    rename(script, table, part)


def _check(script: Script, table: Table, part: Cursor) -> None:
    """Read CHECK CONSTRAINT, which enables a constraint for all rows from now on."""
    part.take("constraint")
    if doubt := script.doubted.pop((table.id, part.name()), None):
        script.found.seen.remove(doubt)


def _nocheck(_script: Script, _table: Table, part: Cursor) -> None:
    begun = part.at
    part.at = len(part.words)
    part.leave(_UNCHECKED, begun)


_SETTINGS = frozenset("set drop unset type comment options not null default add restart encode mask constraint check "
                      "unique primary references".split())  # fmt: skip
_ACTIONS: Mapping[str, Act] = {
    "add": _add,
    "alter": _alter,
    "modify": _modify,
    "change": _rename_and_define,
    "drop": _drop,
    "rename": _rename,
    "check": _check,
    "nocheck": _nocheck,
}
_REPEATED = (_add, _alter, _drop, _modify)
