"""Which lines of two texts are the same ones: by those that appear once in either, and then between these."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FEW = 500  # lines of which each is compared with each: among more, the frequent ones are excluded

Pairs = list[tuple[int, int]]


def changed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """(start, end, first, last): lines `start` to `end` have become lines `first` to `last`, the last ones excluded."""
    start = first = 0
    for end, last in [*_same(before, after), (len(before), len(after))]:
        if end > start or last > first:
            yield start, end, first, last
        start, first = end + 1, last + 1


def _same(before: Sequence[str], after: Sequence[str]) -> Pairs:
    """The numbers of the same lines, in order."""
    head = _equal(before, after)
    tail = _equal(before[head:][::-1], after[head:][::-1])
    ends = len(before) - tail, len(after) - tail
    inner = _within(before[head : ends[0]], after[head : ends[1]])
    return [*_first(head), *_moved(inner, head, head), *_moved(_first(tail), *ends)]


def _first(count: int) -> Pairs:
    return [(n, n) for n in range(count)]


def _equal(before: Sequence[str], after: Sequence[str]) -> int:
    """How many lines are equal from the beginning."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((n for n, (left, right) in pairs if left != right), min(len(before), len(after)))


def _within(before: Sequence[str], after: Sequence[str]) -> Pairs:
    anchors = _anchors(before, after)
    if not anchors:
        matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > _FEW)
        return [(at + n, to + n) for at, to, size in matcher.get_matching_blocks() for n in range(size)]
    found: Pairs = []
    start = first = 0
    for end, last in [*anchors, (len(before), len(after))]:
        found += _moved(_same(before[start:end], after[first:last]), start, first)
        found += [(end, last)]
        start, first = end + 1, last + 1
    return found[:-1]


def _moved(pairs: Pairs, by: int, to: int) -> Pairs:
    return [(left + by, right + to) for left, right in pairs]


def _anchors(before: Sequence[str], after: Sequence[str]) -> Pairs:
    """Of the lines that appear once in either, as many as have the same order in both."""
    once = {line for line, n in Counter(after).items() if n == 1}
    places = {line: n for n, line in enumerate(after) if line in once}
    counts = Counter(before)
    candidates = [(n, places[line]) for n, line in enumerate(before) if counts[line] == 1 and line in places]
    return _rising(candidates)


def _rising(pairs: Pairs) -> Pairs:
    """The longest part in which the second numbers rise, too."""
    tops: list[int] = []  # the least second number at which a part of this length ends
    ends: list[int] = []  # the pair that it is of
    before: list[int] = []  # the pair that comes before each
    for index, (_, number) in enumerate(pairs):
        length = bisect_left(tops, number)
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [number]
        ends[length : length + 1] = [index]
    found: Pairs = []
    index = ends[-1] if ends else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]
