"""The PostgreSQL type of an expression, by the server's own rules (manual, chapters 9 and 10), without a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import exp

from erd2dbt.postgres_types import canonical, family
from erd2dbt.sql.layout import one_line

TypeOf = Callable[[exp.Column], str | None]

_PRECISION = re.compile(r"(numeric|decimal)\((\d+),\s*(\d+)\)\Z")
_INTEGERS = ("smallint", "integer", "bigint")
# From weakest to strongest: mixed arithmetic and CASE branches take the stronger one (section 10.5).
_NUMBERS = (*_INTEGERS, "numeric", "real", "double precision")

_TEXT_FUNCTIONS = frozenset(
    """
    upper lower initcap trim ltrim rtrim btrim concat concat_ws substring substr left right replace split_part lpad rpad
    repeat reverse to_char md5 format regexp_replace translate overlay chr quote_ident quote_literal str_position_text
    """.split()
)
_FIXED = {
    **dict.fromkeys(_TEXT_FUNCTIONS, "text"),
    **dict.fromkeys(("length", "char_length", "character_length", "octet_length", "ascii", "strpos"), "integer"),
    **dict.fromkeys(("str_position", "position", "cardinality", "array_length", "bit_length"), "integer"),
    **dict.fromkeys(("sqrt", "power", "exp", "ln", "log", "random", "degrees", "radians"), "double precision"),
    "date_part": "double precision",
    "extract": "numeric",
    "age": "interval",
    "make_date": "date",
    "to_date": "date",
    "to_timestamp": "timestamp with time zone",
    "current_timestamp": "timestamp with time zone",
    "now": "timestamp with time zone",
    "localtimestamp": "timestamp without time zone",
    "current_date": "date",
    "make_interval": "interval",
    "make_timestamp": "timestamp without time zone",
    "starts_with": "boolean",
    "to_number": "numeric",
}
_SAME_AS_FIRST = frozenset({"abs", "mod", "nullif", "sign", "array_append", "lower_inc"})


def scale(type_: str) -> tuple[int, int] | None:
    """(precision, scale) of a `numeric(p, s)`."""
    found = _PRECISION.match(type_)
    return (int(found[2]), int(found[3])) if found else None


def bare(type_: str) -> str:
    """The type without the precision that functions and operators do not keep (`numeric(12,2)` -> `numeric`)."""
    if scale(type_):
        return "numeric"
    if family(type_) == "text":
        return "text"
    return type_


def infer(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type as PostgreSQL reports it, or None where the rules below do not reach."""
    rule = next((rule for kinds, rule in _RULES if isinstance(tree, kinds)), None)
    return rule(tree, type_of) if rule else None


