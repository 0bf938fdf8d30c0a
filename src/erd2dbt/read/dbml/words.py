"""Tokenises DBML. Line ends are words too, because they end columns."""

from __future__ import annotations

import enum
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass


class Kind(enum.Enum):
    NAME = enum.auto()
    QUOTED = enum.auto()  # "a name"
    STRING = enum.auto()  # 'text', '''text'''
    EXPRESSION = enum.auto()  # `sql`
    SIGN = enum.auto()
    LINE = enum.auto()
    END = enum.auto()
    WRONG = enum.auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its offsets `start` and `end`. `text` is without quotes."""

    kind: Kind
    text: str
    start: int
    end: int


_WORD = re.compile(
    r"(?P<blank>[^\S\n]+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<line>\n)"
    r"|'''(?P<long>(?:\\.|(?!''').)*)'''"
    r"|'(?P<string>(?:\\.|[^'\\\n])*)'"
    r'|"(?P<quoted>(?:\\.|[^"\\\n])*)"'
    r"|`(?P<expression>[^`]*)`"
    r"|(?P<name>(?:\w|[^\x00-\x7f\s])+)"
    r"|(?P<color>\#[0-9a-fA-F]{3,8})"
    r"|(?P<sign><>|[-<>{}\[\](),.:~*=+/%&|!?;@$^])",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(\n|.)", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "0": "", "\n": ""}


def words(text: str) -> Iterator[Word]:
    """Return all words, then an END. Each character that is not part of a word is a WRONG word."""
    at = 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            yield Word(Kind.WRONG, text[at], at, at + 1)
            at += 1
            continue
        at = match.end()
        kind = match.lastgroup
        if kind == "blank":
            continue
        yield _word(str(kind), match)
    yield Word(Kind.END, "", len(text), len(text))


def _word(kind: str, match: re.Match[str]) -> Word:
    start, end, said = match.start(), match.end(), match[kind]
    if kind == "long":
        return Word(Kind.STRING, _dedented(_unescaped(said)), start, end)
    if kind in ("string", "quoted"):
        return Word(Kind[kind.upper()], _unescaped(said), start, end)
    return Word(Kind.SIGN if kind == "color" else Kind[kind.upper()], said, start, end)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _MEANT.get(match[1], match[1]), text) if "\\" in text else text


def _dedented(text: str) -> str:
    return textwrap.dedent(text.strip("\n")).strip()
