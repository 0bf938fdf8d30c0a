"""Words that are keywords to sqlglot but names in PostgreSQL: `qualify`, `pivot`, `comment + 1`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import Token, TokenType

from erd2dbt.escape.sql import RESERVED

Cut = Callable[[str], list[Token]]

# In PostgreSQL's queries and expressions these are always names.
_NAMES = frozenset(
    {
        TokenType.ALTER,
        TokenType.DESCRIBE,
        TokenType.DROP,
        TokenType.GLOB,
        TokenType.INSERT,
        TokenType.KILL,
        TokenType.LOCK,
        TokenType.PARTITION_BY,
        TokenType.PIVOT,
        TokenType.PRAGMA,
        TokenType.QUALIFY,
        TokenType.REVOKE,
        TokenType.RLIKE,
        TokenType.ROLLBACK,
        TokenType.UNCACHE,
        TokenType.UNPIVOT,
        TokenType.USE,
        TokenType.XOR,
    }
)
_IF = "if"  # sqlglot reads these as a call without brackets, or a statement
_WORD = re.compile(r"[^\W\d][\w$]*\Z")
# A statement continues with a word, a quoted name or a constant; a name continues with an operator or such a word.
_NAME_AT_START = re.compile(
    r"""\s*([^\W\d][\w$]*)(?![\w$])\s*
    (?= \Z | (?!&['"]) [^\w\s'"$(]
    | (?:and|as|asc|at|between|collate|desc|ilike|in|is|isnull|like|not|notnull|nulls|or|similar)\b )""",
    re.VERBOSE | re.IGNORECASE,
)


def cut(text: str, words: Cut) -> list[Token]:
    """The tokens of a PostgreSQL text, with names that sqlglot reads as keywords turned into names."""
    start = _NAME_AT_START.match(text)
    word = start[1] if start is not None else ""
    if start is None or (word.lower() in RESERVED and text[start.end(1) : start.end(1) + 1] != "."):
        return _named(words(text))
    # As a command, it would read the rest as one constant.
    first, *rest = words(text[: start.start(1)] + "_" * len(word) + text[start.end(1) :])
    is_plain = words(word)[0].token_type is TokenType.VAR and word.lower() != _IF
    first = _retold(first, TokenType.VAR, word) if is_plain else _name(first, word)
    return _named([first, *rest])


def _named(found: Sequence[Token]) -> list[Token]:
    return [_name(token, token.text) if _is_name(found, place) else token for place, token in enumerate(found)]


def _is_name(found: Sequence[Token], place: int) -> bool:
    token = found[place]
    word = token.text.lower()
    is_foreign = place > 0 and (word == _IF or token.token_type in _NAMES)
    return (is_foreign or (word in RESERVED and _is_in_path(found, place))) and _is_word(token)


def _is_word(token: Token) -> bool:
    """Whether the token is a word without quotes."""
    is_quoted = token.token_type is TokenType.IDENTIFIER or token.token_type.name.endswith("STRING")
    return not is_quoted and _WORD.match(token.text) is not None


def _is_in_path(found: Sequence[Token], place: int) -> bool:
    """Whether the word touches a point with a name at its other side. In `true.amount`, `true` is not a constant."""
    if place and found[place - 1].token_type is TokenType.DOT:
        return True
    behind = found[place + 1 : place + 3]
    return (
        len(behind) == 2
        and behind[0].token_type is TokenType.DOT
        and behind[0].start == found[place].end + 1
        and (behind[1].token_type is TokenType.IDENTIFIER or _is_word(behind[1]))
    )


def _name(token: Token, word: str) -> Token:
    """The token as a quoted name, which no grammar reads as a keyword."""
    return _retold(token, TokenType.IDENTIFIER, word.lower())


def _retold(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end, token.comments)
