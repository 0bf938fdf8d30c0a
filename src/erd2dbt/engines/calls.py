"""The names of calls, operators and casts in the measured lists: a word, and the kinds of the arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.engines.kinds import cast_kind, kind_of
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.inference import TypeOf, infer, sign
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.spelling import POSTGRES, spelled_for
from erd2dbt.sql.trees import distinct_of

# sqlglot's own nodes for calls with another name in PostgreSQL.
_CALLED = {
    exp.LogicalAnd: "bool_and",
    exp.LogicalOr: "bool_or",
    exp.GroupConcat: "string_agg",
    exp.ArrayAgg: "array_agg",
    exp.StrPosition: "position",
    exp.AtTimeZone: "at time zone",
    exp.Bracket: "[]",
    exp.CurrentDate: "current_date",
    exp.WithinGroup: "within group",
    exp.Neg: "-",
    exp.BitwiseNot: "~",
    exp.Sqrt: "|/",
    exp.Cbrt: "||/",
    exp.RegexpLike: "~",
    exp.RegexpILike: "~*",
}
_UNITS = frozenset({"date_trunc", "date_part"})  # the first argument is a keyword
# A constant decides the operation: formats and flags (PostgreSQL's manual, chapter 9).
_FORMATS = {
    "to_char": 1,
    "to_date": 1,
    "to_timestamp": 1,
    "to_number": 1,
    "regexp_replace": 3,
    "encode": 1,
    "decode": 1,
}
NONZERO = "nonzero "  # before the kind of a divisor: division by zero is not an error on every engine
# Regular expressions that all engines read the same way: characters, classes, repetition; no `.`, `$` or groups.
_CLASS = r"\[\^?(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _@%#&,;:!=<>~/-])+\]"
_ATOM = rf"(?:[A-Za-z0-9 _@%#&,;:!=<>~/-]|{_CLASS})(?:[*+?]|\{{\d+(?:,\d*)?\}})?"
_PLAIN_REGEX = re.compile(rf"\^?(?:{_ATOM})*")


def word_of(tree: Tree) -> str:
    """The name of the function or operator in PostgreSQL."""
    known = _CALLED.get(type(tree))
    if known is not None:
        return known
    if isinstance(tree, exp.Anonymous):
        return tree.name.lower()
    if isinstance(tree, exp.Count):
        return "count" if distinct_of(tree.this) is None else "count distinct"
    if isinstance(tree, exp.Binary) and not isinstance(tree, exp.Func):
        return sign(tree)
    return tree.key


def arguments(tree: Tree, *, words: bool = False) -> Iterator[Tree]:
    """The argument values of a call in written order. `words`: also units, and the type of a cast."""
    if isinstance(tree, exp.Anonymous):
        units = tree.name.lower() in _UNITS and not words
        yield from tree.expressions[1 if units else 0 :]
        return
    if isinstance(tree, exp.TimestampTrunc):
        yield from (tree.args["unit"], tree.this) if words else (tree.this,)
        return
    for child in tree.iter_expressions():
        if not isinstance(child, (exp.Var, exp.DataType)) or words:
            yield child


def kind(tree: Tree, type_of: TypeOf) -> str:
    """The kind of an argument: `constant` for an untyped text, `null`, or the keyword itself.

    A divisor that cannot be zero is `nonzero`. A pattern that all engines read the same way is `plain`. A `real` that
    is cast to a decimal is `real`, because PostgreSQL keeps six digits of it, where other floats have 15.
    """
    if isinstance(tree.parent, (exp.Div, exp.Mod)) and tree.parent.expression is tree and _is_not_zero(tree):
        return NONZERO + _kind(tree, type_of)
    if isinstance(tree.parent, exp.Cast) and tree.parent.this is tree and infer(tree, type_of) == "real":
        return "real" if kind_of(type_word(tree.parent.args["to"])) == "numeric" else "float"
    return _kind(tree, type_of)


def _kind(tree: Tree, type_of: TypeOf) -> str:
    while isinstance(tree, (exp.Paren, exp.Order, exp.Ordered, exp.Distinct)):
        tree = tree.expressions[0] if isinstance(tree, exp.Distinct) else tree.this
    if isinstance(tree, exp.Var):
        return tree.name.lower()
    if isinstance(tree, exp.DataType):
        word = type_word(tree)
        is_cut = "(" in word and kind_of(word) == "text"  # which changes the value
        return "varchar(n)" if is_cut else cast_kind(word)
    if isinstance(tree, exp.Null):
        return "null"
    if isinstance(tree, exp.Literal) and tree.is_string:
        return _word(tree) or "constant"
    return kind_of(infer(tree, type_of))


def _is_not_zero(tree: Tree) -> bool:
    while isinstance(tree, exp.Paren):
        tree = tree.this
    if isinstance(tree, exp.Nullif):
        return isinstance(tree.expression, exp.Literal) and not tree.expression.name.strip("0.")
    return isinstance(tree, exp.Literal) and not tree.is_string and bool(tree.name.strip("0."))


def _word(constant: Tree) -> str | None:
    """A text constant that is a keyword: the unit of a date, a format, or the kind of a pattern. None for others."""
    call = constant.parent
    if isinstance(call, (exp.RegexpLike, exp.RegexpILike)) and call.expression is constant:
        return "plain" if _PLAIN_REGEX.fullmatch(constant.name) else "pattern"
    if isinstance(call, (exp.Like, exp.ILike)) and call.expression is constant:
        return "pattern" if "\\" in constant.name else "plain"
    if not isinstance(call, exp.Anonymous):
        return None
    name, place = call.name.lower(), next(n for n, one in enumerate(call.expressions) if one is constant)
    if name in _UNITS and place == 0:
        return constant.name.lower()
    return f"'{constant.name}'" if _FORMATS.get(name) == place else None


def type_word(tree: Tree) -> str:
    """A type in PostgreSQL's words."""
    with spelled_for(POSTGRES):
        return one_line(tree)
