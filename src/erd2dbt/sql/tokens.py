"""SQL statements as words, for readers of definitions: PostgreSQL's own spelling, cut up by sqlglot."""

from __future__ import annotations

import enum
import logging
import re
from dataclasses import dataclass

from sqlglot import TokenType
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError

logging.getLogger("sqlglot").setLevel(logging.ERROR)


class Kind(enum.Enum):
    WORD = enum.auto()  # folded to lower case, as PostgreSQL folds it
    QUOTED = enum.auto()
    STRING = enum.auto()
    SIGN = enum.auto()  # numbers, operators, parentheses


@dataclass(frozen=True, slots=True)
class Token:
    """`text` without quotes; `start` and `end` are offsets in the statement.

    `written` is a word before it was folded, where that tells more."""

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
    TokenType.UNICODE_STRING,
    TokenType.RAW_STRING,
}
_WORD = re.compile(r"[^\W\d][\w$]*")


def tokens(statement: str) -> list[Token] | None:
    """The words of one statement without its comments; None when it cannot be cut up."""
    try:
        read = Postgres().tokenize(statement)
    except SqlglotError:
        return None
    found: list[Token] = []
    for token in read:
        start, end = token.start, token.end + 1
        if token.token_type is TokenType.IDENTIFIER:
            found.append(Token(Kind.QUOTED, token.text, start, end))
        elif token.token_type in _STRINGS:
            found.append(Token(Kind.STRING, token.text, start, end))
        else:
            found += _plain(statement, start, end)
    return found


def _plain(statement: str, start: int, end: int) -> list[Token]:
    """sqlglot joins some words (`primary key`); here each stands alone."""
    written = statement[start:end]
    words = list(_WORD.finditer(written))
    if not words or words[0].start() != 0:
        return [Token(Kind.SIGN, written, start, end)]
    return [_word(word, start) for word in words]


def _word(word: re.Match[str], start: int) -> Token:
    folded = word[0].lower()
    written = None if word[0] in (folded, word[0].upper()) else word[0]
    return Token(Kind.WORD, folded, start + word.start(), start + word.end(), written)
