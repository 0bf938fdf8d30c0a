"""Files that move with what was renamed: from where, with which edits, and whether their new place is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erd2dbt.write.decisions import Change, Origin
from erd2dbt.write.lock import base_of, carried, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from erd2dbt.write.file_decision import Judge


def judge_moves(
    judge: Judge, moves: Mapping[str, str], contents: Mapping[str, bytes], found: Callable[[str], bytes | None]
) -> dict[str, Change]:
    """By new path, as far as there is something to move and its new place is free, perhaps since that moves, too."""
    origins = {new: origin_of(judge, old, contents.get(old), found(old)) for new, old in moves.items()}
    going = {new: origin for new, origin in origins.items() if origin}
    while True:
        away = {origin.path for origin in going.values()}
        moved = {
            new: judge.judge_move(new, contents[new], None if new in away else found(new), origin)
            for new, origin in going.items()
        }
        if all(moved.values()):
            return {new: change for new, change in moved.items() if change}
        going = {new: origin for new, origin in going.items() if moved[new]}


def origin_of(judge: Judge, path: str, text: bytes | None, found: bytes | None) -> Origin | None:
    """What is at an old path; what stood there when a killed run has put the new text in its place already."""
    if found is None:
        return None
    hashes = judge.known[path]
    kept = carried(hashes) or [(hashes[0], hashes[0])]
    if text is None or len(hashes) == 1 or not is_in_place(text, found, hashes):
        return Origin(path, found, base_of(found, hashes))
    base, name = kept[-1]
    before = judge.base(name)
    return None if before is None else Origin(path, before.encode(), base)


def is_in_place(text: bytes, found: bytes | None, hashes: Sequence[str]) -> bool:
    """Whether a run that was killed, or another, has written the text, or what was merged with it."""
    if found is None:
        return False
    now, there = digest(text), digest(found)
    return now == there or f"{now}={there}" in hashes
