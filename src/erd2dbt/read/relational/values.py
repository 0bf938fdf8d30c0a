"""Tables as a reader finds them, statement by statement; names are exact, types in any spelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Seen, SourceBox
from erd2dbt.faults.diagnostics import Span
from erd2dbt.sql.checks import Check

PUBLIC = "public"  # the schema of what is not qualified, in PostgreSQL and in DBML


@dataclass(slots=True, kw_only=True)
class Type:
    """`varchar(20)[]` is `name` varchar, `modifier` (20), `array`. `schema` as it was written, if it was."""

    name: str
    schema: str | None = None
    modifier: str = ""
    array: bool = False

    @property
    def text(self) -> str:
        return f"{self.name}{self.modifier}{'[]' if self.array else ''}"


@dataclass(slots=True, kw_only=True)
class Column:
    """`spelling` is the name as it was written, where that says more than the exact name."""

    name: str
    span: Span
    spelling: str | None = None
    type: Type | None = None
    not_null: bool = False
    is_counted: bool = False  # the database numbers its rows: `serial`, identity, `auto_increment`
    description: str | None = None
    values: tuple[str, ...] = ()
    said: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Reference:
    """A foreign key. No `to`: the key of the table. `one`: no two rows lead to the same; `many`: no side is a key;
    `optional`: a row need not lead anywhere."""

    columns: tuple[str, ...]
    table: tuple[str, str]
    span: Span
    to: tuple[str, ...] = ()
    one: bool = False
    many: bool = False
    optional: bool = False


@dataclass(slots=True, kw_only=True)
class Rule:
    """A CHECK: its condition, and what of it the spec has words for."""

    text: str
    span: Span
    said: Check


@dataclass(slots=True, kw_only=True)
class Table:
    """`partition_of` and `inherits` name other tables as (schema, name); `rows` is an estimate.

    `spelling` is the name as it was written, where that says more than the exact name. `said` are other fields of
    the spec, here and of columns."""

    schema: str
    name: str
    span: Span
    spelling: str | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    description: str | None = None
    partition_of: tuple[str, str] | None = None
    inherits: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    tags: tuple[str, ...] = ()
    rows: int | None = None
    source: SourceBox | None = None
    said: dict[str, object] = field(default_factory=dict)

    @property
    def id(self) -> tuple[str, str]:
        return self.schema, self.name

    def is_unique(self, columns: tuple[str, ...]) -> bool:
        """Whether no two rows have the same values in these."""
        return any(key and set(key) <= set(columns) for key in (self.key, *self.uniques))


@dataclass(slots=True, kw_only=True)
class OwnType:
    """An enumeration, with its values, or a domain, with what it is `over`."""

    schema: str
    name: str
    values: tuple[str, ...] = ()
    over: Type | None = None
    not_null: bool = False
    rules: list[Rule] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Tables:
    """All of a source; `seen` is what else stands there, `opaque` types of its own that are neither enumeration nor
    domain; `parts` as for `Diagram`."""

    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    types: dict[tuple[str, str], OwnType] = field(default_factory=dict)
    opaque: set[tuple[str, str]] = field(default_factory=set)
    views: set[str] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)
    title: str | None = None
    parts: int | None = None

    @property
    def unread(self) -> list[Seen]:
        return [one for one in self.seen if one.unread]

    def own_type(self, type_: Type) -> OwnType | None:
        """The type that these words mean, where it is one of this source: in its schema, in `public`, or anywhere."""
        if type_.schema is not None:
            return self.types.get((type_.schema, type_.name))
        public = self.types.get((PUBLIC, type_.name))
        return public or next((own for (_, name), own in self.types.items() if name == type_.name), None)

    def whole(self) -> Iterator[Table]:
        """The tables that are not parts of others."""
        return (table for table in self.tables.values() if table.partition_of is None)
