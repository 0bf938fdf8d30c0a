"""The input of a load: a source table with its typed columns, and the data file with its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from erd2dbt.escape.sql import ident
from erd2dbt.run import csvfile, parquet

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column and its PostgreSQL type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A source table. `file` (Parquet by its ending, else CSV) is None when the table has no data."""

    schema: str
    name: str
    columns: tuple[RawColumn, ...]
    file: Path | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def relation(self) -> str:
        """Return its name in SQL."""
        return f"{ident(self.schema)}.{ident(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A data file and the names in its header."""

    path: Path
    header: tuple[str, ...]

    def delivered(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The columns of `rows`, in order. Parquet skips unwanted columns, CSV cannot."""
        return wanted if is_parquet(self.path) else self.header

    def rows(self, wanted: tuple[str, ...]) -> IO[bytes]:
        """Return the rows as CSV with a header."""
        return parquet.rows(self.path, wanted) if is_parquet(self.path) else csvfile.rows(self.path)


def open_data(path: Path) -> DataFile:
    """Open a file and read its header. Raises OSError, UnreadableError."""
    return DataFile(path=path, header=(parquet if is_parquet(path) else csvfile).header(path))


def is_parquet(path: Path) -> bool:
    return path.suffix.lower() in {".parquet", ".pq"}
