"""Evaluates conditions of a plan on test values, with SQL's three-valued logic.

Only expressions with the same value on every server and in every session are evaluated: no collation, no time zone,
only listed functions. All others raise UntestableError: a model with such a condition gets no unit test.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeGuard

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.design.plans.sample_values import Opaque, UntestableError, Value, padded, read_as
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.inference import scale
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes

Read = Callable[[exp.Column], Value]
_ORDERED = re.compile(r"[a-z0-9]*\Z")  # every collation sorts these the same way
_CLOCK = (exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp)
# When a unit test may run: a result on both of these days is the result on all days between.
_EARLIEST, _LATEST = datetime(2024, 1, 1), datetime(2200, 1, 1)
CLOCK_PROOF = (date(1900, 1, 1), date(2900, 1, 1))  # values in the past and in the future of each of them


def holds(tree: Tree, read: Read) -> bool:
    """Whether rows with these values pass the condition, at any time."""
    times = (_EARLIEST, _LATEST) if reads_clock(tree) else (_EARLIEST,)
    return all(Evaluation(read, now).of(tree) is True for now in times)


def reads_clock(tree: Tree) -> bool:
    return any(isinstance(node, _CLOCK) for node in nodes(tree))


def value_of(tree: Tree, read: Read) -> Value:
    """The value of a row-wise expression; UntestableError where it cannot be determined, or depends on the time."""
    if reads_clock(tree):
        raise UntestableError(f"`{one_line(tree)}` changes with the time")
    return Evaluation(read, _EARLIEST).of(tree)


@dataclass(frozen=True, slots=True)
class Evaluation:
    read: Read
    now: datetime

    def of(self, tree: Tree) -> Value:
        rule = _RULES.get(type(tree))
        if rule is None:
            raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
        return rule(self, tree)

    def column(self, tree: Tree) -> Value:
        assert isinstance(tree, exp.Column)
        return self.read(tree)


# -- logic


def _not(ev: Evaluation, tree: Tree) -> Value:
    value = ev.of(tree.this)
    return None if value is None else not _truth(value)


def _connective(*, deciding: bool) -> Callable[[Evaluation, Tree], Value]:
    """`and` and `or`: one deciding side is enough, whatever the other side is."""

    def decided(ev: Evaluation, tree: Tree) -> Value:
        sides, untold = [], None
        for side in (tree.this, tree.expression):
            try:
                sides.append(ev.of(side))
            except UntestableError as problem:
                untold = problem
        if any(side is deciding for side in sides):
            return deciding
        if untold is not None:
            raise untold
        return None if None in sides else not deciding

    return decided


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise UntestableError(f"`{value}` is not a truth value")
    return value


def _is(ev: Evaluation, tree: Tree) -> Value:
    value, wanted = ev.of(tree.this), tree.expression
    if not isinstance(wanted, (exp.Null, exp.Boolean)):
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    found = value is None if isinstance(wanted, exp.Null) else value is bool(wanted.this)
    return found != bool(tree.args.get("negate"))


# -- comparisons


def _alike(a: Value, b: Value) -> tuple[Value, Value]:
    """Two values as PostgreSQL compares them: an untyped text takes the type of the other side."""
    if isinstance(a, Opaque) or isinstance(b, Opaque):
        texts = [v.text if isinstance(v, Opaque) else v for v in (a, b)]
        return (True, True) if texts[0] == texts[1] else _untold(a, b)
    if isinstance(a, str) != isinstance(b, str):
        return (_like_other(a, b), b) if isinstance(a, str) else (a, _like_other(b, a))
    if isinstance(a, datetime) != isinstance(b, datetime):
        return read_as(a, "timestamp"), read_as(b, "timestamp")
    if isinstance(a, bool) != isinstance(b, bool):
        return _untold(a, b)
    return a, b


def _untold(a: Value, b: Value) -> tuple[Value, Value]:
    raise UntestableError(f"whether `{a}` is `{b}` is not known")


def _like_other(text: Value, other: Value) -> Value:
    if isinstance(other, bool):
        return read_as(text, "boolean")
    if isinstance(other, datetime):
        return read_as(text, "timestamp")
    return read_as(text, "date" if isinstance(other, date) else "numeric")


def _are_equal(a: Value, b: Value) -> bool:
    left, right = _alike(a, b)
    return left == right


def _below(a: Value, b: Value) -> bool:
    if isinstance(a, Opaque) or isinstance(b, Opaque):
        raise UntestableError(f"whether `{a}` is below `{b}` is not known")
    left, right = _alike(a, b)
    if isinstance(left, str) and isinstance(right, str) and not (_ORDERED.match(left) and _ORDERED.match(right)):
        raise UntestableError(f"the order of `{left}` and `{right}` depends on the collation")
    return left < right  # type: ignore[operator]


def _comparison(answer: Callable[[Value, Value], bool]) -> Callable[[Evaluation, Tree], Value]:
    def compared(ev: Evaluation, tree: Tree) -> Value:
        a, b = ev.of(tree.this), ev.of(tree.expression)
        return None if a is None or b is None else answer(a, b)

    return compared


def _between(ev: Evaluation, tree: Tree) -> Value:
    value, low, high = (ev.of(tree.args[part]) for part in ("this", "low", "high"))
    if tree.args.get("symmetric"):
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    above = None if value is None or low is None else not _below(value, low)
    under = None if value is None or high is None else not _below(high, value)
    if above is False or under is False:
        return False
    return None if None in (above, under) else True


def _in(ev: Evaluation, tree: Tree) -> Value:
    if not tree.expressions:
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    return _among(ev.of(tree.this), [ev.of(item) for item in tree.expressions])


def _among(value: Value, items: list[Value]) -> Value:
    if value is None:
        return None
    if any(item is not None and _are_equal(value, item) for item in items):
        return True
    return None if None in items else False


def _any_of(ev: Evaluation, tree: Tree) -> Value:
    """`a = any(array[…])`."""
    listed = tree.expression.this.unnest()
    if not isinstance(listed, exp.Array):
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    return _among(ev.of(tree.this), [ev.of(item) for item in listed.expressions])


def _equal(ev: Evaluation, tree: Tree) -> Value:
    return _any_of(ev, tree) if isinstance(tree.expression, exp.Any) else _comparison(_are_equal)(ev, tree)


def _distinct(ev: Evaluation, tree: Tree) -> bool:
    a, b = ev.of(tree.this), ev.of(tree.expression)
    return (a is None) != (b is None) if a is None or b is None else not _are_equal(a, b)


def _like(ev: Evaluation, tree: Tree) -> Value:
    value, pattern = ev.of(tree.this), ev.of(tree.expression)
    if value is None or pattern is None:
        return None
    if not isinstance(value, str) or not isinstance(pattern, str) or "\\" in pattern:
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    ignored = re.IGNORECASE if isinstance(tree, exp.ILike) else re.NOFLAG
    found = re.fullmatch("".join(parts), value, re.DOTALL | ignored) is not None
    return found != bool(tree.args.get("negate"))


# -- values


def _literal(_: Evaluation, tree: Tree) -> Value:
    if tree.args.get("is_string"):
        return str(tree.this)
    number = Decimal(tree.this)
    return int(number) if number == number.to_integral_value() and "." not in tree.this else number


def _type_text(to: Tree) -> str:
    """The type in lower case, cached in the tree: a search reads it thousands of times."""
    if "text" not in to.meta:
        to.meta["text"] = to.sql("postgres").lower()
    return str(to.meta["text"])


def _cast(ev: Evaluation, tree: Tree) -> Value:
    to = _type_text(tree.args["to"])
    value = ev.of(tree.this)
    known = canonical(to) or to
    if isinstance(value, (int, Decimal)) and family(to) not in ("integer", "numeric", "float"):
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    cast = read_as(value, to)
    digits = scale(known)
    if digits is not None and isinstance(cast, Decimal) and cast != round(cast, digits[1]):
        raise UntestableError(f"`{one_line(tree)}` rounds")
    if isinstance(cast, str) and "(" in known:
        raise UntestableError(f"`{one_line(tree)}` may cut the text")
    return padded(cast, known)


def _coalesce(ev: Evaluation, tree: Tree) -> Value:
    values = (ev.of(item) for item in (tree.this, *tree.expressions))
    return next((value for value in values if value is not None), None)


def _nullif(ev: Evaluation, tree: Tree) -> Value:
    a, b = ev.of(tree.this), ev.of(tree.expression)
    return None if a is not None and b is not None and _are_equal(a, b) else a


def _case(ev: Evaluation, tree: Tree) -> Value:
    subject = tree.this
    for branch in tree.args["ifs"]:
        test = exp.EQ(this=subject.copy(), expression=branch.this.copy()) if subject is not None else branch.this
        if ev.of(test) is True:
            return ev.of(branch.args["true"])
    default = tree.args.get("default")
    return ev.of(default) if default is not None else None


def _arithmetic(sign: int) -> Callable[[Evaluation, Tree], Value]:
    def reckoned(ev: Evaluation, tree: Tree) -> Value:
        left = ev.of(tree.this)
        if isinstance(tree.expression, exp.Interval) and isinstance(left, date):
            return _shifted(left, tree.expression, sign)
        right = ev.of(tree.expression)
        if left is None or right is None:
            return None
        if isinstance(left, date) and not isinstance(left, datetime) and _is_whole(right):
            return left + timedelta(days=sign * right)
        if _is_number(left) and _is_number(right):
            return left + right if sign > 0 else left - right
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")

    return reckoned


def _shifted(moment: date, by: Tree, sign: int) -> Value:
    """PostgreSQL's date plus interval: a timestamp, limited to the last day of the month for months."""
    unit = str(by.args["unit"].name if by.args.get("unit") else "").upper().removesuffix("S")
    text = by.this.name if isinstance(by.this, exp.Literal) else ""
    start = read_as(moment, "timestamp")
    assert isinstance(start, datetime)
    if not re.fullmatch(r"-?\d+", text):
        raise UntestableError(f"`{one_line(by)}` cannot be evaluated")
    count = sign * int(text)
    if unit in ("MONTH", "YEAR"):
        months = start.year * 12 + start.month - 1 + count * (12 if unit == "YEAR" else 1)
        year, month = divmod(months, 12)
        return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))
    lengths = {"WEEK": 7 * 86400, "DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
    if unit not in lengths:
        raise UntestableError(f"`{one_line(by)}` cannot be evaluated")
    return start + timedelta(seconds=count * lengths[unit])


def _is_number(value: Value) -> TypeGuard[int | Decimal]:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _is_whole(value: Value) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _on_numbers(answer: Callable[..., int | Decimal]) -> Callable[[Evaluation, Tree], Value]:
    """Operators without division: exact on integers and decimals."""

    def reckoned(ev: Evaluation, tree: Tree) -> Value:
        values = [ev.of(item) for item in (tree.this, tree.args.get("expression")) if item is not None]
        if None in values:
            return None
        if not all(_is_number(value) for value in values):
            raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
        return answer(*values)

    return reckoned


def _remainder(a: int | Decimal, b: int | Decimal) -> int | Decimal:
    """The remainder with the sign of the left side. A division by zero cannot be tested."""
    if b == 0:
        raise UntestableError("a division by zero cannot be tested")
    left, right = abs(Decimal(a)), abs(Decimal(b))
    rest = left % right if a >= 0 else -(left % right)
    return int(rest) if isinstance(a, int) and isinstance(b, int) else rest


def _on_text(answer: Callable[[str], Value]) -> Callable[[Evaluation, Tree], Value]:
    """Functions of ASCII text only: the case of other letters depends on the locale."""

    def made(ev: Evaluation, tree: Tree) -> Value:
        value = ev.of(tree.this)
        if value is None:
            return None
        if not isinstance(value, str) or not value.isascii() or tree.args.get("expression") is not None:
            raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
        return answer(value)

    return made


def _joined(ev: Evaluation, tree: Tree) -> Value:
    a, b = ev.of(tree.this), ev.of(tree.expression)
    if a is None or b is None:
        return None
    if not isinstance(a, str) or not isinstance(b, str):
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    return a + b


def _truncated(ev: Evaluation, tree: Tree) -> Value:
    """`date_trunc`: returns a timestamp."""
    value = ev.of(tree.this)
    moment = read_as(value, "timestamp") if isinstance(value, date) else value
    unit = tree.args["unit"].name.upper()
    if moment is None:
        return None
    if not isinstance(moment, datetime) or unit not in ("DAY", "MONTH", "YEAR"):
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day if unit == "DAY" else day.replace(day=1, month=1 if unit == "YEAR" else day.month)


def _extracted(ev: Evaluation, tree: Tree) -> Value:
    value, part = ev.of(tree.expression), tree.this.name.upper()
    if value is None:
        return None
    if not isinstance(value, date) or part not in ("YEAR", "MONTH", "DAY", "ISODOW", "DOW"):
        raise UntestableError(f"`{one_line(tree)}` cannot be evaluated")
    return {
        "YEAR": value.year,
        "MONTH": value.month,
        "DAY": value.day,
        "ISODOW": value.isoweekday(),
        "DOW": value.isoweekday() % 7,
    }[part]


_RULES: dict[type[exp.Expr], Callable[[Evaluation, Tree], Value]] = {
    exp.Column: Evaluation.column,
    exp.Paren: lambda ev, tree: ev.of(tree.this),
    exp.Literal: _literal,
    exp.Boolean: lambda _, tree: bool(tree.this),
    exp.Null: lambda _, __: None,
    exp.Not: _not,
    exp.And: _connective(deciding=False),
    exp.Or: _connective(deciding=True),
    exp.Is: _is,
    exp.EQ: _equal,
    exp.NEQ: _comparison(lambda a, b: not _are_equal(a, b)),
    exp.LT: _comparison(_below),
    exp.GTE: _comparison(lambda a, b: not _below(a, b)),
    exp.GT: _comparison(lambda a, b: _below(b, a)),
    exp.LTE: _comparison(lambda a, b: not _below(b, a)),
    exp.NullSafeEQ: lambda ev, tree: not _distinct(ev, tree),
    exp.NullSafeNEQ: _distinct,
    exp.Between: _between,
    exp.In: _in,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Cast: _cast,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Case: _case,
    exp.Add: _arithmetic(1),
    exp.Sub: _arithmetic(-1),
    exp.Mul: _on_numbers(lambda a, b: a * b),
    exp.Mod: _on_numbers(_remainder),
    exp.Neg: _on_numbers(lambda a: -a),
    exp.Abs: _on_numbers(abs),
    exp.Lower: _on_text(str.lower),
    exp.Upper: _on_text(str.upper),
    exp.Length: _on_text(len),
    exp.Trim: _on_text(lambda text: text.strip(" ")),
    exp.DPipe: _joined,
    exp.TimestampTrunc: _truncated,
    exp.Extract: _extracted,
    exp.CurrentDate: lambda ev, _: ev.now.date(),
    exp.CurrentTimestamp: lambda ev, _: ev.now,
}
