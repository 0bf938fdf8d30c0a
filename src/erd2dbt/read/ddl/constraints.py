"""Reads constraints of tables and columns: keys, foreign keys, checks. Those without an equivalent in the spec are
reported."""

from __future__ import annotations

from erd2dbt.read.ddl.clauses import group_end
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.relational.values import Column, Reference, Rule, Table
from erd2dbt.read.text.accounting import DEFAULT
from erd2dbt.sql.checks import check_of
from erd2dbt.sql.tokens import Kind

STORAGE = "a setting of storage"
SORTED = {
    "(…) asc|desc?": "how many characters are indexed: what is unique by them is unique",
    **dict.fromkeys(("asc|desc nulls? first|last?", "nulls first|last"), "how an index sorts"),
}
_AT_COMMIT = "when a constraint is checked"
_ON_CHANGE = "what happens to the rows that lead there"
_COUNTED = "how an identity is counted"
_COMPUTED = "how a generated column is computed"
_NO_WORDS = "the spec has no words for such a constraint"
_FULL = "MATCH FULL: of several columns, all or none are NULL; the link does not claim that"
_TEMPORAL = "a temporal key: the spec has no words for periods"
_DISABLED = "DISABLE: rows may break it; it is a claim as any other, and tested"
_DOUBTS = {
    "valid": "NOT VALID: rows from before it may break it; it is a claim as any other, and tested",
    "enforced": "NOT ENFORCED: rows may break it; it is a claim as any other, and tested",
}
_ON_COLUMNS = ("constraint", "not", "null", "default", "check", "unique", "primary", "references", "generated",
               "collate", "storage", "compression", "deferrable", "initially", "options", "foreign")  # fmt: skip


_IDENTITY = dict.fromkeys(("start|increment with|by? *", "minvalue|maxvalue|cache *", "order|noorder|cycle|nocycle",
                           "nominvalue|nomaxvalue|nocache|keep|nokeep"), _COUNTED)  # fmt: skip
_OF_INDEX = {"comment =? *": "a comment on an index"}


class _TemporalError(NotReadError):
    """Raised for a temporal foreign key: the referenced periods cover its own, and do not equal them."""


def is_constraint(part: Cursor) -> bool:
    """Return whether a table constraint begins here, rather than a column."""
    first, second = part.peek(), part.peek(1)
    if not part.dialect.is_postgres and (first == "unique" or (first == "index" and part.peek(2) == "unique")):
        return True
    return (
        first in ("constraint", "check", "foreign")
        or (first == "primary" and second == "key")
        or (first == "unique" and second in ("(", "nulls", "using", "index"))
        or (first == "exclude" and second in ("using", "("))
        or (first == "not" and second == "null")
    )


def constraint(script: Script, table: Table, part: Cursor) -> None:
    """Read a table constraint, with or without a name."""
    begun = part.at
    try:
        _constraint(script, table, part)
    except _TemporalError as fault:
        part.at = len(part.words)
        part.leave(str(fault), begun, unread=True)


def _constraint(script: Script, table: Table, part: Cursor) -> None:
    begun = part.at
    named = _given_name(part)
    if part.take("primary", "key"):
        named = _keyed(script, table, _indexed(script, table, part), named)
    elif part.take("unique"):
        named = _unique_together(script, table, part, named)
    elif part.take("foreign", "key"):
        index = _index_name(part)
        named = named or index
        columns = _key_columns(part)
        part.want("references")
        named = _refer(script, table, columns, part, named)
    elif part.take("not", "null"):
        column = column_of(table, part.name(), part)
        column.not_null, named = True, named or f"{table.name}_{column.name}_not_null"
        script.named[table.id, named] = ("null", column.name)
    elif part.take("check"):
        named = _check(script, table, part, named)
    elif part.peek() == "default" and not part.dialect.is_postgres:
        part.at = len(part.words)
        part.ignore(DEFAULT, begun)
    elif part.peek() == "exclude":
        while part.more:
            part.over()
        part.leave(_NO_WORDS, begun)
        script.named[table.id, named or f"{table.name}_excl"] = ("other", None)
    else:
        part.refuse("a constraint")
    _tail(script, table, named or "", part)
    if not part.dialect.is_postgres and part.clause(_OF_INDEX):
        _tail(script, table, named or "", part)


