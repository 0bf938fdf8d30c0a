"""The PostgreSQL type of an expression, by the server's own rules (manual, chapters 9 and 10), without a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.overloads import UNKNOWN, common_type, function_type, left_type, operator_type

TypeOf = Callable[[exp.Column], str | None]
_Rule = Callable[[exp.Expr, TypeOf], str | None]

_FOUND: dict[type[exp.Expr], _Rule | None] = {}  # the rule of each kind of node, cached
_MODIFIER = re.compile(r"\([^)]*\)")
_PRECISION = re.compile(r"(numeric|decimal)\((\d+),\s*(\d+)\)\Z")
_INTEGERS = ("smallint", "integer", "bigint")
# From weakest to strongest: mixed arithmetic and CASE branches have the stronger one (section 10.5).
_NUMBERS = (*_INTEGERS, "numeric", "real", "double precision")


def scale(type_: str) -> tuple[int, int] | None:
    """(precision, scale) of a `numeric(p, s)`."""
    found = _PRECISION.match(type_)
    return (int(found[2]), int(found[3])) if found else None


def bare(type_: str) -> str:
    """The type without its precision, which functions and operators drop (`numeric(12,2)` -> `numeric`)."""
    if scale(type_):
        return "numeric"
    if family(type_) == "text":
        return "text"
    return type_


def plain(type_: str) -> str:
    """The type without a modifier, as `pg_typeof` prints it."""
    if type_.startswith("interval"):
        return "interval[]" if type_.endswith("[]") else "interval"
    return _MODIFIER.sub("", type_).replace("bpchar", "character")


def infer(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type as PostgreSQL reports it, or None where the rules do not decide it."""
    kind = type(tree)
    if kind not in _FOUND:
        _FOUND[kind] = next((rule for kinds, rule in _RULES if issubclass(kind, kinds)), None)
    rule = _FOUND[kind]
    return rule(tree, type_of) if rule else None


def wanted(tree: exp.Expr, type_of: TypeOf, precise: TypeOf = lambda column: None) -> str | None:
    """The type to declare, exact in every digit.

    A sum of `numeric(p,s)` is `numeric(38,s)`, a sum of integers is `bigint` (PostgreSQL returns a bare `numeric`), and
    min and max keep their precision. `precise`: the exact types of columns that are aggregates themselves. The other
    operands of a `coalesce` must fit the type as well.
    """
    first, *others = _alternatives(tree)
    found = infer(tree, type_of)
    exact = precise(first) if isinstance(first, exp.Column) else None
    if exact is None and not (others and isinstance(first, exp.Column)):
        exact = _alone(first, type_of)
    if exact is not None and all(_holds(exact, other, type_of) for other in others):
        return exact
    if found != "numeric":
        return found
    digits = [*_every_digit([exact] if exact else [], [*([] if exact else [first]), *others], type_of)]
    return found if None in digits else _with_digits(max(d for d in digits if d is not None))


def _alternatives(tree: exp.Expr) -> list[exp.Expr]:
    """The operands of a `coalesce`; the tree itself otherwise."""
    while isinstance(tree, (exp.Filter, exp.Paren)):
        tree = tree.this
    if not isinstance(tree, exp.Coalesce):
        return [tree]
    return [part for operand in (tree.this, *tree.expressions) for part in _alternatives(operand)]


def _alone(inner: exp.Expr, type_of: TypeOf) -> str | None:
    """The exact type of a tree other than `coalesce`; None where unknown."""
    found = infer(inner, type_of)
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
    return found if digits is None else _with_digits(digits)


def _with_digits(digits: int) -> str:
    return "numeric" if digits > MOST_DIGITS else f"numeric(38,{digits})"


def _every_digit(types: Iterable[str], trees: Iterable[exp.Expr], type_of: TypeOf) -> Iterator[int | None]:
    for type_ in types:
        known = scale(type_)
        yield known[1] if known else 0 if type_ in _INTEGERS else None
    yield from (_digits(tree, type_of) for tree in trees)


_LONGEST = dict(zip(_INTEGERS, (5, 10, 19), strict=True))  # digits


def _holds(type_: str, other: exp.Expr, type_of: TypeOf) -> bool:
    """Whether every value of an expression fits the type without loss."""
    if isinstance(other, exp.Null):
        return True
    found = infer(other, type_of)
    if found == type_ or found is None:
        return found is not None
    known = scale(type_)
    if type_ in _INTEGERS:
        return found in _INTEGERS and _INTEGERS.index(found) <= _INTEGERS.index(type_)
    if known is not None:
        return _fits(known, other, found, type_of)
    if family(type_) == "text":
        most = re.search(r"\((\d+)\)", type_)
        return family(found) == "text" and (most is None or (other.is_string and len(other.name) <= int(most[1])))
    if type_ in _NUMBERS:
        return found in _NUMBERS and _NUMBERS.index(found) <= _NUMBERS.index(type_)
    return bool(other.is_string)  # an untyped constant


