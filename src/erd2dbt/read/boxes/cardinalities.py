"""Parses a cardinality in words or as a range, in any known language: `1`, `many`, `0..*`, `2..5`."""

from __future__ import annotations

import re

from erd2dbt.diagram.drawing import Cap
from erd2dbt.read.boxes import vocabulary

CAPS = {"one": Cap.ONLY_ONE, "zero_or_one": Cap.ZERO_OR_ONE, "one_or_many": Cap.ONE_OR_MANY,
        "zero_or_many": Cap.ZERO_OR_MANY, "many": Cap.MANY}  # fmt: skip
ENDS = {word: CAPS[meaning] for word, meaning in vocabulary.ENDS.items()}
_RANGE = re.compile(r"(?P<least>\d+)\s*(?:\.\.\.?|…|–|-)\s*(?P<most>\d+|n|m|\*|∞)")


def cap_of(plain: str) -> Cap | None:
    """Return the cap of a cardinality, in the spelling of `vocabulary.plain`; None for other text."""
    tight = plain.replace(" ", "")
    return ENDS.get(plain) or ENDS.get(tight) or _of_range(tight)


def is_limit(plain: str) -> bool:
    """Return whether it is a range with another limit than one or many, such as `0..15`. No link claims this."""
    tight = plain.replace(" ", "")
    return tight not in ENDS and _of_range(tight) is not None


def limit_remark(limit: str) -> str:
    """Return the remark for a cardinality of which a link claims only a part."""
    return f"`{limit}` limits how many rows there are; a link claims one or many"


def _of_range(tight: str) -> Cap | None:
    match = _RANGE.fullmatch(tight)
    if match is None or (match["most"].isdigit() and int(match["most"]) < max(1, int(match["least"]))):
        return None
    least, is_one = int(match["least"]), match["most"] == "1"
    if is_one:
        return Cap.ONLY_ONE if least else Cap.ZERO_OR_ONE
    return Cap.ONE_OR_MANY if least else Cap.ZERO_OR_MANY
