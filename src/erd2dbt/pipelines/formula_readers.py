"""Finds the formulas of a spec that read an entity or a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from erd2dbt.diagram.erd import Erd, Expression, Formula, ModelSpec, Tier

_SHOWN = 3  # places of one model that a sentence lists
_LONGEST = 60  # characters of a formula that a sentence quotes


def readers(erd: Erd, box: str, column: str | None = None, *, model: str | None = None) -> str:
    """Return the places that read a box, or a column of it: ``orders (`n` is count(orders.id))``. Empty if none does.

    `model`: the only model to look at.
    """
    found = [(one.name, list(_places(one, box, column))) for one in erd.models if model in (None, one.name)]
    return " and ".join(f"{name} ({_listed(places)})" for name, places in found if places and name != box)


def _listed(places: list[str]) -> str:
    more = f", and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"{', '.join(places[:_SHOWN])}{more}"


def formulas_of(erd: Erd, model: str) -> tuple[str, ...]:
    """Return everything that a model computes, to see whether two specs say the same."""
    return tuple(
        text
        for one in erd.models
        if one.name == model
        for text in (
            *(word.text for word in (*one.rows, *(one.keep or ()))),
            *_texts(one.where),
            *(f"{column.name} {text}" for column in one.columns for text in _texts(column.formula)),
            *(f"{box.text} {left.text} {right.text}" for box, pairs in one.match for left, right in pairs),
        )
    )


def _places(one: ModelSpec, box: str, column: str | None) -> Iterator[str]:
    is_rows = box in [word.text for word in one.rows]
    if is_rows and column is None:
        yield f"its rows are {', '.join(word.text for word in one.rows)}"
    pattern = _pattern(box, column, is_rows=is_rows)
    if column is not None and is_rows and column in [word.text for word in (*one.grain, *(one.keep or ()))]:
        yield f"it has `{column}`"
    for what, part in (("its filter", one.where), *((f"`{said.name}`", said.formula) for said in one.columns)):
        if part is not None and any(pattern.search(text) for text in _texts(part)):
            yield f"{what} is {_quoted(formula_words(part))}"


def _texts(part: object) -> Iterator[str]:
    """Yield the expressions of a formula, its value first."""
    if isinstance(part, Expression):
        yield part.text
    elif isinstance(part, tuple):
        for inner in part:
            yield from _texts(inner)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _texts(getattr(part, field.name))


def formula_words(formula: Formula) -> str:
    """Return a formula as one expression: `first orders.id by orders.ordered_at`."""
    if isinstance(formula, Expression):
        return formula.text
    if isinstance(formula, Tier):
        cuts = ", ".join(f"{label} {bound}" for label, bound in formula.cuts)
        return f"tier of {formula.value.text}: {cuts}" + (f", else {formula.otherwise}" if formula.otherwise else "")
    where = f" where {formula.where.text}" if formula.where else ""
    order = f" by {', '.join(one.text for one in formula.order)}" if formula.order else ""
    return f"{formula.end} {formula.value.text}{where}{order}"


def _pattern(box: str, column: str | None, *, is_rows: bool) -> re.Pattern[str]:
    """Return a pattern for `box.` or `box.column`; formulas may name a column of the model's rows alone."""
    if column is None:
        return re.compile(rf"(?<![\w.]){re.escape(box)}\.")
    before = rf"(?:{re.escape(box)}\.){'?' if is_rows else ''}"
    return re.compile(rf"(?<![\w.']){before}{re.escape(column)}(?![\w.(])")


def _quoted(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
