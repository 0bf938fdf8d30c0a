"""Draws sticky notes with findings from the data beside boxes and lines. They are removed when the findings no longer
apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.escape.html import text as escape
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.miro.board import Board, place, read_live_board
from erd2dbt.miro.board_edits import as_items, text_of_item
from erd2dbt.miro.client import Client, UnknownOutcomeError, board_path
from erd2dbt.miro.client import Record as Body
from erd2dbt.miro.record import Drawn, Record
from erd2dbt.miro.shapes import digest

_BULK = 20  # maximum items of one call
_LOOKS = 3
_WIDTH = 180.0
_HEIGHT = 120.0  # of such a note
_LINES = 6  # maximum of one note
_LONGEST = 160  # characters of a line


@dataclass(frozen=True, slots=True)
class Noted:
    """The number of notes that were drawn, changed and deleted."""

    drawn: int = 0
    changed: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, in one line. `box`: its dbt model, or "". `links`: the links of the spec that promise otherwise,
    as `Drawn.of` names them."""

    text: str
    box: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a note is drawn: its centre, and the frame that this is relative to."""

    x: float
    y: float
    parent: str


def sync_notes(client: Client, record: Record, findings: Sequence[Finding], keep: Callable[[], None]) -> Noted:
    """Make the notes on the board equal to the findings. Findings without a place on the board get none.

    A finding of a link is beside its line; beside the box, where the line is not drawn. Raises ErdError E061 to E065.
    """
    why = ""
    drawn = changed = deleted = 0
    for _ in range(_LOOKS):
        board = read_live_board(client, board_path(record.board))
        _forget(board, record)
        spots = _spots(board, record)
        texts = {of: _text(lines) for of, lines in _placed(findings, spots).items()}
        if _adopt(board, record, texts):
            keep()
        try:
            for of in [of for of in record.notes if of not in texts]:
                client.write("DELETE", f"{board_path(record.board)}/sticky_notes/{record.notes[of].id}", level=3)
                del record.notes[of]
                deleted += 1
                keep()
            for of in [of for of, one in record.notes.items() if one.hash != digest(texts[of])]:
                path = f"{board_path(record.board)}/sticky_notes/{record.notes[of].id}"
                client.write("PATCH", path, {"data": {"content": texts[of]}})
                record.notes[of] = Drawn(record.notes[of].id, digest(texts[of]))
                changed += 1
                keep()
            new = [of for of in texts if of not in record.notes]
            for start in range(0, len(new), _BULK):
                part = new[start : start + _BULK]
                ids = _draw(client, record, [(texts[of], spots[of]) for of in part])
                record.notes |= {of: Drawn(id_, digest(texts[of])) for of, id_ in zip(part, ids, strict=True)}
                drawn += len(part)
                keep()
            return Noted(drawn, changed, deleted)
        except UnknownOutcomeError as error:
            why = str(error)
    fixes = ("push again later: it goes on from what is there",)
    raise ErdError([Diagnostic(code="E063", message=f"notes cannot be drawn on the board: {why}", fixes=fixes)])


def _placed(findings: Sequence[Finding], spots: Mapping[str, _Spot]) -> dict[str, list[str]]:
    """Return box or link -> the lines of its note."""
    found: dict[str, list[str]] = {}
    for one in findings:
        for of in [link for link in one.links if link in spots] or [one.box]:
            if of in spots:
                found.setdefault(of, []).append(one.text)
    return found


def _spots(board: Board, record: Record) -> dict[str, _Spot]:
    """Return the place of a note by box, at its top right corner, and by link, beside the middle of its line."""
    found = {}
    for name, one in record.shapes.items():
        item = board.items[one.id]
        at = place(item)
        found[name] = _Spot(at.right, at.top, _parent(item))
    met: Counter[tuple[str, ...]] = Counter()
    for one in record.arrows.values():
        ends = _ends(board, one.id) if one.of else None
        if ends is None or _parent(ends[0]) != _parent(ends[1]):
            continue
        pair = tuple(sorted(str(end.get("id")) for end in ends))
        start, end = map(place, ends)
        x, y = (_between(*sides) for sides in (
            (start.left, start.right, end.left, end.right), (start.top, start.bottom, end.top, end.bottom)
        ))  # fmt: skip
        found[one.of] = _Spot(x, y - _HEIGHT / 2 + met[pair] * _HEIGHT, _parent(ends[0]))
        met[pair] += 1  # notes of several lines between two boxes are below each other
    return found


def _between(low: float, high: float, other_low: float, other_high: float) -> float:
    """Return the middle of the gap between two intervals, or of what both have."""
    return sum(sorted((low, high, other_low, other_high))[1:3]) / 2


def _ends(board: Board, connector: str) -> tuple[Body, Body] | None:
    """Return the items that a line joins; None where it or one of them is not on the board."""
    line = board.connectors.get(connector, {})
    start, end = (board.items.get(str((line.get(side) or {}).get("id"))) for side in ("startItem", "endItem"))
    return (start, end) if start is not None and end is not None else None


def _parent(item: Body) -> str:
    return str((item.get("parent") or {}).get("id") or "")


def _forget(board: Board, record: Record) -> None:
    """Remove notes and boxes from the record that are no longer on the board."""
    for drawn in (record.notes, record.shapes):
        for name in [name for name, one in drawn.items() if one.id not in board.items]:
            del drawn[name]


def _adopt(board: Board, record: Record, texts: Mapping[str, str]) -> bool:
    """Add notes to the record that an interrupted run drew. Return whether there were any."""
    known = record.ids
    before = len(record.notes)
    parents = {_parent(board.items[one.id]) for one in record.shapes.values()}
    raw = {id_: one for id_, one in board.items.items() if one.get("type") == "sticky_note" and id_ not in known}
    shown = as_items({id_: one for id_, one in raw.items() if _parent(one) in parents})
    notes = {text_of_item(item): id_ for id_, item in shown.items()}
    for of, text in texts.items():
        said = text_of_item(as_items({"": {"id": "", "type": "sticky_note", "data": {"content": text}}})[""])
        if of not in record.notes and said in notes:
            record.notes[of] = Drawn(notes[said], digest(text))
    return len(record.notes) > before


def _lines(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:_LINES]:
        yield line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    if len(lines) > _LINES:
        yield f"and {len(lines) - _LINES} more"


def _text(lines: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in _lines(lines))


def _draw(client: Client, record: Record, notes: Sequence[tuple[str, _Spot]]) -> list[str]:
    """Draw notes at their places; return their ids."""
    bodies = [
        {
            "type": "sticky_note",
            "data": {"content": text, "shape": "rectangle"},
            "style": {"fillColor": "red"},
            "position": {"x": max(at.x, _WIDTH / 2), "y": max(at.y, _WIDTH / 2)}
            if at.parent
            else {"x": at.x, "y": at.y},
            "geometry": {"width": _WIDTH},
            **({"parent": {"id": at.parent}} if at.parent else {}),
        }
        for text, at in notes
    ]
    path = f"{board_path(record.board)}/items/bulk"
    made = (client.write("POST", path, bodies, count=len(bodies)) or {}).get("data")
    ids = [one.get("id") for one in made if isinstance(one, dict)] if isinstance(made, list) else []
    if len(ids) != len(bodies) or not all(isinstance(id_, str) and id_.isdecimal() for id_ in ids):
        raise UnknownOutcomeError("Miro's answer does not say what it drew")
    return [str(id_) for id_ in ids]
