"""What tells the SQL of one system from that of another, as values. The grammar that they share stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from erd2dbt.read.ddl.statements import Statement, statements
from erd2dbt.sql.tokens import Case

if TYPE_CHECKING:
    from erd2dbt.read.ddl.cursor import Cursor
    from erd2dbt.read.ddl.script import Script

Read = Callable[["Script", "Cursor"], str | None]  # of a statement, behind its words; its kind when it defines nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`name` as `--dialect` and sqlglot call it. `schema`: of names without one; empty where the system has none.

    `reads` and `others` are statements by their first words: how they are read, and why they are ignored. Clauses (see
    `clauses`) are pattern -> reason: of columns, of tables behind their parentheses, of keys and other constraints, and
    of ALTER TABLE (`changes`). `counted`: clauses of columns that the system fills with numbers, which are never NULL.
    `elements`: a regular expression of what stands in a table's list and is no column -> why it is ignored.

    `types`: words -> what PostgreSQL calls it. `{}` are the modifiers; behind `|` stands what it is without any."""

    name: str
    title: str
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
    names_as_text: bool = False  # a string may stand where a name is wanted
    dots_in_quotes: bool = False  # one pair of quotes may stand around a whole path, and `-` in names of projects

    @property
    def is_postgres(self) -> bool:
        return self.name == "postgres"


POSTGRES = Dialect(name="postgres", title="PostgreSQL")
