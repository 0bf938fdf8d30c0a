"""Clauses that a system knows and that change no table, column or key: patterns of words, and how far they match.

The parts of a pattern, with blanks between them:

* `word`, or `one|other`: just this word
* `*`: one word, string or sign, with what follows it behind dots
* `(…)`: what stands in parentheses
* `?` behind any of them: it may be missing
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
    """The first pattern that matches from there on, and how many words it takes."""
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
    """Behind what one part of a pattern takes; None where it does not match."""
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
    """Behind the parenthesis that closes the one there."""
    depth = 0
    for place in range(at, len(words)):
        if words[place].kind is Kind.SIGN:
            depth += {"(": 1, ")": -1}.get(words[place].text, 0)
        if depth == 0:
            return place + 1
    return None
