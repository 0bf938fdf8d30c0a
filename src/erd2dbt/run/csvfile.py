"""Reads a CSV file as COPY does: its header, its bytes, and the place of a field in it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class UnreadableError(ValueError):
    """A data file that cannot be read as a table; `args[0]` is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a CSV stream: its record's number (1 follows the header), its place, its value."""

    record: int
    line: int
    column: int
    end: int
    value: str


def header(file: Path) -> tuple[str, ...]:
    """Return the names in the first record, which is UTF-8 with or without a byte-order mark. Raises
    UnreadableError."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            names = tuple(next(csv.reader(text), ()))
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8 text") from None
    except csv.Error as error:
        raise UnreadableError(f"its header is not CSV: {error}") from None
    if any("\0" in name for name in names):  # UTF-16 without its mark is valid UTF-8
        raise UnreadableError("it is not UTF-8 text: there are zero bytes in it")
    if not names:
        raise UnreadableError("the file is empty: its first line must name the columns")
    if "" in names:
        raise UnreadableError(f"its header names no column {names.index('') + 1}")
    return names


def rows(file: Path) -> IO[bytes]:
    """Return the file itself, with its header."""
    return file.open("rb")


def find_field(stream: IO[bytes], last_line: int, position: int) -> Field | None:
    """Return the field at a 0-based position of the record that ends on this line, as COPY counts lines."""
    text = _Remembering(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=""))
    reader = csv.reader(text)
    try:
        for number, values in enumerate(reader):
            if reader.line_num >= last_line:
                first = reader.line_num - len(text.lines) + 1
                return _field(number, values, first, "".join(text.lines), position)
            text.lines.clear()
    except csv.Error:
        pass  # such as a field over 128 KiB
    return None


class _Remembering:
    """The lines of a text, and those that were read last."""

    def __init__(self, text: IO[str]) -> None:
        self.text = text
        self.lines: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.lines.append(line)
            yield line


def _field(number: int, values: list[str], first: int, raw: str, position: int) -> Field:
    """Return the field in the raw text of its record, or the record's beginning if it has no such field."""
    places = list(_starts(raw))
    if position >= min(len(values), len(places)):
        return Field(record=number, line=first, column=1, end=0, value="")
    start = places[position]
    line, column = raw.count("\n", 0, start), start - (raw.rfind("\n", 0, start) + 1)
    stop = places[position + 1] - 1 if position + 1 < len(places) else len(raw.rstrip("\r\n"))
    shown = raw[start:stop].partition("\n")[0]
    return Field(
        record=number,
        line=first + line,
        column=column + 1,
        end=column + 1 + len(shown),
        value=values[position],
    )


def _starts(raw: str) -> Iterator[int]:
    """Return the positions where the fields of a raw record begin."""
    quoted = False
    yield 0
    for index, character in enumerate(raw):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            yield index + 1
