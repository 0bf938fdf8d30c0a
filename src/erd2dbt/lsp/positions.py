"""Positions as editors count them: lines from 0, and on a line the code units of the encoding that was agreed on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from erd2dbt.faults.diagnostics import Span

_LINE_END = re.compile(r"\r\n?|\n")
_UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """From one place to another, which is exclusive."""

    start: Position
    end: Position

    def touches(self, other: Range) -> bool:
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Replacement:
    """Text for what is in a range; its line ends are those of the document."""

    range: Range
    text: str


class Text:
    """A document as the editor has it. `text` is what the tool reads: without a BOM, and lines end with `\\n`."""

    def __init__(self, source: str, encoding: str = "utf-16") -> None:
        self.has_bom = source.startswith("\ufeff")
        self.text = _LINE_END.sub("\n", source.removeprefix("\ufeff"))
        self.lines = self.text.split("\n")
        self.line_end = "\r\n" if "\r\n" in source else "\n"
        self._codec, self._width = _UNITS[encoding]

    def position(self, line: int, column: int) -> Position:
        """Of a line and a column that count characters from 0; what lies outside is moved to the nearest place."""
        line = min(max(line, 0), len(self.lines) - 1)
        units = self._units(self.lines[line][: max(column, 0)])
        return Position(line, units + (self._units("\ufeff") if self.has_bom and line == 0 else 0))

    def place(self, position: Position) -> tuple[int, int]:
        """Line and column of an editor's position, both from 0."""
        if position.line >= len(self.lines):
            return len(self.lines) - 1, len(self.lines[-1])
        wanted = position.character - (self._units("\ufeff") if self.has_bom and position.line == 0 else 0)
        column = 0
        for column, character in enumerate(self.lines[position.line]):
            if wanted <= 0:
                return position.line, column
            wanted -= self._units(character)
        return position.line, len(self.lines[position.line])

    def range_of(self, span: Span) -> Range:
        """Of a place that the tool names; one character wide where it names no end."""
        start = self.position(span.line - 1, span.column - 1)
        end = self.position(span.line - 1, max(span.end - 1, span.column))
        return Range(start, max(start, end))

    def changes_to(self, after: str) -> list[Replacement]:
        """Small replacements that together make another text of this one: each within lines that differ."""
        old, new = self.text.splitlines(keepends=True), after.splitlines(keepends=True)
        starts = [0, *accumulate(map(len, old))]
        found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        return [
            self._narrowed(starts[i], "".join(old[i:j]), "".join(new[k:m]))
            for kind, i, j, k, m in found
            if kind != "equal"
        ]

    def _narrowed(self, start: int, before: str, after: str) -> Replacement:
        head = _common(before, after)
        tail = min(min(len(before), len(after)) - head, _common(before[::-1], after[::-1]))
        said = after[head : len(after) - tail].replace("\n", self.line_end)
        return Replacement(
            Range(self._position_of_offset(start + head), self._position_of_offset(start + len(before) - tail)), said
        )

    def _position_of_offset(self, offset: int) -> Position:
        line = self.text.count("\n", 0, offset)
        return self.position(line, offset - (self.text.rfind("\n", 0, offset) + 1))

    def _units(self, text: str) -> int:
        return len(text.encode(self._codec, "surrogatepass")) // self._width


def _common(one: str, other: str) -> int:
    """How many characters are the same at the beginning."""
    most = min(len(one), len(other))
    return next((i for i in range(most) if one[i] != other[i]), most)
