"""Sessions on any warehouse through its dbt adapter, in the words of PostgreSQL's driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erd2dbt.run.adapter import Warehouse, WarehouseError
from erd2dbt.run.connection import SqlError


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterTarget:
    """A target of a dbt profile that only dbt can reach, and the schema in which dbt builds."""

    profiles_dir: Path
    profile: str
    target: str | None
    schema: str

    @property
    def masked_url(self) -> str:
        """For eyes."""
        return f"{self.profile}.{self.target}" if self.target else self.profile

    def environment(self) -> dict[str, str]:
        """Its profile has everything."""
        return {}


@dataclass(frozen=True, slots=True)
class Head:
    """A column of an answer."""

    name: str


@dataclass(slots=True)
class Cursor:
    """The whole answer in memory."""

    warehouse: Warehouse
    description: Sequence[Head] | None = None
    _rows: list[tuple[Any, ...]] = field(default_factory=list)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *error: object) -> None:
        self._rows = []

    def execute(self, *statements: str) -> None:
        """The answer is that of the last one. Raises SqlError."""
        try:
            for statement in statements:
                names, self._rows = self.warehouse.answer(statement)
                self.description = [Head(name) for name in names]
        except WarehouseError as error:
            raise SqlError(str(error)) from None

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None


@dataclass(frozen=True, slots=True)
class AdapterSession:
    """Reads only."""

    warehouse: Warehouse

    def cursor(self) -> Cursor:
        return Cursor(self.warehouse)
