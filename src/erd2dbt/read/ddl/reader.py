"""Reads a PostgreSQL script statement by statement. Statements that define no table are counted, unread ones
reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from erd2dbt.diagram.drawing import Diagram, Seen
from erd2dbt.read.ddl import objects
from erd2dbt.read.ddl.alter import alter_table
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.dialect import POSTGRES, Dialect, Read
from erd2dbt.read.ddl.ignored import NO_TABLES, NOTHING, UNREAD
from erd2dbt.read.ddl.programs import defines, wrapped
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.ddl.statements import Statement, statements
from erd2dbt.read.ddl.tables import create_table, temporary
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import PUBLIC, Tables
from erd2dbt.read.text.accounting import Account
from erd2dbt.read.text.places import Places
from erd2dbt.sql.tokens import Case, tokens

_DEFINES = re.compile(r"^[ \t]*create\s+(?:(?:global|local|temp|temporary|unlogged)\s+)*(?:table|schema)\s+[\w\"@]",
                      re.IGNORECASE | re.MULTILINE)  # fmt: skip
_ALTERS = re.compile(r"^[ \t]*alter\s+table\s+(?:only\s+|if\s+exists\s+)*[\w\".@]+\s+add\b", re.I | re.M)
_BEGINS = re.compile(
    r"(?:create|alter|set|select|comment|drop|begin|start|insert|copy|grant|do|analyze|vacuum|update|delete)\b", re.I
)
_WORDS = re.compile(r"[a-z]+", re.IGNORECASE)
_NEXT = re.compile(
    r"\n[ \t]*(?P<next>(?:create\s+(?:unlogged\s+|foreign\s+)?table|alter\s+table|create\s+(?:type|domain)|"
    r"comment\s+on|create\s+unique\s+index)\b)",
    re.IGNORECASE,
)

_PATH = re.compile(
    r"(?:set\s+(?:local\s+|session\s+)?search_path\s*(?:=|\bto\b)\s*(?P<names>.*)"
    r"|select\s+(?:pg_catalog\.)?set_config\s*\(\s*'search_path'\s*,\s*'(?P<config>[^']*)'.*"
    r"|reset\s+search_path)\s*",
    re.IGNORECASE | re.DOTALL,
)
_IN_PATH = re.compile(r'"((?:[^"]|"")*)"|([\w$]+)')

_INTO = re.compile(
    r"select\b[^'\"();]*\binto\s+(?!strict\b)(?:(?:temp|temporary|unlogged|table)\s+)*[\w\"]", re.IGNORECASE
)

_LOOKED_AT = 200_000  # characters at the start of a script that are searched for its dialect
_SHOWN = 200  # characters quoted of a statement that is not read
_Of = TypeVar("_Of")


def is_ddl(text: str) -> bool:
    """Return whether a text is SQL to read here: it begins with an SQL word, and a statement defines a table."""
    head = text[:_LOOKED_AT]
    first = next(statements(head), None)
    if first is None or not _BEGINS.match(first.text):
        return False
    if _DEFINES.search(text) or _ALTERS.search(text):
        return True
    begins = (_longest(_kind(one.words), _READ) for one in statements(head))
    return any(found and found[1] in (create_table, alter_table) for found in begins)


def read_ddl(text: str, file: str) -> Diagram:
    """Return the diagram of a script's tables."""
    return drawn(read_tables(text, file), file)


def read_tables(text: str, file: str) -> Tables:
    """Return the tables of a script, in their state at its end."""
    return read_script(text, file, POSTGRES).found


def read_script(text: str, file: str, dialect: Dialect) -> Script:
    """The reading of one script, up to its end."""
    account = Account(Places(file, text))
    script = Script(account, Tables(seen=account.seen), dialect, (dialect.schema,))
    passed: dict[str, tuple[int, int]] = {}  # kind -> (place of the first one, count)
    _read_statements(script, text, 0, passed)
    account.close()
    script.found.seen += [_counted(script, kind, *counted) for kind, counted in passed.items()]
    script.found.parts = account.parts
    return script


