"""What a merge gives: the text and the places where both sides changed the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["yours", "generated"]
SIDES: tuple[Side, ...] = ("yours", "generated")

FIRST_MARKER = "<<<<<<< yours"
LAST_MARKER = ">>>>>>> generated now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One place that both sides changed: its line in the user's file (from 1), the place in words, the three texts."""

    line: int
    where: str
    base: str
    yours: str
    generated: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text, and the conflicts in it from top to bottom.

    Conflicts are in the text with markers, or are already decided when a side is preferred; both are reported.
    """

    text: str
    conflicts: tuple[Conflict, ...] = ()


def marked(base: str, yours: str, generated: str) -> str:
    """The three texts, each whole lines or nothing, between markers as git writes them with `diff3`."""
    eol = "\r\n" if "\r\n" in yours + base + generated else "\n"
    parts = (FIRST_MARKER, yours, "||||||| generated before", base, "=======", generated, LAST_MARKER)
    return "".join(part + eol if at % 2 == 0 else part for at, part in enumerate(parts))
