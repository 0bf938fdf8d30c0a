"""The condition of a join, sorted: pairs of columns, what is said of one side alone, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.functions import steady
from erd2dbt.sqlproof.names import folded, written
from erd2dbt.sqlproof.scope import OUTER, Missing, Scope
from erd2dbt.sqlproof.terms import Terms


@dataclass(slots=True)
class Condition:
    """`pairs` of columns and how they read, `left_only`, `right_only`: conjuncts on one side; `mixed`: the others."""

    left: Terms
    right: Terms
    pairs: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    left_only: list[exp.Expr] = field(default_factory=list)
    right_only: list[exp.Expr] = field(default_factory=list)
    mixed: list[exp.Expr] = field(default_factory=list)
    nulls: bool = False  # NULL meets NULL in a pair


def tied(condition: Condition, both: Scope, also: Sequence[exp.Expr]) -> str:
    """A cross join whose condition stands in WHERE is an inner one; WHERE itself is applied later all the same."""
    for term in also:
        for a, b in predicates.equalities(term):
            pair = _pair(condition, both, a, b)
            if pair is not None:
                condition.pairs.append(pair)
                condition.words.append(_words(a, b))
    return "inner" if condition.pairs else "cross"


def sort(condition: Condition, both: Scope, term: exp.Expr) -> None:
    """One conjunct: a pair, a condition on one side, or something else."""
    sides = _sides(condition, both, term, told=True)
    if isinstance(term, exp.Boolean) and term.this:
        return
    equal = predicates.equalities(term)
    if isinstance(term, exp.NullSafeEQ):
        equal = [(term.this, term.expression)]
    pairs = [pair for a, b in equal if (pair := _pair(condition, both, a, b)) is not None]
    if equal and len(pairs) == len(equal):
        condition.pairs += pairs
        condition.nulls = condition.nulls or isinstance(term, exp.NullSafeEQ)
        condition.words += [_words(a, b) for a, b in equal]
    elif sides == {"left"}:
        condition.left_only.append(term)
    elif sides == {"right"}:
        condition.right_only.append(term)
    else:
        condition.mixed.append(term)


def _sides(condition: Condition, both: Scope, term: exp.Expr, *, told: bool = False) -> set[str]:
    """Which sides the columns of an expression are of; "elsewhere" for those not found and inside subqueries.

    `told`: those not found are noted; in WHERE they may be of a table that is joined later.
    """
    if isinstance(term, exp.Query):
        return {"elsewhere"}
    if isinstance(term, exp.Column):
        found = both.find(term)
        if isinstance(found, Missing):
            condition.left.reader.note(found.words if told else "", wrong=True)
            return {"elsewhere"}
        if found == OUTER:
            return set()
        return {"right" if found in condition.right.names else "left"}
    return {side for child in term.iter_expressions() for side in _sides(condition, both, child, told=told)}


def _pair(condition: Condition, both: Scope, a: exp.Expr, b: exp.Expr) -> tuple[str, str] | None:
    """The columns of an equality of the two sides, expressions made columns first."""
    of_a, of_b = _sides(condition, both, a), _sides(condition, both, b)
    if {*of_a, *of_b} != {"left", "right"} or len(of_a) != 1 or len(of_b) != 1:
        return None
    if not (steady(a) and steady(b)):
        return None
    if of_a == {"right"}:
        a, b = b, a
    return condition.left.term(a), condition.right.term(b)


def _words(a: exp.Expr, b: exp.Expr) -> str:
    if isinstance(a, exp.Column) and isinstance(b, exp.Column) and a.name == b.name:
        return folded(a.this)
    return f"{written(a)} = {written(b)}"


def prefilter(condition: Condition, kind: str) -> None:
    """A condition on the side that an outer join fills with NULL, or on any side of an inner one, filters that side."""
    if kind in ("inner", "left", "cross"):
        for term in condition.right_only:
            predicates.keep(condition.right, term)
        condition.right_only = []
    if kind in ("inner", "right", "cross"):
        for term in condition.left_only:
            predicates.keep(condition.left, term)
        condition.left_only = []
