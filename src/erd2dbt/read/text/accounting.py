"""Records for each part of a text whether it was read, ignored for a reason, or unread.

Readers mark the parts that they use. All unmarked parts are reported, so that no part is lost silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from erd2dbt.diagram.drawing import Seen
from erd2dbt.read.text.places import Places

DEFAULT = "a default, which new rows get"  # the reason for ignoring it, in every notation
_SHOWN = 200  # characters quoted of a text
_READ, _IGNORED = 1, 2

Part = tuple[int, int]  # the offsets of the start and the end of a word


@dataclass(slots=True)
class Account:
    """One mark for each character of a text. The first character of a part decides its mark.

    `seen`: the reports; `parts`: the number of parts that were read. Both are complete after `settle` and `close`.
    """

    places: Places
    seen: list[Seen] = field(default_factory=list)
    parts: int = 0
    _marks: bytearray = field(init=False)
    _ignored: dict[str, list[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._marks = bytearray(len(self.places.text))

    def read(self, start: int, end: int) -> None:
        """Mark characters as part of the result."""
        self._mark(start, end, _READ)

    def ignore(self, why: str, start: int, end: int) -> None:
        """Mark characters as ignored on purpose. Each `why` is reported once, with its count."""
        self._mark(start, end, _IGNORED)
        self._ignored.setdefault(why, []).append((start, end))

    def pass_over(self, start: int, end: int) -> None:
        """Mark characters that the reader reports itself."""
        self._mark(start, end, _IGNORED)

    def ignore_rest(self, why: str, parts: Sequence[Part]) -> None:
        """Mark those of the parts that are not read as one ignored item, with the text of the first."""
        rest = [(start, end) for start, end in parts if self._marks[start] == 0]
        for start, end in rest:
            self._mark(start, end, _IGNORED)
        if rest:
            self._ignored.setdefault(why, []).append(rest[0])

    def is_read(self, start: int) -> bool:
        return self._marks[start] == _READ

    def leave(self, start: int, end: int, why: str, *, unread: bool = False) -> Seen:
        """Report the characters as one item that is not in the result."""
        self._mark(start, end, _IGNORED)
        self.seen.append(self.as_seen(start, end, why, unread=unread))
        return self.seen[-1]

    def _mark(self, start: int, end: int, mark: int) -> None:
        self._marks[start:end] = bytes((mark,)) * (end - start)

    def as_seen(self, start: int, end: int, why: str, *, unread: bool = False) -> Seen:
        """Return the characters as an item that is not in the result."""
        span = self.places.span(start, end)
        text = self.places.text[start:end][:_SHOWN]
        return Seen(kind=f"line {span.line}", why=why, span=span, text=text, unread=unread)

    def settle(self, parts: Sequence[Part]) -> None:
        """Count the parts that were read, and report unmarked ones. Neighbours on one line are one report."""
        parts = [part for part in parts if part[0] < len(self._marks)]  # an empty part at the end does not count
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
        """Report what was ignored: each reason once, with the first text and the count."""
        for why, parts in self._ignored.items():
            first = self.as_seen(*parts[0], why)
            self.seen.append(first if len(parts) == 1 else first.repeated(len(parts)))
        self._ignored.clear()


Place = tuple[str, int]  # an item of a board, and the number of its line


@dataclass(slots=True)
class Inventory:
    """The account of a board: the lines of its items, its connectors and their captions.

    All of them are registered first. `settle` reports those that no reader used, with the remarks so far.
    """

    seen: list[Seen] = field(default_factory=list)
    parts: int = 0
    _open: dict[Place, Callable[[], Seen]] = field(default_factory=dict)

    def expect(self, place: Place, report: Callable[[], Seen]) -> None:
        """Register a part, with the report of it if no reader uses it."""
        self._open[place] = report

    def read(self, places: Iterable[Place]) -> None:
        """Mark these as part of the result."""
        for place in places:
            self.parts += self._open.pop(place, None) is not None

    def leave(self, places: Iterable[Place], told: Seen) -> None:
        """Mark these as not in the result, with one report for all."""
        for place in places:
            self._open.pop(place, None)
        self.seen.append(told)

    def is_open(self, place: Place) -> bool:
        return place in self._open

    def settle(self) -> None:
        """Report everything that no reader used as unread."""
        self.seen += [report() for report in self._open.values()]
        self._open.clear()
