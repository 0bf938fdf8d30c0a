"""A cursor with the interface of PostgreSQL's driver, for any warehouse that returns all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[Sequence[str], list[tuple[Any, ...]]]  # names of columns, rows


@dataclass(frozen=True, slots=True)
class Head:
    """A column of a result."""

    name: str


@dataclass(slots=True)
class Cursor:
    """The whole result in memory. `ask` runs statements in order and returns the result of the last. It raises
    SqlError."""

    ask: Callable[[Sequence[str]], Answer]
    description: Sequence[Head] | None = None
    _rows: list[tuple[Any, ...]] = field(default_factory=list)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *error: object) -> None:
        self._rows = []

    def execute(self, *statements: str) -> None:
        names, self._rows = self.ask(statements)
        self.description = [Head(name) for name in names]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None
