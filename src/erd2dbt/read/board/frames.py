"""Selects the contents of one frame of a board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span, did_you_mean
from erd2dbt.read.board.values import SIGNATURE, Area, Board, Item


def in_frame(board: Board, wanted: str) -> Board:
    """Return the items of the frame with this id or title, including nested frames, and the connectors between them.

    Raises ErdError E066 when there is no such frame, or several.
    """
    frame = _named(board, wanted)
    kept = set(_inside(board.items, frame))
    return replace(
        board,
        items=tuple(item for item in board.items if item.id in kept),
        connectors=tuple(one for one in board.connectors if {one.start, one.end} & kept),
        frame=frame.id,
        outside=frozenset(item.id for item in board.items if item.id not in kept),
    )


def _named(board: Board, wanted: str) -> Item:
    frames = [item for item in board.items if item.kind == "frame"]
    found = [frame for frame in frames if frame.id == wanted] or [
        frame for frame in frames if _same(frame.text, wanted)
    ]
    if len(found) == 1:
        return found[0]
    titles = sorted({frame.text for frame in frames if frame.text})
    fixes: tuple[str, ...]
    if found:
        message = f"{len(found)} frames are called `{wanted}`"
        fixes = (f"name one by its id: {', '.join(frame.id for frame in found)}",)
    else:
        message = f"the board has no frame `{wanted}`"
        listed = f"frames are {', '.join(titles)}" if titles else "omit the option: there are no frames"
        fixes = (*did_you_mean(wanted, titles), listed)
    raise ErdError([Diagnostic(code="E066", message=message, span=Span(board.file, 1, 1), fixes=fixes)])


def _same(one: str, other: str) -> bool:
    return plain_title(one) == plain_title(other)


def plain_title(title: str) -> str:
    """Return a frame title in the form in which titles are compared."""
    return " ".join(title.removesuffix(SIGNATURE).split()).casefold()


def _inside(items: Iterable[Item], frame: Item) -> Iterator[str]:
    """Return whether an item is in a frame, by its parent; by its position if it has no parent."""
    parents = {item.id: item.parent for item in items}
    for item in items:
        chain, at = {item.id}, item.parent
        while at is not None and at not in chain:
            chain.add(at)
            at = parents.get(at)
        if frame.id in chain or (item.parent is None and _stands_in(frame.area, item.area)):
            yield item.id


def _stands_in(outer: Area | None, inner: Area | None) -> bool:
    if outer is None or inner is None:
        return False
    return outer.left <= inner.x <= outer.right and outer.top <= inner.y <= outer.bottom
