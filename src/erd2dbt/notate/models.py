"""Writes models in the form of the spec: drawn derivations, and those of a derived star schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation

from erd2dbt.diagram.erd import ColumnSpec, Expression, ModelSpec, Pick, Tier
from erd2dbt.draft.values import Remark
from erd2dbt.escape.yaml import comment_line
from erd2dbt.notate.yamltext import comment, key, names, scalar, value

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?|true|false|null", re.ASCII)
_NOTHING: Mapping[str, str] = {}


def model_lines(model: ModelSpec, notes: Iterable[str] = (), comments: Mapping[str, str] = _NOTHING) -> Iterator[str]:
    """Return the lines of one model below `models:`. `comments`: column -> the comment after it."""
    yield f"  {key(model.name)}:"
    yield from (f"    {comment_line(note)}" for note in notes)
    if model.description:
        yield from _description(model.description)
    if model.layer:
        yield f"    layer: {model.layer}"
    yield f"    grain: {names(word.text for word in model.grain)}"
    if model.sql is not None:
        yield "    sql: |"
        yield from (f"      {line}".rstrip() for line in model.sql.text.splitlines())
        return
    yield f"    rows: {names(word.text for word in model.rows)}"
    if model.where is not None:
        yield f"    where: {scalar(model.where.text)}"
    yield from _keep(model, comments)
    if model.match:
        pairs = {name.text: {a.text: b.text for a, b in pairs} for name, pairs in model.match}
        yield f"    match: {value(pairs)}" + comment(Remark.INFERRED("no link says it; by the names"))
    if model.columns:
        yield "    columns:"
        for column in model.columns:
            yield from (f"      {line}" for line in _column(column, comments.get(column.name)))


def _description(text: str) -> Iterator[str]:
    """Return a description on one line, or as a block if it has paragraphs and a block can contain its text."""
    if "\n" not in text or not all(c.isprintable() or c == "\n" for c in text) or text != text.strip():
        yield f"    description: {scalar(text)}"
        return
    yield "    description: |-"
    yield from (f"      {line}".rstrip() for line in text.split("\n"))


def _keep(model: ModelSpec, comments: Mapping[str, str]) -> Iterator[str]:
    if model.keep is None:
        yield "    keep: all"
        return
    kept = [word.text for word in model.keep]
    if not kept:
        return
    line = f"    keep: [{', '.join(scalar(name, in_flow=True) for name in kept)}]"
    said = "; ".join(f"{name} {comments[name]}" for name in kept if name in comments)
    yield line + comment(said)


def _column(column: ColumnSpec, said: str | None) -> Iterator[str]:
    formula = column.formula
    more = {name: text for name in ("description", "default", "via") if (text := getattr(column, name))}
    if isinstance(formula, Expression):
        meta = f", meta: {value(dict(column.meta))}}}" if column.meta else "}"
        long = _mapping({"is": formula.text, **more}).removesuffix("}") + meta
        short = long if more or column.meta else scalar(formula.text)
        yield f"{key(column.name)}: {short}{comment(said)}"
    elif isinstance(formula, Pick):
        order: object = [o.text for o in formula.order] if len(formula.order) > 1 else formula.order[0].text
        where = {"where": formula.where.text} if formula.where else {}
        fields = {str(formula.end): formula.value.text, **where, "order": order, **more}
        yield f"{key(column.name)}: {value(fields)}{comment(said)}"
    elif isinstance(formula, Tier):
        cuts = {label: _bound(bound) for label, bound in formula.cuts}
        rest = {"else": formula.otherwise} if formula.otherwise is not None else {}
        yield f"{key(column.name)}: {value({'tier': formula.value.text, 'cut': cuts, **rest})}{comment(said)}"


def _bound(text: str) -> object:
    """Return a number unchanged, a date as text."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text.strip("'")


def _mapping(fields: Mapping[str, str]) -> str:
    """Return a mapping. `default` is an SQL constant."""
    texts = (
        f"{name}: {_bare(text) if name == 'default' else scalar(text, in_flow=True)}" for name, text in fields.items()
    )
    return "{" + ", ".join(texts) + "}"


def _bare(constant: str) -> str:
    """Return a number unquoted, or text in quotes."""
    return constant if _NUMBER.fullmatch(constant) else scalar(constant, in_flow=True)
