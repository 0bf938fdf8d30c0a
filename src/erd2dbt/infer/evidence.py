"""A decision by evidence: each reason has a weight, and their sum is compared with a threshold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason. A `weight` above 0 is for the answer, below 0 against it."""

    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """All evidence on one question, and the threshold for a yes."""

    evidence: tuple[Evidence, ...]
    threshold: float

    @property
    def total(self) -> float:
        return sum(one.weight for one in self.evidence)

    @property
    def passes(self) -> bool:
        return self.total >= self.threshold

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each reason with its weight: `` `sold_on` says when it happened (+2) ``."""
        return tuple(f"{one.reason} ({one.weight:+g})" for one in self.evidence)


def score(found: Iterable[Evidence] | Iterator[Evidence], threshold: float) -> Score:
    return Score(tuple(one for one in found if one.weight), threshold)
