"""The possible values of a condition where an operand is NULL: true, false or NULL (manual, sections 9.1 and 9.2)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from erd2dbt.sql.expression import Tree


class Truth(enum.Enum):
    TRUE = enum.auto()
    FALSE = enum.auto()
    NULL = enum.auto()


class Value(enum.Enum):
    """The value of an operand without a known constant."""

    NULL = enum.auto()
    ANY = enum.auto()


Truths = frozenset[Truth]
Constant = Decimal | str | bool
IsNull = Callable[[Tree], bool]

_ALL = frozenset(Truth)
_NULL = frozenset((Truth.NULL,))
_NOT = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.NULL: Truth.NULL}
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike)

# NULL when any operand is NULL.
STRICT: tuple[type[Tree], ...] = (
    exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Abs, exp.Floor, exp.Ceil,
    exp.Cast, exp.Lower, exp.Upper, exp.TimestampTrunc, exp.Length, *_COMPARED,
)  # fmt: skip


def quantified(tree: Tree) -> bool:
    """Whether the tree is `any (…)` or `all (…)`. A comparison of NULL with `all` of no values is true."""
    return _quantifier(tree) in ("any", "some", "all")


def _quantifier(tree: Tree) -> str:
    if isinstance(tree, (exp.Any, exp.All)):
        return tree.key
    return tree.name.lower() if isinstance(tree, exp.Anonymous) else ""


def is_rejected(condition: Tree, is_null: IsNull) -> bool:
    """Whether the condition is never true where the operands of `is_null` are NULL."""
    return Truth.TRUE not in truths(condition, is_null)


def truths(tree: Tree, is_null: IsNull) -> Truths:
    """All values that the condition can have there."""
    if is_null(tree):
        return _NULL
    tree = tree.unnest()
    if isinstance(tree, (exp.And, exp.Or)):
        return _connected(truths(tree.this, is_null), truths(tree.expression, is_null), every=isinstance(tree, exp.And))
    if isinstance(tree, exp.Not):
        return frozenset(_NOT[one] for one in truths(tree.this, is_null))
    if isinstance(tree, exp.Is):
        return _truth_tests(tree, is_null)
    if isinstance(tree, (exp.NullSafeEQ, exp.NullSafeNEQ)):
        same = _is_same(value(tree.this, is_null), value(tree.expression, is_null))
        return _possible_truths(same if isinstance(tree, exp.NullSafeEQ) or same is None else not same)
    if isinstance(tree, exp.In):
        values = [value(one, is_null) for one in tree.expressions]
        return _ALL if value(tree.this, is_null) is not Value.NULL else _NULL if values else _falling()
    if isinstance(tree, exp.Between):
        sides = [value(tree.args[side], is_null) for side in ("this", "low", "high")]
        return _ALL if Value.NULL not in sides else _NULL if sides[0] is Value.NULL else _falling()
    if isinstance(tree, _COMPARED):
        return _compared(tree, is_null)
    known = value(tree, is_null)
    if known is Value.NULL:
        return _NULL
    return _possible_truths(known) if isinstance(known, bool) else _ALL


def value(tree: Tree, is_null: IsNull) -> Constant | Value:
    """The constant that the expression is there, or what else is known about it."""
    if is_null(tree) or isinstance(tree, exp.Null):
        return Value.NULL
    if isinstance(tree, exp.Paren):
        return value(tree.this, is_null)
    if isinstance(tree, exp.Literal):
        return tree.name if tree.is_string else _number(tree.name)
    if isinstance(tree, exp.Boolean):
        return bool(tree.this)
    if isinstance(tree, exp.Coalesce):
        return _first((tree.this, *tree.expressions), is_null)
    if isinstance(tree, exp.Nullif):
        return Value.NULL if value(tree.this, is_null) is Value.NULL else Value.ANY
    if isinstance(tree, exp.Case):
        return _branch(tree, is_null)
    operands = [o for o in tree.iter_expressions() if not isinstance(o, (exp.DataType, exp.Var))]
    if isinstance(tree, _COMPARED):
        return Value.NULL if truths(tree, is_null) == _NULL else Value.ANY
    strict = isinstance(tree, STRICT) and not any(map(quantified, operands))
    return Value.NULL if strict and any(value(o, is_null) is Value.NULL for o in operands) else Value.ANY


def _number(text: str) -> Constant | Value:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Value.ANY


def _first(trees: Iterable[Tree], is_null: IsNull) -> Constant | Value:
    """The value of the first tree that is not NULL."""
    for tree in trees:
        found = value(tree, is_null)
        if found is not Value.NULL:
            return found
    return Value.NULL


def _branch(case: exp.Case, is_null: IsNull) -> Constant | Value:
    """The common value of all branches that can be taken."""
    found: set[Constant | Value] = set()
    for branch in case.args["ifs"]:
        test = branch.this if case.this is None else exp.EQ(this=case.this, expression=branch.this)
        taken = truths(test, is_null)
        if Truth.TRUE in taken:
            found.add(value(branch.args["true"], is_null))
        if taken == {Truth.TRUE}:
            break
    else:
        default = case.args.get("default")
        found.add(value(default, is_null) if default is not None else Value.NULL)
    return found.pop() if len(found) == 1 else Value.ANY


def _connected(left: Truths, right: Truths, *, every: bool) -> Truths:
    decided = Truth.FALSE if every else Truth.TRUE
    other = _NOT[decided]
    return frozenset(
        decided if decided in (a, b) else Truth.NULL if Truth.NULL in (a, b) else other for a in left for b in right
    )


def _truth_tests(tree: exp.Is, is_null: IsNull) -> Truths:
    """`is null`, `is true`, `is unknown` and their opposites. They are never NULL."""
    if isinstance(tree.expression, exp.Boolean):
        wanted = Truth.TRUE if tree.expression.this else Truth.FALSE
        found = {one is wanted for one in truths(tree.this, is_null)}
    elif isinstance(tree.expression, exp.Null):
        known = value(tree.this, is_null)
        found = {True, False} if known is Value.ANY else {known is Value.NULL}
    else:
        return _ALL
    negated = bool(tree.args.get("negate"))
    return frozenset(Truth.TRUE if one is not negated else Truth.FALSE for one in found)


def _compared(tree: Tree, is_null: IsNull) -> Truths:
    sides = [tree.this, tree.expression]
    words = {_quantifier(side.unnest()) for side in sides} & {"any", "some", "all"}
    plain = [value(side, is_null) for side in sides if not quantified(side.unnest())]
    if words:
        return _falling() if "all" not in words and Value.NULL in plain else _ALL
    if isinstance(tree.this, exp.Tuple) and isinstance(tree.expression, exp.Tuple):
        pairs = zip(tree.this.expressions, tree.expression.expressions, strict=False)
        empty = any(Value.NULL in (value(a, is_null), value(b, is_null)) for a, b in pairs)
        return _falling() if empty and isinstance(tree, exp.EQ) else _ALL
    if Value.NULL in plain:
        return _NULL
    return _possible_truths(_holds(tree, *plain))


def _falling() -> Truths:
    return frozenset((Truth.FALSE, Truth.NULL))


def _holds(tree: Tree, left: Constant | Value, right: Constant | Value) -> bool | None:
    """Whether a comparison of two constants is true; None where it is not decided here."""
    if isinstance(tree, (exp.EQ, exp.NEQ)):
        same = _is_same(left, right)
        return same if isinstance(tree, exp.EQ) or same is None else not same
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    signs: dict[type[exp.Expr], bool] = {
        exp.GT: left > right,
        exp.GTE: left >= right,
        exp.LT: left < right,
        exp.LTE: left <= right,
    }
    return signs.get(type(tree))


def _is_same(left: Constant | Value, right: Constant | Value) -> bool | None:
    if Value.ANY in (left, right):
        return None
    if Value.NULL in (left, right):
        return left is right
    return left == right if type(left) is type(right) else None


def _possible_truths(known: bool | None) -> Truths:
    return _ALL if known is None else frozenset((Truth.TRUE if known else Truth.FALSE,))
