"""Values as PostgreSQL knows them, NULL as None: int, numeric, float, text, boolean, date, timestamp.

A numeric is a Decimal: its digits behind the point count where PostgreSQL divides.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

Value = Any  # None | bool | int | Decimal | float | str | date | datetime | list

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
ZEROS = {"int": 0, "num": Decimal(0), "float": 0.0}
RELATIVE = 1e-9
EXACT = Context(prec=4000, rounding=ROUND_HALF_UP)


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
    return quotient(Decimal(left), Decimal(right))


def exactly(function: Callable[..., Value], *values: Value) -> Value:
    """What a function gives, no decimal of it rounded."""
    with localcontext(EXACT):
        return function(*values)


def scale(value: Decimal) -> int:
    """Its digits behind the point."""
    return max(0, -int(value.as_tuple().exponent))


def quotient(left: Decimal, right: Decimal) -> Decimal:
    """As PostgreSQL's `select_div_scale`: 16 significant digits, counted in groups of four, or the operands' scale."""
    (high, first), (low, second) = _leading(left), _leading(right)
    groups = high - low - (first <= second)
    digits = min(1000, max(0, 16 - 4 * groups, scale(left), scale(right)))
    sign = -1 if (left < 0) != (right < 0) else 1
    scaled = abs(Fraction(left) / Fraction(right)) * 10**digits
    return Decimal(sign * math.floor(scaled + Fraction(1, 2))).scaleb(-digits, EXACT)


def _leading(value: Decimal) -> tuple[int, int]:
    """The place of the first group of four digits, and the group."""
    if not value:
        return 0, 0
    place = value.adjusted() // 4
    return place, int(abs(Fraction(value)) / Fraction(10000) ** place)


def rounded(value: Value, digits: int) -> Decimal:
    """numeric to so many digits, half away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), context=EXACT)


def added(values: Iterable[Value]) -> Value:
    found = list(values)
    return math.fsum(found) if any(isinstance(v, float) for v in found) else exactly(sum, found)


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


def same(expected: Value, actual: Value, *, exact: bool = True) -> bool:
    """Equal, but for floats; on an engine that divides decimals its own way also for what only a quotient can be."""
    if expected is None or actual is None:
        return expected is None and actual is None
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, list):
        pairs = zip(expected, actual, strict=False)
        return len(expected) == len(actual) and all(same(e, a, exact=exact) for e, a in pairs)
    if isinstance(expected, float) or isinstance(actual, float):
        return math.isclose(float(expected), float(actual), rel_tol=RELATIVE, abs_tol=RELATIVE)
    if isinstance(expected, int | Decimal) and isinstance(actual, int | Decimal):
        divided_once = not exact and scale(Decimal(expected)) > 15  # it has twelve digits where none are declared
        return expected == actual or (divided_once and math.isclose(expected, actual, rel_tol=1e-12, abs_tol=5e-13))
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
        case Decimal():
            written = f"{value:f}"
            return written if "." in written else f"{written}.0"  # a whole one would be read as an integer
        case _:
            return repr(value)
