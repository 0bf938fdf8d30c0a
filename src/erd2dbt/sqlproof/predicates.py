"""What a filter guarantees about the rows that pass it: constant columns, equal columns, and not-null columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from sqlglot import exp

from erd2dbt.prove.state import NONE
from erd2dbt.sql.three_valued import quantified
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.calendar_parts import period_of
from erd2dbt.sqlproof.scope import OUTER
from erd2dbt.sqlproof.spans import keep_spans
from erd2dbt.sqlproof.terms import Terms


def conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The conjuncts of a condition, without brackets."""
    waiting = [tree]
    while waiting:
        node = bare(waiting.pop())
        if isinstance(node, exp.And):
            waiting += [node.expression, node.this]
        else:
            yield node


def equalities(term: exp.Expr) -> list[tuple[exp.Expr, exp.Expr]]:
    """The sides of `a = b` or `a in (b)`, or each pair of `(a, b) = (c, d)`. Empty for other conditions.

    Of two tuples, equal constants at one place say nothing.
    """
    if isinstance(term, exp.In) and len(term.expressions) == 1 and not isinstance(term.expressions[0], exp.Query):
        a, b = bare(term.this), bare(term.expressions[0])
    elif isinstance(term, exp.EQ) and not any(quantified(bare(side)) for side in (term.this, term.expression)):
        a, b = term.this, term.expression
    else:
        return []
    if isinstance(a, exp.Tuple) and isinstance(b, exp.Tuple):
        pairs = zip(a.expressions, b.expressions, strict=False)
        return [(one, other) for one, other in pairs if not (isinstance(one, exp.Literal) and one == other)]
    return [(a, b)]


