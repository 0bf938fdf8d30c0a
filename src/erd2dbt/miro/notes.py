"""Draws sticky notes with findings from the data beside boxes. They are removed when the findings no longer apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.escape.html import text as escape
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.miro.board import place, read_live_board
from erd2dbt.miro.board_edits import as_items, text_of_item
from erd2dbt.miro.client import Client, UnknownOutcomeError, board_path
from erd2dbt.miro.client import Record as Body
from erd2dbt.miro.places import Place
from erd2dbt.miro.record import Drawn, Record
from erd2dbt.miro.shapes import digest

_BULK = 20  # maximum items of one call
_LOOKS = 3
_WIDTH = 180.0
_LINES = 6  # maximum of one note
_LONGEST = 160  # characters of a line


@dataclass(frozen=True, slots=True)
class Noted:
    """The number of notes that were drawn, changed and deleted."""

    drawn: int = 0
    changed: int = 0
    deleted: int = 0


def sync_notes(client: Client, record: Record, wanted: Mapping[str, Sequence[str]], keep: Callable[[], None]) -> Noted:
    """Make the notes on the board equal to `wanted`: box -> lines. Boxes that are not on the board get none.

    Raises ErdError E061 to E065.
    """
    why = ""
    drawn = changed = deleted = 0
    for _ in range(_LOOKS):
        board = read_live_board(client, board_path(record.board))
        _adopt(board.items, record, wanted)
        texts = {box: _text(lines) for box, lines in wanted.items() if box in record.shapes}
        try:
            for box in [box for box in record.notes if box not in texts]:
                client.write("DELETE", f"{board_path(record.board)}/sticky_notes/{record.notes[box].id}", level=3)
                del record.notes[box]
                deleted += 1
                keep()
            for box in [box for box, one in record.notes.items() if one.hash != digest(texts[box])]:
                path = f"{board_path(record.board)}/sticky_notes/{record.notes[box].id}"
                client.write("PATCH", path, {"data": {"content": texts[box]}})
                record.notes[box] = Drawn(record.notes[box].id, digest(texts[box]))
                changed += 1
                keep()
            new = [box for box in texts if box not in record.notes]
            for start in range(0, len(new), _BULK):
                part = new[start : start + _BULK]
                places = {box: place(board.items[record.shapes[box].id]) for box in part}
                ids = _draw(client, record, [(texts[box], places[box]) for box in part])
                record.notes |= {box: Drawn(id_, digest(texts[box])) for box, id_ in zip(part, ids, strict=True)}
                drawn += len(part)
                keep()
            return Noted(drawn, changed, deleted)
        except UnknownOutcomeError as error:
            why = str(error)
    fixes = ("push again later: it goes on from what is there",)
    raise ErdError([Diagnostic(code="E063", message=f"notes cannot be drawn on the board: {why}", fixes=fixes)])


def _adopt(items: Mapping[str, Body], record: Record, wanted: Mapping[str, Sequence[str]]) -> None:
    """Remove missing notes from the record, and add notes that an interrupted run drew."""
    for box in [box for box, one in record.notes.items() if one.id not in items]:
        del record.notes[box]
    for box in [box for box, one in record.shapes.items() if one.id not in items]:
        del record.shapes[box]
    known, frame = record.ids, record.frame.id if record.frame else ""
    notes = {
        text_of_item(item): id_
        for id_, item in as_items({i: one for i, one in items.items() if one.get("type") == "sticky_note"}).items()
        if id_ not in known and item.parent == frame
    }
    for box, lines in wanted.items():
        shown = tuple(" ".join(line.split()) for line in _lines(lines))
        if box in record.shapes and box not in record.notes and shown in notes:
            record.notes[box] = Drawn(notes[shown], digest(_text(lines)))


def _lines(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:_LINES]:
        yield line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    if len(lines) > _LINES:
        yield f"and {len(lines) - _LINES} more"


def _text(lines: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in _lines(lines))


def _draw(client: Client, record: Record, notes: Sequence[tuple[str, Place]]) -> list[str]:
    """Draw notes at the top right corner of each box; return their ids."""
    parent = {"parent": {"id": record.frame.id}} if record.frame else {}
    bodies = [
        {
            "type": "sticky_note",
            "data": {"content": text, "shape": "rectangle"},
            "style": {"fillColor": "red"},
            "position": {"x": at.right, "y": max(at.top, _WIDTH / 2)},
            "geometry": {"width": _WIDTH},
            **parent,
        }
        for text, at in notes
    ]
    path = f"{board_path(record.board)}/items/bulk"
    made = (client.write("POST", path, bodies, count=len(bodies)) or {}).get("data")
    ids = [one.get("id") for one in made if isinstance(one, dict)] if isinstance(made, list) else []
    if len(ids) != len(bodies) or not all(isinstance(id_, str) and id_.isdecimal() for id_ in ids):
        raise UnknownOutcomeError("Miro's answer does not say what it drew")
    return [str(id_) for id_ in ids]
