"""Cardinalities that stand in words on a connector: `1`, `N`, `0..*`, `1:N`, `has many`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from erd2dbt.diagram import Cap
from erd2dbt.read.board.values import Caption

_ENDS = {
    **dict.fromkeys(("1", "one", "1..1", "1,1", "exactly one"), Cap.ONLY_ONE),
    **dict.fromkeys(("0..1", "0,1", "?", "zero or one"), Cap.ZERO_OR_ONE),
    **dict.fromkeys(("1..*", "1..n", "1..m", "1,n", "1+", "one or many", "one or more"), Cap.ONE_OR_MANY),
    **dict.fromkeys(("0..*", "0..n", "0..m", "0,n", "*", "0+", "zero or many", "zero or more"), Cap.ZERO_OR_MANY),
    **dict.fromkeys(("n", "m", "many", "∞"), Cap.MANY),
}  # fmt: skip
_BOTH = re.compile(r"(.+?)\s*(?::|-?\s*to\s*-?|→|->|/|--)\s*(.+)")
_VERBS = {
    "has many": (None, Cap.MANY),
    "has one": (None, Cap.ONLY_ONE),
    "belongs to": (Cap.MANY, Cap.ONLY_ONE),
    "references": (Cap.MANY, Cap.ONLY_ONE),
}


class Said(NamedTuple):
    """What captions say: the caps of both ends, and the words that are left for the label."""

    start: Cap | None
    end: Cap | None
    label: str


def said(captions: Sequence[Caption]) -> Said:
    """A caption near an end speaks of that end, one in the middle of both."""
    start: Cap | None = None
    end: Cap | None = None
    words: list[str] = []
    for caption in sorted(captions, key=lambda c: c.position):
        plain = " ".join(caption.text.lower().split()).strip("()[]. ")
        one = _ENDS.get(plain)
        if one and caption.position < 0.5:
            start = one
        elif one and caption.position > 0.5:
            end = one
        elif both := _both(plain):
            start, end = start or both[0], end or both[1]
        else:
            words.append(" ".join(caption.text.split()))
            start, end = (a or b for a, b in zip((start, end), _VERBS.get(plain, (None, None)), strict=True))
    return Said(start, end, "; ".join(words))


def _both(plain: str) -> tuple[Cap, Cap] | None:
    """`1:N`, `many to one`."""
    match = _BOTH.fullmatch(plain)
    if match is None:
        return None
    left, right = _ENDS.get(match[1].strip("- ")), _ENDS.get(match[2].strip("- "))
    return (left, right) if left and right else None
