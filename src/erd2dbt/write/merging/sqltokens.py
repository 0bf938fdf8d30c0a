"""dbt SQL cut into tokens that know where they stand: Jinja and comments are tokens, too.

Two tokens are equal in `norm` where no formatter's change tells them apart: case, quotes, blanks within Jinja.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<comment>--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|\{\#(?:[^#]|\#(?!\}))*\#\})
    | (?P<jinja>\{\{(?:[^}]|\}(?!\}))*\}\})
    | (?P<block>\{%(?:[^%]|%(?!\}))*%\})
    | (?P<string>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*')
    | (?P<dollars>\$(?P<tag>\w*)\$[\s\S]*?\$(?P=tag)\$)
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<number>0[xXoObB][0-9a-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<sign>.)
    """,
    re.VERBOSE,
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")  # a quoted name that means the same without its quotes
_OPEN = frozenset("'\"")  # signs that begin what has no end


class UnfitError(Exception):
    """The text is not a SQL that can be merged by its structure."""


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: word, quoted, string, number, sign, jinja, block or comment."""

    kind: str
    text: str
    start: int
    norm: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.norm in words


def tokens(text: str) -> list[Token]:
    """All but blanks, in order. UnfitError where a quote or a comment stays open."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = "string" if match.lastgroup in ("dollars", "tag") else match.lastgroup or ""
        if kind == "space":
            continue
        if kind == "sign" and match[0] in _OPEN:
            raise UnfitError
        found.append(Token(kind, match[0], match.start(), _norm(kind, match[0])))
    return found


def _norm(kind: str, text: str) -> str:
    if kind in ("word", "number"):
        return text.lower()
    if kind == "quoted":
        return text[1:-1] if _PLAIN.fullmatch(text[1:-1]) else text
    if kind in ("jinja", "block"):
        return re.sub(r"\s+|(?<=^\{[{%])-|-(?=[%}]\}$)", "", text).replace('"', "'")
    return text.rstrip() if kind == "comment" else text
