"""Splits a script into statements as psql does: strings, dollar quotes, comments, meta-commands and rows of COPY."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPECIAL = re.compile(
    r"--[^\n]*|/\*"
    r"|(?<![\w$])[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|'[^']*(?:''[^']*)*'"
    r'|"[^"]*(?:""[^"]*)*"'
    r"|(?<![\w$])\$(?:[^\W\d]\w*)?\$|;|(?m:^[ \t]*\\[^\n]*)",
    re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LEADING = re.compile(r"(?:\s+|--[^\n]*|^[ \t]*\\[^\n]*)+", re.MULTILINE)
_ROWS_FOLLOW = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_ROWS_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_BODY = re.compile(r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b.*\bbegin\s+atomic\b", re.I | re.S)
_HEAD = 400  # characters that contain the first words of a statement
_BODY_END = re.compile(r"\bend\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of a statement without the semicolon, from its first word, and its offset."""

    text: str
    start: int

    @property
    def words(self) -> str:
        """The beginning of the statement with a blank for each comment. It has the same length if there are no
        comments."""
        return without_comments(self.text[:_HEAD])


def statements(script: str, at: int = 0) -> Iterator[Statement]:
    """Yield each statement from a position that is not empty. psql's own commands and the rows of COPY are skipped."""
    begun = at
    while match := _SPECIAL.search(script, at):
        at = match.end()
        found = match[0]
        if found == "/*":
            at = _behind_comment(script, at)
        elif found.startswith("$"):
            closed = script.find(found, at)
            at = len(script) if closed < 0 else closed + len(found)
        elif found.lstrip().startswith("\\"):
            if not _stripped(script, begun, match.start()).text:
                begun = at
        elif found == ";":
            one = _stripped(script, begun, match.start())
            if _BODY.match(one.text) and not _BODY_END.search(one.text):
                continue
            yield from [one] if one.text else []
            begun = at = _behind_rows(script, at) if _ROWS_FOLLOW.match(one.words) else at
    last = _stripped(script, begun, len(script))
    if last.text:
        yield last


def _behind_rows(script: str, at: int) -> int:
    """Return the position after the rows that COPY reads from the script."""
    end = _ROWS_END.search(script, at)
    return end.end() if end else len(script)


def _stripped(script: str, start: int, end: int) -> Statement:
    """Return the position after leading comments and blanks."""
    while True:
        if match := _LEADING.match(script, start, end):
            start = match.end()
        if not script.startswith("/*", start, end):
            break
        start = min(_behind_comment(script, start + 2), end)
    return Statement(script[start:end].rstrip(), start)


def _behind_comment(script: str, at: int) -> int:
    """Return the position after a comment, which may contain other comments."""
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(script, at)):
        depth += 1 if edge[0] == "/*" else -1
        at = edge.end()
    return len(script) if depth else at


def without_comments(text: str) -> str:
    """Return the text with one blank for each comment. Comment signs inside quotes do not count."""
    if "--" not in text and "/*" not in text:
        return text
    kept, at, begun = [], 0, 0
    while match := _SPECIAL.search(text, at):
        at = match.end()
        if match[0] == "/*":
            at = _behind_comment(text, at)
        elif not match[0].startswith("--"):
            continue
        kept.append(text[begun : match.start()])
        begun = at
    return " ".join((*kept, text[begun:]))
