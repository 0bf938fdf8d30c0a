"""A YAML text as a tree of nodes that know where they stand, so that a merge can leave all else as it is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value: `scalar`, `alias`, `mapping` or `sequence`, and the characters it is on, its anchor with it.

    `shape` is equal for equal values; the order counts in sequences. In `loose` it counts nowhere."""

    kind: str
    start: int
    end: int
    shape: Hashable
    loose: Hashable
    value: str = ""
    style: str = ""
    tag: str = ""
    flow: bool = False
    entries: tuple[Entry, ...] = ()

    def get(self, word: str) -> Node | None:
        """What a mapping has under a key."""
        return next((e.value for e in self.entries if e.key is not None and e.key.value == word), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A pair of a mapping or an item of a sequence (without a key), from its key or its dash."""

    key: Node | None
    value: Node
    start: int

    @property
    def end(self) -> int:
        return self.value.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text, its tree, and its comments: (place, words), in order."""

    source: str
    root: Node
    comments: tuple[tuple[int, str], ...]
    starts: tuple[int, ...]
    eol: str

    def line(self, at: int) -> int:
        """The line of a character, from 0."""
        return bisect_right(self.starts, at) - 1

    def column(self, at: int) -> int:
        return at - self.starts[self.line(at)]

    def from_line(self, line: int) -> int:
        """Where a line begins; the end of the text for the line after the last."""
        return self.starts[line] if line < len(self.starts) else len(self.source)

    def text_of(self, line: int) -> str:
        return self.source[self.from_line(line) : self.from_line(line + 1)]

    def is_blank(self, line: int) -> bool:
        """Whether a line is empty, as is the one behind the last."""
        return not self.text_of(line).strip()

    def is_behind_dash(self, entry: Entry) -> bool:
        """Whether an entry does not begin its line."""
        return bool(self.source[self.starts[self.line(entry.start)] : entry.start].strip())

    def line_end(self, at: int) -> int:
        """Where the line of a character ends, without its line break."""
        end = self.from_line(self.line(at) + 1)
        return at + len(self.source[at:end].rstrip("\r\n"))

    def words(self, start: int, end: int) -> tuple[str, ...]:
        """The comments that begin in a range of characters."""
        first, last = (bisect_left(self.comments, (at, "")) for at in (start, end))
        return tuple(comment for _, comment in self.comments[first:last])

    def lead(self, entry: Entry) -> int:
        """The first line of an entry with the comments right above it, as far in as it is."""
        line, column = self.line(entry.start), self.column(entry.start)
        if self.is_behind_dash(entry):
            return line
        while line and self.words(at := self.starts[line - 1] + column, at + 1):
            if self.source[self.starts[line - 1] : at].strip():
                break
            line -= 1
        return line

    def comments_of(self, entry: Entry) -> tuple[str, ...]:
        """The comments above an entry, in it, and at the end of its last line."""
        start = min(self.from_line(self.lead(entry)), entry.start)
        return self.words(start, self.line_end(entry.end) + 1)


def shape_of(anchor: str | None, tag: str, value: str) -> Hashable:
    """What a scalar is."""
    return ("scalar", anchor, tag, value)


def loose(kind: str, parts: Iterable[Hashable]) -> Hashable:
    """What a collection of these parts is, whatever their order."""
    return (kind, frozenset(Counter(parts).items()))


def loose_entry(entry: Entry) -> Hashable:
    """What is equal for two YAML entries with equal values, whatever the order of their parts."""
    return (entry.key.shape, entry.value.loose) if entry.key else entry.value.loose
