"""Sessions on any warehouse through its dbt adapter, with the interface of PostgreSQL's driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from erd2dbt.run.adapter import Warehouse, WarehouseError
from erd2dbt.run.connection import SqlError
from erd2dbt.run.cursor import Answer, Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterTarget:
    """A target of a dbt profile that only dbt can reach, and the schema in which dbt builds."""

    profiles_dir: Path
    profile: str
    target: str | None
    schema: str

    @property
    def masked_url(self) -> str:
        """The address for display, without a password."""
        return f"{self.profile}.{self.target}" if self.target else self.profile

    def environment(self) -> dict[str, str]:
        """Empty: its profile has everything."""
        return {}


@dataclass(frozen=True, slots=True)
class AdapterSession:
    """A read-only session."""

    warehouse: Warehouse

    def cursor(self) -> Cursor:
        return Cursor(self._answer)

    def _answer(self, statements: Sequence[str]) -> Answer:
        try:
            return [self.warehouse.answer(statement) for statement in statements][-1]
        except WarehouseError as error:
            raise SqlError(str(error)) from None