def _unique_together(script: Script, table: Table, part: Cursor, named: str | None) -> str | None:
    """Read the words after UNIQUE."""
    if part.dialect.is_postgres and part.take("index"):
        return _unique_index(script, table, part)
    _nulls(part)
    named = _index_name(part) or named
    return _unique(script, table, _indexed(script, table, part), named)


def _unique_index(script: Script, table: Table, part: Cursor) -> str | None:
    """Read UNIQUE INDEX in the list of a table, as in CockroachDB. On some rows or on expressions, it claims
    nothing."""
    named = part.name() if part.peek() != "(" else None
    end = group_end(part.words, part.at) or part.at
    inner = part.words[part.at + 1 : max(end - 1, part.at + 1)]
    is_plain = all(word.kind is not Kind.SIGN or word.text == "," for word in inner)
    if is_plain and not any(word.text == "where" and word.kind is Kind.WORD for word in part.words[end:]):
        return _unique(script, table, _key_columns(part), named)
    part.at = len(part.words)
    part.leave(_NO_WORDS, 0)
    return named


def _given_name(part: Cursor) -> str | None:
    """Read the name after CONSTRAINT (optional in some systems) or INDEX."""
    if not part.dialect.is_postgres and part.take("index"):
        return part.name()
    if not part.take("constraint"):
        return None
    is_kind = part.peek() in ("primary", "unique", "foreign", "check") and part.peek(1) in ("key", "(", "index")
    if part.dialect.is_postgres:
        return part.name()
    return None if is_kind else part.parts()[-1]  # some systems write the schema before it


def _index_name(part: Cursor) -> str | None:
    """Read the name and the method of an index, where other systems have them before the columns."""
    named = None
    if part.dialect.is_postgres:
        return None
    part.take_one("key", "index")
    while part.more and part.peek() != "(":
        if part.clause(part.dialect.key) is None:
            if named is not None:
                part.refuse("(")
            named = part.name()
    return named


def column_constraint(script: Script, table: Table, column: Column, part: Cursor) -> None:
    """Read one constraint or setting after a column's type. Other text stays unread, and is reported."""
    begun = part.at
    named = part.name() if part.take("constraint") else None
    claimed = _column_claim(script, table, column, part, named)
    if claimed is None and not _setting(column, part) and not part.take("null"):
        _tail(script, table, "", part)
        if part.at == begun:
            part.over()
        return
    _tail(script, table, claimed or named or "", part)


def _column_claim(script: Script, table: Table, column: Column, part: Cursor, named: str | None) -> str | None:
    """Read a constraint that is a claim, and return its name; None if there is none."""
    if part.take("not", "null"):
        column.not_null, named = True, named or f"{table.name}_{column.name}_not_null"
        script.named[table.id, named] = ("null", column.name)
        return named
    is_foreign = not part.dialect.is_postgres
    if is_foreign:
        part.take("foreign", "key")
    if part.take("primary", "key") or (part.dialect.name == "mysql" and part.take_one("key", "primary")):
        return _keyed(script, table, (column.name,), named)
    if part.take("unique"):
        _nulls(part)
        if is_foreign:
            part.take_one("key", "index")
        return _unique(script, table, (column.name,), named)
    if part.take("references"):
        return _refer(script, table, (column.name,), part, named)
    if part.peek() == "identity" and part.dialect.identity_is_key:
        script.identities.append((table, column.name))
    return _check(script, table, part, named) if part.take("check") else None


def _setting(column: Column, part: Cursor) -> bool:
    return _own_setting(column, part) or _column_setting(column, part)


def _own_setting(column: Column, part: Cursor) -> bool:
    """Read a description or a clause of another system after a column; return whether there was one."""
    if part.dialect.is_postgres:
        return False
    if (said := described(part)) is not None:
        column.description = said or None
    elif part.clause(part.dialect.counted):
        column.not_null = column.is_counted = True
    elif part.peek() == "as" and part.peek(1) == "(":
        computed(part)
    else:
        return part.clause(part.dialect.column) is not None
    return True


