"""Whether two filters exclude each other: no row passes both. An unknown condition counts as an overlap."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.three_valued import quantified
from erd2dbt.sqlproof.functions import is_volatile, steady
from erd2dbt.sqlproof.predicates import bare

_BELOW, _EQUAL, _ABOVE = "<", "=", ">"
_SIGNS: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.LT: frozenset((_BELOW,)),
    exp.LTE: frozenset((_BELOW, _EQUAL)),
    exp.EQ: frozenset((_EQUAL,)),
    exp.NEQ: frozenset((_BELOW, _ABOVE)),
    exp.GTE: frozenset((_EQUAL, _ABOVE)),
    exp.GT: frozenset((_ABOVE,)),
}
_TURNED = {_BELOW: _ABOVE, _ABOVE: _BELOW, _EQUAL: _EQUAL}
_EVERY = frozenset(_TURNED)
_MOST = 64  # how many alternatives of a filter are written out

TypeOf = Callable[[str], str | None]
Test = tuple[str, frozenset[str] | bool, str]  # operand, comparison (or whether it is NULL), other operand


def exclude(one: Sequence[exp.Expr], other: Sequence[exp.Expr], type_of: TypeOf) -> bool:
    """Whether no row passes all conditions of both lists. `type_of`: the type of a column by its name."""
    ones, others = (_ways(exp.and_(*conditions)) if conditions else [[]] for conditions in (one, other))
    if len(ones) * len(others) > _MOST:
        return False
    return all(_contradict([*a, *b], type_of) for a in ones for b in others)


def is_same_each_time(condition: exp.Expr) -> bool:
    """Whether a condition with a subquery is true of the same rows wherever it is written."""
    some = (exp.TableSample, exp.Limit, exp.Offset, exp.Fetch, exp.With)
    return not any(isinstance(node, some) or is_volatile(node) for node in condition.walk())


def _ways(tree: exp.Expr, *, holds: bool = True) -> list[list[Test]]:
    """The alternatives under which a condition is true (or false). Each is a list of tests that must all be true."""
    tree = bare(tree)
    if isinstance(tree, exp.Not):
        return _ways(tree.this, holds=not holds)
    if isinstance(tree, (exp.And, exp.Or)):
        left, right = _ways(tree.this, holds=holds), _ways(tree.expression, holds=holds)
        if isinstance(tree, exp.Or) is holds:
            return [*left, *right][: _MOST + 1]
        return [[*a, *b] for a in left for b in right][: _MOST + 1] if len(left) * len(right) <= _MOST else [[]]
    if isinstance(tree, exp.Exists) or (isinstance(tree, exp.In) and tree.args.get("query")):
        return [[_test(tree, holds=holds)]]
    if not steady(tree):
        return [[]]
    if isinstance(tree, exp.In) and not tree.args.get("query") and tree.expressions:
        tests = [_compared(tree.this, _SIGNS[exp.EQ if holds else exp.NEQ], value) for value in tree.expressions]
        return [[test] for test in tests] if holds else [tests]
    if isinstance(tree, exp.Between):
        inside = exp.and_(exp.GTE(this=tree.this, expression=tree.args["low"]),
                          exp.LTE(this=tree.this, expression=tree.args["high"]))  # fmt: skip
        return _ways(inside, holds=holds)
    return _null_safe(tree, holds=holds) or [[_test(tree, holds=holds)]]


def _null_safe(tree: exp.Expr, *, holds: bool) -> list[list[Test]]:
    """The alternatives of `x is distinct from 1` and `x is not true`: another value, or NULL. Empty for others."""
    if isinstance(tree, (exp.NullSafeEQ, exp.NullSafeNEQ)):
        sides = sorted((bare(tree.this), bare(tree.expression)), key=_is_constant)
        equal, (value, constant) = isinstance(tree, exp.NullSafeEQ) is holds, sides
        if not isinstance(constant, (exp.Literal, exp.Boolean)) or _is_constant(value):
            return []
        other = _compared(value, _SIGNS[exp.EQ if equal else exp.NEQ], constant)
    elif isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Boolean):
        inner, equal = bare(tree.this), holds != bool(tree.args.get("negate"))
        found = _ways(inner, holds=bool(tree.expression.this) is equal)
        return found if equal else [*found, _null_test(inner)]
    else:
        return []
    return [[other]] if equal else [[other], [(one_line(value), True, "")]]


def _null_test(condition: exp.Expr) -> list[Test]:
    """The tests under which a condition is NULL; none where they are not known."""
    if isinstance(condition, exp.Column):
        return [(one_line(condition), True, "")]
    if type(condition) not in _SIGNS or not _is_constant(condition.expression) or _is_constant(condition.this):
        return []
    return [(one_line(bare(condition.this)), True, "")]


def _test(tree: exp.Expr, *, holds: bool) -> Test:
    signs = _SIGNS.get(type(tree))
    if signs is not None and not any(quantified(bare(side)) for side in (tree.this, tree.expression)):
        return _compared(tree.this, signs if holds else _EVERY - signs, tree.expression)
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return one_line(bare(tree.this)), holds != bool(tree.args.get("negate")), ""
    return one_line(tree), _SIGNS[exp.EQ], str(holds).lower()  # true or false; NULL is neither


def _compared(left: exp.Expr, signs: frozenset[str], right: exp.Expr) -> Test:
    a, b = one_line(bare(left)), one_line(bare(right))
    if _is_constant(left) and not _is_constant(right):
        return b, frozenset(_TURNED[sign] for sign in signs), a
    return a, signs, b


def _is_constant(tree: exp.Expr) -> bool:
    return next(tree.find_all(exp.Column), None) is None


def _contradict(tests: list[Test], type_of: TypeOf) -> bool:
    return any(_opposed(a, b, type_of) for place, a in enumerate(tests) for b in tests[:place])


def _opposed(one: Test, other: Test, type_of: TypeOf) -> bool:
    if one[0] != other[0]:
        return False
    if isinstance(one[1], bool) or isinstance(other[1], bool):
        return _null(one) is not None and _null(other) is not None and _null(one) != _null(other)
    if one[2] == other[2]:
        return not one[1] & other[1]
    type_ = type_of(one[0].strip('"'))
    values = [_value(text, type_) for text in (one[2], other[2])]
    if None in values or type(values[0]) is not type(values[1]):
        return False
    return not _meet(one[1], values[0], other[1], values[1], ordered=not isinstance(values[0], str))


def _null(test: Test) -> bool | None:
    """Whether the test requires NULL. A comparison that is true requires not null."""
    return test[1] if isinstance(test[1], bool) else False


def _meet(signs: frozenset[str], value: Any, others: frozenset[str], another: Any, *, ordered: bool) -> bool:
    """Whether some number compares like this with `value`, and also like that with `another`."""
    if not ordered:
        same = _EQUAL in signs and _EQUAL in others
        return value == another or not (same and len(signs) == len(others) == 1)
    low, high = (signs, others) if value < another else (others, signs)
    least, most = min(value, another), max(value, another)
    if least == most:
        return bool(signs & others)
    # below the lower value, equal to it, between the two, equal to the higher one, above it
    places = ((_BELOW, _BELOW), (_EQUAL, _BELOW), (_ABOVE, _BELOW), (_ABOVE, _EQUAL), (_ABOVE, _ABOVE))
    return any(a in low and b in high for a, b in places)


def _value(text: str, type_: str | None) -> Decimal | date | str | None:
    """A constant as a Python value that compares as in PostgreSQL; None where that is not certain."""
    kind, known = family(type_) if type_ else None, canonical(type_ or "")
    word = text.removeprefix("date ").removeprefix("timestamp ").partition("::")[0].strip()
    is_string = word.startswith("'") and word.endswith("'") and "'" not in word[1:-1]
    plain = word[1:-1] if is_string else word
    try:
        if kind in ("integer", "numeric") and not is_string:
            return Decimal(plain)
        if kind == "boolean" or plain in ("true", "false"):
            return plain if plain in ("true", "false") else None
        if kind == "date" and is_string:
            return date.fromisoformat(plain)
        if known == "timestamp without time zone" and is_string:
            return datetime.fromisoformat(plain)
    except (InvalidOperation, ValueError):
        return None
    exact_text = known in ("text", "name") or (known or "").startswith("character varying")
    return plain if is_string and exact_text and word == text else None
