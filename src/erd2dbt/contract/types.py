"""Whether the values of one PostgreSQL type fit into another unchanged: a widened column, or a narrowed one.

Source: PostgreSQL's manual, chapter 8, "Data Types"."""

from __future__ import annotations

import math
import re

from erd2dbt.datatypes.postgres import canonical, family

_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}  # decimal digits of the largest value
_EXACT = {  # integers that a floating-point number holds exactly, by its binary digits
    ("smallint", "real"), ("smallint", "double precision"), ("integer", "double precision"),
    ("real", "double precision"),
}  # fmt: skip
_SECONDS = 6  # decimal digits of a second, where a type says nothing


def fits(narrow: str, wide: str) -> bool:
    """Whether every value of the type `narrow` is a value of `wide`, unchanged."""
    old, new = canonical(narrow) or narrow, canonical(wide) or wide
    if old == new or (old, new) in _EXACT:
        return True
    kinds = family(old), family(new)
    if kinds == ("text", "text"):
        return _length(old) <= _length(new)
    if kinds[0] in ("integer", "numeric") and kinds[1] in ("integer", "numeric"):
        spare = 1 if new in _DIGITS and old not in _DIGITS else 0  # no integer type has all numbers of its digits
        before, behind = _digits(new)
        return _digits(old)[0] <= before - spare and _digits(old)[1] <= behind
    timed = kinds[0] == kinds[1] and kinds[0] in ("timestamp", "time", "interval")
    return timed and _without_modifiers(old) == _without_modifiers(new) and _seconds(old) <= _seconds(new)


def _without_modifiers(type_: str) -> str:
    return re.sub(r"\(.*?\)", "", type_)


def _numbers(type_: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", type_)]


def _length(type_: str) -> float:
    """Characters at most."""
    return next(iter(_numbers(type_)), 63 if type_ == "name" else math.inf)


def _digits(type_: str) -> tuple[float, float]:
    """Decimal digits before and behind the point."""
    if type_ in _DIGITS:
        return _DIGITS[type_], 0
    numbers = _numbers(type_)
    return (numbers[0] - numbers[1], numbers[1]) if numbers else (math.inf, math.inf)


def _seconds(type_: str) -> int:
    return next(iter(_numbers(type_)), _SECONDS)
