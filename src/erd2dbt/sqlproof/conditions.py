"""The condition of a join, split into pairs of columns, conditions on one side, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.functions import steady
from erd2dbt.sqlproof.names import folded, written
from erd2dbt.sqlproof.scope import OUTER, Missing, Scope
from erd2dbt.sqlproof.spans import keep_spans
from erd2dbt.sqlproof.terms import Terms


@dataclass(slots=True)
class Condition:
    """A join condition, split.

    `pairs`: the compared columns, with their text. `left_only`, `right_only`: conjuncts on one side. `mixed`: the
    others.
    """

    left: Terms
    right: Terms
    pairs: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    left_only: list[exp.Expr] = field(default_factory=list)
    right_only: list[exp.Expr] = field(default_factory=list)
    mixed: list[exp.Expr] = field(default_factory=list)
    nulls: bool = False  # NULL matches NULL in a pair


def tied(condition: Condition, both: Scope, also: Sequence[exp.Expr]) -> str:
    """Read the condition of a cross join from WHERE: with one, it is an inner join. WHERE is applied later as well."""
    for term in also:
        for a, b in predicates.equalities(term):
            pair = _pair(condition, both, a, b)
            if pair is not None:
                condition.pairs.append(pair)
                condition.words.append(_words(a, b))
    return "inner" if condition.pairs else "cross"


def sort(condition: Condition, both: Scope, term: exp.Expr) -> None:
    """Classify one conjunct: a pair, a condition on one side, or anything else."""
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


def sort_optional(condition: Condition, both: Scope, also: Sequence[exp.Expr]) -> None:
    """Read conditions of WHERE on the optional side of a left join: `n.rn = 1 or n.rn is null`.

    Each row that passes is one of the same join to the rows with `n.rn = 1` only, where the column is NULL for a
    missing row and for no other. WHERE is applied later as well.
    """
    for term in also:
        column, test = _or_missing(predicates.bare(term))
        if test is None or not isinstance(column, exp.Column) or _sides(condition, both, test) != {"right"}:
            continue
        found = both.find(column)
        met = () if condition.nulls else {there for _, there in condition.pairs}
        if (
            isinstance(found, str)
            and found in condition.right.names
            and (found in condition.right.not_null or found in met)
        ):
            condition.right_only.append(test)


def _or_missing(term: exp.Expr) -> tuple[exp.Expr | None, exp.Expr | None]:
    """The column and the test of `test or column is null`, and of shorter forms of it."""
    if isinstance(term, exp.Or):
        for test, null in ((term.this, term.expression), (term.expression, term.this)):
            inner = predicates.bare(null)
            if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null) and not inner.args.get("negate"):
                return predicates.bare(inner.this), predicates.bare(test)
    if isinstance(term, exp.EQ):
        value = predicates.bare(term.this)
        if isinstance(value, exp.Coalesce) and value.expressions == [term.expression] and _is_constant(term.expression):
            return value.this, exp.EQ(this=value.this.copy(), expression=term.expression.copy())
    if isinstance(term, exp.Coalesce) and len(term.expressions) == 1 and _is_true(term.expressions[0]):
        return term.this, term.this
    negated, inner = (True, predicates.bare(term.this)) if isinstance(term, exp.Not) else (False, term)
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Boolean) and not inner.expression.this:
        is_not = negated is not bool(inner.args.get("negate"))
        return (predicates.bare(inner.this), predicates.bare(inner.this)) if is_not else (None, None)
    return None, None


def _is_constant(tree: exp.Expr) -> bool:
    return isinstance(tree, (exp.Literal, exp.Boolean))


def _is_true(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Boolean) and bool(tree.this)


def _sides(condition: Condition, both: Scope, term: exp.Expr, *, told: bool = False) -> set[str]:
    """The sides that the columns of an expression belong to; "elsewhere" for unknown ones, and for subqueries
    of which it is not known what they read.

    `told`: unknown columns are noted. In WHERE they may belong to a table that is joined later.
    """
    if isinstance(term, exp.Query):
        known = condition.left.subqueries
        read = known.read(term) if known is not None else None
        return {"elsewhere"} if read is None else {"right" if id_ in condition.right.names else "left" for id_ in read}
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
    """The column pair of an equality between the two sides. Expressions become columns first."""
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


def _depend(condition: Condition) -> None:
    """Columns of the right rows that match, where they equal a subquery: it reads columns that a pair makes equal."""
    known, partner = condition.left.subqueries, dict(condition.pairs)
    if known is None or condition.nulls:
        return
    for a, b in (equal for term in condition.mixed for equal in predicates.equalities(term)):
        for one, other in ((a, b), (b, a)):
            query, id_ = predicates.bare(other), condition.right.column(one) if isinstance(one, exp.Column) else None
            read = known.inputs(query.this) if id_ is not None and isinstance(query, exp.Subquery) else None
            inputs = [partner.get(column, column) for column in read or ()]
            if id_ in condition.right.names and read is not None and condition.right.names.issuperset(inputs):
                condition.right.depends(inputs, id_)


def prefilter(condition: Condition, kind: str) -> None:
    """Apply one-sided conditions to their side: any side of an inner join, or the NULL-filled side of an outer join."""
    if kind in ("inner", "left", "cross"):
        _depend(condition)
        keep_spans(condition.right, condition.right_only)
        for term in condition.right_only:
            predicates.keep(condition.right, term)
        condition.right_only = []
    if kind in ("inner", "right", "cross"):
        keep_spans(condition.left, condition.left_only)
        for term in condition.left_only:
            predicates.keep(condition.left, term)
        condition.left_only = []
