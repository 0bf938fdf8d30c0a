"""What a spec says beside its diagram: sources and the settings of the whole project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from erd2dbt.erd import Settings, Source
from erd2dbt.read import names
from erd2dbt.read.fields import Field, Grammar, Reader, is_nothing, record
from erd2dbt.read.spec_models import LAYERS, MATERIALIZATIONS
from erd2dbt.read.values import choice, data_mapping, enforced, on_off, raw_name, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATTERN = re.compile(r"(\w|\{entity\}|\{source\})+")
_ONE = re.compile(r"[1-9][0-9]{0,8}")


def source(reader: Reader, field: Field) -> Source:
    """One source; nothing need be said about it."""
    names.check_object(reader, field, "source")
    given = {} if is_nothing(field.value) else record(reader, field, SOURCE)
    return Source(name=field.name, span=reader.span(field.key), **{"schema": field.name, **given})


def settings(given: Mapping[str, Any]) -> Settings:
    """The settings among the fields of a whole spec."""
    said = {name: given[name] for name in SETTINGS if name in given and name != "tests"}
    return Settings(**said, **given.get("tests", {}))


def naming(reader: Reader, field: Field) -> dict[str, str]:
    return record(reader, field, NAMING)


def materialized(reader: Reader, field: Field) -> dict[str, str]:
    return record(reader, field, MATERIALIZED)


def test_settings(reader: Reader, field: Field) -> dict[str, Any]:
    given = record(reader, field, TESTS)
    return {f"test_{name}": value for name, value in given.items()}


def freshness(reader: Reader, field: Field) -> dict[str, Any]:
    return record(reader, field, FRESHNESS)


def _pattern(reader: Reader, field: Field) -> str:
    """A name with `{entity}` in it, and `{source}` if wanted."""
    given = text(reader, field)
    if given and (not _PATTERN.fullmatch(given) or "{entity}" not in given):
        fix = 'write `"stg_{entity}"` or `"stg_{source}__{entity}"`'
        reader.fault("E016", f"`{given}` is no pattern of names", field.value, fix)
    return given


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
        "database": raw_name,
        "description": text,
        "loader": text,
        "freshness": freshness,
        "data": text,
        "meta": data_mapping,
    },
)
NAMING = Grammar(what="`naming`", fields={"staging": _pattern})
MATERIALIZED = Grammar(what="`materialized`", fields=dict.fromkeys(("staging", *LAYERS), choice(*MATERIALIZATIONS)))
TESTS = Grammar(what="`tests`", fields={"severity": choice("error", "warn"), "relationships": on_off, "unit": on_off})
SETTINGS = {
    "naming": naming,
    "layout": choice("folder", "model"),
    "materialized": materialized,
    "tests": test_settings,
    "contract": enforced,
    "tags": texts,
    "meta": data_mapping,
    "output": text,
}
