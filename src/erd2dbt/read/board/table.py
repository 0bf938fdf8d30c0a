"""Reads Miro's spreadsheet export: one item in a cell, text only, without ids, positions and lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.read.board.markup import lines
from erd2dbt.read.board.values import Board, Item
from erd2dbt.read.text.places import Places

_MOST = 100_000  # cells; a board has fewer items


def read_csv(text: str, file: str) -> Board:
    """Return each cell with text as an item, in file order. Raises ErdError E051 if it has more cells than a board."""
    if (count := sum(1 for _ in _cells(text))) > _MOST:
        message = f"this file has {count:,} cells, and the export of a board has at most {_MOST:,}"
        fix = "export the board that has the diagram, or save it as JSON"
        raise ErdError([Diagnostic(code="E051", message=message, span=Span(file, 1, 1), fixes=(fix,))])
    return Board(file=file, items=tuple(_items(text, Places(file, text))))


def is_csv(text: str) -> bool:
    """Return whether a text is CSV: quoted cells, or lines of cells, and more than one."""
    head = text.lstrip()[:1]
    return (head == '"' or "," in text.partition("\n")[0]) and len(list(islice(_cells(text), 2))) > 1


def _items(text: str, places: Places) -> Iterator[Item]:
    for number, (line, cell) in enumerate(_cells(text), start=1):
        start = places.starts[min(line, len(places.starts)) - 1]
        shown = lines(cell) if cell is not None else ()
        readable = cell is not None
        yield Item(
            id=f"cell {number}", kind="text", span=places.span(start), lines=shown, shape="cell", readable=readable
        )


def _cells(text: str) -> Iterator[tuple[int, str | None]]:
    """Return (first line of the row, text) of each cell; None if a row is not CSV."""
    reader = csv.reader(io.StringIO(text, newline=""))
    begun = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield begun, None
            begun = reader.line_num + 1
            continue
        for cell in row:
            if cell.strip():
                yield begun, cell
        begun = reader.line_num + 1