def described(part: Cursor) -> str | None:
    """Return the text of COMMENT 'text' or OPTIONS (description = 'text'); None if there is none here."""
    if not part.is_description():
        return None
    if part.take("comment"):
        part.take("=")
        return part.string() or ""
    part.take("options")
    said = ""
    for one in part.listed():
        if one.take("description", "="):
            said = one.string() or ""
        elif one.more:
            one.at = len(one.words)
            one.ignore(STORAGE, 0)
    return said


def computed(part: Cursor) -> None:
    """Read AS (expression), and whether its values are stored."""
    part.take("as")
    part.ignore(_COMPUTED)
    part.take_one("stored", "virtual", "persisted")


def _column_setting(column: Column, part: Cursor) -> bool:
    """Read a default, a computed column's expression or a storage setting; return whether there was one."""
    begun = part.at
    if part.take("default"):
        if not part.dialect.is_postgres:
            part.take("on", "null")
        column.is_counted = column.is_counted or part.peek() == "nextval"
        _expression(part, DEFAULT)
    elif part.peek() == "generated":
        generated(column, part)
    elif part.peek() in ("collate", "storage", "compression", "options"):
        part.over()
        if part.more:
            part.over()
        while part.peek() == ".":
            part.over()
            part.over()
        part.ignore(STORAGE, begun)
    else:
        return False
    return True


def generated(column: Column, part: Cursor) -> None:
    """Read ALWAYS or BY DEFAULT AS IDENTITY, which is never NULL; or AS (expression), STORED or VIRTUAL."""
    part.want("generated")
    if not part.take("always") and (part.dialect.is_postgres or part.peek() != "as"):
        part.want("by", "default")
        part.take("on", "null")
    part.want("as")
    if part.take("identity"):
        column.not_null = column.is_counted = True
        if part.peek() == "(":
            part.ignore(_COUNTED)
        while not part.dialect.is_postgres and part.clause(_IDENTITY):
            pass
        return
    part.ignore(_COMPUTED)
    part.take_one("stored", "virtual")


def _expression(part: Cursor, why: str) -> None:
    """Skip an expression, up to the next constraint."""
    begun = part.at
    while part.more and (part.at == begun or not _ends(part)):
        part.over()
    part.ignore(why, begun)


def _ends(part: Cursor) -> bool:
    """Return whether the next word cannot be part of an expression."""
    return part.peek() in _ON_COLUMNS or part.is_clause()


def _nulls(part: Cursor) -> None:
    if part.take("nulls"):
        part.take("not")
        part.take("distinct")


def _indexed(script: Script, table: Table, part: Cursor) -> tuple[str, ...]:
    """Return the columns of a key; or of the index that the key uses."""
    _index_name(part)
    if not part.take("using", "index"):
        return _key_columns(part)
    place, name = part.here, part.name()
    owner, columns = script.indexes.pop((table.schema, name), ((), ()))
    if owner != table.id:
        raise NotReadError(f"there is no unique index `{name}` of whole columns of this table before it", place)
    table.uniques.remove(columns)
    return columns


def _key_columns(part: Cursor) -> tuple[str, ...]:
    """Return the column names in parentheses. With a period WITHOUT OVERLAPS, they are unique too; the rest stays
    unread."""
    found = []
    for one in part.listed():
        if one.peek() == "period" and len(one.words) > 1 and one.peek(1) != "without":
            raise _TemporalError(_TEMPORAL, one.here)
        found.append(one.name())
        begun = one.at
        if one.peek() == "without" and one.peek(1) == "overlaps":
            one.over()
            one.over()
            one.leave(_TEMPORAL, begun, unread=True)
        one.clause(SORTED)
        one.end()
    return tuple(found)


def _keyed(script: Script, table: Table, columns: tuple[str, ...], named: str | None) -> str:
    for name in columns:
        if name in table.columns:
            table.columns[name].not_null = True
    table.key = columns
    named = named or f"{table.name}_pkey"
    script.named[table.id, named] = ("key", columns)
    return named


