"""A list in the user's SQL laid out anew: items put in and taken out, with the user's breaks and comments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from erd2dbt.write.merging.edits import moved
from erd2dbt.write.merging.sqltokens import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from erd2dbt.write.merging.sqlparts import Clause, Item

_STEP = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An item of the list as it shall be. `own`: the user's item in whose place it is, with its surroundings.

    `comments` are put above it."""

    text: str
    own: Item | None = None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Gap:
    """What is between two items: `trail` belongs to the first one, `lead` to the second.

    `after`: what is behind a separator at the beginning of a line."""

    trail: str
    lead: str
    after: str
    is_leading: bool


def column_of(text: str, at: int) -> int:
    """How many characters are before a place in its line."""
    return at - text.rfind("\n", 0, at) - 1


def placed(text: str, start: int, end: int, column: int) -> str:
    """A part of a text whose further lines move along with it to a column."""
    by = column - column_of(text, start)
    first, *rest = text[start:end].split("\n")
    return "\n".join([first, *(moved(line, by) for line in rest)])


def indent_of(text: str, at: int) -> str:
    """The blanks at the beginning of the line of a place."""
    begin = text.rfind("\n", 0, at) + 1
    line = text[begin:at]
    return line[: len(line) - len(line.lstrip())]


def comment_behind(text: str, end: int) -> int:
    """Where a comment ends that fills the rest of the line; else the same place."""
    stop = text.find("\n", end)
    rest = text[end : len(text) if stop < 0 else stop]
    return end + len(rest.rstrip()) if rest.lstrip().startswith("--") else end


def comments_in(text: str) -> tuple[str, ...]:
    """The comments of a SQL text, normalized, in their order."""
    return tuple(token.norm for token in tokens(text) if token.kind == "comment")


class Layout:
    """How a list of the user's is laid out."""

    def __init__(self, text: str, clause: Clause) -> None:
        self.text, self.clause = text, clause
        items = clause.items
        pairs = pairwise(items)
        self.gaps = [_gap(text[left.end : right.start], clause.separator) for left, right in pairs]
        self.end = comment_behind(text, items[-1].end)
        leading = sum(gap.is_leading for gap in self.gaps)
        self.is_leading = leading * 2 > len(self.gaps) if self.gaps else clause.separator == "and"
        self.lead = self._lead()

    def _lead(self) -> str:
        """The break before an item that is put in."""
        leads = Counter(_blank(gap.lead) for gap in self.gaps)
        if leads:
            return leads.most_common(1)[0][0]
        first, name = self.clause.items[0].start, self.clause.name
        indent = indent_of(self.text, first)
        is_first = column_of(self.text, first) == len(indent)
        if name == "with":
            return f"\n\n{indent}"
        if name == "from":
            return self._before_a_join()
        if name in ("where", "having") and not is_first:
            return f"\n{indent}{_STEP}" if _begins_line(self.text, self.clause.start) else " "
        return f"\n{indent}" if is_first else " "

    def _before_a_join(self) -> str:
        start = self.clause.start
        if not _begins_line(self.text, start):
            return " "
        is_apart = self.text[:start].rstrip(" \t").endswith("\n\n")
        return ("\n\n" if is_apart else "\n") + indent_of(self.text, start)

    def column(self) -> int:
        """Where an item begins that is put in."""
        at = self.clause.items[0].start
        separator = f"{self.clause.separator} " if self.is_leading and self.clause.separator else ""
        return len(self.lead.rpartition("\n")[2]) + len(separator) if "\n" in self.lead else column_of(self.text, at)

    def laid_out(self, pieces: Sequence[Piece], left: Sequence[str]) -> str:
        """The whole list, up to `end`; `left` are comments that follow the last item."""
        known = {item.start: n for n, item in enumerate(self.clause.items)}
        parts: list[str] = []
        trail = ""
        for number, piece in enumerate(pieces):
            place = known[piece.own.start] if piece.own else None
            if number:
                parts.append(self._between(place, trail))
            indent = " " * self._indent(parts)
            above = comments_in(self.gaps[place - 1].lead) if place and not number else ()
            parts += [f"{comment}\n{indent}" for comment in (*above, *piece.comments)]
            parts.append(piece.text)
            trail = self._trail(place)
        indent = " " * (self._indent([""]) if "\n" not in self.lead else len(self.lead.rpartition("\n")[2]))
        parts += [trail, *(f"\n{indent}{comment}" for comment in left)]
        if left and not self.text.startswith("\n", self.end):
            parts.append(f"\n{indent}")
        return "".join(parts)

    def around(self, item: Item) -> str:
        """An item with the comments that belong to it."""
        place = self.clause.items.index(item)
        lead = self.gaps[place - 1].lead if place else ""
        return lead + self.text[item.start : item.end] + self._trail(place)

    def _indent(self, parts: Sequence[str]) -> int:
        """The column at which the last of the parts ends, which follow the first item's place."""
        text = "".join(parts)
        before = column_of(self.text, self.clause.items[0].start) if "\n" not in text else 0
        return before + len(text.rpartition("\n")[2])

    def _trail(self, place: int | None) -> str:
        if place is None:
            return ""
        last = len(self.clause.items) - 1
        return self.text[self.clause.items[last].end : self.end] if place == last else self.gaps[place].trail

    def _between(self, place: int | None, trail: str) -> str:
        """The separator with the trail of the item before it and the lead of the one behind it."""
        separator = self.clause.separator
        gap = self.gaps[place - 1] if place else None
        lead, after = (gap.lead, gap.after) if gap else (self.lead, " ")
        if "--" in trail and "\n" not in lead:
            lead = f"\n{' ' * column_of(self.text, self.clause.items[0].start)}"
        if not separator:
            return trail + lead
        if self.is_leading:
            return f"{trail}{lead}{separator}{after or ' '}"
        return f"{separator if separator == ',' else f' {separator}'}{trail}{lead}"


def _begins_line(text: str, at: int) -> bool:
    return column_of(text, at) == len(indent_of(text, at))


def _gap(text: str, separator: str) -> _Gap:
    """What is between two items, with one separator in it."""
    if not separator:
        trail, lead = _split(text)
        return _Gap(trail, lead, "", is_leading=False)
    sign = next(token for token in tokens(text) if token.kind != "comment")
    before, behind = text[: sign.start], text[sign.end :]
    if "\n" in before or (separator == "and" and "\n" not in behind):
        trail, lead = _split(before)
        return _Gap(trail, lead, behind, is_leading=True)
    trail, lead = _split(behind)
    return _Gap(before.rstrip() + trail, lead, "", is_leading=False)


def _split(text: str) -> tuple[str, str]:
    """A comment behind an item, and what follows from its line break on."""
    line, sign, rest = text.partition("\n")
    return (line.rstrip(), sign + rest) if line.strip() else ("", text)


def _blank(lead: str) -> str:
    """A break without the comments in it."""
    if not lead.strip():
        return lead
    first = lead[: len(lead) - len(lead.lstrip())]
    return first.rstrip(" ") + lead[len(lead.rstrip()) :].rpartition("\n")[2] if "\n" in first else first or " "
