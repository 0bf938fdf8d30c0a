"""Splits a board into the drawing of `push`, with everything in its frame, and the rest, which is people's own
diagram."""

from __future__ import annotations

from dataclasses import dataclass, replace

from erd2dbt.diagram.drawing import Seen
from erd2dbt.miro.record import Record
from erd2dbt.read.board.frames import in_frame, plain_title
from erd2dbt.read.board.values import SIGNATURE, Board, Item


@dataclass(frozen=True, slots=True)
class Parts:
    """`own` is the drawing of `push`, or None; `left` are drawings of other specs."""

    rest: Board
    own: Board | None = None
    left: tuple[Seen, ...] = ()


def parts(board: Board, record: Record | None, wanted: str | None = None) -> Parts:
    """Split a board by the record and by the signature of frames. The skipped drawings are in `left`.

    `wanted`: the id or title of a frame to read alone, in addition to ours. Raises ErdError E066 if there is no such
    frame.
    """
    frame = record.frame.id if record and record.frame else None
    ours = _with_frame(board, frame) | (record.ids & {item.id for item in board.items} if record else set())
    signed = [item for item in board.items if item.kind == "frame" and _is_signed(item)]
    others = [item for item in signed if item.id != frame and not _is_wanted(item, wanted)]
    foreign = {id_ for other in others for id_ in _with_frame(board, other.id)} - ours
    notes = {one.id for one in record.notes.values()} if record else set()
    left = tuple(_left(other, sum(one.parent == other.id for one in board.items)) for other in others)
    if not ours:
        return Parts(rest=_scoped(_without(board, foreign), wanted), left=left)
    own = replace(
        board,
        items=tuple(item for item in board.items if item.id in ours - notes),
        connectors=tuple(one for one in board.connectors if {one.start, one.end} <= ours and one.start),
        frame=frame,
        outside=frozenset(),
    )
    is_own = any(item.id == frame and _is_wanted(item, wanted) for item in board.items)
    rest = replace(board, items=(), connectors=()) if is_own else _scoped(_without(board, ours | foreign), wanted)
    return Parts(rest=rest, own=own, left=() if wanted else left)


def _scoped(board: Board, wanted: str | None) -> Board:
    is_saved_alone = wanted == board.frame and all(item.id != wanted for item in board.items)
    return board if wanted is None or is_saved_alone else in_frame(board, wanted)


def _is_wanted(item: Item, wanted: str | None) -> bool:
    return wanted is not None and (item.id == wanted or plain_title(item.text) == plain_title(wanted))


def _is_signed(item: Item) -> bool:
    return item.text.endswith(SIGNATURE)


def _with_frame(board: Board, frame: str | None) -> set[str]:
    """Return a frame and the items whose parent it is. Items that only lie over it may be people's own diagram."""
    parents = {item.id: item.parent for item in board.items}
    found = {frame} & parents.keys()
    while more := {id_ for id_, parent in parents.items() if parent in found} - found:
        found |= more
    return {id_ for id_ in found if id_ is not None}


def _without(board: Board, ids: set[str]) -> Board:
    """Return the board without these items, and without lines that end at one of them."""
    return replace(
        board,
        items=tuple(item for item in board.items if item.id not in ids),
        connectors=tuple(one for one in board.connectors if not {one.start, one.end} & ids),
    )


def _left(frame: Item, count: int) -> Seen:
    why = "`erd2dbt push` drew it, and its record is not beside this spec; `--frame` reads it"
    return Seen(kind="frame", text=frame.text, why=why, span=frame.span, id=frame.id, count=max(count, 1))