def bare(tree: exp.Expr) -> exp.Expr:
    """The expression without brackets around it."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


def keep(terms: Terms, condition: exp.Expr) -> None:
    """Add the facts of a filter to `terms`: only rows where `condition` is true remain."""
    keep_spans(terms, list(conjuncts(condition)))
    for term in conjuncts(condition):
        _holds(terms, term)
        if terms.subqueries is not None:
            terms.subqueries.keep(terms, term)
        if (meant := _meant(terms, term)) is not None:
            keep(terms, meant)


def _meant(terms: Terms, term: exp.Expr) -> exp.Expr | None:
    """The condition that is true where a test of it is: `coalesce(c, true)`, `c is not false`, `not (not c)`.

    Some of these are true for NULL as well. Then the condition must never be NULL.
    """
    if isinstance(term, exp.Coalesce) and len(term.expressions) == 1 and isinstance(term.expressions[0], exp.Boolean):
        wanted = not term.expressions[0].this
        return term.this if wanted or terms.never_null(term.this) is not None else None
    inner = bare(term.this) if isinstance(term, exp.Not) else term
    negated = inner is not term
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Boolean):
        negated = negated is not bool(inner.args.get("negate"))
        if negated and terms.never_null(inner.this) is None:
            return None
        condition = bare(inner.this)
        return condition if bool(inner.expression.this) is not negated else exp.Not(this=condition.copy())
    if not negated or isinstance(inner, exp.Column):
        return None
    if isinstance(inner, exp.Coalesce) and len(inner.expressions) == 1:
        default = inner.expressions[0]
        filled = isinstance(default, exp.Boolean) and (default.this or terms.never_null(inner.this) is not None)
        return exp.Not(this=inner.this.copy()) if filled else None
    return _condition_of(inner, exp.false())


def _holds(terms: Terms, term: exp.Expr) -> None:
    for column in terms.rejected_by(term):
        terms.not_null[column] = NONE
    for a, b in equalities(term):
        _equal(terms, a, b)
    if isinstance(term, exp.NullSafeEQ):
        _equal(terms, term.this, term.expression)
    elif (counted := _one_at_most(terms, term)) is not None:
        _equal(terms, counted, exp.Literal.number(1))
    elif _is(term, exp.Null, exp.Boolean):
        _fixed(terms, term.this)
        terms.nulls |= {
            id_ for id_ in (terms.column(term.this),) if id_ is not None and isinstance(term.expression, exp.Null)
        }
        _flagged(terms, term.this, term.expression)
    elif isinstance(term, exp.Column):
        _fixed(terms, term)
        _flagged(terms, term, exp.true())
    elif isinstance(term, exp.Not) and isinstance(bare(term.this), exp.Column):
        _fixed(terms, term.this)
        _flagged(terms, bare(term.this), exp.false())
    elif isinstance(term, exp.NEQ):
        _other_value(terms, bare(term.this), bare(term.expression))
        _other_value(terms, bare(term.expression), bare(term.this))


def _flagged(terms: Terms, column: exp.Expr, value: exp.Expr) -> None:
    """Add what the condition of a flag says of the rows where the flag has this value."""
    meant = terms.flags.get(terms.column(column) or "")
    if meant is not None and isinstance(value, exp.Null):  # also NULL where an outer join matches nothing
        meant = meant if all(read.name in terms.not_null for read in meant.find_all(exp.Column)) else None
    condition = _condition_of(meant, value) if meant is not None else None
    if condition is not None:
        with terms.in_ids():
            keep(terms, condition)


def _other_value(terms: Terms, column: exp.Expr, excluded: exp.Expr) -> None:
    """Add what is known where a choice of constants is another one than `excluded`, if there is only one other."""
    meant = terms.flags.get(terms.column(column) or "") if isinstance(column, exp.Column) else None
    if not isinstance(meant, exp.Case) or not isinstance(excluded, exp.Literal):
        return
    rest = {result for result in map(bare, _results(meant)) if result != excluded and not isinstance(result, exp.Null)}
    if len(rest) == 1 and _is_other(excluded, value := rest.pop()):
        _flagged(terms, column, value)


def _results(case: exp.Case) -> list[exp.Expr]:
    return [*(branch.args["true"] for branch in case.args["ifs"]), case.args.get("default") or exp.null()]


def _condition_of(meant: exp.Expr, value: exp.Expr) -> exp.Expr | None:
    """The condition under which an expression has a constant value; None where it is not known.

    A choice has the value of one branch where every other branch is NULL or another constant.
    """
    meant = bare(meant)
    if isinstance(meant, exp.Case):
        return _branch_with(meant, value)
    if not isinstance(value, exp.Boolean):
        return None
    if value.this:
        return meant
    if isinstance(meant, exp.Not):
        return bare(meant.this)
    opposite = _OPPOSITE.get(type(meant))
    if opposite is not None and any(quantified(bare(side)) for side in (meant.this, meant.expression)):
        return None
    return opposite(this=meant.this, expression=meant.expression) if opposite is not None else None


_OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.LT: exp.GTE, exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT,
}  # fmt: skip


def _branch_with(case: exp.Case, value: exp.Expr) -> exp.Expr | None:
    results = _results(case)
    equal = [place for place, result in enumerate(results) if bare(result) == value]
    others = [result for place, result in enumerate(results) if place not in equal]
    if len(equal) != 1 or not all(_is_other(bare(o), value) for o in others):
        return None
    tests: list[exp.Expr] = [branch.this for branch in case.args["ifs"]]
    if case.this is not None:
        tests = [exp.EQ(this=case.this, expression=test) for test in tests]
    if equal[0] < len(tests):
        return tests[equal[0]]
    none: list[exp.Expr] = [
        exp.Not(this=exp.Is(this=exp.Paren(this=test.copy()), expression=exp.true())) for test in tests
    ]
    every: exp.Expr = reduce(lambda a, b: exp.And(this=a, expression=b), none)
    return every


def _is_other(constant: exp.Expr, value: exp.Expr) -> bool:
    """Whether a constant is certainly another one. `1.0` and `1` are equal, and so are texts and numbers that match."""
    if isinstance(constant, exp.Null):
        return True
    if isinstance(value, exp.Null):
        return isinstance(constant, (exp.Literal, exp.Boolean))
    if isinstance(constant, exp.Boolean) and isinstance(value, exp.Boolean):
        return bool(constant.this) is not bool(value.this)
    if not isinstance(constant, exp.Literal) or not isinstance(value, exp.Literal):
        return False
    if constant.is_string and value.is_string:
        return constant.name != value.name
    return constant.is_int and value.is_int and int(constant.name) != int(value.name)


def _one_at_most(terms: Terms, term: exp.Expr) -> exp.Expr | None:
    """The expression that must be 1 under the condition, where it counts from one.

    Such conditions are `n <= 1`, `n < 2`, `2 > n` and `n between 0 and 1`.
    """
    if isinstance(term, exp.Between):
        column, bound, most = term.this, term.args["high"], 1
    elif isinstance(term, (exp.LTE, exp.LT)):
        column, bound, most = term.this, term.expression, 2 if isinstance(term, exp.LT) else 1
    elif isinstance(term, (exp.GTE, exp.GT)):
        column, bound, most = term.expression, term.this, 2 if isinstance(term, exp.GT) else 1
    else:
        return None
    found = isinstance(bound, exp.Literal) and bound.is_int and int(bound.name) == most
    return column if found and terms.column(column) in terms.positive else None


def _fixed(terms: Terms, tree: exp.Expr) -> None:
    column = terms.column(tree)
    if column is not None and column != OUTER:
        terms.depends((), column)


def _equal(terms: Terms, a: exp.Expr, b: exp.Expr) -> None:
    """Add the fact that two expressions are equal: two equal columns, or a column that depends on the other side."""
    left, right = terms.column(a), terms.column(b)
    if quantified(bare(a)) or quantified(bare(b)) or not terms.kept_apart(a, b):
        return
    for tree, column, other in ((a, left, b), (b, right, a)):
        if column in terms.flags and isinstance(bare(other), (exp.Boolean, exp.Literal)):
            _flagged(terms, tree, bare(other))
    for column, other in ((left, b), (right, a)):
        if column in terms.counts and isinstance(other, exp.Literal) and other.name == "1":
            terms.key(terms.counts[column])  # the only row in its partition
    if left is not None and right is not None and OUTER not in (left, right):
        terms.equate(left, right)
        return
    for column, other in ((left, b), (right, a)):
        if column is not None and column != OUTER:
            _remember_periods(terms, other)
        given = terms.inputs(bare(other)) if column is not None and column != OUTER else None
        if column is not None and given is not None:
            terms.depends(given, column)


def _remember_periods(terms: Terms, tree: exp.Expr) -> None:
    """Make the month of a day a column: the last day of a month is determined by the month, not only by a day."""
    for node in nodes(tree) if not isinstance(tree, exp.Query) else ():
        if period_of(node) is not None:
            terms.term(node, remember=True)


def _is(term: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    """Whether the condition is `x is null` or similar. `is not` is one node, or has a `not` around it."""
    return isinstance(term, exp.Is) and isinstance(term.expression, kinds) and not term.args.get("negate")
