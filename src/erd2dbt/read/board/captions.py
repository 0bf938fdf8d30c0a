"""Parses cardinalities in the captions of connectors: `1`, `N`, `0..*`, `1:N`, `has many`, in any known language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from erd2dbt.diagram.drawing import Cap
from erd2dbt.read.board.values import Caption
from erd2dbt.read.boxes import vocabulary
from erd2dbt.read.boxes.cardinalities import CAPS, ENDS, cap_of, is_limit

# In Merise, `0,n` counts the rows at the other end; in UML, `0..n` counts the rows at this end.
_PARTNERS = {"1,1": Cap.ONLY_ONE, "0,1": Cap.ZERO_OR_ONE, "1,n": Cap.ONE_OR_MANY, "1,m": Cap.ONE_OR_MANY,
             "1,*": Cap.ONE_OR_MANY, "0,n": Cap.ZERO_OR_MANY, "0,m": Cap.ZERO_OR_MANY,
             "0,*": Cap.ZERO_OR_MANY}  # fmt: skip
_WORDS = "|".join(re.escape(word) for word in sorted(ENDS, key=len, reverse=True))
_BOTH = re.compile(
    rf"(?P<before>.*?)(?<![{vocabulary.LETTERS}])(?P<left>{_WORDS})\s*(?::|-?\s*(?:{vocabulary.BETWEEN})\s*-?|→|->|/|--|-|–)\s*"
    rf"(?P<right>{_WORDS})(?![{vocabulary.LETTERS}.])(?P<after>.*)"
)
_TRIM = "()[]. :;,–—-"


class Said(NamedTuple):
    """The result of captions: the caps of both ends, the remaining words as label, and the assumptions made."""

    start: Cap | None
    end: Cap | None
    label: str
    guess: str | None = None


def said(captions: Sequence[Caption]) -> Said:
    """Parse captions. A caption near an end describes that end, one in the middle describes both."""
    start: Cap | None = None
    end: Cap | None = None
    guess: str | None = None
    words: list[str] = []
    for caption in sorted(captions, key=lambda c: c.position):
        plain = vocabulary.plain(vocabulary.half_width(caption.text)).strip(_TRIM)
        tight = plain.replace(" ", "")
        one = cap_of(plain)
        if tight in _PARTNERS and caption.position != 0.5:
            guess = f"`{tight}` at one end is read as the number of rows at the other"
            start, end = (start, _PARTNERS[tight]) if caption.position < 0.5 else (_PARTNERS[tight], end)
        elif one and caption.position < 0.5:
            start = one
        elif one and caption.position > 0.5:
            end = one
        elif both := _both(plain):
            start, end = start or both[0], end or both[1]
            words += [both[2]] if both[2] else []
        else:
            words.append(" ".join(caption.text.split()))
            verb = vocabulary.VERBS.get(plain, (None, None))
            start, end = (a or CAPS.get(b or "") for a, b in zip((start, end), verb, strict=True))
    return Said(start, end, "; ".join(words), guess)


def bounds(captions: Sequence[Caption]) -> list[str]:
    """Return captions with a minimum or maximum number of rows, such as `0..15`: links do not claim these."""
    plain = [vocabulary.plain(vocabulary.half_width(one.text)).strip(_TRIM) for one in captions]
    return [one for one in plain if is_limit(one)]


def is_number(text: str) -> bool:
    """Return whether a caption contains only a cardinality."""
    plain = vocabulary.plain(vocabulary.half_width(text)).strip(_TRIM)
    both = _both(plain)
    return cap_of(plain) is not None or plain.replace(" ", "") in _PARTNERS or (both is not None and not both[2])


def _both(plain: str) -> tuple[Cap, Cap, str] | None:
    """Return both caps and the remaining words of `1:N`, `many to one`, `places (1:N)` or `origen: uno a muchos`."""
    match = _BOTH.fullmatch(plain)
    if match is None:
        return None
    rest = " ".join(part for part in (match["before"].strip(_TRIM + " "), match["after"].strip(_TRIM + " ")) if part)
    return ENDS[match["left"]], ENDS[match["right"]], rest
