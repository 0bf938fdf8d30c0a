"""The statements of Mermaid's grammar (erDiagram.jison) as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Cap
from erd2dbt.faults.diagnostics import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`type name PK, FK "comment"`; `type? name` is optional."""

    type: str
    name: str
    span: Span
    keys: tuple[str, ...] = ()
    comment: str | None = None
    optional: bool = False


@dataclass(slots=True, kw_only=True)
class Entity:
    """An entity with all of its statements. Several blocks of attributes are combined. `group` is its subgraph."""

    name: str
    span: Span
    alias: str | None = None
    group: str | None = None
    is_quoted: bool = False
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
    """A whole block. `class_styles`: the styles of `classDef`; `subgraphs`: names and titles."""

    title: str | None
    entities: dict[str, Entity]
    relationships: list[Relationship]
    class_styles: dict[str, str]
    subgraphs: dict[str, str] = field(default_factory=dict)