def _read_statements(script: Script, text: str, at: int, passed: dict[str, tuple[int, int]]) -> None:
    rest = script.dialect.statements(text, at)
    while statement := next(rest, None):
        if inner := _wrapped(text, statement):
            for begin, end in inner:
                _read_statements(script, text[:end], begin, passed)
            continue
        kind = _statement(script, statement)
        if kind:
            first, count = passed.get(kind, (statement.start, 0))
            passed[kind] = first, count + 1
        elif _is_unread(script, statement) and (again := _NEXT.search(statement.text)):
            # a quote or a semicolon is missing
            rest = script.dialect.statements(text, statement.start + again.start("next"))


def _wrapped(text: str, statement: Statement) -> list[tuple[int, int]]:
    """Return the positions of the definitions in a DO block; empty for another program or statement."""
    if statement.text[:2].lower() != "do":
        return []
    found = [(statement.start + one.start, statement.start + one.end) for one in wrapped(statement.text) or ()]
    kinds = (_kind(one.words).split() for begin, end in found for one in statements(text[:end], begin))
    return found if all(kind and kind[0] in ("create", "alter", "drop", "comment") for kind in kinds) else []


def _is_unread(script: Script, statement: Statement) -> bool:
    last = script.found.seen[-1] if script.found.seen else None
    return last is not None and last.unread and last.text == statement.text[:_SHOWN]


def _counted(script: Script, kind: str, first: int, count: int) -> Seen:
    span = script.account.places.span(first)
    one = Seen(kind=f"line {span.line}", why=_reason(script, kind) or NOTHING, span=span, text=kind)
    return one if count == 1 else one.repeated(count, "statements")


def _longest(kind: str, *known: Mapping[str, _Of]) -> tuple[int, _Of] | None:
    """Return the length in words of the longest known beginning, and its value. The first mapping takes precedence."""
    words = kind.split()
    for count in range(len(words), 0, -1):
        begin = " ".join(words[:count])
        if found := next((one for one in known if begin in one), None):
            return count, found[begin]
    return None


def _statement(script: Script, statement: Statement) -> str | None:
    """Read a statement; return its kind if it defines nothing that is drawn."""
    if statement.text[:7].lower() == "insert ":  # a script may have hundreds of thousands of these
        return "insert"
    kind = _kind(statement.words)
    if found := _longest(kind, script.dialect.reads, _READ):
        return _defined(script, statement, *found)
    why = _reason(script, kind)
    if why is None or why == UNREAD:
        said = f"this is not a statement of {script.dialect.title} that is known"
        _unread(script, statement, said if why is None else "this is not read here")
        return None
    if kind.startswith(("set", "select", "reset")) and "search_path" in statement.text[:200].lower():
        _search_path(script, statement.text)
    if kind.startswith("select") and _INTO.search(statement.text):
        _unread(script, statement, "its columns come from a query")
        return None
    if kind.startswith(_programs(script)) and defines(statement.text):
        _unread(script, statement, "a program that defines tables or constraints; it is not run here")
        return None
    if " view" in kind and kind.startswith("create"):
        _view(script, statement.text)
    return _shown(kind)


def _programs(script: Script) -> tuple[str, ...]:
    """Return the first words of programs that a script runs immediately."""
    return ("do",) if script.dialect.is_postgres else ("begin", "declare", "execute", "while", "if")


def _reason(script: Script, kind: str) -> str | None:
    """Return why a statement that defines nothing is ignored; None if the statement is unknown."""
    found = _longest(kind, script.dialect.others) or _longest(kind.replace("create or replace", "create", 1), NO_TABLES)
    return found[1] if found else None


def _kind(text: str) -> str:
    """Return the first words of a statement, in lower case."""
    return " ".join(_WORDS.findall(text[:120])[:6]).lower()


def _shown(kind: str) -> str:
    """Return a kind as the report shows it: `create unique index foo` -> `create unique index`."""
    words = kind.split()
    if words[0] not in ("create", "alter", "drop", "comment"):
        return words[0]
    filling = ("or", "replace", "unique", "materialized", "temporary", "temp", "on", "event", "foreign", "recursive")
    kept = words[:1]
    for word in words[1:]:
        kept.append(word)
        if word not in filling:
            break
    return " ".join(kept)


