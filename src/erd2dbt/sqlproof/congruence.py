"""Whether equal columns give equal expressions, and the reverse. `=` can ignore a difference that a function sees.

`1.0 = 1.00`, yet their texts differ. `'1 mon' = '30 days'`, yet adding them to a date gives different dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from erd2dbt.datatypes.comparison import equal_is_same, joins_on_key
from erd2dbt.datatypes.postgres import family
from erd2dbt.sql.inference import TypeOf, infer
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.concatenation import formatted
from erd2dbt.sqlproof.functions import PURE, steady

_VALUE_TYPES = exp.DataType.NUMERIC_TYPES | exp.DataType.TEMPORAL_TYPES | {exp.DType.BOOLEAN}
_NUMBERS = frozenset({"integer", "numeric", "float"})


def congruent(tree: exp.Expr, type_of: TypeOf) -> bool:
    """Whether equal values of its columns give equal values of `tree`."""
    if exact(tree, type_of):
        return True
    return isinstance(tree, exp.Column) or (
        keeps_equal(tree, type_of) and all(congruent(child, type_of) for child in operands(tree))
    )


def exact(tree: exp.Expr, type_of: TypeOf) -> bool:
    """Whether equal values of its columns are identical, so that every function of them gives equal results."""
    return steady(tree) and all(equal_is_same(type_of(column)) for column in columns_in(tree))


def operands(tree: exp.Expr) -> list[exp.Expr]:
    """The operands of an operator, without the type of a cast."""
    return [child for child in tree.iter_expressions() if not isinstance(child, exp.DataType)]


def keeps_equal(tree: exp.Expr, type_of: TypeOf) -> bool:
    """Whether the top operator gives equal results for equal operands, even if these print differently."""
    if isinstance(tree, exp.Cast):
        return tree.to.this in _VALUE_TYPES
    if not isinstance(tree, PURE):
        return False
    if isinstance(tree, (exp.TimestampTrunc, exp.DateTrunc)):
        return _kind(tree.this, type_of) not in ("interval", None)
    return not isinstance(tree, (exp.Add, exp.Sub)) or _adds(tree, type_of)


def _adds(tree: exp.Expr, type_of: TypeOf) -> bool:
    """Whether an addition keeps equality. It may not where a time is shifted by an interval from a column.

    An unknown type may be a time or an interval.
    """
    kinds = {id(side): _kind(side, type_of) for side in (tree.this, tree.expression)}
    moving = {kinds[id(s)] for s in (tree.this, tree.expression) if next(columns_in(s), None) is not None}
    if _NUMBERS.intersection(kinds.values()) or set(kinds.values()) == {"interval"}:
        return True  # numbers are added to numbers, and days to a date
    return not moving & {"interval", None} or (None in moving and "interval" in set(kinds.values()) - moving)


_DAYS = frozenset("DAY WEEK MONTH QUARTER YEAR DECADE CENTURY MILLENNIUM".split())
_WHOLE = _DAYS | frozenset("HOUR MINUTE DOW DOY ISODOW ISOYEAR".split())
_WRITTEN = frozenset({"text", "integer", "numeric", "float", "uuid", "date", "timestamp", "time", "boolean"})


def determined(tree: exp.Expr, type_of: TypeOf) -> exp.Expr | None:
    """The operand that the value of `tree` determines: it is injective, and NULL only for NULL.

    None where there is none.
    """
    if isinstance(tree, (exp.Paren, exp.Neg)):
        return tree.args["this"] if isinstance(tree.args["this"], exp.Expr) else None
    if isinstance(tree, exp.Cast):
        return tree.this if _keeps_apart(tree, type_of) else None
    if isinstance(tree, exp.TimeToStr):
        return tree.this if _writes_all(tree) else None
    pieces = tree.expressions if isinstance(tree, exp.Concat) else formatted(tree)
    if pieces is not None:
        return _only_part(pieces, type_of)
    if isinstance(tree, exp.Mul):
        return _multiple_of(tree, type_of)
    if not isinstance(tree, (exp.Add, exp.Sub, exp.DPipe)):
        return None
    sides = [side for side in (tree.this, tree.expression) if not _is_constant(side)]
    if len(sides) != 1:
        return None
    kind = _kind(sides[0], type_of)
    if isinstance(tree, exp.DPipe):
        return sides[0] if kind in _WRITTEN else None
    return sides[0] if kind in ("integer", "numeric", "date") and not _mixes(tree, type_of) else None


def _multiple_of(tree: exp.Mul, type_of: TypeOf) -> exp.Expr | None:
    """The operand of a multiplication by a constant other than 0. Distinct exact numbers stay distinct."""
    factors = [side for side in (tree.this, tree.expression) if not _is_constant(side)]
    constants = [side for side in (tree.this, tree.expression) if _is_constant(side) and not _is_zero(side)]
    exact = len(factors) == len(constants) == 1 and _kind(factors[0], type_of) in ("integer", "numeric")
    return factors[0] if exact and not _mixes(tree, type_of) else None


def _is_zero(constant: exp.Expr) -> bool:
    literal = constant.this if isinstance(constant, exp.Neg) else constant
    return not re.search("[1-9]", literal.name)


def _only_part(pieces: Sequence[exp.Expr], type_of: TypeOf) -> exp.Expr | None:
    """The only non-constant part of `concat`. It writes NULL as an empty text, which no number or date equals."""
    parts = [part for part in pieces if not _is_constant(part)]
    inner = parts[0] if len(parts) == 1 else None
    while isinstance(inner, exp.Cast) and infer(inner, type_of) == "text":
        inner = inner.this
    return parts[0] if inner is not None and _kind(inner, type_of) in _WRITTEN - {"text"} else None


# What `to_char` must write, in sqlglot's spelling, so that each value of a unit has its own text.
_WRITTEN_UNITS: dict[str, tuple[frozenset[str], ...]] = {
    "YEAR": (frozenset({"%Y"}),),
    "QUARTER": (frozenset({"%Y"}), frozenset({"Q", "%m"})),
    "MONTH": (frozenset({"%Y"}), frozenset({"%m", "%b"})),
    "DAY": (frozenset({"%Y"}), frozenset({"%m", "%b"}), frozenset({"%d"})),
    "HOUR": (frozenset({"%Y"}), frozenset({"%m", "%b"}), frozenset({"%d"}), frozenset({"%H"})),
}


def _writes_all(tree: exp.TimeToStr) -> bool:
    """Whether `to_char` of a truncated timestamp writes every part that remains. All parts have a fixed length."""
    inner, form = tree.this, tree.args.get("format")
    if not isinstance(inner, (exp.TimestampTrunc, exp.DateTrunc)) or not isinstance(form, exp.Literal):
        return False
    bare = re.sub(r'"[^"]*"', "", form.name)
    parts = set(re.findall(r"%-?.|Q", bare))
    wanted = _WRITTEN_UNITS.get(_unit(inner.args["unit"]))
    return wanted is not None and all(choice & parts for choice in wanted)


def truncates_to_days(tree: exp.Expr) -> bool:
    """Whether distinct values of the expression always have distinct dates: `date_trunc` to days or a longer unit."""
    return isinstance(tree, (exp.TimestampTrunc, exp.DateTrunc)) and _unit(tree.args["unit"]) in _DAYS


def _is_constant(tree: exp.Expr) -> bool:
    return isinstance(tree.this if isinstance(tree, exp.Neg) else tree, exp.Literal)


def _mixes(tree: exp.Binary, type_of: TypeOf) -> bool:
    """Whether numbers other than integers and exact numerics are added. Floats lose small differences."""
    kinds = {_kind(side, type_of) for side in (tree.this, tree.expression)}
    return not kinds <= {"integer", "numeric", "date"}


def _keeps_apart(cast: exp.Cast, type_of: TypeOf) -> bool:
    """Whether a cast keeps distinct values distinct.

    It does for a cast to the type in which they are compared anyway, to unlimited text, or where the values fit.
    """
    inner = cast.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    to = infer(cast, type_of)
    if to in ("text", "character varying"):
        return True
    if to == "date" and isinstance(inner, (exp.TimestampTrunc, exp.DateTrunc)):
        return _unit(inner.args["unit"]) in _DAYS
    if isinstance(inner, exp.Extract) and to and family(to) in ("integer", "numeric") and "(" not in to:
        return _unit(inner.this) in _WHOLE
    type_ = infer(inner, type_of)
    if type_ and to and family(type_) == family(to) == "integer":
        return True  # a value that is too large raises an error
    found = joins_on_key(type_, to) if type_ and to else None
    return found is not None and found.keeps_apart and found.common == to


def _unit(tree: object) -> str:
    return tree.name.upper() if isinstance(tree, exp.Expr) else str(tree).upper()


def _kind(tree: exp.Expr, type_of: TypeOf) -> str | None:
    type_ = infer(tree, type_of)
    return family(type_) if type_ else None
