"""Values of a warehouse as PostgreSQL writes them, and the other way round."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any


def text_of(value: Any) -> str:
    """As PostgreSQL casts it to text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return _moment(value)
    return str(value)


def _moment(value: datetime) -> str:
    text = value.replace(tzinfo=None).isoformat(sep=" ")
    zone = value.strftime("%z")
    return (text.rstrip("0") if "." in text else text) + (f"{zone[:3]}:{zone[3:]}".removesuffix(":00") if zone else "")


def _float(value: float) -> str:
    if value != value:  # noqa: PLR0124 - which only NaN is not
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value and not 1e-4 <= abs(value) < 1e15:
        mantissa, _, exponent = repr(value).partition("e") if "e" in repr(value) else f"{value:.16e}".partition("e")
        digits = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{digits}e{int(exponent):+03d}"
    return repr(value).removesuffix(".0")


def literal_of(value: Any) -> str:
    """A number or a moment as a constant."""
    if isinstance(value, datetime):
        return f"cast('{value.replace(tzinfo=None).isoformat(sep=' ')}' as timestamp)"
    if isinstance(value, date):
        return f"cast('{value.isoformat()}' as date)"
    return repr(value)
