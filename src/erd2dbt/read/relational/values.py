"""The tables of a source while it is read. Names are exact, types have any spelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Seen, SourceBox
from erd2dbt.faults.diagnostics import Span
from erd2dbt.sql.checks import Check

PUBLIC = "public"  # the schema of unqualified names, in PostgreSQL and in DBML


@dataclass(slots=True, kw_only=True)
class Type:
    """A type: `varchar(20)[]` has `name` varchar, `modifier` (20) and `array`. `schema` as written, if it was."""

    name: str
    schema: str | None = None
    modifier: str = ""
    array: bool = False

    @property
    def text(self) -> str:
        return f"{self.name}{self.modifier}{'[]' if self.array else ''}"


@dataclass(slots=True, kw_only=True)
class Column:
    """A column. `spelling` is the original name, where it differs from the exact name."""

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
    """A foreign key. Without `to`, it references the primary key.

    `one`: the relationship is one-to-one; `many`: no side is a key; `optional`: the key may be NULL.
    """

    columns: tuple[str, ...]
    table: tuple[str, str]
    span: Span
    to: tuple[str, ...] = ()
    one: bool = False
    many: bool = False
    optional: bool = False


@dataclass(slots=True, kw_only=True)
class Rule:
    """A CHECK constraint: its condition, and the part with an equivalent in the spec."""

    text: str
    span: Span
    said: Check


@dataclass(slots=True, kw_only=True)
class Table:
    """A table. `partition_of` and `inherits`: other tables as (schema, name). `rows`: an estimate of the row count.

    `spelling` is the original name, where it differs from the exact name. `said`: other fields of the spec, for the
    table and its columns.
    """

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
        """Return whether these columns are unique."""
        return any(key and set(key) <= set(columns) for key in (self.key, *self.uniques))


@dataclass(slots=True, kw_only=True)
class OwnType:
    """An enumeration with its values, or a domain with its base type `over`."""

    schema: str
    name: str
    values: tuple[str, ...] = ()
    over: Type | None = None
    not_null: bool = False
    rules: list[Rule] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Tables:
    """The contents of a source. `seen`: its other elements; `opaque`: its own types other than enumerations and
    domains; `parts` as in `Diagram`."""

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
        """Return the source's own type with this name: in its schema, in `public`, or in any schema."""
        if type_.schema is not None:
            return self.types.get((type_.schema, type_.name))
        public = self.types.get((PUBLIC, type_.name))
        return public or next((own for (_, name), own in self.types.items() if name == type_.name), None)

    def whole(self) -> Iterator[Table]:
        """Return the tables that are not partitions of others."""
        return (table for table in self.tables.values() if table.partition_of is None)
