"""Expressions of the spec language: each is text, and has a value over a row as SQL says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracle.values import Value, both, divided, either, exactly, literal, rounded, strict

# what binds tighter has the higher number
_OR, _AND, _NOT, _IS, _COMPARE, _IN, _OTHER, _ADD, _TIMES, _ATOM = range(1, 11)


class Term:
    """`read` gives the value of a reference; it is all that a term knows of rows."""

    type: str
    level = _ATOM

    def text(self) -> str:
        raise NotImplementedError

    def value(self, read: Any) -> Value:
        raise NotImplementedError

    def parts(self) -> Iterator[Term]:
        """This term and all below it."""
        yield self
        for f in fields(self) if is_dataclass(self) else ():
            found = getattr(self, f.name)
            for one in found if isinstance(found, tuple) else (found,):
                for part in one if isinstance(one, tuple) else (one,):
                    if isinstance(part, Term):
                        yield from part.parts()


def inside(term: Term, level: int) -> str:
    """Its text, in brackets where it binds no tighter than what stands around it."""
    return term.text() if term.level > level else f"({term.text()})"


@dataclass(frozen=True)
class Const(Term):
    held: Value
    type: str

    def text(self) -> str:
        quoted = literal(self.held)
        if self.type in ("date", "ts") and self.held is not None:
            return f"{'date' if self.type == 'date' else 'timestamp'} {quoted}"
        return quoted

    @property
    def level(self) -> int:
        negative = isinstance(self.held, int | Decimal | float) and not isinstance(self.held, bool) and self.held < 0
        return _OTHER if negative or self.type in ("date", "ts") else _ATOM

    def value(self, read: Any) -> Value:
        return self.held


_PLAIN = {
    "+": (_ADD, lambda a, b: a + b),
    "-": (_ADD, lambda a, b: a - b),
    "*": (_TIMES, lambda a, b: a * b),
    "||": (_OTHER, lambda a, b: a + b),
    "=": (_COMPARE, lambda a, b: a == b),
    "<>": (_COMPARE, lambda a, b: a != b),
    "<": (_COMPARE, lambda a, b: a < b),
    "<=": (_COMPARE, lambda a, b: a <= b),
    ">": (_COMPARE, lambda a, b: a > b),
    ">=": (_COMPARE, lambda a, b: a >= b),
}


def _comparable(value: Value) -> Value:
    return value.encode() if isinstance(value, str) else value


@dataclass(frozen=True)
class Binary(Term):
    sign: str
    left: Term
    right: Term
    type: str

    @property
    def level(self) -> int:
        return _PLAIN[self.sign][0]

    def text(self) -> str:
        left = inside(self.left, self.level - (self.sign in "+-*"))  # these are read from the left
        return f"{left} {self.sign} {inside(self.right, self.level)}"

    def value(self, read: Any) -> Value:
        left, right = self.left.value(read), self.right.value(read)
        if left is None or right is None:
            return None
        if self.level == _COMPARE:
            left, right = _comparable(left), _comparable(right)
        if isinstance(left, float) != isinstance(right, float):
            left, right = float(left), float(right)
        found = exactly(_PLAIN[self.sign][1], left, right)
        return found.days if isinstance(found, dt.timedelta) else found


@dataclass(frozen=True)
class Divide(Term):
    """`a / nullif(b, 0)`."""

    left: Term
    right: Term
    type: str
    level = _TIMES

    def text(self) -> str:
        return f"{inside(self.left, _TIMES - 1)} / nullif({self.right.text()}, 0)"

    def value(self, read: Any) -> Value:
        left, right = self.left.value(read), self.right.value(read)
        kinds = (self.left.type, self.right.type)
        if isinstance(left, int) and ("num" in kinds or "float" in kinds):
            left = float(left) if "float" in kinds else Decimal(left)  # `greatest(0.5, 3)` is no integer
        return None if left is None or not right else divided(left, right)


@dataclass(frozen=True)
class Ratio(Term):
    """`ratio(a, b[, when_zero])`: `otherwise` (0) where b is zero or either is empty."""

    left: Term
    right: Term
    otherwise: Value = 0
    said: bool = False
    type: str = "float"

    def text(self) -> str:
        third = f", {literal(self.otherwise)}" if self.said else ""
        return f"ratio({self.left.text()}, {self.right.text()}{third})"

    def value(self, read: Any) -> Value:
        left, right = self.left.value(read), self.right.value(read)
        if left is None or not right:
            return None if self.otherwise is None else float(self.otherwise)
        return float(Fraction(left) / Fraction(right))


@dataclass(frozen=True)
class Logic(Term):
    """`and` or `or` of two or more."""

    word: str
    sides: tuple[Term, ...]
    type: str = "bool"

    @property
    def level(self) -> int:
        return _AND if self.word == "and" else _OR

    def text(self) -> str:
        return f" {self.word} ".join(inside(s, self.level) for s in self.sides)

    def value(self, read: Any) -> Value:
        fold = both if self.word == "and" else either
        found = self.sides[0].value(read)
        for side in self.sides[1:]:
            found = fold(found, side.value(read))
        return found


@dataclass(frozen=True)
class Not(Term):
    side: Term
    type: str = "bool"
    level = _NOT

    def text(self) -> str:
        return f"not {inside(self.side, _NOT)}"

    def value(self, read: Any) -> Value:
        found = self.side.value(read)
        return None if found is None else not found


@dataclass(frozen=True)
class IsNull(Term):
    side: Term
    negated: bool = False
    type: str = "bool"
    level = _IS

    def text(self) -> str:
        return f"{inside(self.side, _OTHER)} is {'not ' if self.negated else ''}null"

    def value(self, read: Any) -> Value:
        return (self.side.value(read) is None) != self.negated


@dataclass(frozen=True)
class Distinct(Term):
    """`a is [not] distinct from b`."""

    left: Term
    right: Term
    negated: bool = False
    type: str = "bool"
    level = _IS

    def text(self) -> str:
        word = "is not distinct from" if self.negated else "is distinct from"
        return f"{inside(self.left, _OTHER)} {word} {inside(self.right, _OTHER)}"

    def value(self, read: Any) -> Value:
        left, right = self.left.value(read), self.right.value(read)
        differ = (left is None) != (right is None) or (left is not None and left != right)
        return differ != self.negated


@dataclass(frozen=True)
class InList(Term):
    side: Term
    items: tuple[Const, ...]
    negated: bool = False
    type: str = "bool"
    level = _IN

    def text(self) -> str:
        listed = ", ".join(i.text() for i in self.items)
        return f"{inside(self.side, _OTHER)} {'not ' if self.negated else ''}in ({listed})"

    def value(self, read: Any) -> Value:
        found = self.side.value(read)
        if found is None:
            return None
        held = [i.held for i in self.items]
        answer = True if found in [h for h in held if h is not None] else None if None in held else False
        return None if answer is None else answer != self.negated


@dataclass(frozen=True)
class Between(Term):
    side: Term
    low: Term
    high: Term
    type: str = "bool"
    level = _IN

    def text(self) -> str:
        return f"{inside(self.side, _OTHER)} between {inside(self.low, _OTHER)} and {inside(self.high, _OTHER)}"

    def value(self, read: Any) -> Value:
        found, low, high = (_comparable(t.value(read)) for t in (self.side, self.low, self.high))
        lower = None if found is None or low is None else low <= found
        upper = None if found is None or high is None else found <= high
        return both(lower, upper)


@dataclass(frozen=True)
class Case(Term):
    branches: tuple[tuple[Term, Term], ...]
    otherwise: Term | None
    type: str

    def text(self) -> str:
        said = " ".join(f"when {c.text()} then {v.text()}" for c, v in self.branches)
        return f"case {said}{f' else {self.otherwise.text()}' if self.otherwise else ''} end"

    def value(self, read: Any) -> Value:
        for condition, value in self.branches:
            if condition.value(read) is True:
                return value.value(read)
        return self.otherwise.value(read) if self.otherwise else None


def _greatest(*values: Value) -> Value:
    full = [v for v in values if v is not None]
    return max(full, key=_comparable) if full else None


def _least(*values: Value) -> Value:
    full = [v for v in values if v is not None]
    return min(full, key=_comparable) if full else None


_FUNCTIONS = {
    "coalesce": lambda *values: next((v for v in values if v is not None), None),
    "nullif": lambda a, b: None if a is not None and a == b else a,
    "greatest": _greatest,
    "least": _least,
    "abs": strict(lambda a: exactly(abs, a)),
    "round": strict(rounded),
    "lower": strict(str.lower),
    "upper": strict(str.upper),
    "length": strict(len),
    "concat": lambda *values: "".join(v for v in values if v is not None),
    "left": strict(lambda a, n: a[:n]),
}


@dataclass(frozen=True)
class Call(Term):
    name: str
    arguments: tuple[Term, ...]
    type: str

    def text(self) -> str:
        return f"{self.name}({', '.join(a.text() for a in self.arguments)})"

    def value(self, read: Any) -> Value:
        return _FUNCTIONS[self.name](*(a.value(read) for a in self.arguments))


@dataclass(frozen=True)
class Extract(Term):
    part: str
    side: Term
    type: str = "num"

    def text(self) -> str:
        return f"extract({self.part} from {self.side.text()})"

    def value(self, read: Any) -> Value:
        found = self.side.value(read)
        return None if found is None else Decimal(getattr(found, self.part))


_CASTS = {"int": "int", "num": "numeric(12,2)", "text": "text", "date": "date", "float": "double precision"}


def cast(value: Value, type_: str) -> Value:
    """The casts that are drawn: int and numeric to text, numbers among each other, a moment to its day."""
    if value is None:
        return None
    match type_:
        case "text":
            return str(value)
        case "int":
            return int(rounded(value, 0))
        case "num":
            return rounded(value, 2)
        case "float":
            return float(value)
        case _:
            return value.date() if isinstance(value, dt.datetime) else value


@dataclass(frozen=True)
class Cast(Term):
    side: Term
    type: str
    colons: bool = True

    def text(self) -> str:
        if self.colons:
            return f"{inside(self.side, _TIMES)}::{_CASTS[self.type]}"
        return f"cast({self.side.text()} as {_CASTS[self.type]})"

    def value(self, read: Any) -> Value:
        return cast(self.side.value(read), self.type)
