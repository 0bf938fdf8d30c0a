"""Whether the digits of a number depend on the system. Exact numbers keep all digits; quotients differ by system.

1/3 is 0.33333333333333333333 on PostgreSQL, a double elsewhere, a decimal with six digits on a third system. They agree
when they are rounded or compared with an exact number, since such a quotient is never exactly at the limit. Three times
1/3 is at the limit: it is slightly less than 1 on PostgreSQL, and 1 elsewhere.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from sqlglot import exp

from erd2dbt.sql.expression import Tree

MULTIPLIED = "a quotient that is multiplied or added up"
ROUND_FIRST = "multiply before you divide, or round each quotient: `round(…, 6)`"
ROUND_EACH = "round each of them: `round(…, 6)`"


class Digits(enum.IntEnum):
    EXACT = 0
    OWN = 1  # by system: a quotient, an average
    UNSTEADY = 2  # computed from such: near a limit, the results may differ


def of_call(tree: Tree, given: Sequence[Digits], is_numeric: bool, is_rounded: bool) -> Digits | None:
    """The digits of a call's or operator's result, by its arguments; None where it may differ between systems."""
    most = max(given, default=Digits.EXACT)
    if isinstance(tree, exp.Div):
        return _quotient(given) if is_numeric else Digits.EXACT
    if isinstance(tree, exp.Mul):
        return _product(tree, given)
    if isinstance(tree, (exp.Add, exp.Sub)):
        return Digits.UNSTEADY if given.count(Digits.OWN) > 1 else most
    if isinstance(tree, (exp.Sum, exp.Avg)):
        if most is not Digits.EXACT:
            return Digits.UNSTEADY
        return Digits.OWN if isinstance(tree, exp.Avg) and is_numeric else Digits.EXACT
    if isinstance(tree, (exp.Abs, exp.Greatest, exp.Least)) or _function_name(tree) in ("abs", "greatest", "least"):
        return most
    if most is Digits.UNSTEADY:
        return None
    if isinstance(tree, exp.Mod) or _function_name(tree) == "mod":
        return most
    return Digits.OWN if is_rounded else Digits.EXACT


def _function_name(tree: Tree) -> str:
    return tree.name.lower() if isinstance(tree, exp.Anonymous) else ""


def _quotient(given: Sequence[Digits]) -> Digits:
    dividend, divisor = given
    return max(dividend, Digits.OWN) if divisor is Digits.EXACT else Digits.UNSTEADY


def _product(tree: exp.Mul, given: Sequence[Digits]) -> Digits:
    if Digits.OWN not in given:
        return max(given)
    other = tree.expression if given[0] is Digits.OWN else tree.this
    return Digits.OWN if _keeps_the_period(other) and min(given) is Digits.EXACT else Digits.UNSTEADY


def _keeps_the_period(tree: Tree) -> bool:
    """Whether the constant's only prime factors are 2 and 5, like 100 or 0.5.

    Times it, a repeating decimal still repeats.
    """
    while isinstance(tree, (exp.Paren, exp.Neg)):
        tree = tree.this
    if not isinstance(tree, exp.Literal) or tree.is_string or not (digits := tree.name.replace(".", "")).isdigit():
        return False
    number = int(digits)
    for prime in (2, 5):
        while number and number % prime == 0:
            number //= prime
    return number == 1
