"""Staging models. Most are a list of columns, so only computed columns are parsed. Claims refer to the cast values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.sql.catalog import catalog
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.trees import nodes, rewritten
from erd2dbt.sqlproof.functions import scalar_elsewhere

_NAME = r'(?:"[^"]+"|[a-z_][a-z0-9_$]*)'
_TYPE = r"(?:::[a-z][a-z ]*?(?:\(\d+(?:, ?\d+)?\)[a-z ]*?)?)?"  # short of `as`, which could be part of a type
_ITEM = re.compile(rf"\s*({_NAME}){_TYPE}(?: as ({_NAME}))?\s*")
_LIST = re.compile(
    rf"""
    (?: \s* --[^\n]*\n )*
    \s* with \s+ ({_NAME}) [ ]as[ ]\( \s* select[ ]\*[ ]from[ ] [^\s()]+ \s* \),
    \s* ({_NAME}) [ ]as[ ]\( \s* select \s+ ((?:[^']|'[^']*')*?) \s+ from[ ]\1 \s* \)
    \s* select[ ]\*[ ]from[ ]\2 \s*
    """,
    re.VERBOSE,
)
_PIECE = re.compile(r"""'[^']*'|"[^"]*"|[^'"()\[\],]+|.""", re.DOTALL)
_OPAQUE = re.compile(r"--|/\*|\\|\$\w*\$")  # comments, escapes, dollar-quoted texts

# Nodes that give one value per row. `If` is a branch of CASE; other calls are looked up in PostgreSQL's catalog.
_VALUES = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Interval, exp.Var),
    *(exp.DataType, exp.DataTypeParam, exp.Binary, exp.Unary, exp.Between, exp.In),
    *(exp.Case, exp.If, exp.Coalesce, exp.Cast, exp.Nullif, exp.Greatest, exp.Least),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of columns of one table. `columns`: output -> raw column. `reads`: the raw columns of computed outputs."""

    columns: Mapping[str, str]
    reads: frozenset[str]
    computes: bool


def listed(sql: str) -> Listed | None:
    """The list, where the SQL is two CTEs and the second selects columns of the first. Casts are dropped.

    None for any other SQL, which must be parsed. Such a list has each row of its table once.
    """
    found = _LIST.fullmatch(sql)
    if found is None or _OPAQUE.search(found[3]):
        return None
    columns: dict[str, str] = {}
    computed: dict[str, frozenset[str]] = {}
    items = [*_items(found[3])]
    for text in items:
        if item := _ITEM.fullmatch(text):
            columns[_name(item[2] or item[1])] = _name(item[1])
        elif value := _computed(text.strip(), _name(found[1])):
            if value.shown is not None:
                columns[value.name] = value.shown
            else:
                computed[value.name] = value.reads
    if len({*columns, *computed}) < len(items):
        return None
    return Listed(columns, frozenset().union(*computed.values()), bool(computed))


def _items(text: str) -> Iterator[str]:
    """The items between commas outside of brackets and quotes."""
    depth, item = 0, list[str]()
    for piece in _PIECE.findall(text):
        depth += (piece in ("(", "[")) - (piece in (")", "]"))
        if piece == "," and not depth:
            yield "".join(item)
            item.clear()
        else:
            item.append(piece)
    yield "".join(item)


@dataclass(frozen=True, slots=True)
class _Computed:
    """An item with a name and the columns that it reads. `shown`: the column of which it is only a cast."""

    name: str
    reads: frozenset[str]
    shown: str | None


@lru_cache(maxsize=4096)
def _computed(item: str, table: str) -> _Computed | None:
    """A computed item over the columns of a table; None unless it gives one value per row."""
    try:
        tree = read_one(f"select {item}")
    except (SqlglotError, RecursionError):
        return None
    if not isinstance(tree, exp.Select) or [name for name, value in tree.args.items() if value] != ["expressions"]:
        return None
    made = tree.expressions[0]
    if len(tree.expressions) != 1 or not isinstance(made, exp.Alias):
        return None
    inside = [*nodes(made.this)]
    read = [node for node in inside if isinstance(node, exp.Column)]
    if any(node.table not in ("", table) or len(node.parts) > 2 for node in read):
        return None
    shown = _cast_column(made.this)
    if shown is None and not all(map(_is_value, inside)):
        return None
    return _Computed(made.alias, frozenset(node.name for node in read), shown.name if shown is not None else None)


def _is_value(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        found = catalog().functions(node.name.lower())
        is_scalar = bool(found) and not any(set(signature.flags) & set("aws") for signature in found)
        return is_scalar or (not found and scalar_elsewhere(node))
    return isinstance(node, _VALUES) and not isinstance(node, exp.AggFunc)


def _name(written: str) -> str:
    return written.strip('"')


def uncast(query: exp.Query) -> exp.Query:
    """The query without casts of plain columns. Claims are tested on staged rows, so they apply to the cast values."""

    made = rewritten(query, lambda node: _cast_column(node) or node)
    assert isinstance(made, exp.Query)
    return made


def _cast_column(node: exp.Expr) -> exp.Expr | None:
    """The plain column that a node casts, also in the words of ClickHouse; None for any other node."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name in ("accuratecast", "tonullable"):
        inner = node.expressions[0]
        inner = _rounded(inner) if name == "accuratecast" else inner
    elif isinstance(node, exp.Cast):
        inner = _unchanged(node.this)
    else:
        return None
    return inner if isinstance(inner, exp.Column) else None


def _rounded(tree: exp.Expr) -> exp.Expr:
    """The operand of `round(a)`, which an integer keeps; any other tree itself."""
    operand: exp.Expr = tree
    if isinstance(tree, exp.Anonymous) and tree.name.lower() == "round" and len(tree.expressions) == 1:
        (operand,) = tree.expressions
    return tree.this if isinstance(tree, exp.Round) else operand


def _unchanged(tree: exp.Expr) -> exp.Expr:
    """The operand of `a * 1`, `a = true`, `addDays(a, 0)`: errors where `a` has another type, else `a` itself."""
    operand: exp.Expr = tree
    is_once = isinstance(tree, exp.Mul) and tree.expression == exp.Literal.number(1)
    if is_once or (isinstance(tree, exp.EQ) and tree.expression == exp.true()):
        operand = tree.this
    elif isinstance(tree, exp.Anonymous) and tree.name.lower() in ("adddays", "addseconds"):
        value, number = tree.expressions
        operand = value if number == exp.Literal.number(0) else tree
    return operand
