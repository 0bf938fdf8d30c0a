"""Calls, operators and casts as the measured lists name them: a word, and the kinds of the arguments."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.engines.measured import kind_of
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.inference import TypeOf, infer, sign
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.spelling import POSTGRES, spelled_for

# sqlglot's own nodes for calls that PostgreSQL knows by another word.
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
}
_UNITS = frozenset({"date_trunc", "date_part"})  # whose first argument is a word


def word_of(tree: Tree) -> str:
    """The function or the operator, as PostgreSQL writes it."""
    known = _CALLED.get(type(tree))
    if known is not None:
        return known
    if isinstance(tree, exp.Anonymous):
        return tree.name.lower()
    if isinstance(tree, exp.Count):
        return "count distinct" if isinstance(tree.this, exp.Distinct) else "count"
    if isinstance(tree, exp.Binary) and not isinstance(tree, exp.Func):
        return sign(tree)
    return tree.key


def arguments(tree: Tree, *, words: bool = False) -> Iterator[Tree]:
    """The values of a call in written order; with the `words` that are no values: units, and the type of a cast."""
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
    """The kind of an argument; `constant` for a text of no type yet, `null`, or the word itself where it is one."""
    while isinstance(tree, (exp.Paren, exp.Order, exp.Ordered, exp.Distinct)):
        tree = tree.expressions[0] if isinstance(tree, exp.Distinct) else tree.this
    if isinstance(tree, exp.Var):
        return tree.name.lower()
    if isinstance(tree, exp.DataType):
        return kind_of(type_word(tree))
    if isinstance(tree, exp.Null):
        return "null"
    if isinstance(tree, exp.Literal) and tree.is_string:
        return tree.name.lower() if _is_unit(tree) else "constant"
    return kind_of(infer(tree, type_of))


def _is_unit(tree: Tree) -> bool:
    call = tree.parent
    return isinstance(call, exp.Anonymous) and call.name.lower() in _UNITS and call.expressions[0] is tree


def type_word(tree: Tree) -> str:
    """A type as PostgreSQL writes it."""
    with spelled_for(POSTGRES):
        return one_line(tree)
