"""Staging models: most are a list of columns, which is read without a parser; casts are what the claims speak of."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from erd2dbt.sql.trees import rewritten

_NAME = r'(?:"[^"]+"|[a-z_][a-z0-9_$]*)'
_TYPE = r"(?:::[a-z][a-z ]*(?:\(\d+(?:, ?\d+)?\)[a-z ]*)?)?"
_ITEM = re.compile(rf"\s*({_NAME}){_TYPE}(?: as ({_NAME}))?\s*")
_LIST = re.compile(
    rf"""
    (?: \s* --[^\n]*\n )*
    \s* with \s+ ({_NAME}) [ ]as[ ]\( \s* select[ ]\*[ ]from[ ] [^\s()]+ \s* \),
    \s* ({_NAME}) [ ]as[ ]\( \s* select \s+ ([^']*?) \s+ from[ ]\1 \s* \)
    \s* select[ ]\*[ ]from[ ]\2 \s*
    """,
    re.VERBOSE,
)
_COMMA = re.compile(r",(?![^(]*\))")


def listed(sql: str) -> Mapping[str, str] | None:
    """Output -> raw column, where the SQL is two CTEs of which the second lists columns of the first, casts left out.

    None for anything else, which has to be parsed. Such a list has the rows of its table, each once.
    """
    found = _LIST.fullmatch(sql)
    items = [_ITEM.fullmatch(item) for item in _COMMA.split(found[3])] if found else [None]
    columns = {_name(item[2] or item[1]): _name(item[1]) for item in items if item is not None}
    return columns if len(columns) == len(items) else None


def _name(written: str) -> str:
    return written.strip('"')


def uncast(query: exp.Query) -> exp.Query:
    """The same without casts of bare columns: claims are tested on staged rows, so they speak of the cast values."""

    def visit(node: exp.Expr) -> exp.Expr:
        return node.this if isinstance(node, exp.Cast) and isinstance(node.this, exp.Column) else node

    made = rewritten(query, visit)
    assert isinstance(made, exp.Query)
    return made
