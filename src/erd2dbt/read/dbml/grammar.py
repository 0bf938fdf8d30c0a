"""What DBML's text says, before names are looked up."""

from __future__ import annotations

from dataclasses import dataclass, field

from erd2dbt.diagnostics import Span
from erd2dbt.read.relational.values import OwnType, Table


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a reference; `table` may be an alias."""

    schema: str | None
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """`left relation right`; an inline one stands at the column that is its left end."""

    left: Endpoint
    relation: str
    right: Endpoint
    span: Span
    is_inline: bool = False


@dataclass(slots=True)
class Partial:
    """A table or a partial of tables: `includes` are (partial, after how many columns); `marked` are the columns that
    say themselves that they are keys."""

    table: Table
    is_part: bool = False
    marked: list[str] = field(default_factory=list)
    includes: list[tuple[str, int]] = field(default_factory=list)
    refs: list[Ref] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """A whole file; `uses` are the others that it reads, `passed` (kind, place, text) what is no part of the
    schema."""

    tables: dict[tuple[str, str], Partial] = field(default_factory=dict)
    partials: dict[str, Partial] = field(default_factory=dict)
    types: dict[tuple[str, str], OwnType] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    groups: list[tuple[tuple[str, str], str]] = field(default_factory=list)
    passed: list[tuple[str, Span, str]] = field(default_factory=list)
    uses: list[tuple[str, Span]] = field(default_factory=list)
    title: str | None = None
