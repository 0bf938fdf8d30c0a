"""The words of SQL statements, for readers of DDL, in each system's own spelling. sqlglot splits them."""

from __future__ import annotations

import enum
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlglot import TokenType
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

logging.getLogger("sqlglot").setLevel(logging.ERROR)


class Case(enum.Enum):
    """How a system folds the case of names."""

    LOWER = enum.auto()  # unquoted names are lower case, quoted names exact
    UPPER = enum.auto()  # unquoted names are upper case, written lower here as people do; quoted names exact
    KEPT = enum.auto()  # names of any case are equal, and keep their spelling


class Kind(enum.Enum):
    WORD = enum.auto()  # folded to lower case, like PostgreSQL does
    QUOTED = enum.auto()
    STRING = enum.auto()
    SIGN = enum.auto()  # numbers, operators, parentheses


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is without quotes. `start` and `end` are offsets in the statement.

    `written`: the name before it was folded, where that differs; always where a system keeps the case.
    """

    kind: Kind
    text: str
    start: int
    end: int
    written: str | None = None


_STRINGS = {
    TokenType.STRING,
    TokenType.BYTE_STRING,
    TokenType.HEREDOC_STRING,
    TokenType.NATIONAL_STRING,
    TokenType.RAW_STRING,
}
_CODED = re.compile(r"\\(?:([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|(\\))")
_QUOTE = re.compile(r"\w{0,2}['\"$]")
_WORD = re.compile(r"[^\W\d][\w$]*")


def tokens(statement: str, system: str = "postgres", case: Case = Case.LOWER) -> list[Token] | None:
    """The words of one statement without comments; None when it cannot be split. `system`: sqlglot's name of it."""
    try:
        read = _cutter(system)(statement)
    except SqlglotError:
        return None
    found: list[Token] = []
    for token in read:
        start, end = token.start, token.end + 1
        if token.token_type is TokenType.IDENTIFIER:
            found.append(_quoted(token.text, start, end, case))
        elif token.token_type is TokenType.UNICODE_STRING:
            found.append(Token(Kind.STRING, _CODED.sub(_decoded, token.text), start, end))
        elif token.token_type in _STRINGS:
            is_string = _QUOTE.match(statement, start) and len(token.text) < end - start
            if not is_string:  # the whole rest, after a word that sqlglot reads as a command
                begun = found[-1].end if found else start
                rest = tokens(statement[begun:], system, case)
                return [*found, *(replace(one, start=one.start + begun, end=one.end + begun) for one in rest or ())]
            found.append(Token(Kind.STRING, token.text, start, end))
        else:
            found += _plain(statement, start, end, case)
    return _with_coded_names(found) if system == "postgres" else found


def _with_coded_names(found: list[Token]) -> list[Token]:
    """A name `U&"…"` as one token, which sqlglot splits into three."""
    joined: list[Token] = []
    for token in found:
        is_coded = (
            token.kind is Kind.QUOTED
            and [one.text for one in joined[-2:]] == ["u", "&"]
            and joined[-2].end == joined[-1].start
            and joined[-1].end == token.start
        )
        start = joined[-2].start if is_coded else token.start
        if is_coded:
            del joined[-2:]
        joined.append(replace(token, text=_CODED.sub(_decoded, token.text), start=start) if is_coded else token)
    return joined


@lru_cache
def _cutter(system: str) -> Callable[[str], list[Any]]:
    return Dialect.get_or_raise(system).tokenize


def _quoted(name: str, start: int, end: int, case: Case) -> Token:
    folded = name.lower()
    if case is Case.KEPT:
        return Token(Kind.QUOTED, folded, start, end, None if name == folded else name)
    return Token(Kind.QUOTED, folded if case is Case.UPPER and name == name.upper() else name, start, end)


def _decoded(match: re.Match[str]) -> str:
    """The character of an escape in U&'…': four digits, `+` and six digits, or a doubled backslash."""
    code = int(match[1] or match[2] or "5c", 16)
    return chr(code) if code < 0x110000 else match[0]


def _plain(statement: str, start: int, end: int, case: Case) -> list[Token]:
    """sqlglot joins some words (`primary key`); here each is its own token."""
    written = statement[start:end]
    words = list(_WORD.finditer(written))
    if not words or words[0].start() != 0:
        return [Token(Kind.SIGN, written, start, end)]
    return [_word(word, start, case) for word in words]


def _word(word: re.Match[str], start: int, case: Case) -> Token:
    folded = word[0].lower()
    plain = (folded,) if case is Case.KEPT else (folded, word[0].upper())
    written = None if word[0] in plain else word[0]
    return Token(Kind.WORD, folded, start + word.start(), start + word.end(), written)
