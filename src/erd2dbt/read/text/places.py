"""Converts offsets of a text to places, for readers that use regular expressions."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from erd2dbt.faults.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Places:
    """The text of a file and the offsets of its lines."""

    file: str
    text: str
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        object.__setattr__(self, "starts", starts)

    def span(self, start: int, end: int = 0) -> Span:
        """Return the span between two offsets. `end` counts only on the same line."""
        line = bisect_right(self.starts, start)
        begun = self.starts[line - 1]
        below = self.starts[line] if line < len(self.starts) else len(self.text) + 1
        return Span(self.file, line, start - begun + 1, end - begun + 1 if start < end < below else 0)
