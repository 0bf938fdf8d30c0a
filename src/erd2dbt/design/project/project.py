"""The dbt project as values, in dbt's words: files, models, sources, tests. Decisions are made here, layout is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.design.plans.plan import Layer
from erd2dbt.escape.jinja import Call, Jinja
from erd2dbt.faults.diagnostics import Span
from erd2dbt.prove.claims import Claim

GENERIC_TESTS = "generic_tests"  # the folder of generic tests below the one of macros
_ALONE = 69  # characters after `    select ` on a line of 80


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTest:
    """A generic test as it is under `data_tests:`. `label`: its own name, None for dbt's."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()
    label: str | None = None
    severity: str | None = None
    description: str | None = None
    config: tuple[tuple[str, Any], ...] = ()  # without the severity

    @property
    def bare(self) -> bool:
        """Whether it is written as a single word."""
        return not (self.arguments or self.label or self.severity or self.description or self.config)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProperties:
    name: str
    description: str
    quote: bool = False
    data_type: str | None = None
    constraints: tuple[str, ...] = ()
    tests: tuple[DataTest, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProperties:
    name: str
    description: str
    contract: bool
    meta: Mapping[str, Any]
    tags: tuple[str, ...]
    materialized: str | None
    key: tuple[str, ...]  # a primary key of several columns; a single-column one is on the column
    tests: tuple[DataTest, ...]
    columns: tuple[ColumnProperties, ...]
    digest: str | None = field(default=None, compare=False)  # of everything that it depends on, where it is known

    @property
    def config(self) -> dict[str, Any]:
        """The entries of `config:`. A mart with a contract is public."""
        public = {"access": "public", "contract": {"enforced": True}} if self.contract else {}
        own = {"materialized": self.materialized, "tags": list(self.tags), "meta": self.meta}
        return {**public, **{word: value for word, value in own.items() if value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    name: str
    identifier: str | None  # between double quotes; None: the name
    quoted: bool
    description: str
    loaded_at: str | None
    freshness: Mapping[str, Any]
    meta: Mapping[str, Any]
    tags: tuple[str, ...]
    tests: tuple[DataTest, ...]
    columns: tuple[ColumnProperties, ...]
    digest: str | None = field(default=None, compare=False)  # of everything that it depends on, where it is known

    @property
    def config(self) -> dict[str, Any]:
        """The entries of `config:`, including freshness (dbt 1.10.6 and later)."""
        fresh = {"loaded_at_field": self.loaded_at, "freshness": self.freshness} if self.freshness else {}
        own = {"tags": list(self.tags), "meta": self.meta}
        return {**fresh, **{word: value for word, value in own.items() if value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProperties:
    name: str
    description: str
    schema: str
    database: str | None
    loader: str | None
    meta: Mapping[str, Any]
    tables: tuple[SourceTable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinText:
    relation: Jinja  # `dates as shipped`
    conditions: tuple[Jinja, ...]
    on_one_line: bool  # a single condition that fits on the line of `on`


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectText:
    """A select in lines of SQL. Items have no commas; `where` starts with the space or line break after the keyword."""

    items: tuple[Jinja, ...]
    source: Jinja
    joins: tuple[JoinText, ...] = ()
    where: Jinja | None = None
    group: str | None = None

    @property
    def on_one_line(self) -> bool:
        """Whether its only column is on the line of `select`."""
        return len(self.items) == 1 and "\n" not in self.items[0] and len(self.items[0]) <= _ALONE


@dataclass(frozen=True, slots=True, kw_only=True)
class CteText:
    name: Jinja
    selects: tuple[SelectText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFile:
    """A model's SQL: comment lines, imports as (CTE, `ref('x')`), functional CTEs; or hand-written text.

    `laid_out`: the text of the whole file, where an earlier run laid it out. Then there is nothing else.
    """

    model: str
    path: str
    comment: tuple[Jinja, ...] = ()
    imports: tuple[tuple[Jinja, Call], ...] = ()
    ctes: tuple[CteText, ...] = ()
    text: Jinja | None = None
    laid_out: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitInput:
    """Rows of one input (as dbt's Jinja names it): values by column, or lines of SQL."""

    input: Call
    rows: tuple[Mapping[str, object], ...]
    sql: tuple[Jinja, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTest:
    """A dbt unit test: rows by input, and the expected rows."""

    name: str
    description: str
    model: str
    given: tuple[UnitInput, ...]
    expect: tuple[Mapping[str, object], ...]
    digest: str | None = field(default=None, compare=False)  # of everything that it depends on, where it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertiesFile:
    path: str
    models: tuple[ModelProperties, ...]
    unit_tests: tuple[UnitTest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesFile:
    path: str
    source: SourceProperties


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericTest:
    """A generic test that the project ships; `arguments`: (name, description)."""

    name: str
    description: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SingularTest:
    """A singular test: a file that calls a generic test, for a node that another project's YAML describes.

    `of`: the model or source table as dbt's Jinja names it.
    """

    path: str
    name: str
    of: Call
    column: str | None
    test: DataTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A line of the project's README for one model."""

    model: str
    layer: Layer
    grain: str
    purpose: str
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BusMatrix:
    """Facts and the dimensions that they share. A cell has their join columns, and is empty without a join."""

    dimensions: tuple[str, ...]
    # (model, its kind, its cells, (dimension without its own column, join columns))
    rows: tuple[tuple[str, str, tuple[str, ...], tuple[tuple[str, str], ...]], ...]
    others: bool  # whether there are dimensions without their own column


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A whole dbt project. `guards`: the test of each claim. `places`: the spec's place of each model and test."""

    name: str
    profile: str
    profile_template: str
    ignored: tuple[str, ...]  # for .gitignore, besides what dbt generates
    table_settings: tuple[tuple[str, str], ...]  # dbt setting, where the engine has several kinds of tables
    on_run_start: str | None  # the statement before each run of dbt, where the engine needs one
    macro_path: str
    theirs: frozenset[str]  # paths that belong to the owner of the folder
    description: str
    layers: tuple[tuple[Layer, str], ...]  # (layer, materialization), only those that exist
    sql: tuple[SqlFile, ...]
    properties: tuple[PropertiesFile, ...]
    sources: tuple[SourcesFile, ...]
    generic_tests: tuple[GenericTest, ...]
    singular_tests: tuple[SingularTest, ...]
    composite_key_test: str | None  # the generic test that marks a composite key
    overview: tuple[Overview, ...]
    bus: BusMatrix | None  # of a derived star
    claims: tuple[tuple[str, str], ...]  # (claim in words, its test)
    guards: Mapping[Claim, str]
    places: Mapping[str, Span]

    @property
    def sql_paths(self) -> dict[str, str]:
        """The SQL file of each model, in the order of building."""
        return {file.model: file.path for file in self.sql}
