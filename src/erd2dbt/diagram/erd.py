"""The diagram as declared: sources, entities, links and models, each with its place.

Everything here was written in some notation; nothing is derived. Names are as written, types are PostgreSQL types as
written, and expressions are text. A later stage parses, resolves and proves them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.faults.diagnostics import Span

TODO = "TODO"  # marks every open decision
NO_DATE = "none"  # the event date of a fact that has none


@dataclass(frozen=True, slots=True)
class Word:
    """A name in the text: a grain column, a rows source, a key column."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL text as written. `span`: the place of its first character (inside quotes, if quoted).

    `others`: (engine, its expression). `engine`: the engine whose SQL it is; None for the spec language. `verbatim`:
    the file has the text as it is, each line with the indentation of the first.
    """

    text: str
    span: Span
    others: tuple[tuple[str, Expression], ...] = ()
    engine: str | None = None
    verbatim: bool = False

    def place(self, start: int, end: int) -> Span:
        """The place of a part of the text in the file, `end` exclusive; the whole text where it is not verbatim."""
        if not self.verbatim:
            return self.span
        before = self.text[:start].split("\n")
        column = self.span.column + len(before[-1])
        last = 0 if "\n" in self.text[start:end] else column + end - start
        return Span(self.span.file, self.span.line + len(before) - 1, column, last)

    def on(self, engine: str) -> Expression:
        """The expression for the engine."""
        return next((other for name, other in self.others if name == engine), self)


@dataclass(frozen=True, slots=True)
class Cardinality:
    """A crow's-foot cap: how many rows at this end per row of the other end. `many`: no maximum."""

    minimum: int
    many: bool


