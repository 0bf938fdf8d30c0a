"""Edits of a YAML text at the places of its nodes: entries put in, taken out, replaced; all else stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from erd2dbt.write.merging.tree import Document, Entry, Node


@dataclass(frozen=True, slots=True)
class Edit:
    """A text in the place of a range of characters."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits done; several at one place in their order."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += [text[at : edit.start], edit.text]
        at = max(at, edit.end)
    return "".join([*parts, text[at:]])


def placed(source: Document, entry: Entry, column: int, without: Iterable[Entry] = ()) -> str:
    """An entry's text from its key or dash, its further lines moved along with it to a column.

    Entries in it may be excluded, each with its lines. Without a line break at the end."""
    left = {n for e in without for n in range(source.lead(e), source.line(e.end) + 1)}
    first, last = source.line(entry.start), source.line(entry.end)
    by = column - source.column(entry.start)
    head = source.source[entry.start : source.from_line(first + 1)]
    rest = (source.text_of(n) for n in range(first + 1, last + 1) if n not in left)
    return (head + "".join(moved(line, by) for line in rest)).rstrip("\r\n")


def moved(line: str, by: int) -> str:
    """A line further in or out; a blank one stays."""
    if not line.strip():
        return line
    return " " * by + line if by >= 0 else re.sub(f"^ {{0,{-by}}}", "", line)


def fresh(source: Document, parent: Node, entry: Entry, column: int, without: Iterable[Entry] = ()) -> str:
    """An entry of `parent` as lines of a block collection, with the comments above it."""
    if parent.flow:
        dash = "" if entry.key else "- "
        return f"{' ' * column}{dash}{source.source[entry.start : entry.end]}{source.eol}"
    lines = range(source.lead(entry), source.line(entry.start))
    above = "".join(moved(source.text_of(n), column - source.column(entry.start)) for n in lines)
    return f"{above}{' ' * column}{placed(source, entry, column, without)}{source.eol}"


def is_apart(source: Document, parent: Node, entry: Entry) -> bool:
    """Whether a blank line sets an entry apart from the one before it, or the first from the one behind it."""
    if parent.flow or len(parent.entries) == 1:
        return False
    at = max(next(at for at, sibling in enumerate(parent.entries) if sibling is entry), 1)
    gap = range(source.line(parent.entries[at - 1].end) + 1, source.lead(parent.entries[at]))
    return any(source.is_blank(n) for n in gap)


def inserted(target: Document, parent: Node, after: Entry | None, text: str, *, apart: bool) -> Edit:
    """Lines put in below an entry, or else at the beginning of a collection as far as a dash lets them."""
    first = parent.entries[0]
    if after is None and not target.is_behind_dash(first):
        at = target.from_line(target.lead(first))
        return Edit(at, at, text + target.eol * apart)
    at = target.from_line(target.line((after or first).end) + 1)
    return Edit(at, at, target.eol * apart + text)


def removed(target: Document, entry: Entry, parent: Node) -> Edit | None:
    """An entry's lines taken out with the comments above it and the blank lines that set it apart.

    None when it cannot be, since what follows is on the line of its dash."""
    if target.is_behind_dash(entry):
        behind = next((sibling for sibling in parent.entries if sibling.start > entry.start), None)
        is_bare = behind is not None and not target.words(entry.start, behind.start)
        return Edit(entry.start, behind.start, "") if behind and is_bare else None
    lead, end = target.lead(entry), target.line(entry.end) + 1
    first = lead
    while target.is_blank(end) and first and target.is_blank(first - 1):
        first -= 1
    if first == lead and entry is parent.entries[0]:
        while end < len(target.starts) and target.is_blank(end):
            end += 1
    return Edit(target.from_line(first), target.from_line(end), "")


def replaced(target: Document, theirs: Entry, source: Document, ours: Entry, generated: Iterable[str]) -> Edit:
    """The value of another text in the place of the user's; a comment beside it stays unless it was `generated`."""
    text = placed(source, ours, target.column(theirs.start))
    if theirs.key and ours.key:
        text = target.source[theirs.start : theirs.key.end] + text[ours.key.end - ours.start :]
    end = target.line_end(theirs.end)
    if theirs.value.kind == "scalar":
        known = {*generated, *source.comments_of(ours)}
        beside = [comment for comment in target.words(theirs.start, end + 1) if comment not in known]
        head, *rest = text.split(source.eol)
        text = source.eol.join(["  ".join([head, *beside]), *rest])
    return Edit(theirs.start, end, text)
