"""Decimals of several scales in one `case`, `coalesce`, `greatest` or `least`.

An engine whose decimals have at most 38 digits keeps those before the point and rounds the others, without an error:
of a `decimal(38, 2)` and 0.125 it makes 0.13. So they need one scale that all of them have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from erd2dbt.engines.types import BARE_SCALE, MOST_DIGITS
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.inference import TypeOf, infer, scale, wanted

_DECIMAL = re.compile(r"decimal\((\d+), (\d+)\)")  # as `types` writes it
_LONGEST = {"smallint": 5, "integer": 10, "bigint": 19}
Digits = tuple[int, int]  # before and after the point


def scale_for(values: Sequence[tuple[Tree, str | None]], type_of: TypeOf) -> int | None:
    """The scale to which the values must be cast; None where no digit would be lost.

    `values`: each with its type on the engine, where that is known.
    """
    found = [_digits(tree, there, type_of) for tree, there in values if not isinstance(tree, exp.Null)]
    known = [digits for digits in found if digits is not None]
    unknown = len(found) - len(known)
    after = max((digits[1] for digits in known), default=0)
    if unknown:
        return max(after, BARE_SCALE) if after or unknown > 1 else None
    before = max((digits[0] for digits in known), default=0)
    return after if before + after > MOST_DIGITS else None


def _digits(tree: Tree, there: str | None, type_of: TypeOf) -> Digits | None:
    """The most digits that a value has by its type; None where that is not known."""
    written = tree.this if isinstance(tree, exp.Neg) else tree
    found = infer(tree, type_of) or ""
    if found in _LONGEST:
        return _LONGEST[found], 0
    if isinstance(written, exp.Literal):
        before, _, after = written.name.partition(".")
        return (len(before), len(after)) if "e" not in after.lower() else None
    if named := _DECIMAL.fullmatch(there or ""):
        return int(named[1]) - int(named[2]), int(named[2])
    exact = scale(wanted(tree, type_of) or "")
    return (exact[0] - exact[1], exact[1]) if exact is not None else None
