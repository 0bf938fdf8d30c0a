"""Periods of a day: which parts of a date an expression tells, and nothing else: `to_char(day, 'YYYY-MM')`.

Two expressions with the same parts are the same period. A period may be a truncated date, its text, its last day, or a
number such as `year * 100 + month`. The year and the month may also be two columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.sqlproof.functions import FORMATS_OF_DATES

YEAR, QUARTER, MONTH, DAY = "YEAR", "QUARTER", "MONTH", "DAY"
_TRUNCATED = {YEAR: (YEAR,), QUARTER: (YEAR, QUARTER), MONTH: (YEAR, MONTH), DAY: (YEAR, MONTH, DAY)}
_CALLS: dict[type[exp.Expr], str] = {exp.Year: YEAR, exp.Quarter: QUARTER, exp.Month: MONTH, exp.Day: DAY}
PERIODS: tuple[type[exp.Expr], ...] = (
    exp.TimestampTrunc,
    exp.DateTrunc,
    exp.Extract,
    exp.LastDay,
    exp.TimeToStr,
    *_CALLS,
)
_LARGEST = {QUARTER: 4, MONTH: 12, DAY: 31}
# What a format writes with a fixed length, in sqlglot's spelling. `Mon` is the name of a month.
_WRITTEN = {
    "%Y": YEAR,
    "%m": MONTH,
    "%b": MONTH,
    "%B": MONTH,
    "mon": MONTH,
    "month": MONTH,
    "%d": DAY,
    "Q": QUARTER,
    "q": QUARTER,
}


@dataclass(frozen=True, slots=True)
class Period:
    """The parts of the date in `column` that determine an expression, and that it determines.

    `unit`: that of a truncated date, and of a date at a fixed distance from one (`moved`); empty for texts and numbers.
    """

    column: exp.Column
    parts: frozenset[str]
    unit: str = ""
    moved: bool = False

    @property
    def trees(self) -> list[exp.Expr]:
        """The parts as expressions, each in the one spelling by which it is known."""
        return [self._tree(part) for part in sorted(self.parts)]

    @property
    def coarser(self) -> exp.Expr | None:
        """The quarter, which a month determines."""
        return self._tree(QUARTER) if MONTH in self.parts and QUARTER not in self.parts else None

    def _tree(self, part: str) -> exp.Expr:
        return exp.Extract(this=exp.Var(this=part), expression=self.column.copy())


def period_of(tree: exp.Expr) -> Period | None:
    """The period that an expression shows; None for any other expression."""
    tree = tree.unnest()
    if isinstance(tree, (exp.TimestampTrunc, exp.DateTrunc)):
        unit = _name(tree.args.get("unit"))
        return _of(tree.this, _TRUNCATED.get(unit, ()), unit)
    if isinstance(tree, exp.LastDay) and tree.args.get("unit") is None:
        found = _of(tree.this, _TRUNCATED[MONTH], MONTH)
        return replace(found, moved=True) if found is not None else None
    if isinstance(tree, exp.Extract):
        part = _name(tree.this)
        return _of(tree.expression, (part,) if part in _TRUNCATED else ())
    if type(tree) in _CALLS:
        return _of(tree.this, (_CALLS[type(tree)],))
    if isinstance(tree, exp.Cast):
        return _cast(tree)
    if isinstance(tree, (exp.Add, exp.Sub)):
        return _moved(tree) or (_number(tree) if isinstance(tree, exp.Add) else None)
    return _text(tree)


def _of(value: exp.Expr, parts: tuple[str, ...], unit: str = "") -> Period | None:
    value = value.unnest()
    within = period_of(value)
    if within is not None and within.unit and not within.moved and within.parts.issuperset(parts):
        return Period(within.column, frozenset(parts), unit)
    if isinstance(value, exp.Cast) and value.to.this in exp.DataType.TEMPORAL_TYPES:
        value = value.this.unnest() if value.to.this is exp.DType.DATE else value
    if not isinstance(value, exp.Column) or isinstance(value.this, exp.Star) or not parts:
        return None
    return Period(value, frozenset(parts), unit)


def _cast(cast: exp.Cast) -> Period | None:
    """A truncated date as a date, a timestamp or a text, and a whole number as another number."""
    found, kind = period_of(cast.this), cast.to.this
    if found is None:
        return None
    if found.unit:
        return found if kind in (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TEXT) else None
    return found if kind in (exp.DType.INT, exp.DType.BIGINT, exp.DType.DECIMAL) and not cast.to.expressions else None


def _moved(tree: exp.Binary) -> Period | None:
    """The end of a month: its begin and a fixed interval. Months are longer than what a cast to a date can lose."""
    found = period_of(tree.this)
    other = tree.expression.unnest()
    fixed = isinstance(other.this if isinstance(other, exp.Interval) else other, exp.Literal)
    return replace(found, moved=True) if found is not None and fixed and found.unit in (YEAR, QUARTER, MONTH) else None


def _number(tree: exp.Add) -> Period | None:
    """`year * 100 + month`: the factor is at least as large as the largest month."""
    large, small = tree.this.unnest(), period_of(tree.expression)
    if not isinstance(large, exp.Mul) or small is None or small.unit or len(small.parts) != 1:
        return None
    found, factor = period_of(large.this), large.expression.unnest()
    most = _LARGEST.get(next(iter(small.parts)))
    if found is None or found.unit or found.parts != {YEAR} or found.column != small.column or most is None:
        return None
    if not isinstance(factor, exp.Literal) or not factor.is_int or int(factor.name) < most:
        return None
    return Period(found.column, found.parts | small.parts)


def _text(tree: exp.Expr) -> Period | None:
    """A formatted date. A format with anything but these parts tells more than them, or less."""
    if isinstance(tree, exp.TimeToStr):
        value, form = tree.this, tree.args.get("format")
    elif isinstance(tree, exp.Anonymous) and tree.name.lower() in FORMATS_OF_DATES and len(tree.expressions) == 2:
        value, form = tree.expressions[:: -1 if isinstance(tree.expressions[0], exp.Literal) else 1]
    else:
        return None
    if not isinstance(form, exp.Literal) or not form.is_string:
        return None
    marks = re.findall(r"%-?.", form.name)
    if isinstance(tree, exp.TimeToStr):  # any other letter of `to_char` may be a part, too
        marks = re.findall(r"%-?.|[Qq]|[A-Za-z]+", re.sub(r'"[^"]*"', "", form.name))
    found = [_WRITTEN.get(mark.lower() if mark[1:].isalpha() and mark.isalpha() else mark) for mark in marks]
    return _of(value, tuple(part for part in found if part)) if all(found) else None


def _name(unit: object) -> str:
    return unit.name.upper() if isinstance(unit, exp.Expr) else str(unit).upper()
