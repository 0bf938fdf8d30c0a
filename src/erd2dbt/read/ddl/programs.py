"""Reads DO blocks that only wrap definitions, as migration tools write them so that they can run twice."""

from __future__ import annotations

import re
from typing import NamedTuple

_DO = re.compile(r"do\s+(?:language\s+\w+\s+)?(?P<quote>\$\w*\$)(?P<body>.*)(?P=quote)(?:\s+language\s+\w+)?\s*",
                 re.IGNORECASE | re.DOTALL)  # fmt: skip
_BLANK = r"(?:\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*"
_BEGIN = re.compile(rf"{_BLANK}begin\b", re.IGNORECASE)
_END = re.compile(
    r"(?P<handler>\bexception\s+when\b(?:\s+[\w']+)+?\s+then\s+(?:null|raise\s+notice\s+[^;]*)\s*;\s*"
    r"(?:when\b(?:\s+[\w']+)+?\s+then\s+(?:null|raise\s+notice\s+[^;]*)\s*;\s*)*)?\bend(?:\s*;)?\s*\Z",
    re.IGNORECASE,
)
# the condition only queries the catalog, to find whether the object exists
_IF_NEW = re.compile(
    rf"{_BLANK}if\s+not\s+exists\s*\(\s*select\b[^;]*?\bfrom\s+(?:pg_catalog\.)?(?:pg_|information_schema\.)\w+[^;]*?\)\s*"
    r"then\b",
    re.IGNORECASE,
)
_END_IF = re.compile(r"\bend\s+if\s*;", re.IGNORECASE)
_DEFINES = re.compile(
    r"\b(?:constraint|references|primary\s+key|foreign\s+key|unique|(?:create|alter|drop)\s+(?:\w+\s+)?table)\b",
    re.IGNORECASE,
)


class Wrapped(NamedTuple):
    """A part of a script with statements only, as offsets from the beginning of the block."""

    start: int
    end: int


def wrapped(block: str) -> list[Wrapped] | None:
    """Return the positions of the definitions that a DO block only wraps; None where the block does more."""
    outer = _DO.fullmatch(block)
    body = outer["body"] if outer else ""
    begin, end = _BEGIN.match(body), _END.search(body)
    if outer is None or begin is None or end is None or begin.end() > end.start():
        return None
    offset, at, last = outer.start("body"), begin.end(), end.start()
    found = []
    while at < last:
        test = _IF_NEW.match(body, at, last)
        closed = _END_IF.search(body, test.end(), last) if test else None
        if test and closed:
            found.append(Wrapped(offset + test.end(), offset + closed.start()))
            at = closed.end()
            continue
        following = re.compile(r"(?<=;)" + _IF_NEW.pattern, re.IGNORECASE).search(body, at, last)
        found.append(Wrapped(offset + at, offset + (following.start() if following else last)))
        at = following.start() if following else last
    return [one for one in found if block[one.start : one.end].strip()]


def defines(block: str) -> bool:
    """Return whether a program names a table or a constraint, so that skipping it may lose a part of the diagram."""
    return _DEFINES.search(block) is not None
