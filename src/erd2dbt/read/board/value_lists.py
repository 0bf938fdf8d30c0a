"""Finds boxes that only list values of another box's row: `status Status` beside a box `Status`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from erd2dbt.names.spelling import slug
from erd2dbt.read.board.clumps import Clump, is_row
from erd2dbt.read.board.values import TABLES, Item, TextLine
from erd2dbt.read.boxes.vocabulary import is_column_word

_TYPED = re.compile(r"(?P<column>(?:\W*\b(?:PK|FK)\b)?\s*[^\W\d]\w*)(?:\s*[:|\t]\s*|\s+)(?P<type>[^\W\d]\w*)\s*")
_VALUE = re.compile(r"[-•*]?\s*['\"]?(?P<value>\w[\w-]*)['\"]?\s*,?")
_MARKED = re.compile(r"\s*(?:«|<<)?\s*enum(?:eration)?\b\s*(?:»|>>)?:?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lists:
    """`lines`: (item, line number) -> the row with its values; `clumps`: the boxes that list them."""

    lines: Mapping[tuple[str, int], TextLine]
    clumps: Sequence[Clump]


def value_lists(found: Sequence[Clump], joined: Iterable[str]) -> Lists:
    """Find rows whose type is the title of another box. `joined`: ids of items that crow's feet touch, which are
    entities."""
    kept = frozenset(joined)
    titled: dict[str, Clump] = {}
    for clump in found:
        if not clump.grid and clump.head.kind not in TABLES and (title := _title(clump)):
            titled.setdefault(slug(_MARKED.sub("", title)), clump)
    lines: dict[tuple[str, int], TextLine] = {}
    used: dict[str, Clump] = {}
    for clump in found:
        for line, item in _rows(clump):
            match = _TYPED.fullmatch(line.text)
            listed = titled.get(slug(match["type"])) if match else None
            if match is None or listed is None or listed is clump or len(line.numbers) != 1 or line.guess:
                continue
            values = () if kept.intersection(_ids(listed)) else _values(listed)
            said = f"its values are those of the box `{match['type']}`" if values else (
                f"`{match['type']}` is beside it as a type is, and is the title of another box")  # fmt: skip
            text = f"{match['column']}: {{{', '.join(values)}}}" if values else match["column"]
            own = item.lines[line.numbers[0]]
            lines[item.id, line.numbers[0]] = replace(own, text=text, guess=said)
            if values:
                used[listed.head.id] = listed
    return Lists(lines, list(used.values()))


def _ids(clump: Clump) -> Iterator[str]:
    yield clump.head.id
    yield from (item.id for item in clump.members)


def _title(clump: Clump) -> str:
    if clump.title:
        return clump.title.text
    lines = [line.text for line, _ in clump.lines if line.text.strip()]
    return next((text for text in lines if _MARKED.sub("", text)), "")


def _rows(clump: Clump) -> Iterator[tuple[TextLine, Item]]:
    if clump.grid or clump.head.kind in TABLES:
        return
    title = clump.title or next((line for line, _ in clump.lines if _MARKED.sub("", line.text)), None)
    yield from ((line, item) for line, item in clump.lines if line is not title and _MARKED.sub("", line.text))


def _values(clump: Clump) -> tuple[str, ...]:
    """Return the lines of a box, if each is one word without type or mark that is not the name of a column."""
    read = [(line, _VALUE.fullmatch(line.text.strip())) for line, _ in _rows(clump)]
    if len(read) < 2 or any(match is None or is_row(line) or is_column_word(match["value"]) for line, match in read):
        return ()
    return tuple(match["value"] for _, match in read if match)
