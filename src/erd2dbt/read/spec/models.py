"""Reads `models:`: the models and the formulas of their columns."""

from __future__ import annotations

from typing import Any

from erd2dbt.diagram.erd import ColumnSpec, Expression, Formula, ModelSpec, Pick, PickEnd, Word
from erd2dbt.read.spec import names
from erd2dbt.read.spec.attributes import type_name
from erd2dbt.read.spec.fields import Field, Grammar, Reader, entries, is_nothing, record, wrong_kind
from erd2dbt.read.spec.formulas import (
    accept,
    check_excludes,
    check_goes_with,
    cuts,
    has_field,
    label,
    needs_one,
    tests,
    tier,
)
from erd2dbt.read.spec.values import (
    by_engine,
    choice,
    data_mapping,
    enforced,
    exacts,
    expression,
    expressions,
    literal,
    model_name,
    object_name,
    text,
    texts,
    word,
    words,
)
from erd2dbt.read.yaml.source import MappingNode, ScalarNode

MATERIALIZATIONS = ("view", "table", "ephemeral")
LAYERS = ("intermediate", "marts")
_HEADS = ("is", "first", "last", "tier")
_GO_WITH = {"where": ("first", "last"), "order": ("first", "last"), "cut": ("tier",), "else": ("tier",)}
_NOT_WITH_SQL = ("rows", "where", "keep", "match", "via", "columns")


def model(reader: Reader, field: Field) -> ModelSpec:
    """Read one model: `grain`, `rows` and `columns`, or hand-written `sql` and its grain."""
    names.check_object(reader, field, "model")
    if has_field(field, "existing"):
        return _existing(reader, field)
    given = record(reader, field, SQL_MODEL if has_field(field, "sql") else MODEL)
    check_excludes(reader, field, given, "sql", _NOT_WITH_SQL)
    check_goes_with(reader, field, given, {"assume": ("sql",)})
    made = ModelSpec(name=field.name, span=reader.span(field.key), **{"grain": (), **given})
    names.check_clashes([("column", c.name, c.span) for c in made.columns], reader.faults)
    return made


def _existing(reader: Reader, field: Field) -> ModelSpec:
    """Read a dbt model of another owner: its grain, and the types of its columns."""
    given = {"existing": Word("", reader.span(field.key)), "grain": (), **record(reader, field, EXISTING)}
    made = ModelSpec(name=field.name, span=reader.span(field.key), **given)
    names.check_clashes([("column", c.name, c.span) for c in made.columns], reader.faults)
    return made


def _typed(reader: Reader, field: Field) -> tuple[ColumnSpec, ...]:
    """Read the `columns:` of an existing model: name and type."""
    return tuple(_typed_column(reader, column) for column in entries(reader, field) or ())


def _typed_column(reader: Reader, field: Field) -> ColumnSpec:
    names.check_column(reader, field)
    long = isinstance(field.value, MappingNode)
    given = record(reader, field, TYPED) if long else {"type": type_name(reader, field)}
    return ColumnSpec(
        name=field.name, span=reader.span(field.key), formula=Expression(field.name, reader.span(field.key)), **given
    )


def columns(reader: Reader, field: Field) -> tuple[ColumnSpec, ...]:
    """Read the `columns:` of a model, in written order."""
    return tuple(_column(reader, column) for column in entries(reader, field) or ())


def _column(reader: Reader, field: Field) -> ColumnSpec:
    names.check_column(reader, field)
    span, node = reader.span(field.key), field.value
    if isinstance(node, ScalarNode) and not is_nothing(node):
        return ColumnSpec(name=field.name, span=span, formula=expression(reader, field))
    if not isinstance(node, MappingNode):
        wrong_kind(reader, field, "an expression")
        return ColumnSpec(name=field.name, span=span, formula=Expression("", span))
    given = record(reader, field, COLUMN)
    formula = _formula(reader, field, given)
    said = {name: value for name, value in given.items() if name in _SAID}
    return ColumnSpec(name=field.name, span=span, formula=formula, **said)


