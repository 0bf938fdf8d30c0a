"""Evidence from the rows of a table about its numbers and dates, in addition to their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from erd2dbt.infer.evidence import Evidence, Score, score
from erd2dbt.star.numbers import ENOUGH, Figure, Number

ENOUGH_ROWS = 50  # fewer rows give no evidence
_AGAINST, _WEAK, _FOR = -4.0, -2.0, 2.5
_FEW = 20  # distinct values of a code
_GAPS = 3  # the range of the numbers, as a multiple of their distinct values
_DENSE = 1.5
_WIDE = 5  # the largest amount, as a multiple of the mean
_PERCENT = 100
_VARIED = 0.2  # share of rows with distinct values


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Statistics of a column.

    `low`, `high` and `mean` are numbers. `cents`: some values have decimals, and none more than two.
    """

    rows: int
    filled: int
    distinct: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    is_whole: bool = False
    cents: bool = False


def judged(number: Number, seen: Statistics) -> Number:
    """The number with the evidence of its rows.

    Rows veto a classification, or confirm one that the name leaves open. They never overrule a name for a unit value, a
    bound or a code.
    """
    found = score((*number.score.evidence, *number_evidence(seen)), ENOUGH)
    if seen.rows < ENOUGH_ROWS or not seen.filled or number.figure is Figure.STOCK:
        return number
    if number.figure is Figure.FLOW:
        return Number(Figure.FLOW if found.passes else Figure.LABEL, found)
    is_open = all(one.weight > _AGAINST for one in number.score.evidence)
    return Number(Figure.FLOW, found) if is_open and found.passes else Number(number.figure, found)


def number_evidence(seen: Statistics) -> Iterator[Evidence]:
    """Evidence about a number: sequences and codes are not quantities; amounts are uneven and have cents."""
    if seen.rows < ENOUGH_ROWS or seen.low is None or seen.high is None or seen.mean is None or not seen.filled:
        return
    values, between = seen.distinct, seen.high - seen.low + 1
    if values == 1:
        yield Evidence(_WEAK / 2, f"it is {seen.low:g} in all of {seen.filled:,} rows")
    elif seen.is_whole and values == seen.filled and between <= values * _DENSE:
        yield Evidence(_AGAINST, f"it counts up: {values:,} values in {seen.filled:,} rows, without gaps")
    elif seen.is_whole and values <= _FEW and between > values * _GAPS and seen.filled >= values * _FEW:
        yield Evidence(_WEAK, f"{values} whole numbers with gaps in {seen.filled:,} rows are like codes")
    elif seen.is_whole and seen.low >= _PERCENT * 10 and len(f"{seen.low:.0f}") == len(f"{seen.high:.0f}"):
        yield Evidence(_WEAK, f"all are whole numbers of {len(f'{seen.low:.0f}')} digits, as numbers of things are")
    elif _is_uneven(seen, seen.low, seen.high, seen.mean):
        yield Evidence(_FOR, f"{values:,} uneven values with cents in {seen.filled:,} rows are like amounts")


def _is_uneven(seen: Statistics, low: float, high: float, mean: float) -> bool:
    """Whether values are distributed like amounts: cents, no negatives, many values, some far above the mean."""
    varied = seen.distinct >= seen.filled * _VARIED
    return seen.cents and varied and low >= 0 and high > _PERCENT and high >= mean * _WIDE


def date_evidence(seen: Statistics) -> Iterator[Evidence]:
    """Evidence about a date: a date that is NULL in all rows, or the same in all, is not an event date."""
    if seen.rows < ENOUGH_ROWS:
        return
    if not seen.filled:
        yield Evidence(_AGAINST, f"it is NULL in all of {seen.rows:,} rows")
    elif seen.filled * 2 < seen.rows:
        yield Evidence(_WEAK, f"it is NULL in {seen.rows - seen.filled:,} of {seen.rows:,} rows")
    elif seen.distinct == 1:
        yield Evidence(_AGAINST, f"it is the same day in all of {seen.filled:,} rows")


def dated_by(found: Score, seen: Statistics) -> Score:
    """The score of a date as the event date, with the evidence of its rows."""
    return score((*found.evidence, *date_evidence(seen)), found.threshold)
