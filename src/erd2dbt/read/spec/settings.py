"""Reads the rest of a spec: sources, and the settings of the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from erd2dbt.diagram.erd import Settings, Source
from erd2dbt.engines.registry import ENGINES
from erd2dbt.read.spec import names
from erd2dbt.read.spec.fields import Field, Grammar, Reader, is_nothing, record
from erd2dbt.read.spec.models import LAYERS, MATERIALIZATIONS
from erd2dbt.read.spec.values import (
    choice,
    data_mapping,
    enforced,
    on_off,
    place_name,
    raw_name,
    text,
    texts,
    words,
)
from erd2dbt.read.yaml.source import MappingNode

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATTERN = re.compile(r"(\w|\{entity\}|\{source\})+")
_OF_SEVERAL = ("naming", "layout", "star", "tests", "docs")  # each of these is several settings
_properties = choice("folder", "model")
_folders = choice("flat", "source", "group")
_STARTS = {"staging": "stg", "fact": "fct", "dimension": "dim", "bridge": "bridge"}
_ONE = re.compile(r"[1-9][0-9]{0,8}")


def source(reader: Reader, field: Field) -> Source:
    """Read one source; all of its fields are optional."""
    names.check_object(reader, field, "source")
    given = {} if is_nothing(field.value) else record(reader, field, SOURCE)
    return Source(name=field.name, span=reader.span(field.key), **{"schema": field.name, **given})


def settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings among the fields of a spec."""
    said = {name: given[name] for name in SETTINGS if name in given and name not in _OF_SEVERAL}
    several = {name: value for word in _OF_SEVERAL for name, value in given.get(word, {}).items()}
    return Settings(**said, **several)


def naming(reader: Reader, field: Field) -> dict[str, Any]:
    given = record(reader, field, NAMING)
    own = {name: given.pop(name) for name in ("number", "strip") if name in given}
    return {"naming": given, "keys_as_drawn": given.pop("key", None) == "as_drawn", **own}


def layout(reader: Reader, field: Field) -> dict[str, Any]:
    """Read the layout of properties files: `folder` or `model`, or a mapping. Intermediate models use the layout of
    marts."""
    if not isinstance(field.value, MappingNode):
        return {"layout": _properties(reader, field)}
    given = record(reader, field, LAYOUT)
    folders = {"intermediate": given.get("marts", "flat"), **{name: given[name] for name in LAYERS if name in given}}
    return {"layout": given.get("properties", "folder"), "folders": folders}


def star(reader: Reader, field: Field) -> dict[str, str]:
    return {f"star_{name}": value for name, value in record(reader, field, STAR).items()}


def materialized(reader: Reader, field: Field) -> dict[str, str]:
    return record(reader, field, MATERIALIZED)


def test_settings(reader: Reader, field: Field) -> dict[str, Any]:
    given = record(reader, field, TESTS)
    return {f"test_{name}": value for name, value in given.items()}


def docs(reader: Reader, field: Field) -> dict[str, bool]:
    return {f"docs_{name}": value for name, value in record(reader, field, DOCS).items()}


def freshness(reader: Reader, field: Field) -> dict[str, Any]:
    return record(reader, field, FRESHNESS)


def _pattern(reader: Reader, field: Field) -> str:
    """Read a pattern with `{entity}`, and optionally `{source}`."""
    given = text(reader, field)
    start = _STARTS[field.name]
    fix = f'write `"{start}_{{entity}}"` or `"{start}_{{source}}__{{entity}}"`'
    if given and (not _PATTERN.fullmatch(given) or "{entity}" not in given):
        reader.fault("E016", f"`{given}` is not a pattern of names", field.value, fix)
    elif given == "{entity}" and field.name != "staging":
        message = "`{entity}` alone is the entity's own name, which no other model may have"
        reader.fault("E016", message, field.value, fix)
    elif given.startswith("int_") and field.name != "staging":
        reader.fault("E016", f"`{given}` is a name of intermediate models", field.value, fix)
    return given


def _affixes(reader: Reader, field: Field) -> tuple[str, ...]:
    """Read prefixes, which end with `_`, and suffixes, which begin with it."""
    for word in (found := words(reader, field)):
        if word.text.strip("_") == "" or word.text.startswith("_") == word.text.endswith("_"):
            plain = word.text.strip("_") or "app"
            fixes = (f"write `{plain}_` for a prefix, `_{plain}` for a suffix",)
            reader.faults.add("E016", f"`{word.text}` is neither a prefix nor a suffix", word.span, fixes=fixes)
    return tuple(word.text.lower() for word in found)


def _count(reader: Reader, field: Field) -> int:
    given = text(reader, field)
    if given and not _ONE.fullmatch(given):
        message = f"`{field.name}` must be a whole number of 1 or more"
        reader.fault("E009", message, field.value, f"write `{field.name}: 24`")
        return 1
    return int(given or 1)


def _age(reader: Reader, field: Field) -> dict[str, Any]:
    return record(reader, field, AGE)


AGE = Grammar(
    what="an age",
    fields={"count": _count, "period": choice("minute", "hour", "day")},
    required={"count": "count: 24", "period": "period: hour"},
)
FRESHNESS = Grammar(what="freshness", fields={"warn_after": _age, "error_after": _age})
SOURCE = Grammar(
    what="a source",
    fields={
        "schema": raw_name,
        "database": place_name,
        "description": text,
        "loader": text,
        "freshness": freshness,
        "data": text,
        "meta": data_mapping,
    },
)
NAMING = Grammar(
    what="`naming`",
    fields={
        **dict.fromkeys(_STARTS, _pattern),
        "key": choice("entity_id", "as_drawn"),
        "number": choice("plural", "singular", "as_drawn"),
        "strip": _affixes,
    },
)
LAYOUT = Grammar(
    what="`layout`", fields={"properties": _properties, **dict.fromkeys(("marts", "intermediate"), _folders)}
)
STAR = Grammar(
    what="`star`",
    fields={**dict.fromkeys(("audit", "deleted"), choice("keep", "leave_out")), "size": choice("core", "all")},
)
MATERIALIZED = Grammar(what="`materialized`", fields=dict.fromkeys(("staging", *LAYERS), choice(*MATERIALIZATIONS)))
TESTS = Grammar(what="`tests`", fields={"severity": choice("error", "warn"), "relationships": on_off, "unit": on_off})
DOCS = Grammar(what="`docs`", fields={"examples": on_off})
SETTINGS = {
    "naming": naming,
    "layout": layout,
    "star": star,
    "materialized": materialized,
    "tests": test_settings,
    "docs": docs,
    "contract": enforced,
    "tags": texts,
    "meta": data_mapping,
    "output": text,
    "engine": choice(*ENGINES),
}
