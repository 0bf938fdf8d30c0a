"""The elements of DBML as values, before names are resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.relational.values import OwnType, Table
from erd2dbt.read.text.accounting import DEFAULT

_COLOUR = "a colour"
_NOTE = "a note of what has no description in the spec"
_ON_CHANGE = "what happens to the rows that lead there"
_NAME = "the name of an index or a constraint"

# owner -> the settings that it may have; those with a reason are ignored
SETTINGS: Mapping[str, Mapping[str, str | None]] = {
    "table": {"note": None, "headercolor": _COLOUR},
    "column": {
        "pk": None, "primary key": None, "null": None, "not null": None, "unique": None, "note": None, "ref": None,
        "check": None, "default": DEFAULT, "increment": "how values are counted",
    },
    "index": {
        "pk": None, "primary key": None, "unique": None, "note": _NOTE, "name": _NAME, "type": "how an index is stored",
    },
    "check": {"name": _NAME},
    "value": {"note": _NOTE},
    "group": {"note": None, "color": _COLOUR},
    "ref": {"delete": _ON_CHANGE, "update": _ON_CHANGE, "color": _COLOUR, "inactive": _COLOUR},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a reference. `table` may be an alias."""

    schema: str | None
    table: str
    columns: tuple[str, ...]


class Relation(NamedTuple):
    """A relation: `<`, `>`, `-` or `<>`, and whether each end is marked as optional."""

    sign: str
    left_optional: bool = False
    right_optional: bool = False


@dataclass(frozen=True, slots=True)
class Ref:
    """`left relation right`. For an inline reference, `left` is the column that has it."""

    left: Endpoint
    relation: Relation
    right: Endpoint
    span: Span
    is_inline: bool = False


@dataclass(slots=True)
class Partial:
    """A table or a partial. `includes`: (partial, number of columns before it); `marked`: columns that are marked as
    keys themselves."""

    table: Table
    is_part: bool = False
    marked: list[str] = field(default_factory=list)
    includes: list[tuple[str, int]] = field(default_factory=list)
    refs: list[Ref] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """A whole file. `uses`: the files that it imports; `passed`: (kind, place, text) of elements outside the schema."""

    tables: dict[tuple[str, str], Partial] = field(default_factory=dict)
    partials: dict[str, Partial] = field(default_factory=dict)
    types: dict[tuple[str, str], OwnType] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    groups: list[tuple[tuple[str, str], str]] = field(default_factory=list)
    passed: list[tuple[str, Span, str]] = field(default_factory=list)
    uses: list[tuple[str, Span]] = field(default_factory=list)
    title: str | None = None
