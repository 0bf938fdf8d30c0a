"""The state of a script that is being read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from erd2dbt.diagram.drawing import Seen, SourceBox
from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.dialect import POSTGRES, Dialect
from erd2dbt.read.relational.values import PUBLIC, Table, Tables, Type
from erd2dbt.read.text.accounting import Account
from erd2dbt.sql.tokens import Token


@dataclass(slots=True)
class Script:
    """The tables and settings so far. `named`: constraints by name, for later drops. `doubted`: the reports on
    constraints that are NOT VALID. `indexes`: unique indexes, (schema, name) -> table and columns."""

    account: Account
    found: Tables
    dialect: Dialect = POSTGRES
    path: tuple[str, ...] = (PUBLIC,)
    spelled: dict[str, str] = field(default_factory=dict)  # schema -> its original spelling
    databases: dict[str, str] = field(default_factory=dict)  # schema -> the database that qualifies it
    indexes: dict[tuple[str, str], tuple[tuple[str, str], tuple[str, ...]]] = field(default_factory=dict)
    named: dict[tuple[tuple[str, str], str], tuple[str, object]] = field(default_factory=dict)
    doubted: dict[tuple[tuple[str, str], str], Seen] = field(default_factory=dict)
    views: set[tuple[str, str]] = field(default_factory=set)
    temporary: set[tuple[str, str]] = field(default_factory=set)
    identities: list[tuple[Table, str]] = field(default_factory=list)  # columns declared by the word IDENTITY alone

    def cursor(self, words: Sequence[Token], statement: str, start: int) -> Cursor:
        return Cursor(words, statement, start, self.path, self.account, dialect=self.dialect)

    def typed(self, type_: Type, cursor: Cursor) -> Type:
        """Return a type with its schema, if the script defines it."""
        if type_.schema is None:
            own = cursor.sought((type_.name,), self.found.types, self.found.opaque)
            if own in self.found.types or own in self.found.opaque:
                type_.schema = own[0]
        return type_

    def owned(self, table: Table, cursor: Cursor) -> None:
        """Record the schema and database before the table name that was just read."""
        if self.dialect.is_postgres:
            return
        schema, *database = [*cursor.owner_as_written(), ""]
        if schema:
            self.spelled.setdefault(table.schema, schema)
        known = self.databases.get(table.schema) or "".join(database[:1])
        if database and database[0] not in ("", known):
            raise NotReadError(f"the schema `{table.schema}` is in two databases")
        self.databases[table.schema] = known
        if known:
            table.source = SourceBox(name=self.spelled.get(table.schema, table.schema), database=known)

    def span(self, cursor: Cursor) -> Span:
        return self.account.places.span(cursor.here)

    def table(self, cursor: Cursor) -> Table | None:
        """Return the table with the name that comes next; None for a view or a temporary table."""
        place = cursor.here
        id_ = cursor.known(self.found.tables, self.views, self.temporary)
        known = self.found.tables.get(id_) or self._alone(id_)
        if known is None and id_ not in self.views and id_ not in self.temporary:
            raise NotReadError(f"there is no table `{'.'.join(filter(None, id_))}` before it", place)
        return known

    def _alone(self, id_: tuple[str, str]) -> Table | None:
        """Return the only table with this name in any schema: scripts of other systems set the schema in their
        connection."""
        if self.dialect.is_postgres or id_[0] != self.path[0] or id_ in self.views or id_ in self.temporary:
            return None
        found = [table for table in self.found.tables.values() if table.name == id_[1]]
        return found[0] if len(found) == 1 else None

    def free_name(self, table: Table, name: str) -> str:
        """Return a free constraint name, with a number as PostgreSQL adds it."""
        names = (f"{name}{number or ''}" for number in count())
        return next(one for one in names if (table.id, one) not in self.named)
