"""What is loaded: a source table with its typed columns, and the data file that has its rows."""

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
    """A source table; `file` (Parquet by its ending, else CSV) is None when the table is only declared."""

    schema: str
    name: str
    columns: tuple[RawColumn, ...]
    file: Path | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def relation(self) -> str:
        """Its name in SQL."""
        return f"{ident(self.schema)}.{ident(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A data file and the names in its header."""

    path: Path
    header: tuple[str, ...]

    def delivered(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The columns that `rows` has, in its order: Parquet leaves unwanted ones out, CSV cannot."""
        return wanted if is_parquet(self.path) else self.header

    def rows(self, wanted: tuple[str, ...]) -> IO[bytes]:
        """CSV with a header."""
        return parquet.rows(self.path, wanted) if is_parquet(self.path) else csvfile.rows(self.path)


def open_data(path: Path) -> DataFile:
    """Reads the header. OSError, UnreadableError."""
    return DataFile(path=path, header=(parquet if is_parquet(path) else csvfile).header(path))


def is_parquet(path: Path) -> bool:
    return path.suffix.lower() in {".parquet", ".pq"}