def _formula(reader: Reader, field: Field, given: dict[str, Any]) -> Formula:
    heads = [head for head in _HEADS if head in given]
    for i, head in enumerate(heads):
        check_excludes(reader, field, given, head, tuple(heads[i + 1 :]))
    check_goes_with(reader, field, given, _GO_WITH)
    if not heads:
        needs_one(reader, field, _HEADS, "is: sum(entity.column)")
        return Expression("", reader.span(field.key))
    if heads[0] == "tier":
        return tier(reader, field, given)
    written: Expression = given[heads[0]]
    return written if heads[0] == "is" else _pick(PickEnd(heads[0]), written, given)


def _pick(end: PickEnd, value: Expression, given: dict[str, Any]) -> Pick:
    return Pick(end=end, value=value, where=given.get("where"), order=given.get("order", ()))


def keep(reader: Reader, field: Field) -> tuple[Word, ...] | None:
    """Read `keep:`: `all` (returned as None), or a list of columns of the rows source."""
    if not isinstance(field.value, ScalarNode):
        return words(reader, field)
    given = text(reader, field)
    if given and given != "all":
        fix = f"write `keep: [{given}]` or `keep: all`"
        reader.fault("E016", f"`keep` cannot be `{given}`", field.value, fix)
    return None


def match(reader: Reader, field: Field) -> tuple[tuple[Word, tuple[tuple[Word, Word], ...]], ...]:
    """Read `{input: {grain column: its column}}`."""
    inputs = entries(reader, field) or ()
    return tuple((_key(reader, entry), _pairs(reader, entry)) for entry in inputs)


def _pairs(reader: Reader, entry: Field) -> tuple[tuple[Word, Word], ...]:
    return tuple((_key(reader, pair), word(reader, pair)) for pair in entries(reader, entry) or ())


def via(reader: Reader, field: Field) -> tuple[tuple[str, Word], ...]:
    """Read a role for any input, or `{input: role}`."""
    if not isinstance(field.value, MappingNode):
        return (("", word(reader, field)),)
    return tuple((entry.name, word(reader, entry)) for entry in entries(reader, field) or ())


def assume(reader: Reader, field: Field) -> str:
    """Read `{reason: …}`."""
    if not isinstance(field.value, MappingNode):
        wrong_kind(reader, field, "a mapping with a `reason`")
        return ""
    return str(record(reader, field, ASSUME).get("reason", ""))


def _key(reader: Reader, entry: Field) -> Word:
    return Word(entry.name, reader.document.content(entry.key))


ASSUME = Grammar(what="an assumption", fields={"reason": text}, required={"reason": "reason: why this holds"})
COLUMN = Grammar(
    what="a column",
    fields={
        "is": by_engine,
        "first": expression,
        "last": expression,
        "where": expression,
        "order": expressions,
        "tier": expression,
        "cut": cuts,
        "else": label,
        "description": text,
        "default": literal,
        "type": type_name,
        "via": text,
        "accept": accept,
        "renamed_from": words,
        "tests": tests,
        "values": exacts,
        "meta": data_mapping,
    },
)
_SAID = ("description", "default", "type", "via", "accept", "renamed_from", "tests", "values", "meta")
MODEL = Grammar(
    what="a model",
    fields={
        "description": text,
        "grain": words,
        "rows": words,
        "where": expression,
        "keep": keep,
        "columns": columns,
        "match": match,
        "via": via,
        "accept": accept,
        "layer": choice(*LAYERS),
        "group": object_name,
        "materialized": choice(*MATERIALIZATIONS),
        "contract": enforced,
        "sql": by_engine,
        "assume": assume,
        "renamed_from": words,
        "tests": tests,
        "tags": texts,
        "meta": data_mapping,
    },
    required={
        "grain": "grain: the_columns_that_identify_a_row",
        "rows": "rows: the_entity_whose_rows_or_grain_values_become_rows",
    },
)
TYPED = Grammar(
    what="a column of an existing model",
    fields={"type": type_name, "description": text, "values": exacts, "renamed_from": words},
    required={"type": "type: text"},
)
EXISTING = Grammar(
    what="an existing model",
    fields={
        "existing": model_name,
        "description": text,
        "grain": words,
        "columns": _typed,
        "layer": choice(*LAYERS),
        "renamed_from": words,
    },
    required={"grain": MODEL.required["grain"], "columns": "columns: {its_column: text}"},
)
SQL_MODEL = Grammar(what=MODEL.what, fields=MODEL.fields, required={"grain": MODEL.required["grain"]})
