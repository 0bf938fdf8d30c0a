"""Matches clauses that change no table, column or key, by patterns of words.

A pattern consists of these parts, separated by blanks:

* `word`, or `one|other`: exactly this word

* `*`: one word, string or sign, with the dotted names after it

* `(…)`: a group in parentheses

* `?` after any of them: it is optional
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from erd2dbt.sql.tokens import Kind, Token


class _Part(NamedTuple):
    words: tuple[str, ...]
    is_optional: bool


def matched(words: Sequence[Token], at: int, patterns: Iterable[str]) -> tuple[str, int] | None:
    """Return the first pattern that matches at a position, and the number of words it matches."""
    for pattern in patterns:
        end = _end(words, at, _parts(pattern))
        if end is not None and end > at:
            return pattern, end - at
    return None


@cache
def _parts(pattern: str) -> tuple[_Part, ...]:
    parts = []
    for one in pattern.split():
        plain = one.removesuffix("?")
        parts.append(_Part(tuple(plain.split("|")) if plain != "*" else ("*",), plain != one))
    return tuple(parts)


def _end(words: Sequence[Token], at: int, parts: tuple[_Part, ...]) -> int | None:
    for part in parts:
        behind = _behind(words, at, part.words)
        if behind is None and not part.is_optional:
            return None
        at = at if behind is None else behind
    return at


def _behind(words: Sequence[Token], at: int, wanted: tuple[str, ...]) -> int | None:
    """Return the position after one part of a pattern; None where it does not match."""
    if at >= len(words):
        return None
    word = words[at]
    is_plain = word.kind in (Kind.WORD, Kind.SIGN)
    if wanted == ("(…)",):
        return group_end(words, at) if is_plain and word.text == "(" else None
    if wanted == ("*",):
        if is_plain and word.text in ("(", ")", ","):
            return None
        at += 1
        while at + 1 < len(words) and words[at].text == "." and words[at].kind is Kind.SIGN:
            at += 2
        return at
    return at + 1 if is_plain and word.text in wanted else None


def group_end(words: Sequence[Token], at: int) -> int | None:
    """Return the position after the closing parenthesis of the group here."""
    depth = 0
    for place in range(at, len(words)):
        if words[place].kind is Kind.SIGN:
            depth += {"(": 1, ")": -1}.get(words[place].text, 0)
        if depth == 0:
            return place + 1
    return None
