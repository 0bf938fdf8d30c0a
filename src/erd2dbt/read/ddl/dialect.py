"""The differences between the SQL of two systems, as values. The grammar that they share is in the other modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from erd2dbt.read.ddl.statements import Statement, statements
from erd2dbt.sql.tokens import Case

if TYPE_CHECKING:
    from erd2dbt.read.ddl.cursor import Cursor
    from erd2dbt.read.ddl.script import Script

Read = Callable[["Script", "Cursor"], str | None]  # after its first words; returns the kind of an ignored statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The SQL of one system. `name`: its name in `--dialect`. `tokens`: sqlglot's name of the system whose quotes it
    has; empty where sqlglot knows it by `name`. `schema`: the default schema; empty if the system has none.

    `reads` and `others`: the first words of statements -> how to read them, or why they are ignored.

    Clauses map a pattern (see `clauses`) to the reason for ignoring it. They are those of columns, of tables after
    their parentheses, of keys and other constraints, and of ALTER TABLE (`changes`). `counted`: clauses of columns that
    the system numbers, which are never NULL. `elements`: a regular expression of table elements that are not columns ->
    the reason for ignoring them.

    `types`: words -> the PostgreSQL type. `{}` is replaced by the modifiers; the part after `|` applies without
    modifiers.
    """

    name: str
    title: str
    tokens: str = ""
    schema: str = "public"
    case: Case = Case.LOWER
    statements: Callable[[str, int], Iterator[Statement]] = statements
    reads: Mapping[str, Read] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    column: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, str] = field(default_factory=dict)
    table: Mapping[str, str] = field(default_factory=dict)
    key: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    needs_types: bool = True
    identity_is_key: bool = False  # a column declared by IDENTITY alone is the primary key, unless there is another
    names_as_text: bool = False  # a string may be used as a name
    dots_in_quotes: bool = False  # one pair of quotes may enclose a whole path, and names of projects may contain `-`

    @property
    def words(self) -> str:
        """Sqlglot's name of the system that splits a statement like this one."""
        return self.tokens or self.name

    @property
    def is_postgres(self) -> bool:
        return self.name == "postgres"


POSTGRES = Dialect(name="postgres", title="PostgreSQL")
