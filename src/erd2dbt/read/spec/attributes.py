"""Reads the columns of entities: a raw column with its type, or a column computed in staging."""

from __future__ import annotations

import re
import sys
from typing import Any

from erd2dbt.datatypes.postgres import canonical, closest
from erd2dbt.diagram.erd import TODO, Attribute
from erd2dbt.faults.diagnostics import did_you_mean
from erd2dbt.read.spec import names
from erd2dbt.read.spec.fields import Field, Grammar, Reader, entries, is_nothing, record, wrong_kind
from erd2dbt.read.spec.formulas import (
    accept,
    check_excludes,
    check_goes_with,
    cuts,
    label,
    needs_one,
    tests,
    tier,
)
from erd2dbt.read.spec.values import by_engine, data_mapping, exacts, expression, raw_name, text, true_false, words
from erd2dbt.read.yaml.source import MappingNode, ScalarNode

# one word, perhaps with a length and array brackets: only a type has this form
_TYPE_LIKE = re.compile(r"[^\W\d]\w*(?P<length>\s*\(\s*\d+\s*(?:,\s*\d+\s*)?\))?(?:\s*\[\d*\])*")
# any type's name, user-defined types included
_TYPE = re.compile(r'[\w". ]{1,200}(\(\s*\d+\s*(,\s*-?\d+\s*)?\)[\w ]*)?(\s*\[\d*\])*')
# single words that are expressions without a column
_CONSTANTS = {"true", "false", "null", "current_date", "current_timestamp", "current_time", "current_user"}


def columns(reader: Reader, field: Field) -> tuple[Attribute, ...]:
    """Return the `columns:` of an entity, in written order."""
    found = entries(reader, field)
    if found is not None and not found:
        reader.fault("E009", "`columns` is empty", field.value, "write at least the key's columns")
    siblings = {column.name for column in found or ()}
    return tuple(_attribute(reader, column, siblings) for column in found or ())


def _attribute(reader: Reader, field: Field, siblings: set[str]) -> Attribute:
    names.check_column(reader, field)
    if isinstance(field.value, ScalarNode) and not is_nothing(field.value):
        return _short(reader, field, siblings)
    if not isinstance(field.value, MappingNode):
        wrong_kind(reader, field, "a type or an expression")
        return Attribute(name=field.name, span=reader.span(field.key))
    return _long(reader, field)


def _short(reader: Reader, field: Field, siblings: set[str]) -> Attribute:
    """Read the short form of a column: a built-in type, else an expression."""
    span, given = reader.span(field.key), sys.intern(field.value.value.strip())  # of many columns
    if canonical(given):
        return Attribute(name=field.name, span=span, type=given, raw=field.name)
    if (given not in siblings or given == field.name) and _looks_like_type(given):
        _unknown_type(reader, field, given, siblings)
    return Attribute(name=field.name, span=span, formula=expression(reader, field))


def _looks_like_type(given: str) -> bool:
    """Return whether a value is meant as a type. An unknown word is probably a misspelt type; a word with a length is a
    call,"""
    match = _TYPE_LIKE.fullmatch(given)
    if match is None or given == TODO or given.lower() in _CONSTANTS:
        return False
    return match["length"] is None or closest(given) is not None


def _unknown_type(reader: Reader, field: Field, given: str, siblings: set[str]) -> None:
    nearest = closest(given)
    others = siblings - {field.name}
    fixes = (f"did you mean the type `{nearest}`?",) if nearest else did_you_mean(given, others)
    fixes += (f'a type of your own is written `{{type: "{given}"}}`',)
    message = f"`{given}` is neither a type of PostgreSQL nor a column of this entity"
    reader.fault("E022", message, field.value, *fixes)


def _long(reader: Reader, field: Field) -> Attribute:
    given = record(reader, field, COLUMN)
    check_excludes(reader, field, given, "is", ("tier", "from", "cast"))
    check_excludes(reader, field, given, "tier", ("from", "cast"))
    check_goes_with(reader, field, given, {"cut": ("tier",), "else": ("tier",)})
    formula: Any = tier(reader, field, given) if "tier" in given else given.get("is")
    if formula is None and "type" not in given:
        needs_one(reader, field, _HEADS, "type: text")
    raw = given.get("from", field.name) if formula is None else None
    said = {name: value for name, value in given.items() if name in _SAID}
    if not isinstance(said.get("stock", True), bool):
        said |= {"stock": True, "stock_along": said["stock"]}
    return Attribute(name=field.name, span=reader.span(field.key), raw=raw, formula=formula, **said)


def type_name(reader: Reader, field: Field) -> str:
    """Return the name of a type, built in or user-defined."""
    given = text(reader, field)
    if given and not canonical(given) and not _TYPE.fullmatch(given):
        nearest = closest(given)
        fixes = (f"did you mean `{nearest}`?",) if nearest else ("write a type such as `text` or `bigint`",)
        reader.fault("E022", f"`{given}` is not a type", field.value, *fixes)
    return given


def stock(reader: Reader, field: Field) -> Any:
    """Read `stock:`: `true`, or the time columns of a semi-additive measure."""
    if isinstance(field.value, ScalarNode) and field.value.value.strip().lower() in _TRUTHS:
        return true_false(reader, field)
    return words(reader, field)


_TRUTHS = ("true", "false", "yes", "no", "on", "off", "")
_HEADS = ("type", "is", "tier")
_SAID = (
    "type",
    "description",
    "not_null",
    "unique",
    "values",
    "cast",
    "stock",
    "accept",
    "renamed_from",
    "tests",
    "meta",
)
COLUMN = Grammar(
    what="a column",
    fields={
        "type": type_name,
        "is": by_engine,
        "tier": expression,
        "cut": cuts,
        "else": label,
        "description": text,
        "from": raw_name,
        "renamed_from": words,
        "not_null": true_false,
        "unique": true_false,
        "values": exacts,
        "cast": true_false,
        "stock": stock,
        "accept": accept,
        "tests": tests,
        "meta": data_mapping,
    },
)
