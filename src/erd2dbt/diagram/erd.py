"""The diagram's words: sources, entities, links and the models that the business wants, each with its place.

Everything here is what some notation *said*; nothing is derived. Names are as written, types are in
PostgreSQL's words as written, expressions are text. A later stage parses, resolves and proves.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.faults.diagnostics import Span

TODO = "TODO"  # stands wherever something is still to be decided


@dataclass(frozen=True, slots=True)
class Word:
    """A name that was written somewhere: a grain column, a rows source, a key column."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL text as written. `span` is the place of its first character (inside quotes, if quoted).

    `others`: (engine, expression) that stand for it there; `engine`: whose words it is in, None: the language's."""

    text: str
    span: Span
    others: tuple[tuple[str, Expression], ...] = ()
    engine: str | None = None

    def on(self, engine: str) -> Expression:
        """What stands for it on the engine."""
        return next((other for name, other in self.others if name == engine), self)


@dataclass(frozen=True, slots=True)
class Cardinality:
    """A crow's-foot cap: how many rows at this end per one row of the other; `many` is an open maximum."""

    minimum: int
    many: bool


@dataclass(frozen=True, slots=True)
class Determines:
    """The claim that equal `left` values imply equal `right` values within one entity."""

    left: tuple[Word, ...]
    right: tuple[Word, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """`tier: x, cut: {label: bound, …}, else: label`: the highest cut whose bound x reaches."""

    value: Expression
    cuts: tuple[tuple[str, str], ...]  # (label, bound as SQL literal text), from the highest
    otherwise: str | None


class PickEnd(enum.StrEnum):
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """`first: x, where: p, order: [o, …]`: the value in the first (or last) row of a bag."""

    end: PickEnd
    value: Expression
    where: Expression | None
    order: tuple[Expression, ...]


Formula = Expression | Tier | Pick


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraTest:
    """A dbt data test that the spec adds: its name and arguments, as dbt wants them."""

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
    not_null: bool | None = None  # None: nothing was said
    unique: bool = False
    values: tuple[str, ...] = ()
    cast: bool = False
    stock: bool = False
    accept: tuple[tuple[str, str], ...] = ()  # (code, reason)
    stock_along: tuple[Word, ...] = ()  # its time, where that is said
    renamed_from: tuple[Word, ...] = ()
    tests: tuple[ExtraTest, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One row is identified by `key`; the raw table is `table` of `source`, unless it is `existing`."""

    name: str
    span: Span
    source: str
    table: str
    key: tuple[Word, ...]  # none: it is not known, so that the entity is staged and no model reads it
    columns: tuple[Attribute, ...]
    description: str | None = None
    determines: tuple[Determines, ...] = ()
    uniques: tuple[tuple[Word, ...], ...] = ()  # entity-level `unique:`; single ones are on the column
    latest: tuple[Word, ...] = ()  # raw rows repeat: staging keeps the row of each key that is the last by these
    loaded_at: Word | None = None
    data: str | None = None  # file of raw rows, relative to the spec
    existing: Word | None = None  # the dbt model that is read as it is; then there is no source
    role: str | None = None  # in a star: fact, dimension, bridge or ignore; None: as its columns and links tell
    grain: tuple[Word, ...] = ()  # of its fact; the key if not said
    event_date: Word | None = None
    measures: tuple[Word, ...] | None = None  # what may be summed; None: as names and types tell
    audit: tuple[Word, ...] | None = None  # what only serves the upkeep of its rows; None: as names tell
    deleted: Word | None = None  # what says that a row was deleted; None: as names tell
    group: str | None = None  # the business area
    renamed_from: tuple[Word, ...] = ()
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


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
    """A relationship. `left_cap`: how many left rows per right row; `right_cap`: how many right rows per left."""

    left: str
    right: str
    left_cap: Cardinality
    right_cap: Cardinality
    columns: tuple[tuple[str, str], ...]  # (left column, right column)
    span: Span
    role: str | None = None
    identifying: bool = True
    text: str = ""  # as drawn, for messages: `sessions }o--|{ campaigns_daily`


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """A column of a model: a formula over the diagram, and what is said about it."""

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
        """Where the formula stands: faults of its meaning point there."""
        return self.formula.span if isinstance(self.formula, Expression) else self.formula.value.span


@dataclass(frozen=True, slots=True, kw_only=True)
class StarModel:
    """What a derived model is in its star, and why. `dimensions`: (model, the column or role it is matched by)."""

    kind: str
    because: tuple[str, ...]
    dimensions: tuple[tuple[str, str], ...] = ()
    measures: tuple[str, ...] = ()  # columns that may be summed
    entity: str | None = None  # whose `role`, `grain`, `event_date` and `measures` steer it


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A wanted model: `grain` + `rows` + `columns`, or hand-written `sql` with a grain to be proved."""

    name: str
    span: Span
    grain: tuple[Word, ...]
    rows: tuple[Word, ...] = ()
    where: Expression | None = None
    keep: tuple[Word, ...] | None = ()  # None: all
    columns: tuple[ColumnSpec, ...] = ()
    description: str | None = None
    match: tuple[tuple[Word, tuple[tuple[Word, Word], ...]], ...] = ()  # input -> grain column -> its column
    via: tuple[tuple[str, Word], ...] = ()  # input ("" for any) -> role, or entity on the way
    accept: tuple[tuple[str, str], ...] = ()  # (code, reason), for all columns
    layer: str | None = None
    group: str | None = None  # None: that of its rows
    materialized: str | None = None
    contract: bool | None = None
    sql: Expression | None = None
    assume: str | None = None  # the reason
    existing: Word | None = None  # the dbt model of someone else; each column has its type, and its name for a formula
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
    role: str | None = None  # of the link; None: all that is drawn there


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The Miro board that the diagram was read from; all ids are Miro's own."""

    board: str
    span: Span
    frame: str | None = None  # the frame's id or title
    items: tuple[BoardItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a spec may set for the whole project; every field has the default that dbt Labs' guides suggest."""

    naming: Mapping[str, str] = field(
        default_factory=dict
    )  # staging, fact, dimension, bridge: `stg_{source}__{entity}`
    number: str = "plural"  # of the names of derived models: or `singular`, or `as_drawn`
    keys_as_drawn: bool = False  # whether a draft keeps `id` for a key, which else is `<entity>_id`
    strip: tuple[str, ...] = ()  # prefixes `app_` and suffixes `_tbl` that model names go without
    layout: str = "folder"  # one properties file per `folder` or per `model`
    folders: Mapping[str, str] = field(default_factory=dict)  # layer -> flat, source or group
    star_audit: str = "leave_out"  # or `keep`: columns of upkeep in derived models
    star_deleted: str = "keep"  # or `leave_out`: rows that are marked as deleted
    star_size: str | None = None  # `core` or `all` marts; None: by how many entities there are
    materialized: Mapping[str, str] = field(default_factory=dict)  # layer -> materialization
    test_severity: str | None = None  # `error` or `warn`; None: an error where a model relies on the claim
    test_relationships: bool = True
    test_unit: bool = True
    docs_examples: bool = False  # an example query in the description of each model
    contract: bool = True  # `contract: enforced` (the default) or `contract: off`, for marts
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    output: str | None = None
    engine: str | None = None  # the warehouse; None: as before, else PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Unselected:
    """What a selection excluded of a diagram. `links`: how many; `models`: (model, what it reads that is excluded)."""

    entities: tuple[str, ...] = ()
    links: int = 0
    models: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erd:
    """A whole diagram, read but not yet checked against itself beyond its notation's grammar."""

    project: str
    span: Span
    sources: tuple[Source, ...]
    entities: tuple[Entity, ...]
    links: tuple[Link, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    is_plain: bool = False  # nothing is said of models: a star is derived
    description: str | None = None
    board: Board | None = None
    settings: Settings = field(default_factory=Settings)
    unselected: Unselected | None = None
