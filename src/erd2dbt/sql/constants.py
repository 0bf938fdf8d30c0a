"""Checks constants of a spec (`default:`, `cut:`) against the type of their column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.sql.inference import TypeOf, infer, scale

_INTEGERS = (("smallint", 2**15), ("integer", 2**31), ("bigint", 2**63))
# Manual, sections 8.5, 8.6 and 8.12
_TRUTH = frozenset("true yes on 1 false no off 0 t f y n".split())
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?", re.ASCII)
_ENDLESS = frozenset({"infinity", "-infinity"})
_LENGTH = re.compile(r"(character varying|character)\((\d+)\)")
_NUMBERS = ("integer", "numeric", "float")

EXAMPLES = {
    **dict.fromkeys(_NUMBERS, "0"),
    "boolean": "false",
    "date": "2024-01-31",
    "timestamp": "2024-01-31 12:00",
    "time": "'12:00'",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "json": "'{}'",
    "array": "'{}'",
    "interval": "1 day",
}


def number(constant: exp.Expr) -> Decimal | None:
    """The value of a numeric constant, also in quotes; None for anything else."""
    is_negative = isinstance(constant, exp.Neg)
    inner = constant.this if is_negative else constant
    if not isinstance(inner, exp.Literal):
        return None
    try:
        found = Decimal(inner.name)
    except InvalidOperation:
        return None
    return (-found if is_negative else found) if found.is_finite() else None


def widened(type_: str, constant: exp.Expr) -> str | None:
    """The type itself where the constant is a value of it, else a wider type of the same kind, else None."""
    kind = family(type_)
    if isinstance(constant, exp.Null):
        return type_
    if kind in _NUMBERS:
        found = number(constant)
        return None if found is None else _with_number(type_, found)
    if kind == "boolean":
        fits = isinstance(constant, exp.Boolean) or (constant.is_string and constant.name.lower() in _TRUTH)
        return type_ if fits else None
    if not constant.is_string:
        return None
    if kind == "text":
        return _with_text(type_, constant.name)
    check = _CHECKS.get(kind)
    return type_ if check is None or check(constant.name) else None


def _with_number(type_: str, found: Decimal) -> str:
    if family(type_) == "float" or type_ == "numeric":
        return type_
    _, digits, exponent = found.as_tuple()
    assert isinstance(exponent, int)
    known = scale(type_)
    if known is None:
        if found != found.to_integral_value():
            return "numeric"
        names = [name for name, _ in _INTEGERS]
        wide = (name for name, most in _INTEGERS[names.index(type_) :] if -most <= found < most)
        return next(wide, "numeric")
    behind = max(known[1], -exponent)
    before = max(known[0] - known[1], len(digits) + exponent)
    return f"numeric({before + behind},{behind})"


def _with_text(type_: str, text: str) -> str:
    known = _LENGTH.fullmatch(type_)
    return type_ if known is None or len(text) <= int(known[2]) else f"character varying({len(text)})"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return text in _ENDLESS
    return True


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return text in _ENDLESS
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {
    "date": _is_date,
    "timestamp": _is_moment,
    "time": lambda text: _TIME.fullmatch(text) is not None,
    "uuid": lambda text: _UUID.fullmatch(text) is not None,
    "json": _is_json,
    "array": lambda text: text.startswith("{") and text.endswith("}"),
}


def cuts_misfit(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """Why the cuts of a tier are not values of the type that is cut, as one sentence; None where they are."""
    branches = [branch.this for branch in tree.args["ifs"] if isinstance(branch.this, exp.GTE)]
    for test in branches:
        type_ = infer(test.this, type_of)
        if type_ is None:
            return None
        is_number = not test.expression.is_string
        fits = family(type_) in (_NUMBERS if is_number else ("date", "timestamp"))
        if not fits or (not is_number and not _is_moment(test.expression.name)):
            return f"the cut {test.expression.sql()} cannot be compared with a value of type {type_}"
    return None