def _unique(script: Script, table: Table, columns: tuple[str, ...], named: str | None) -> str:
    table.uniques.append(columns)
    named = named or f"{table.name}_{'_'.join(columns)}_key"
    script.named[table.id, named] = ("unique", columns)
    return named


def _check(script: Script, table: Table, part: Cursor, named: str | None) -> str:
    part.clause(part.dialect.key)
    span, text = script.span(part), part.condition()
    rule = Rule(text=text, span=span, said=check_of(text, part.dialect.words, part.dialect.case))
    table.rules.append(rule)
    one = "".join(f"_{name}" for name in rule.said.columns) if len(rule.said.columns) == 1 else ""
    named = named or script.free_name(table, f"{table.name}{one}_check")
    script.named[table.id, named] = ("check", rule)
    return named


def _refer(script: Script, table: Table, columns: tuple[str, ...], part: Cursor, named: str | None) -> str:
    """Read the words after REFERENCES."""
    here = script.span(part)
    other = part.known(script.found.tables)
    to = _key_columns(part) if part.peek() == "(" else ()
    reference = Reference(columns=columns, table=other, to=to, span=here)
    table.references.append(reference)
    named = named or f"{table.name}_{'_'.join(columns)}_fkey"
    script.named[table.id, named] = ("reference", reference)
    return named


def _tail(script: Script, table: Table, named: str, part: Cursor) -> None:
    """Read the options after a constraint: rules of foreign keys, time of checking, settings of its index."""
    while part.more:
        begun = part.at
        if part.peek() == "match" and part.peek(1) in ("full", "partial", "simple"):
            part.over()
            is_full = part.peek() == "full"
            part.over()
            part.leave(_FULL, begun) if is_full else part.ignore(_ON_CHANGE, begun)
        elif part.clause(part.dialect.column):
            continue
        elif part.peek() == "on" and part.peek(1) in ("delete", "update"):
            _on_change(part)
        elif part.peek() == "not" and part.peek(1) in _DOUBTS:
            why = _DOUBTS[part.peek(1)]
            part.over()
            part.over()
            part.leave(why, begun)
            script.doubted[table.id, named] = script.account.seen[-1]
        elif part.peek() == "disable" and not part.dialect.is_postgres:
            part.over()
            part.leave(_DISABLED, begun)
            script.doubted[table.id, named] = script.account.seen[-1]
        elif part.clause(part.dialect.key):
            continue
        elif not _timed(part) and not _stored(part):
            return


def _on_change(part: Cursor) -> None:
    """Read ON DELETE SET NULL (columns)."""
    begun = part.at
    part.over()
    part.over()
    if part.peek() in ("no", "set"):
        part.over()
    part.over()
    if part.peek() == "(":
        part.over()
    part.ignore(_ON_CHANGE, begun)


def _timed(part: Cursor) -> bool:
    begun = part.at
    if part.peek() == "not" and part.peek(1) == "deferrable":
        part.over()
    if part.peek() in ("deferrable", "enforced"):
        part.over()
    elif part.peek() == "initially" or (part.peek() == "no" and part.peek(1) == "inherit"):
        part.over()
        part.over()
    else:
        return False
    part.ignore(_AT_COMMIT, begun)
    return True


def _stored(part: Cursor) -> bool:
    """Read INCLUDE (…), WITH (…) or USING INDEX TABLESPACE …"""
    begun = part.at
    if part.peek() in ("include", "with", "storing", "covering") and part.peek(1) == "(":
        part.over()
        part.over()
    elif part.peek() == "using" and part.peek(1) == "index" and part.peek(2) == "tablespace":
        for _ in range(4):
            part.over()
    else:
        return False
    part.ignore(STORAGE, begun)
    return True


def column_of(table: Table, name: str, part: Cursor) -> Column:
    if name not in table.columns:
        raise NotReadError(f"`{table.name}` has no column `{name}`", part.here)
    return table.columns[name]