def _defined(
    script: Script, statement: Statement, words: int, read: Callable[[Script, Cursor], str | None]
) -> str | None:
    cut = tokens(statement.text, script.dialect.words, script.dialect.case)
    if cut is None:
        _unread(script, statement, "a quote in it has no end")
        return None
    cursor = script.cursor(cut, statement.text, statement.start)
    cursor.at = words
    begun = len(script.found.seen)
    cursor.account.read(statement.start, statement.start + cut[words - 1].end)
    try:
        kind = read(script, cursor)
    except NotReadError as fault:
        del script.found.seen[begun:]  # the statement is reported as a whole
        script.account.pass_over(statement.start, statement.start + len(statement.text))
        _unread(script, statement, str(fault), fault.at)
        return None
    if kind is None:
        script.account.settle(cursor.parts_of_text())
    else:
        script.account.pass_over(statement.start, statement.start + len(statement.text))
    return kind


def _unread(script: Script, statement: Statement, why: str, at: int | None = None) -> None:
    span = script.account.places.span(statement.start if at is None else at)
    script.found.seen.append(
        Seen(kind=f"line {span.line}", why=why, span=span, text=statement.text[:_SHOWN], unread=True)
    )


def _search_path(script: Script, text: str) -> None:
    """Read `set search_path to sales, public`. pg_dump's `set_config` and RESET leave `public`."""
    match = _PATH.fullmatch(text)
    given = (match["names"] or match["config"] or "") if match else ""
    names = [quoted.replace('""', '"') or plain.lower() for quoted, plain in _IN_PATH.findall(given)]
    if match:
        script.path = tuple(name for name in names if name not in ("$user", "default")) or (PUBLIC,)


def _view(script: Script, text: str) -> None:
    match = re.search(r"\bview\s+(?:if\s+not\s+exists\s+)?([\w$\".`\[\]]+)", text[:300], re.IGNORECASE)
    if match:
        is_exact = '"' in match[1] and script.dialect.case is not Case.KEPT
        names = match[1] if is_exact else match[1].lower()
        parts = [part.strip('"`[]') for part in names.split(".")]
        script.views.add((parts[-2] if len(parts) > 1 else script.path[0], parts[-1]))


# -- one function for each statement that defines; each begins behind its words, and says a kind when it defines nothing


def _create_schema(script: Script, cursor: Cursor) -> str | None:
    """Read CREATE SCHEMA, which may contain the definitions of its tables."""
    cursor.take("if", "not", "exists")
    name = cursor.name() if cursor.peek() != "authorization" else ""
    if cursor.take("authorization"):
        owner = cursor.name()
        name = name or owner
    inner = cursor.part(cursor.words[cursor.at :])
    inner.path = (name, *cursor.path)
    begins = [place for place in range(len(inner.words)) if _at(inner, place, "create") or _at(inner, place, "grant")]
    for begin, end in zip(begins, [*begins[1:], len(inner.words)], strict=False):
        part = inner.part(inner.words[begin:end])
        for read in (found for words, found in _READ.items() if part.take(*words.split())):
            read(script, part)
            break
        else:
            part.at = len(part.words)
            part.ignore(NOTHING, 0)
    return None if begins else "create schema"


def _at(cursor: Cursor, place: int, word: str) -> bool:
    cursor.at = place
    return cursor.peek() == word


_READ: Mapping[str, Read] = {
    "create table": create_table,
    "create unlogged table": create_table,
    "create temporary table": temporary,
    "create temp table": temporary,
    "create global temporary table": temporary,
    "create local temporary table": temporary,
    "create foreign table": create_table,
    "create schema": _create_schema,
    "create type": objects.create_type,
    "create domain": objects.create_domain,
    "create unique index": objects.create_unique_index,
    "alter table": alter_table,
    "alter foreign table": alter_table,
    "alter type": objects.alter_type,
    "alter domain": objects.alter_domain,
    "alter index": objects.alter_index,
    "alter schema": objects.alter_schema,
    "comment on table": objects.comment_on_table,
    "comment on column": objects.comment_on_column,
    "drop table": objects.drop_table,
    "drop index": objects.drop_index,
    "drop schema": objects.drop_schema,
}
