"""What an engine is: everything that generation, a dry run and a build must know of one warehouse, as values."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from erd2dbt.engines.types import TypeOf
from erd2dbt.escape.sql import POSTGRES as POSTGRES_QUOTING
from erd2dbt.escape.sql import Quoting
from erd2dbt.sql.spelling import POSTGRES, Spelling

if TYPE_CHECKING:
    from erd2dbt.engines.measured import Measured


class Level(enum.StrEnum):
    """How far the output of an engine was proved."""

    BUILT = "built"  # by the real engine, rows compared cell by cell
    EMULATED = "emulated"  # built by an emulator of the engine
    COMPILED = "compiled"  # by dbt with the adapter, nothing ran
    PRINTED = "printed"  # the text alone was checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The level that was reached, when (year and month), and with which versions."""

    level: Level
    when: str
    versions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names of tables and columns: `limit` of their length, in bytes or in characters; how they are quoted.

    Two names that differ in case alone are refused in the diagram already."""

    limit: int
    in_bytes: bool = False
    quoting: Quoting = POSTGRES_QUOTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """What of a contract the engine takes: data types at all, and which constraints may be in the DDL."""

    enforced: bool = True
    constraints: frozenset[str] = frozenset({"not_null", "primary_key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """How SQL is written, beyond calls.

    `short_casts`: `x::type`, else `cast(x as type)`. `nulls_first`: (ascending, descending), what the engine takes
    where `order by` says nothing. `filters`: whether aggregates take `filter (where …)`. `decimals`: whether `1.5`
    is a decimal, else it is written as a cast of a text. `digits`: the format of `printf` that keeps what is sure of
    a number in double precision, where that is what quotients of decimals are."""

    short_casts: bool = True
    nulls_first: tuple[bool, bool] = (False, True)
    filters: bool = True
    decimals: bool = True
    digits: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The date dimension in the engine's words. `days`: a select of all `date_day` from `first_day` to `last_day` of
    `bounds`; of a `date_day` the number of its weekday from Monday, and the first days of its week and its month."""

    days: str
    day_of_week: str
    week_start: str = "cast(date_trunc('week', date_day) as date)"
    month_start: str = "cast(date_trunc('month', date_day) as date)"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One warehouse.

    `name` is what `engine:` and `--engine` say; `dialect` is sqlglot's name of its SQL; `adapter` is the package of
    its dbt adapter and `extra` the extra of erd2dbt that installs it, None where the base install has it.
    `type_of`: a type of the language as the engine spells it, None where it has none.
    `misread`: of a type and the SQL of a text, the condition under which the cast gives silently another value than
    PostgreSQL's; None where there is none.
    `intrinsics`: what the tool itself writes, by signature (see `measured`); `functions` adds what people may write.
    `profile` is the template of `profiles.yml`. `session` tells whether `run` can open a session on it.
    """

    name: str
    title: str
    dialect: str
    adapter: str
    extra: str | None
    names: Names
    type_of: TypeOf
    own_words: frozenset[str] = frozenset()  # PostgreSQL's types, without modifiers, that it takes for the same
    misread: Callable[[str, str], str | None] = lambda type_, text: None
    printing: Printing = field(default_factory=Printing)
    contracts: Contracts = field(default_factory=Contracts)
    table_settings: Mapping[str, str] = field(default_factory=dict)  # of dbt, for every table
    on_run_start: str | None = None  # a statement, with dbt's macros, before each run of dbt
    ignored: tuple[str, ...] = ()  # patterns of files that version control should not take
    calendar: Calendar | None = None  # None: by `generate_series`, as in PostgreSQL
    measured_on: str | None = None  # another engine, whose measured functions it shares
    intrinsics: Mapping[str, str] = field(default_factory=dict)
    profile: str
    tested: Tested

    @cached_property
    def spelling(self) -> Spelling:
        """How `sql` prints for it."""
        if self.is_language:
            return POSTGRES
        how = self.printing
        return Spelling(
            dialect=self.dialect if self.names.quoting.is_foreign else "postgres",
            quoting=self.names.quoting,
            short_casts=how.short_casts,
            nulls_first=how.nulls_first,
        )

    def takes(self, type_: str) -> bool:
        """Whether the engine reads PostgreSQL's own word for a type as `type_of` has it."""
        word, bracket, _ = type_.partition("(")
        return word in self.own_words and not (bracket and word in ("character varying", "character"))

    @property
    def is_language(self) -> bool:
        """Whether its SQL is that of the spec language, so that nothing is translated."""
        return self.dialect == "postgres"

    @cached_property
    def functions(self) -> Mapping[str, Measured]:
        """What was measured to have PostgreSQL's value here: signature -> how it is written. Read at first use."""
        from erd2dbt.engines.measured import load

        return load(self.measured_on or self.name)

    @cached_property
    def rules(self) -> Mapping[str, Measured]:
        """`functions` and the tool's own `intrinsics`, which come first."""
        from erd2dbt.engines.measured import parsed

        own = parsed(" | ".join((signature, text)) for signature, text in self.intrinsics.items())
        return {**self.functions, **own}
