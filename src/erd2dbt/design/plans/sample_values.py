"""Values for the rows of unit tests: samples of every type, and constants parsed as a type."""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.sql.inference import scale


class UntestableError(Exception):
    """Why a model has no unit test, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of which only the text is known. Equal texts are equal values; unequal texts may be, too."""

    text: str


Value = int | Decimal | str | bool | date | datetime | Opaque | None

_FIRST_DAY = date(2025, 1, 1)
_TEXTS: dict[str, Callable[[int], str]] = {
    "time": lambda n: f"{n:02}:00:00",
    "interval": lambda n: f"{n:02}:00:00",
    "uuid": lambda n: f"00000000-0000-0000-0000-{n:012x}",
    "json": str,
    "binary": lambda n: f"\\x{n:02x}",
}  # of families whose values have no known order
_OTHERS: dict[str, Callable[[int], str]] = {
    "inet": lambda n: f"10.0.0.{n}",
    "cidr": lambda n: f"10.0.{n}.0/24",
    "macaddr": lambda n: f"08:00:2b:01:02:{n:02x}",
    "macaddr8": lambda n: f"08:00:2b:01:02:03:04:{n:02x}",
    "money": lambda n: f"{n}.00",
    "oid": str,
    "int4range": lambda n: f"[{n},{n + 1})",
    "int8range": lambda n: f"[{n},{n + 1})",
    "numrange": lambda n: f"[{n},{n + 1})",
    "daterange": lambda n: f"[2025-01-{n:02},2025-02-01)",
}


def sample(type_: str, n: int) -> Value:
    """The n-th sample value of a type, from 0. Types that are compared have equal samples.

    UntestableError without one.
    """
    kind = family(type_)
    if kind in ("integer", "float"):
        return n + 1
    if kind == "numeric":
        digits = scale(canonical(type_) or "")
        return n + 1 if digits is None or fits(n + 1, type_) else Decimal(n + 1).scaleb(-digits[1])
    if kind == "text":
        return _letters(n, type_)
    if kind == "date":
        return _FIRST_DAY + timedelta(days=n)
    if kind == "timestamp":
        return datetime(2025, 1, 1) + timedelta(days=n)  # any session time zone
    if kind == "boolean" and n < len((True, False)):
        return n == 0
    return Opaque(_odd(type_, n))


def _letters(n: int, type_: str) -> str:
    """`a` to `z`, then `aa` and so on."""
    text = ""
    rest = n + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        text = string.ascii_lowercase[letter] + text
    longest = (canonical(type_) or "").partition("(")[2].rstrip(")")
    if longest and len(text) > int(longest):
        raise UntestableError(f"`{type_}` has too few values")
    return text


def _odd(type_: str, n: int) -> str:
    known = canonical(type_) or ""
    if known.endswith("[]"):
        return f"{{{as_text(sample(known[:-2], n))}}}"
    base = known.partition("(")[0]
    made = _TEXTS.get(family(type_)) or _OTHERS.get(base)
    if made is None or n > len(string.ascii_lowercase):
        raise UntestableError(f"no values can be made up for the type `{type_}`")
    return made(n + 1 if n + 1 < 24 or family(type_) != "time" else 23)


def compared(value: Value) -> Value:
    """The value as `=` compares it: a date is equal to the timestamp at its midnight."""
    return _midnight(value) if isinstance(value, date) else value


def _midnight(value: date) -> datetime:
    """The moment as a timestamp; of a day, its first one."""
    return value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())


_INTEGER_BITS = {"smallint": 16, "integer": 32, "bigint": 64}


def fits(value: Value, type_: str) -> bool:
    """Whether a column of this type stores the value as it is: not refused, rounded, cut or padded."""
    kind, name = family(type_), canonical(type_) or ""
    if isinstance(value, datetime) and kind == "date":
        return value.time() == datetime.min.time()
    if isinstance(value, str) and kind == "text":
        longest = name.partition("(")[2].rstrip(")")
        is_padded = name.startswith(("character(", "bpchar")) and value.endswith(" ")
        return not is_padded and (not longest or len(value) <= int(longest))
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return True
    if kind == "integer":
        bits = _INTEGER_BITS.get(name, 64)
        return value == int(value) and -(1 << bits - 1) <= value < 1 << bits - 1
    digits = scale(name) if kind == "numeric" else None
    if digits is None:
        return True
    units = Decimal(value).scaleb(digits[1])
    return units == units.to_integral_value() and abs(units) < 10 ** digits[0]


def padded(value: Value, type_: str | None) -> Value:
    """The number with all digits that a column of this type stores behind the point; other values as they are."""
    digits = scale(canonical(type_) or "") if type_ and family(type_) == "numeric" else None
    if digits is None or isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return value
    return Decimal(value).quantize(Decimal(1).scaleb(-digits[1]))


def as_text(value: Value) -> str:
    """The value as PostgreSQL reads it between quotes. A timestamp at midnight is written as a date."""
    if isinstance(value, Opaque):
        return value.text
    if isinstance(value, datetime):
        at_midnight = value.time() == datetime.min.time()
        return value.date().isoformat() if at_midnight else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_cell(value: Value) -> str | bool | int | float:
    """The value as a cell in the YAML of a unit test."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, (bool, int)) else as_text(value)


def read_as(value: Value, type_: str) -> Value:
    """The value of a constant in a column of this type; UntestableError where it cannot be determined."""
    kind = family(type_)
    if value is None or (kind == "text" and isinstance(value, str)):
        return value
    if kind in ("integer", "numeric", "float"):
        return _number(value, kind)
    if kind in ("date", "timestamp"):
        return _moment(value, kind)
    if kind == "boolean":
        return _truth(value)
    if isinstance(value, (str, Opaque)) and kind != "text":
        return Opaque(value.text if isinstance(value, Opaque) else value)
    raise UntestableError(f"`{as_text(value)}` cannot be read as `{type_}`")


def _number(value: Value, kind: str) -> Value:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise UntestableError(f"`{as_text(value)}` is not a number")
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise UntestableError(f"`{value}` is not a number") from None
    whole = number.is_finite() and number == number.to_integral_value()
    if not number.is_finite() or (kind == "integer" and not whole):
        raise UntestableError(f"`{value}` is not a value of the column")
    return int(number) if whole else number


def _moment(value: Value, kind: str) -> Value:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise UntestableError(f"`{value}` is not a known date") from None
    if not isinstance(value, date) or (isinstance(value, datetime) and value.tzinfo is not None):
        raise UntestableError(f"`{as_text(value)}` is not a known date")
    if kind == "date":
        return value.date() if isinstance(value, datetime) else value
    return _midnight(value)


def _truth(value: Value) -> Value:
    words = {"true": True, "t": True, "yes": True, "on": True, "false": False, "f": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise UntestableError(f"`{as_text(value)}` is not a truth value")


def neighbours(value: Value) -> list[Value]:
    """The next values below and above, for comparisons that exclude the value itself."""
    if isinstance(value, bool) or value is None or isinstance(value, Opaque):
        return []
    if isinstance(value, (int, Decimal)):
        return [value + 1, value - 1] if math.isfinite(value) else []
    if isinstance(value, date):
        return [value + timedelta(days=1), value - timedelta(days=1)]
    return [f"{value}a", *([value[:-1]] if value else [])]
