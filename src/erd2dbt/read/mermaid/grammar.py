"""What an `erDiagram` says, word for word: the statements of Mermaid's grammar (erDiagram.jison) as values."""

from __future__ import annotations

from dataclasses import dataclass

from erd2dbt.diagnostics import Span
from erd2dbt.diagram import Cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`type name PK, FK "comment"`."""

    type: str
    name: str
    span: Span
    keys: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(slots=True, kw_only=True)
class Entity:
    """All that the statements of one entity say; its blocks of attributes add up."""

    name: str
    span: Span
    alias: str | None = None
    attributes: list[Attribute]
    classes: list[str]
    styles: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """`left ||--o{ right : role`; each cap describes the entity beside it."""

    left: str
    left_cap: Cap
    right_cap: Cap
    right: str
    identifying: bool
    role: str
    span: Span


@dataclass(slots=True, kw_only=True)
class ErDiagram:
    """A whole block; `class_styles` are the styles of `classDef`."""

    title: str | None
    entities: dict[str, Entity]
    relationships: list[Relationship]
    class_styles: dict[str, str]
