"""Random expressions over given references."""

from __future__ import annotations

import random
from collections.abc import Sequence

from oracle.data import plain
from oracle.terms import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Const,
    Distinct,
    Divide,
    Extract,
    InList,
    IsNull,
    Logic,
    Not,
    Term,
)
from oracle.values import NUMBERS

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


def constant(rng: random.Random, kind: str) -> Const:
    return Const(plain(rng, kind), kind)


def condition(rng: random.Random, leaves: Sequence[Term], depth: int = 2) -> Term:
    """Something that is true, false or unknown; nested so that brackets matter."""
    if depth and rng.random() < 0.6:
        word = rng.choice(("and", "or"))
        sides = tuple(condition(rng, leaves, depth - 1) for _ in range(rng.choice((2, 2, 3))))
        found: Term = Logic(word, sides)
        return Not(found) if rng.random() < 0.15 else found
    leaf = rng.choice(list(leaves))
    if leaf.type == "bool" and rng.random() < 0.6:
        return leaf if rng.random() < 0.6 else Not(leaf)
    return _comparison(rng, leaf, [t for t in leaves if t.type == leaf.type and t is not leaf])


def _comparison(rng: random.Random, leaf: Term, like: Sequence[Term]) -> Term:
    match rng.randrange(8):
        case 0:
            return IsNull(leaf, negated=rng.random() < 0.5)
        case 1 if leaf.type != "bool":
            items = tuple(constant(rng, leaf.type) for _ in range(rng.randint(1, 3)))
            return InList(leaf, items, negated=rng.random() < 0.3)
        case 2 if leaf.type not in ("bool", "text"):
            return Between(leaf, constant(rng, leaf.type), constant(rng, leaf.type))
        case 3:
            return Distinct(leaf, constant(rng, leaf.type), negated=rng.random() < 0.5)
        case 4 if like:
            return Binary(rng.choice(_COMPARISONS), leaf, rng.choice(list(like)), "bool")
        case 5 if leaf.type in NUMBERS:
            return Binary(rng.choice(_COMPARISONS), number(rng, [leaf], 1), constant(rng, "int"), "bool")
    sign = rng.choice(_COMPARISONS[:2]) if leaf.type in ("bool", "text") else rng.choice(_COMPARISONS)
    return Binary(sign, leaf, constant(rng, leaf.type), "bool")


def wider(left: str, right: str) -> str:
    return max(left, right, key=NUMBERS.index)


def number(rng: random.Random, leaves: Sequence[Term], depth: int = 2) -> Term:
    """A number made of numbers; at least one of the leaves stands in it."""
    first = rng.choice(list(leaves))
    if not depth:
        return first
    left = number(rng, leaves, depth - 1)
    right: Term = rng.choice([*leaves, constant(rng, "int"), constant(rng, "num")])
    kind = wider(left.type, right.type)
    match rng.randrange(9):
        case 0 | 1:
            return Binary(rng.choice("+-*"), left, right, kind)
        case 2:
            return Binary(rng.choice("-*"), right, left, kind)
        case 3:
            return Divide(left, right, kind)
        case 4:
            return Call("coalesce", (left, right), kind)
        case 5:
            return Call(rng.choice(("greatest", "least")), (left, right), kind)
        case 6:
            return Call("abs", (left,), left.type)
        case 7:
            test, otherwise = condition(rng, leaves, 1), right if rng.random() < 0.7 else None
            return Case(((test, left),), otherwise, kind if otherwise else left.type)
        case _:
            return Call("nullif", (left, Const(rng.choice((0, 1, 2)), "int")), left.type)


def anything(rng: random.Random, leaf: Term) -> Term:
    """A value made of one value."""
    match leaf.type:
        case "text":
            other = constant(rng, "text")
            return rng.choice(
                (
                    Call("upper", (leaf,), "text"),
                    Call("coalesce", (leaf, other), "text"),
                    Binary("||", leaf, other, "text"),
                    Call("concat", (leaf, Const("-", "text"), leaf), "text"),
                    Call("length", (leaf,), "int"),
                    Call("left", (leaf, Const(1, "int")), "text"),
                    Call("nullif", (leaf, other), "text"),
                    Case(((Binary("=", leaf, other, "bool"), Const("x", "text")),), leaf, "text"),
                )
            )
        case "date" | "ts":
            forms: list[Term] = [
                Extract(rng.choice(("year", "month", "day")), leaf),
                Call("coalesce", (leaf, constant(rng, leaf.type)), leaf.type),
            ]
            forms.append(Cast(leaf, "date") if leaf.type == "ts" else Binary("-", leaf, constant(rng, "date"), "int"))
            return rng.choice(forms)
        case "bool":
            return rng.choice((Not(leaf), Case(((leaf, Const("yes", "text")),), Const("no", "text"), "text")))
        case "int":
            return rng.choice((Cast(leaf, "text", colons=rng.random() < 0.5), number(rng, [leaf], 2)))
        case "num":
            return rng.choice((Call("round", (leaf, Const(1, "int")), "num"), number(rng, [leaf], 2)))
    return number(rng, [leaf], 1)