def wanted(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type a careful author would declare, exact in every digit: a sum of `numeric(p,s)` is `numeric(38,s)`,
    a sum of integers is `bigint` (PostgreSQL would answer a bare `numeric`), min and max keep their precision."""
    inner = tree
    while isinstance(inner, (exp.Coalesce, exp.Filter, exp.Paren)):
        inner = inner.this
    found = infer(tree, type_of)
    if isinstance(inner, (exp.Min, exp.Max, exp.First, exp.Last)):
        argument = _precise(inner.this, type_of)
        return argument if argument is not None and bare(argument) == found else found
    if found != "numeric":
        return found
    if isinstance(inner, exp.Sum):
        if _precise(inner.this, type_of) in _INTEGERS:
            return "bigint"
        inner = inner.this.expressions[0] if isinstance(inner.this, exp.Distinct) else inner.this
    digits = _digits(inner, type_of)
    return found if digits is None or digits > MOST_DIGITS else f"numeric(38,{digits})"


MOST_DIGITS = 18  # behind the point; 20 stay before it


def _digits(tree: exp.Expr, type_of: TypeOf) -> int | None:
    """How many digits an exact numeric expression has behind the point: products add them, sums keep the most."""
    if isinstance(tree, (exp.Paren, exp.Neg)):
        return _digits(tree.this, type_of)
    if isinstance(tree, (exp.Add, exp.Sub, exp.Mul)):
        left, right = _digits(tree.this, type_of), _digits(tree.expression, type_of)
        if left is None or right is None:
            return None
        return left + right if isinstance(tree, exp.Mul) else max(left, right)
    if not isinstance(tree, (exp.Column, exp.Literal, exp.Cast)):
        return None
    if isinstance(tree, exp.Literal):
        return None if tree.is_string else len(tree.name.partition(".")[2])
    type_ = infer(tree, type_of) or ""
    known = scale(type_)
    return known[1] if known else 0 if type_ in _INTEGERS else None


def _precise(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of an aggregate's argument, with the precision that columns and brackets still carry."""
    inner = tree
    while isinstance(inner, (exp.Paren, exp.Distinct, exp.Order)):
        inner = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner.this
    return infer(inner, type_of)


def _column(tree: exp.Expr, type_of: TypeOf) -> str | None:
    assert isinstance(tree, exp.Column)
    return type_of(tree)


def _literal(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del type_of
    if tree.is_string:
        return "text"
    if not tree.is_int:
        return "numeric"
    value = abs(int(tree.name))
    return "integer" if value < 2**31 else "bigint" if value < 2**63 else "numeric"


def _cast(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del type_of
    return canonical(one_line(tree.args["to"])) or one_line(tree.args["to"])


def _inside(tree: exp.Expr, type_of: TypeOf) -> str | None:
    inner = tree.this
    if isinstance(inner, exp.Distinct):
        inner = inner.expressions[0]
    return infer(inner, type_of)


def _extreme(tree: exp.Expr, type_of: TypeOf) -> str | None:
    inner = _inside(tree, type_of)
    return bare(inner) if inner else None


def _sum(tree: exp.Expr, type_of: TypeOf) -> str | None:
    inner = _inside(tree, type_of)
    if inner in ("smallint", "integer"):
        return "bigint"
    return "numeric" if inner == "bigint" else bare(inner) if inner else None


def _avg(tree: exp.Expr, type_of: TypeOf) -> str | None:
    inner = _inside(tree, type_of)
    if inner is None:
        return None
    if family(inner) == "float":
        return "double precision"
    return "interval" if inner == "interval" else "numeric"


def _array(tree: exp.Expr, type_of: TypeOf) -> str | None:
    inner = _inside(tree, type_of)
    return f"{bare(inner)}[]" if inner else None


def common(types: Iterable[str | None]) -> str | None:
    """The type of CASE, COALESCE, GREATEST: the only one, or the strongest number (section 10.5)."""
    found = [t for t in types if t != "unknown"]
    if not found or any(t is None for t in found):
        return None if found else "text"
    known = [t for t in found if t is not None]
    if len(set(known)) == 1:
        return known[0]
    plain = {bare(t) for t in known}
    if len(plain) == 1:
        return plain.pop()
    if plain <= set(_NUMBERS):
        return max(plain, key=_NUMBERS.index)
    times = {"date", "timestamp without time zone", "timestamp with time zone"}
    return max(plain, key=sorted(times, key=len).index) if plain <= times else None


def _branch(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """A string constant takes the type of the other branches."""
    if isinstance(tree, exp.Null) or (isinstance(tree, exp.Literal) and tree.is_string):
        return "unknown"
    return infer(tree, type_of)


def _coalesce(tree: exp.Expr, type_of: TypeOf) -> str | None:
    return common(_branch(t, type_of) for t in (tree.this, *tree.expressions))


def _case(tree: exp.Expr, type_of: TypeOf) -> str | None:
    branches = [branch.args["true"] for branch in tree.args["ifs"]]
    if tree.args.get("default") is not None:
        branches.append(tree.args["default"])
    return common(_branch(t, type_of) for t in branches)


def _boolean(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del tree, type_of
    return "boolean"


def _arithmetic(tree: exp.Expr, type_of: TypeOf) -> str | None:
    left, right = infer(tree.this, type_of), infer(tree.expression, type_of)
    if left is None or right is None:
        return None
    sides = {family(left), family(right)}
    if sides <= {"integer", "numeric", "float"}:
        plain = bare(left), bare(right)
        if "real" in plain and set(plain) != {"real"}:
            return "double precision"
        return max(plain, key=_NUMBERS.index)
    if isinstance(tree, exp.Sub) and sides == {"date"}:
        return "integer"
    if isinstance(tree, exp.Sub) and sides == {"timestamp"}:
        return "interval"
    if sides == {"date", "integer"}:
        return "date"
    if sides == {"date", "interval"}:
        return "timestamp without time zone"
    if "interval" in sides and len(sides) == 2:
        return "interval" if sides & {"integer", "numeric", "float"} else left if left != "interval" else right
    return "interval" if sides == {"interval"} else None


def _text(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del tree, type_of
    return "text"


def _truncated(tree: exp.Expr, type_of: TypeOf) -> str | None:
    inner = infer(tree.this, type_of)
    return "timestamp with time zone" if inner == "date" else inner


def _rounded(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """round(x, n) is numeric; with one argument only numerics stay numeric."""
    inner = infer(tree.this, type_of)
    if inner is None or tree.args.get("decimals") is not None or family(inner) == "numeric":
        return "numeric" if inner else None
    return "double precision"


def _zone(tree: exp.Expr, type_of: TypeOf) -> str | None:
    with_zone = infer(tree.this, type_of) == "timestamp with time zone"
    return "timestamp without time zone" if with_zone else "timestamp with time zone"


def _interval(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del tree, type_of
    return "interval"


def _function(tree: exp.Expr, type_of: TypeOf) -> str | None:
    assert isinstance(tree, exp.Func)
    name = (tree.name if isinstance(tree, exp.Anonymous) else tree.sql_name()).lower()
    if name in _FIXED:
        return _FIXED[name]
    if name in _SAME_AS_FIRST:
        first = tree.expressions[0] if isinstance(tree, exp.Anonymous) else tree.this
        found = infer(first, type_of)
        return bare(found) if found else None
    return None


def _nullif(tree: exp.Expr, type_of: TypeOf) -> str | None:
    found = infer(tree.this, type_of)
    return bare(found) if found else None


def _same(tree: exp.Expr, type_of: TypeOf) -> str | None:
    return infer(tree.this, type_of)


def _bigint(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del tree, type_of
    return "bigint"


_Rule = Callable[[exp.Expr, TypeOf], str | None]

# Order matters: sqlglot's classes overlap (a Case is a Func, an And is a Binary).
_RULES: tuple[tuple[tuple[type[Any], ...], _Rule], ...] = (
    ((exp.Column,), _column),
    ((exp.Literal,), _literal),
    ((exp.Boolean, exp.Connector, exp.Predicate, exp.Not, exp.LogicalAnd, exp.LogicalOr), _boolean),
    ((exp.Cast,), _cast),
    ((exp.Filter, exp.Paren, exp.Order), _same),
    ((exp.Neg,), _nullif),
    ((exp.Count,), _bigint),
    ((exp.Sum,), _sum),
    ((exp.Avg,), _avg),
    ((exp.Min, exp.Max), _extreme),
    ((exp.First, exp.Last), _inside),
    ((exp.ArrayAgg,), _array),
    ((exp.GroupConcat, exp.DPipe, exp.Concat, exp.ConcatWs, exp.Trim, exp.JSONExtractScalar), _text),
    ((exp.Case,), _case),
    ((exp.Coalesce, exp.Greatest, exp.Least), _coalesce),
    ((exp.Nullif,), _nullif),
    ((exp.TimestampTrunc, exp.DateTrunc), _truncated),
    ((exp.Round, exp.Floor, exp.Ceil), _rounded),
    ((exp.Extract,), lambda tree, type_of: "numeric"),
    ((exp.AtTimeZone,), _zone),
    ((exp.Interval,), _interval),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod), _arithmetic),
    ((exp.Func,), _function),
)
