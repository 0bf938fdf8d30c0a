"""Operands without an operator in PostgreSQL, and filters that are not conditions, found without a database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.sql.catalog import catalog
from erd2dbt.sql.inference import TypeOf, operand_type
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.overloads import UNKNOWN, operator_type

_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "=",
    exp.NullSafeNEQ: "=",
    exp.Like: "~~",
    exp.ILike: "~~*",
    exp.RegexpLike: "~",
    exp.RegexpILike: "~*",
    exp.SimilarTo: "~",
}
_NUMBER = re.compile(r"\s*[-+]?(0[xob]\w+|(\d[\d_]*)?\.?[\d_]*(e[-+]?\d+)?|nan|inf|infinity)\s*", re.IGNORECASE)
_TRUTH = frozenset("t tr tru true y ye yes on 1 f fa fal fals false n no of off 0".split())


def misfit(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """The first part of an expression that PostgreSQL would reject because of its types, in words.

    None where there is none, or types are unknown.
    """
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        said = next((said for said in _checks(node, type_of) if said), None)
        if said:
            return said
        waiting += reversed([child for child in node.iter_expressions() if not isinstance(child, exp.Query)])
    return None


def condition_misfit(tree: exp.Expr, type_of: TypeOf) -> str | None:
    """Like `misfit`, for a filter, which must be a boolean."""
    return _condition(tree, type_of) or misfit(tree, type_of)


def _checks(node: exp.Expr, type_of: TypeOf) -> Iterator[str | None]:
    if isinstance(node, exp.Connector):
        yield from (_condition(side, type_of) for side in (node.this, node.expression))
    elif isinstance(node, (exp.Not, exp.Where)):
        yield _condition(node.this, type_of)
    elif isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            yield _pair(node.this, "=", branch.this, type_of) if node.this else _condition(branch.this, type_of)
    elif isinstance(node, exp.Between):
        yield _pair(node.this, ">=", node.args["low"], type_of)
        yield _pair(node.this, "<=", node.args["high"], type_of)
    elif isinstance(node, exp.In):
        yield from (_pair(node.this, "=", value, type_of) for value in node.expressions)
    elif type(node) in _SIGNS:
        yield _pair(node.this, _SIGNS[type(node)], node.args["expression"], type_of, node)


def _condition(tree: exp.Expr, type_of: TypeOf) -> str | None:
    found = operand_type(tree, type_of)
    if found in (None, UNKNOWN, "boolean") or not _is_known(found or ""):
        return None
    return f"`{one_line(tree)}` is {found}, and no condition"


def _pair(left: exp.Expr, sign: str, right: exp.Expr, type_of: TypeOf, whole: exp.Expr | None = None) -> str | None:
    if isinstance(left, (exp.Tuple, exp.Query)) or isinstance(right, (exp.Tuple, exp.Query, exp.Any, exp.All)):
        return None
    a, b = operand_type(left, type_of), operand_type(right, type_of)
    if a is None or b is None or not (_is_known(a) and _is_known(b)):
        return None
    for one, constant in ((a, right), (b, left)) if not sign.startswith("~") else ():
        if isinstance(constant, exp.Literal) and constant.is_string and not _is_readable(constant.name, one):
            return f"`{one_line(constant)}` is not a value of type {one}"
    if operator_type(sign, (a, b)) is not None:
        return None
    text = one_line(whole) if whole is not None else f"{one_line(left)} = {one_line(right)}"
    first, second = ("text" if type_ == UNKNOWN else type_ for type_ in (a, b))
    return f"`{text}` compares {first} with {second}"


def _is_known(type_: str) -> bool:
    """Whether it is one of PostgreSQL's own types. The comparisons of extension types are not known."""
    return type_ == UNKNOWN or type_.removesuffix("[]") in catalog().categories


def _is_readable(text: str, type_: str) -> bool:
    """Whether a constant can be a value of the type. Dates and similar types are not checked."""
    if family(type_) in ("integer", "numeric", "float"):
        return _NUMBER.fullmatch(text) is not None and any(sign.isalnum() for sign in text)
    return type_ != "boolean" or text.strip().lower() in _TRUTH