def _fits(known: tuple[int, int], other: exp.Expr, found: str, type_of: TypeOf) -> bool:
    """Whether a number fits a `numeric(precision, scale)`."""
    precision, digits = known
    behind = _digits(other, type_of)
    written = other.this if isinstance(other, exp.Neg) else other
    if isinstance(written, exp.Literal):
        before = len(written.name.partition(".")[0].lstrip("0"))
    elif its := scale(found):
        before = its[0] - its[1]
    else:
        before = _LONGEST.get(found, precision + 1)
    return behind is not None and behind <= digits and before <= precision - digits


MOST_DIGITS = 18  # after the decimal point; 20 digits remain before it


def _digits(tree: exp.Expr, type_of: TypeOf) -> int | None:
    """The scale of an exact numeric expression: products add scales, sums keep the largest. None where unknown."""
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
    """The type of an aggregate's argument, with the precision that columns and brackets keep."""
    inner = tree
    while isinstance(inner, (exp.Paren, exp.Distinct, exp.Order)):
        inner = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner.this
    return infer(inner, type_of)


def _column(tree: exp.Expr, type_of: TypeOf) -> str | None:
    assert isinstance(tree, exp.Column)
    return type_of(tree)


_BASES = ("0x", "0o", "0b")


def _literal(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del type_of
    if tree.is_string:
        return "text"
    try:
        value = int(tree.name.replace("_", ""), 0) if tree.name[:2].lower() in _BASES else int(tree.name)
    except ValueError:
        return "numeric"
    return "integer" if value < 2**31 else "bigint" if value < 2**63 else "numeric"


def _cast(tree: exp.Expr, type_of: TypeOf) -> str | None:
    del type_of
    written = one_line(tree.args["to"])
    return canonical(written) or written


def _inside(tree: exp.Expr, type_of: TypeOf) -> str | None:
    inner = tree.this
    if isinstance(inner, exp.Distinct):
        inner = inner.expressions[0]
    return infer(inner, type_of)


def common(types: Iterable[str | None]) -> str | None:
    """The type of CASE, COALESCE, GREATEST (section 10.5): the common one with modifier, or the one they cast to."""
    found = [*types]
    known = [t for t in found if t is not None and t != UNKNOWN]
    if None in found:
        return None
    if len(set(known)) != 1:
        return common_type(map(plain, known))
    return plain(known[0]) if UNKNOWN in found and family(known[0]) == "text" else known[0]  # a constant may be longer


def _branch(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of a branch. A string constant has the type of the other branches."""
    if isinstance(tree, exp.Null) or (isinstance(tree, exp.Literal) and tree.is_string):
        return UNKNOWN
    if isinstance(tree, exp.JSONPath):  # sqlglot's node for the key or index after `->`
        return "integer" if isinstance(tree.expressions[-1], exp.JSONPathSubscript) else UNKNOWN
    return infer(tree, type_of)


def _coalesce(tree: exp.Expr, type_of: TypeOf) -> str | None:
    return common(_branch(t, type_of) for t in (tree.this, *tree.expressions))


def _case(tree: exp.Expr, type_of: TypeOf) -> str | None:
    branches = [branch.args["true"] for branch in tree.args["ifs"]]
    if tree.args.get("default") is not None:  # the first one that PostgreSQL reads
        branches.insert(0, tree.args["default"])
    return common(_branch(t, type_of) for t in branches)


def _argument(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of a function or operator argument: a text constant and NULL are untyped."""
    inner = tree
    while isinstance(inner, (exp.Paren, exp.Order, exp.Distinct)):
        inner = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner.this
    found = _branch(inner, type_of)
    return plain(found) if found else None


def operand_type(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of an operand, without a modifier: `unknown` for a text constant and for NULL."""
    return _argument(tree, type_of)


def _operator(tree: exp.Expr, type_of: TypeOf) -> str | None:
    left, right = _argument(tree.this, type_of), _argument(tree.args["expression"], type_of)
    return operator_type(sign(tree), (left, right))


def _prefix(tree: exp.Expr, type_of: TypeOf) -> str | None:
    return operator_type(_PREFIXES[type(tree)], (_argument(tree.this, type_of),))


_PREFIXES: dict[type[Any], str] = {exp.Neg: "-", exp.BitwiseNot: "~", exp.Sqrt: "|/", exp.Cbrt: "||/"}


def sign(tree: exp.Expr) -> str:
    """The operator between two operands, as it is printed."""
    known = _SIGNS.get(type(tree))
    if known:
        return known
    left, right, whole = one_line(tree.this), one_line(tree.args["expression"]), one_line(tree)
    return whole[len(left) : len(whole) - len(right)].strip()


_SIGNS: dict[type[Any], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.DPipe: "||",
    exp.JSONExtract: "->",
    exp.JSONExtractScalar: "->>",
}


def _call(tree: exp.Expr, type_of: TypeOf) -> str | None:
    assert isinstance(tree, exp.Anonymous)
    named = any(isinstance(argument, exp.Kwarg) for argument in tree.expressions)
    arguments = tuple(None if named else _argument(argument, type_of) for argument in tree.expressions)
    name = tree.name.lower()
    return function_type("btrim" if name == "trim" else name, arguments)


def _named(name: str) -> _Rule:
    """The rule for a call that sqlglot parses as a special node: the type of the named function."""

    def rule(tree: exp.Expr, type_of: TypeOf) -> str | None:
        found = [a for a in tree.iter_expressions() if not isinstance(a, (exp.Var, exp.Order))]
        inner = [tree.this, *(a for a in found if a is not tree.this)]
        return function_type(name, tuple(_argument(a, type_of) for a in inner if a is not None))

    return rule


def _aggregated(name: str) -> _Rule:
    return lambda tree, type_of: function_type(name, (_argument(tree.this, type_of),))


def _list(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of `array[…]`. An array of several dimensions has the same type."""
    found = common(_branch(item, type_of) for item in tree.expressions) if tree.expressions else None
    return found if found is None or found.endswith("[]") else f"{plain(found)}[]"


def _element(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of `a[1]`, `a[1:2]` and `j['key']`."""
    found = infer(tree.this, type_of)
    if found is None or not found.endswith("[]"):
        return "jsonb" if found == "jsonb" else "double precision" if found == "point" else None
    return plain(found) if any(isinstance(index, exp.Slice) for index in tree.expressions) else found.removesuffix("[]")


def _fixed(type_: str) -> _Rule:
    return lambda tree, type_of: type_


def _zone(tree: exp.Expr, type_of: TypeOf) -> str | None:
    return function_type("timezone", (UNKNOWN, _argument(tree.this, type_of)))


def _nullif(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of the first operand as `=` converts it: `nullif(1, 2.5)` is numeric."""
    return left_type("=", (_argument(tree.this, type_of), _argument(tree.expression, type_of)))


def _ordered_set(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The type of `percentile_cont(0.5) within group (order by x)` and similar: interpolated, or one of the values."""
    ordered = tree.expression.expressions[0]
    found = infer(ordered.this if isinstance(ordered, exp.Ordered) else ordered, type_of)
    between = isinstance(tree.this, exp.PercentileCont) or tree.this.name.lower() == "percentile_cont"
    if between and found is not None and plain(found) != "interval":
        return "double precision"
    return plain(found) if found is not None else None


def _same(tree: exp.Expr, type_of: TypeOf) -> str | None:
    return infer(tree.this, type_of)


# Order matters: sqlglot's classes overlap (a Case is a Func, an And is a Binary).
_RULES: tuple[tuple[tuple[type[Any], ...], _Rule], ...] = (
    ((exp.Column,), _column),
    ((exp.Literal,), _literal),
    ((exp.Null,), _fixed("text")),
    ((exp.BitString, exp.HexString), _fixed("bit")),
    ((exp.ByteString, exp.UnicodeString), _fixed("text")),
    (
        (exp.ArrayOverlaps, exp.Adjacent, exp.ExtendsLeft, exp.ExtendsRight, exp.MatchAgainst, exp.StartsWith),
        _fixed("boolean"),
    ),
    (
        (exp.Boolean, exp.Connector, exp.Predicate, exp.Not, exp.LogicalAnd, exp.LogicalOr, exp.Escape),
        _fixed("boolean"),
    ),
    ((exp.Cast,), _cast),
    ((exp.Filter, exp.Paren, exp.Order, exp.Collate, exp.Window), _same),
    ((exp.Neg, exp.BitwiseNot, exp.Sqrt, exp.Cbrt), _prefix),
    ((exp.Count,), _fixed("bigint")),
    ((exp.Sum,), _aggregated("sum")),
    ((exp.Avg,), _aggregated("avg")),
    ((exp.Min,), _aggregated("min")),
    ((exp.Max,), _aggregated("max")),
    ((exp.First, exp.Last), _inside),
    ((exp.ArrayAgg,), _aggregated("array_agg")),
    ((exp.GroupConcat,), _fixed("text")),
    ((exp.Case,), _case),
    ((exp.Coalesce, exp.Greatest, exp.Least), _coalesce),
    ((exp.Nullif,), _nullif),
    ((exp.WithinGroup,), _ordered_set),
    ((exp.Extract,), _fixed("numeric")),
    ((exp.Substring,), _named("substring")),
    ((exp.Trim,), _named("btrim")),
    ((exp.Overlay,), _named("overlay")),
    ((exp.StrPosition,), _fixed("integer")),
    ((exp.CurrentDate,), _fixed("date")),
    ((exp.CurrentTimestamp,), _fixed("timestamp with time zone")),
    ((exp.Localtimestamp,), _fixed("timestamp without time zone")),
    ((exp.CurrentTime,), _fixed("time with time zone")),
    ((exp.Localtime,), _fixed("time without time zone")),
    ((exp.AtTimeZone,), _zone),
    ((exp.Interval,), _fixed("interval")),
    ((exp.Array,), _list),
    ((exp.Bracket,), _element),
    ((exp.Tuple,), _fixed("record")),
    ((exp.Anonymous,), _call),
    ((exp.Binary,), _operator),
)