@dataclass(frozen=True, slots=True)
class Determines:
    """The claim that rows with equal `left` values have equal `right` values, within one entity."""

    left: tuple[Word, ...]
    right: tuple[Word, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """`tier: x, cut: {label: bound, …}, else: label`: the label of the highest bound that x reaches."""

    value: Expression
    cuts: tuple[tuple[str, str], ...]  # (label, bound as SQL literal), highest first
    otherwise: str | None


class PickEnd(enum.StrEnum):
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """`first: x, where: p, order: [o, …]`: the value in the first (or last) row of a group."""

    end: PickEnd
    value: Expression
    where: Expression | None
    order: tuple[Expression, ...]


Formula = Expression | Tier | Pick


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraTest:
    """A dbt data test from the spec: its name and arguments, as dbt expects them."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A column of an entity. Raw columns have a `raw` name and a type; computed ones have a `formula`."""

    name: str
    span: Span
    type: str | None = None
    raw: str | None = None
    formula: Expression | Tier | None = None
    description: str | None = None
    not_null: bool | None = None  # None: not declared
    unique: bool = False
    values: tuple[str, ...] = ()
    cast: bool = False
    stock: bool = False
    accept: tuple[tuple[str, str], ...] = ()  # (code, reason)
    stock_along: tuple[Word, ...] = ()  # its time column, where declared
    renamed_from: tuple[Word, ...] = ()
    tests: tuple[ExtraTest, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity, with one row per `key`. The raw table is `table` of `source`, unless it is `existing`."""

    name: str
    span: Span
    source: str
    table: str
    key: tuple[Word, ...]  # empty: not known; the entity is staged and no model reads it
    columns: tuple[Attribute, ...]
    description: str | None = None
    determines: tuple[Determines, ...] = ()
    uniques: tuple[tuple[Word, ...], ...] = ()  # `unique:` of the entity; single columns have their own
    latest: tuple[Word, ...] = ()  # raw rows have duplicates: staging keeps the last row of each key by these
    loaded_at: Word | None = None
    data: str | None = None  # file of raw rows, relative to the spec
    existing: Word | None = None  # an existing dbt model that is read; then there is no source
    role: str | None = None  # in a star: fact, dimension, bridge or ignore; None: inferred from columns and links
    grain: tuple[Word, ...] = ()  # of its fact; None: the key
    event_date: Word | None = None  # a column, or `none`; None: inferred from names and types
    measures: tuple[Word, ...] | None = None  # the additive columns; None: inferred from names and types
    audit: tuple[Word, ...] | None = None  # the audit columns; None: inferred from names
    deleted: Word | None = None  # the soft-delete column; None: inferred from names
    group: str | None = None  # the business area
    renamed_from: tuple[Word, ...] = ()
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_undated(self) -> bool:
        """Whether `event_date: none` says that no column is the date of the event."""
        said = self.event_date.text if self.event_date else None
        return said == NO_DATE and all(column.name != NO_DATE for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A dbt source: raw tables of one schema."""

    name: str
    span: Span
    schema: str
    database: str | None = None
    description: str | None = None
    loader: str | None = None
    freshness: Mapping[str, Any] = field(default_factory=dict)  # dbt's form: warn_after, error_after
    data: str | None = None  # folder of `<table>.csv` or `.parquet`, relative to the spec
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relationship. `left_cap`: left rows per right row. `right_cap`: right rows per left row."""

    left: str
    right: str
    left_cap: Cardinality
    right_cap: Cardinality
    columns: tuple[tuple[str, str], ...]  # (left column, right column)
    span: Span
    role: str | None = None
    identifying: bool = True
    text: str = ""  # as drawn, for messages: `sessions }o--|{ campaigns_daily`

    @property
    def name(self) -> str:
        """The text, and the role of a link that has one: `orders }o--|| ports : from`."""
        return f"{self.text} : {self.role}" if self.role else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """A column of a model: a formula over the diagram, and its properties."""

    name: str
    span: Span
    formula: Formula
    description: str | None = None
    default: str | None = None  # SQL literal text
    type: str | None = None
    via: str | None = None
    accept: tuple[tuple[str, str], ...] = ()  # (code, reason)
    renamed_from: tuple[Word, ...] = ()
    tests: tuple[ExtraTest, ...] = ()
    values: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Span:
        """The place of the formula, to which its faults point."""
        return self.formula.span if isinstance(self.formula, Expression) else self.formula.value.span


@dataclass(frozen=True, slots=True, kw_only=True)
class StarModel:
    """The role of a derived model in its star, and why. `dimensions`: (model, the join column or role)."""

    kind: str
    because: tuple[str, ...]
    dimensions: tuple[tuple[str, str], ...] = ()
    measures: tuple[str, ...] = ()  # additive columns
    entity: str | None = None  # the entity whose `role`, `grain`, `event_date` and `measures` define it


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A declared model: `grain` + `rows` + `columns`, or hand-written `sql` with a grain to prove."""

    name: str
    span: Span
    grain: tuple[Word, ...]
    rows: tuple[Word, ...] = ()
    where: Expression | None = None
    keep: tuple[Word, ...] | None = ()  # None: all
    columns: tuple[ColumnSpec, ...] = ()
    description: str | None = None
    match: tuple[tuple[Word, tuple[tuple[Word, Word], ...]], ...] = ()  # input -> grain column -> its column
    via: tuple[tuple[str, Word], ...] = ()  # input ("" for any) -> role, or entity on the path
    accept: tuple[tuple[str, str], ...] = ()  # (code, reason), for all columns
    layer: str | None = None
    group: str | None = None  # None: the rows' group
    materialized: str | None = None
    contract: bool | None = None
    sql: Expression | None = None
    assume: str | None = None  # the reason
    existing: Word | None = None  # an existing dbt model; each column has its type, and its name as formula
    renamed_from: tuple[Word, ...] = ()
    tests: tuple[ExtraTest, ...] = ()
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    star: StarModel | None = None  # of a derived model


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardItem:
    """What an item of a Miro board is here: an entity or a model, a column of one, or a link, by its text."""

    id: str
    span: Span
    of: Word | None = None
    column: Word | None = None
    link: str = ""  # as `Link.text`
    role: str | None = None  # of the link; None: everything drawn there


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The Miro board of the diagram. All ids are Miro's."""

    board: str
    span: Span
    frame: str | None = None  # the frame's id or title
    items: tuple[BoardItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The spec's settings for the whole project. The defaults follow dbt Labs' guides."""

    naming: Mapping[str, str] = field(
        default_factory=dict
    )  # staging, fact, dimension, bridge: `stg_{source}__{entity}`
    number: str = "plural"  # number of derived models' names: or `singular`, or `as_drawn`
    keys_as_drawn: bool = False  # whether a draft keeps `id` as key name instead of `<entity>_id`
    strip: tuple[str, ...] = ()  # prefixes `app_` and suffixes `_tbl` that model names drop
    layout: str = "folder"  # one properties file per `folder` or per `model`
    folders: Mapping[str, str] = field(default_factory=dict)  # layer -> flat, source or group
    star_audit: str = "leave_out"  # or `keep`: audit columns in derived models
    star_deleted: str = "keep"  # or `leave_out`: soft-deleted rows
    star_size: str | None = None  # `core` or `all` marts; None: by the number of entities
    materialized: Mapping[str, str] = field(default_factory=dict)  # layer -> materialization
    test_severity: str | None = None  # `error` or `warn`; None: an error where a model depends on the claim
    test_relationships: bool = True
    test_unit: bool = True
    docs_examples: bool = False  # an example query in the description of each model
    contract: bool = True  # `contract: enforced` (the default) or `contract: off`, for marts
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    output: str | None = None
    engine: str | None = None  # the warehouse; None: the previous one, else PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Unselected:
    """The parts that a selection excluded. `links`: how many. `models`: (model, the excluded part that it reads)."""

    entities: tuple[str, ...] = ()
    links: int = 0
    models: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erd:
    """A whole diagram, read but not yet checked beyond the grammar of its notation."""

    project: str
    span: Span
    sources: tuple[Source, ...]
    entities: tuple[Entity, ...]
    links: tuple[Link, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    is_plain: bool = False  # no models are declared: a star is derived
    description: str | None = None
    board: Board | None = None
    settings: Settings = field(default_factory=Settings)
    unselected: Unselected | None = None
    open_links: tuple[Link, ...] = ()  # declared, and excluded: a part or an end is open, or types do not compare
