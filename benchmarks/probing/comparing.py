"""What a probe gave on an engine, beside what it gave on PostgreSQL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from probing.table import Probe, Row

CLOSE = 1e-12  # of two floating-point numbers, as a share of the larger
CLOSE_REAL = 1e-6  # of those with 24 bits
CLOSE_QUOTIENT = Decimal("1e-15")  # PostgreSQL keeps at least 16 digits of a quotient of exact numbers


@dataclass(frozen=True, slots=True)
class Refusal:
    """An engine's fault in place of a value."""

    words: str


NOT_TRIED = Refusal("not tried")
Given = Mapping[int, Any]  # a value or a Refusal for each row (of an aggregate: for each group of rows)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row on which two engines differ; an engine that does not run the expression at all has no `row`.

    It is `loud` where the engine refuses a row that PostgreSQL has a value for: nobody takes that for a value."""

    probe: Probe
    row: Row | None
    postgres: Any
    here: Any
    loud: bool = False

    def __str__(self) -> str:
        where = f" for {', '.join(map(str, self.row))}" if self.row is not None else ""
        types = ", ".join(self.probe.table.types)
        return f"`{self.probe.text}` over {types}{where}: {shown(self.here)}, on PostgreSQL {shown(self.postgres)}"


def difference(
    probe: Probe, wanted: Given, found: Given, rows: Mapping[int, Row], takes: tuple[str, ...] = ()
) -> Difference | None:
    """The first row that differs in its value, else the first that only the engine refuses; None where none differs.

    `takes`: words of PostgreSQL's refusals of values that the engine has, and that are right.
    """
    values = [value for value in wanted.values() if not isinstance(value, Refusal)]
    if all(isinstance(value, Refusal) for value in found.values()):
        return Difference(probe, None, values[0], next(iter(found.values())))
    close = CLOSE_REAL if probe.type == "real" else CLOSE
    loud = None
    for number, value in wanted.items():
        here = found[number]
        is_taken = isinstance(value, Refusal) and any(words in value.words for words in takes)
        if isinstance(value, Refusal) and (probe.table.is_lax or here == NOT_TRIED or is_taken):
            continue
        if not (equal(value, here, close) or (probe.is_quotient and _same_digits(value, here))):
            if not isinstance(here, Refusal):
                return Difference(probe, rows[number], value, here)
            loud = loud or Difference(probe, rows[number], value, here, loud=True)
    return loud


def equal(one: Any, other: Any, close: float = CLOSE) -> bool:
    """By value: 1.50 is 1.5, a date is its midnight, moments are compared in UTC."""
    if isinstance(one, Refusal) or isinstance(other, Refusal):
        return isinstance(one, Refusal) and isinstance(other, Refusal)
    if one is None or other is None:
        return one is None and other is None
    one, other = _plain(one), _plain(other)
    if isinstance(one, float) or isinstance(other, float):
        return _close(one, other, close)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return type(one) is type(other) and bool(one == other)


def _same_digits(one: Any, other: Any) -> bool:
    """Of a quotient or an average."""
    numbers = (int, Decimal)
    if not isinstance(one, numbers) or not isinstance(other, numbers):
        return False
    one, other = Decimal(one), Decimal(other)
    return abs(one - other) <= CLOSE_QUOTIENT * max(abs(one), abs(other))


def _close(one: Any, other: Any, close: float) -> bool:
    if not isinstance(one, (int, float, Decimal)) or not isinstance(other, (int, float, Decimal)):
        return False
    one, other = float(one), float(other)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or math.isclose(one, other, rel_tol=close, abs_tol=0.0)


def _plain(value: Any) -> Any:
    """One Python type for each kind of value."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    if isinstance(value, (list, tuple)) or type(value).__name__ == "ndarray":
        return list(value)
    return value


def shown(value: Any) -> str:
    """As a list of measured differences has it."""
    if isinstance(value, Refusal):
        return f"an error: {value.words}"
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)
