"""What a reader has made of each part of its text: read, ignored for a reason, or neither, which is unread.

Readers mark what they take; what nobody marked is reported here, so that nothing is lost by being forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from erd2dbt.diagram.drawing import Seen
from erd2dbt.read.text.places import Places

DEFAULT = "a default, which new rows get"  # why it is ignored, in every notation
_SHOWN = 200  # characters of a text that is quoted
_READ, _IGNORED = 1, 2

Part = tuple[int, int]  # the offsets where a word begins and ends


@dataclass(slots=True)
class Account:
    """One mark for each character of a text. A part is what its first character is marked as.

    `seen`: what is reported; `parts`: how many are read. Both are whole after `settle` and `close`."""

    places: Places
    seen: list[Seen] = field(default_factory=list)
    parts: int = 0
    _marks: bytearray = field(init=False)
    _ignored: dict[str, list[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._marks = bytearray(len(self.places.text))

    def read(self, start: int, end: int) -> None:
        """These characters are in the result."""
        self._mark(start, end, _READ)

    def ignore(self, why: str, start: int, end: int) -> None:
        """These characters are not in the result, on purpose. Each `why` is reported once, with its count."""
        self._mark(start, end, _IGNORED)
        self._ignored.setdefault(why, []).append((start, end))

    def pass_over(self, start: int, end: int) -> None:
        """These characters are no part of the result; the reader reports that itself."""
        self._mark(start, end, _IGNORED)

    def ignore_rest(self, why: str, parts: Sequence[Part]) -> None:
        """These parts but for those that are read already: one thing that is ignored, its text that of the first."""
        rest = [(start, end) for start, end in parts if self._marks[start] == 0]
        for start, end in rest:
            self._mark(start, end, _IGNORED)
        if rest:
            self._ignored.setdefault(why, []).append(rest[0])

    def is_read(self, start: int) -> bool:
        return self._marks[start] == _READ

    def leave(self, start: int, end: int, why: str, *, unread: bool = False) -> Seen:
        """These characters are reported one by one."""
        self._mark(start, end, _IGNORED)
        self.seen.append(self.as_seen(start, end, why, unread=unread))
        return self.seen[-1]

    def _mark(self, start: int, end: int, mark: int) -> None:
        self._marks[start:end] = bytes((mark,)) * (end - start)

    def as_seen(self, start: int, end: int, why: str, *, unread: bool = False) -> Seen:
        """The characters as something that is not in the result."""
        span = self.places.span(start, end)
        text = self.places.text[start:end][:_SHOWN]
        return Seen(kind=f"line {span.line}", why=why, span=span, text=text, unread=unread)

    def settle(self, parts: Sequence[Part]) -> None:
        """Counts what is read of these, and reports what nobody marked; neighbours on one line are one."""
        parts = [part for part in parts if part[0] < len(self._marks)]  # nothing, at the very end, is no part
        self.parts += sum(self._marks[start] == _READ for start, _ in parts)
        if all(self._marks[start] for start, _ in parts):
            return
        for (is_open, _), group in groupby(parts, self._line_if_open):
            if is_open:
                found = list(group)
                self.leave(found[0][0], found[-1][1], "it is not read here", unread=True)

    def _line_if_open(self, part: Part) -> tuple[bool, int]:
        is_open = self._marks[part[0]] == 0
        return is_open, self.places.span(part[0]).line if is_open else 0

    def close(self) -> None:
        """Reports what was ignored: each reason once, with the first text and their number."""
        for why, parts in self._ignored.items():
            first = self.as_seen(*parts[0], why)
            self.seen.append(first if len(parts) == 1 else first.repeated(len(parts)))
        self._ignored.clear()


Place = tuple[str, int]  # an item of a board, and the number of its line


@dataclass(slots=True)
class Inventory:
    """The same for what is no text: the lines of a board's items, its connectors and their captions.

    Everything is expected first. What nobody takes is reported by `settle`, with what was said of it then."""

    seen: list[Seen] = field(default_factory=list)
    parts: int = 0
    _open: dict[Place, Seen] = field(default_factory=dict)

    def expect(self, place: Place, told: Seen) -> None:
        self._open[place] = told

    def read(self, places: Iterable[Place]) -> None:
        """These are in the result."""
        for place in places:
            self.parts += self._open.pop(place, None) is not None

    def leave(self, places: Iterable[Place], told: Seen) -> None:
        """These are not in the result, and one thing is reported for all of them."""
        for place in places:
            self._open.pop(place, None)
        self.seen.append(told)

    def is_open(self, place: Place) -> bool:
        return place in self._open

    def settle(self) -> None:
        """Reports what nobody took, each as unread."""
        self.seen += self._open.values()
        self._open.clear()
