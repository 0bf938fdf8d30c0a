"""Concatenated texts: whether the text determines each of the values in it.

`order_id || '-' || line` does: a number ends before the dash. `a || b` does not, and neither does `name || '-' ||
city`, since either text may contain a dash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.sql.inference import TypeOf, infer
from erd2dbt.sql.layout import one_line

# What may follow the first character of a value as PostgreSQL prints it, and which characters it may contain.
_LATER = {"integer": "0-9", "uuid": "0-9a-f-", "boolean": "a-z"}
_ANYWHERE = {"integer": "0-9-", "uuid": "0-9a-f-", "boolean": "a-z"}
_OTHER = "0-9A-Za-z.+: -"  # numeric, dates and times, with `NaN`, `infinity` and `BC`
_WRITTEN = frozenset({*_LATER, "numeric", "float", "date", "timestamp", "time"})
_TEXTS = ("text", "character varying")


@dataclass(frozen=True, slots=True)
class Apart:
    """The values that a text determines, none of which may be NULL; or `why` it determines none."""

    values: tuple[exp.Expr, ...] = ()
    why: str = ""


def taken_apart(tree: exp.Expr, type_of: TypeOf) -> Apart | None:
    """The values that a concatenation determines; None where the expression does not concatenate several values."""
    pieces = _pieces(tree)
    values = [piece for piece in pieces if not isinstance(piece, exp.Literal)]
    if len(values) < 2:
        return None
    free = [value for value in values if infer(value, type_of) in _TEXTS]
    odd = [value for value in values if value not in free and _kind(value, type_of) not in _WRITTEN]
    if odd:
        return Apart(why=f"the text of `{one_line(odd[0])}` is not known to tell its value")
    if len(free) > 1:
        return Apart(why=f"`{one_line(free[0])}` and `{one_line(free[1])}` may contain the separator")
    gap = _gap(pieces, free, type_of)
    return Apart(why=gap) if gap else Apart(tuple(values))


def _pieces(tree: exp.Expr) -> list[exp.Expr]:
    """The constants and values of the text, in order. Adjacent constants are joined."""
    found: list[exp.Expr] = []
    for piece in _flat(tree):
        if isinstance(piece, exp.Literal) and found and isinstance(found[-1], exp.Literal):
            found[-1] = exp.Literal.string(found[-1].name + piece.name)
        elif not isinstance(piece, exp.Literal) or piece.name:
            found.append(piece)
    return found


def _flat(tree: exp.Expr) -> list[exp.Expr]:
    tree = tree.unnest()
    if isinstance(tree, exp.DPipe):
        return [*_flat(tree.this), *_flat(tree.expression)]
    if isinstance(tree, exp.ConcatWs):
        separator, *values = tree.expressions
        parts = [part for value in values for part in (separator, *_flat(value))]
        return parts[1:] if isinstance(separator, exp.Literal) else [tree]
    written = formatted(tree)
    if written is not None or isinstance(tree, exp.Concat):
        return [part for value in written or tree.expressions for part in _flat(value)]
    inner = tree
    while isinstance(inner, (exp.Cast, exp.Paren)) and (isinstance(inner, exp.Paren) or _is_text(inner)):
        inner = inner.this
    return [inner if isinstance(inner, exp.Column) else tree]


def formatted(tree: exp.Expr) -> list[exp.Expr] | None:
    """The constants and values that `format('%s-%s', a, b)` concatenates, a NULL as an empty text.

    None for any other expression, and for a format that pads or quotes its values.
    """
    if not isinstance(tree, exp.Format):
        return None
    form, values = tree.this, tree.expressions
    pieces = re.split("(%.?)", form.name) if isinstance(form, exp.Literal) and form.is_string else ["%"]
    marks = [piece for piece in pieces[1::2] if piece != "%%"]
    if set(marks) - {"%s"} or len(marks) != len(values):
        return None
    rest = iter(values)
    found = [next(rest) if piece == "%s" else exp.Literal.string(piece.replace("%%", "%")) for piece in pieces]
    return [one for one in found if not isinstance(one, exp.Literal) or one.name]


def _is_text(cast: exp.Cast) -> bool:
    return cast.to.this in (exp.DType.TEXT, exp.DType.VARCHAR) and not cast.to.expressions


def _gap(pieces: Sequence[exp.Expr], free: Sequence[exp.Expr], type_of: TypeOf) -> str:
    """Why two adjacent values cannot be separated; empty where they can.

    Values before the only free text are read from the left, values after it from the right.
    """
    middle = next((n for n, piece in enumerate(pieces) if any(piece is one for one in free)), len(pieces) - 1)
    for place, piece in enumerate(pieces):
        if isinstance(piece, exp.Literal) or (place == middle and (free or place == len(pieces) - 1)):
            continue
        step = 1 if place < middle else -1
        if not 0 <= place + step < len(pieces):
            continue
        beside = pieces[place + step]
        if not isinstance(beside, exp.Literal):
            first, second = sorted((place, place + step))
            return f"nothing separates `{one_line(pieces[first])}` from `{one_line(pieces[second])}`"
        kind = _kind(piece, type_of) or ""
        letters = (_LATER if step > 0 else _ANYWHERE).get(kind, _OTHER)
        if re.fullmatch(f"[{letters}]", beside.name[0 if step > 0 else -1]):
            return f"`{one_line(piece)}` may contain the separator {one_line(beside)}"
    return ""


def _kind(tree: exp.Expr, type_of: TypeOf) -> str | None:
    type_ = infer(tree, type_of)
    return family(type_) if type_ else None
