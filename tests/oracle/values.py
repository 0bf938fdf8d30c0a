"""Values as PostgreSQL knows them, NULL as None: int, numeric (Fraction), float, text, boolean, date, timestamp."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

Value = Any  # None | bool | int | Fraction | float | str | date | datetime | list

NUMBERS = ("int", "num", "float")
SQL_TYPES = {
    "int": "int",
    "num": "numeric(12,2)",
    "float": "double precision",
    "text": "text",
    "bool": "boolean",
    "date": "date",
    "ts": "timestamp",
}
ZEROS = {"int": 0, "num": Fraction(0), "float": 0.0}
RELATIVE = 1e-9


def both(left: bool | None, right: bool | None) -> bool | None:
    """AND of three values."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:
    """OR of three values."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def strict(function: Callable[..., Value]) -> Callable[..., Value]:
    """A function that gives NULL when any of its arguments is NULL."""
    return lambda *values: None if any(v is None for v in values) else function(*values)


def divided(left: Value, right: Value) -> Value:
    """`/`: integers are cut towards zero; the caller keeps zeros away."""
    if isinstance(left, int) and isinstance(right, int):
        return math.trunc(Fraction(left, right))
    if isinstance(left, float) or isinstance(right, float):
        return float(left) / float(right)
    return Fraction(left) / Fraction(right)


def rounded(value: Value, digits: int) -> Fraction:
    """numeric to so many digits, half away from zero."""
    scaled = abs(Fraction(value)) * 10**digits
    whole = math.floor(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def added(values: Iterable[Value]) -> Value:
    found = list(values)
    return math.fsum(found) if any(isinstance(v, float) for v in found) else sum(found)


def sort_key(value: Value) -> Any:
    return value.encode() if isinstance(value, str) else value  # the server sorts text by bytes (C)


def ordered(rows: Sequence[Any], by: Sequence[tuple[Callable[[Any], Value], bool, bool]]) -> list[Any]:
    """Rows sorted by (value of a row, descending, NULLs first), the last of them first so that it is stable."""
    found = list(rows)
    for read, descending, nulls_first in reversed(by):
        empty = [r for r in found if read(r) is None]
        full = [r for r in found if read(r) is not None]
        full.sort(key=lambda r, read=read: sort_key(read(r)), reverse=descending)
        found = empty + full if nulls_first else full + empty
    return found


def same(expected: Value, actual: Value) -> bool:
    """Exact, but for floats and for quotients that no decimal can hold."""
    if expected is None or actual is None:
        return expected is None and actual is None
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, float) or isinstance(actual, float):
        return math.isclose(float(expected), float(actual), rel_tol=RELATIVE, abs_tol=RELATIVE)
    if isinstance(expected, int | Fraction) and isinstance(actual, int | Decimal):
        exact = Fraction(actual)
        endless = (Fraction(expected) * 10**15).denominator != 1
        return exact == expected or (endless and math.isclose(exact, expected, rel_tol=1e-12, abs_tol=1e-14))
    return type(expected) is type(actual) and bool(expected == actual)


def literal(value: Value) -> str:
    """The value as PostgreSQL reads it in an `insert`."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case dt.datetime() | dt.date():
            return f"'{value.isoformat(' ') if isinstance(value, dt.datetime) else value.isoformat()}'"
        case Fraction():
            written = str(Decimal(value.numerator) / Decimal(value.denominator))
            return written if "." in written else f"{written}.0"  # a whole one would be read as an integer
        case _:
            return repr(value)
