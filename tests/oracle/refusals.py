"""Why specs that are right are refused: a refusal for no known reason is a fault of the tool or of this oracle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from oracle.judge import Refusal

_TEXT = Path(__file__).parents[2] / "benchmarks" / "oracle_refusals.yml"


@dataclass(frozen=True)
class Reason:
    """`message`: a pattern of what is said."""

    code: str
    message: str
    why: str


@cache
def reasons() -> tuple[Reason, ...]:
    return tuple(Reason(**entry) for entry in yaml.load(_TEXT.read_text(), yaml.CSafeLoader))


def reason(refusal: Refusal) -> str | None:
    """Why this is refused, by what it says; None where nobody has explained it."""
    fits = (r.why for r in reasons() if r.code == refusal.code and re.search(r.message, refusal.message))
    return next(fits, None)
