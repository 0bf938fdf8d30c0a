"""The merge by lines, as git does it: edits that overlap or touch are a conflict, all others are both taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from erd2dbt.write.merging.lines import changed_lines
from erd2dbt.write.merging.values import Conflict, Merged, marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from erd2dbt.write.merging.values import Side


@dataclass(frozen=True, slots=True, order=True)
class _Change:
    """Lines `start` to `end` of the base have become lines `first` to `last` of a side; the last ones not with them."""

    start: int
    end: int
    first: int
    last: int
    side: int


def merge_text(base: str, theirs: str, ours: str, prefer: Side | None = None) -> Merged:
    """Both sides' changes since `base`, by lines."""
    lines = [lines_of(text) for text in (base, theirs, ours)]
    text: list[str] = []
    conflicts: list[Conflict] = []
    at = 0
    for changes in _meeting([*_changes(lines, 1), *_changes(lines, 2)]):
        start, end = changes[0].start, max(change.end for change in changes)
        text += lines[0][at:start]
        at = end
        old = "".join(lines[0][start:end])
        first, yours = _version(lines, changes, 1)
        _, generated = _version(lines, changes, 2)
        if yours in (old, generated):
            text.append(generated)
        elif old == generated:
            text.append(yours)
        else:
            where = _where(first, yours)
            conflict = Conflict(line=first + 1, where=where, base=old, yours=yours, generated=generated)
            conflicts.append(conflict)
            text.append(_decided(conflict, prefer))
    return Merged("".join([*text, *lines[0][at:]]), tuple(conflicts))


def placed(conflicts: Iterable[Conflict], text: str, seen: str) -> Iterator[Conflict]:
    """Conflicts in a text, told by the lines of one that has other line breaks."""
    before, after = lines_of(text), lines_of(seen)
    moved = [(end, last) for _, end, _, last in changed_lines(before, after)]
    for conflict in conflicts:
        by = next((last - end for end, last in reversed(moved) if end < conflict.line), 0)
        line = conflict.line + by
        where = _where(line - 1, conflict.yours) if conflict.where.startswith("line") else conflict.where
        yield replace(conflict, line=line, where=where)


def lines_of(text: str) -> list[str]:
    """The lines with their ends; a line ends with a line feed and with nothing else."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _changes(lines: Sequence[list[str]], side: int) -> Iterator[_Change]:
    for start, end, first, last in changed_lines(lines[0], lines[side]):
        yield _Change(start, end, first, last, side)


def _meeting(changes: list[_Change]) -> Iterator[list[_Change]]:
    """The changes in groups that overlap or touch, with one side's or both sides' in each."""
    group: list[_Change] = []
    end = -1
    for change in sorted(changes):
        if group and change.start > end:
            yield group
            group = []
        group.append(change)
        end = max(end, change.end)
    if group:
        yield group


def _version(lines: Sequence[list[str]], changes: Sequence[_Change], side: int) -> tuple[int, str]:
    """What a side has in the place of a group of changes, and the number of its first line there, from 0."""
    start, end = changes[0].start, max(change.end for change in changes)
    own = [change for change in changes if change.side == side]
    if not own:
        return -1, "".join(lines[0][start:end])
    first, last = own[0].first - (own[0].start - start), own[-1].last + (end - own[-1].end)
    return first, "".join(lines[side][first:last])


def _where(first: int, yours: str) -> str:
    last = first + len(lines_of(yours))
    return f"line {first + 1}" if last <= first + 1 else f"lines {first + 1} to {last}"


def _decided(conflict: Conflict, prefer: Side | None) -> str:
    if prefer is None:
        return marked(*(_ended(text) for text in (conflict.base, conflict.yours, conflict.generated)))
    return conflict.yours if prefer == "yours" else conflict.generated


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
