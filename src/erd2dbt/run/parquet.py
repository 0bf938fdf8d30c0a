"""Reads a Parquet file for COPY: its columns, and its rows as a CSV stream; the seam to pyarrow."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any

from erd2dbt.run.csvfile import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BATCH_ROWS = 16_384


def header(file: Path) -> tuple[str, ...]:
    """Return the names of its columns. Raises UnreadableError."""
    return tuple(_open(file).schema_arrow.names)


def rows(file: Path, names: Sequence[str]) -> IO[bytes]:
    """Return these columns as CSV with a header, batch by batch: null is empty, text is quoted. Raises
    UnreadableError."""
    table = _open(file)
    for name in names:
        kind = table.schema_arrow.field(name).type
        if kind.num_fields:
            raise UnreadableError(f"its column `{name}` is a {kind}, not a plain value")
    return io.BufferedReader(_Stream(_pieces(table, names)), buffer_size=1 << 16)


def _open(file: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UnreadableError("it needs pyarrow: `pip install 'erd2dbt[parquet]'`") from None
    try:
        return pyarrow.parquet.ParquetFile(file)
    except pyarrow.ArrowInvalid as error:
        raise UnreadableError(f"it is not Parquet: {error}") from None


def _pieces(table: Any, names: Sequence[str]) -> Iterator[bytes]:
    import pyarrow
    from pyarrow import csv

    yield ",".join('"' + name.replace('"', '""') + '"' for name in names).encode() + b"\n"
    for batch in table.iter_batches(batch_size=BATCH_ROWS, columns=list(names)):
        sink = pyarrow.BufferOutputStream()
        csv.write_csv(batch.select(list(names)), sink, csv.WriteOptions(include_header=False))
        yield sink.getvalue().to_pybytes()


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.rest = memoryview(piece)
        count = min(len(buffer), len(self.rest))
        buffer[:count] = self.rest[:count]
        self.rest = self.rest[count:]
        return count
