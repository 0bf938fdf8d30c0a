"""An engine as values: everything that generation, a dry run and a build must know about one warehouse."""

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


RAW = "raw"  # the kind of a raw column, whose type on the engine may be another than the declared one


class Level(enum.StrEnum):
    """How the output of an engine was tested."""

    BUILT = "built"  # on the real engine, with all cells compared
    EMULATED = "emulated"  # built on an emulator of the engine
    COMPILED = "compiled"  # parsed and compiled by dbt with the adapter, not run
    PRINTED = "printed"  # only the text was checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The test level, the month of the test, and the tested versions."""

    level: Level
    when: str
    versions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names of tables and columns. `limit`: their length, in bytes or in characters; and how they are quoted.

    The diagram already rejects two names that differ in case only.
    """

    limit: int
    in_bytes: bool = False
    quoting: Quoting = POSTGRES_QUOTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The parts of a contract that the engine supports: data types, and the constraints in the DDL."""

    enforced: bool = True
    constraints: frozenset[str] = frozenset({"not_null", "primary_key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """How SQL is written, apart from calls.

    `short_casts`: `x::type`, else `cast(x as type)`. `nulls_first`: (ascending, descending), the engine's default order
    of NULLs. `filters`: whether aggregates accept `filter (where …)`. `decimals`: whether `1.5` is a decimal; otherwise
    it is written as a cast of a text. `digits`: the `printf` format with the exact digits of a double, where quotients
    of decimals are doubles. `keeps_types`: whether constants, conditions, counts and raw columns have the types that
    `type_of` names for them; otherwise each of them is cast. `shows_aliases`: whether expressions of a select see its
    other columns by their names, before the columns that it reads. `case_matters`: in names of functions and types.
    `one_scale`: how decimals of several scales are written in one `case` or `coalesce`, over `a`. `rounds_scales`:
    whether the engine rounds some of them where their type would have too many digits, so that they are cast.
    `fits_constants`: whether an integer constant has the type of the other operand.
    """

    short_casts: bool = True
    nulls_first: tuple[bool, bool] = (False, True)
    filters: bool = True
    decimals: bool = True
    digits: str | None = None
    keeps_types: bool = True
    shows_aliases: bool = False
    case_matters: bool = False
    one_scale: str | None = None
    rounds_scales: bool = False
    fits_constants: bool = False


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value becomes one of a type: an expression over `a`, the value, which is cast to `type`.

    `type`: None where no cast is needed. `call`: a function that casts, and takes the type as a text.
    """

    type: str | None
    value: str = "a"
    call: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The date dimension in the engine's SQL.

    `days`: a select of all `date_day` from `first_day` to `last_day` of `bounds`. For a `date_day`: the number of its
    weekday from Monday, and the first days of its week and its month. `types`: the types of the calendar's columns, by
    PostgreSQL's words, where the engine reads these as other types.
    """

    days: str
    day_of_week: str
    week_start: str = "cast(date_trunc('week', date_day) as date)"
    month_start: str = "cast(date_trunc('month', date_day) as date)"
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One warehouse.

    `name`: the value of `engine:` and `--engine`. `dialect`: sqlglot's name of its SQL. `adapter`: the package of its
    dbt adapter. `extra`: the extra of erd2dbt that installs it, None where the base install has it. `type_of`: a type
    of the language in the engine's spelling, None where it has none. `misread`: for a type and the SQL of a text, the
    condition under which the cast silently gives another value than PostgreSQL's; None where there is none.
    `conversion`: how a value is cast, by a type of the engine and the kind of the value (`RAW`: a raw column).
    `intrinsics`: the calls that the tool itself writes, by signature (see `measured`). `functions` adds the calls that
    people may write. `profile`: the template of `profiles.yml`. `session`: whether `run` can open a session on it.
    """

    name: str
    title: str
    dialect: str
    adapter: str
    extra: str | None
    names: Names
    type_of: TypeOf
    reads: frozenset[str] = frozenset()  # PostgreSQL's syntax beyond plain SQL that it reads as the same
    own_words: frozenset[str] = frozenset()  # PostgreSQL's types, without modifiers, that it reads as the same
    misread: Callable[[str, str], str | None] = lambda type_, text: None
    conversion: Callable[[str, str], Conversion] = lambda type_, kind: Conversion(type_)
    printing: Printing = field(default_factory=Printing)
    contracts: Contracts = field(default_factory=Contracts)
    table_settings: Mapping[str, str] = field(default_factory=dict)  # dbt settings for every table
    on_run_start: str | None = None  # a statement, with dbt's macros, before each run of dbt
    ignored: tuple[str, ...] = ()  # file patterns for .gitignore
    calendar: Calendar | None = None  # None: by `generate_series`, as in PostgreSQL
    measured_on: str | None = None  # another engine with the same measured functions
    intrinsics: Mapping[str, str] = field(default_factory=dict)
    profile: str
    tested: Tested

    @cached_property
    def spelling(self) -> Spelling:
        """The spelling with which `sql` prints for it."""
        if self.is_language:
            return POSTGRES
        how = self.printing
        return Spelling(
            dialect=self.dialect if self.names.quoting.is_foreign else "postgres",
            quoting=self.names.quoting,
            short_casts=how.short_casts,
            nulls_first=how.nulls_first,
            shows_aliases=how.shows_aliases,
            case_matters=how.case_matters,
        )

    def takes(self, type_: str) -> bool:
        """Whether the engine reads PostgreSQL's name of a type as the type of `type_of`."""
        word, bracket, _ = type_.partition("(")
        return word in self.own_words and not (bracket and word in ("character varying", "character"))

    @property
    def is_language(self) -> bool:
        """Whether its SQL is the SQL of the spec language, so that nothing is translated."""
        return self.dialect == "postgres"

    @cached_property
    def integers(self) -> frozenset[str | None]:
        """The types of the language's integers."""
        return frozenset(map(self.type_of, ("smallint", "integer", "bigint")))

    @cached_property
    def has_singles(self) -> bool:
        """Whether `real` has fewer digits than `double precision`."""
        return self.type_of("real") != self.type_of("double precision")

    @cached_property
    def functions(self) -> Mapping[str, Measured]:
        """Calls with PostgreSQL's results on this engine: signature -> how it is written. Loaded at first use."""
        from erd2dbt.engines.measured import load

        return load(self.measured_on or self.name)

    @cached_property
    def rules(self) -> Mapping[str, Measured]:
        """`functions` and the tool's own `intrinsics`, which take precedence."""
        from erd2dbt.engines.measured import parsed

        own = parsed(" | ".join((signature, text)) for signature, text in self.intrinsics.items())
        return {**self.functions, **own}
