"""Captions that say what an arrow is for, and restrict no rows: `aggregates`, `session metrics`, `loads daily`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box
from erd2dbt.infer.rules import Input
from erd2dbt.infer.wording.language import LONGEST, Says, folded
from erd2dbt.infer.wording.languages import LANGUAGES
from erd2dbt.infer.wording.tokens import Words

_FLOW = (
    Says.PURPOSE, Says.SUM, Says.COUNT, Says.DISTINCT, Says.AVERAGE, Says.OF, Says.FROM, Says.FILLER, Says.ALL,
    Says.PER, Says.BY, Says.AND, Says.PLUS, Says.OVER, Says.TIMES, Says.SHARE, Says.PERCENT, Says.AS, Says.DIFFERENCE,
    Says.DAYS, Says.WITHIN, Says.TIME,
)  # fmt: skip
_ENDS = (Says.FIRST, Says.LAST)
_BOUNDS = (Says.MINIMUM, Says.MAXIMUM)
_RESTRICTING = frozenset(
    phrase
    for language in LANGUAGES
    for phrase, meanings in language.meanings.items()
    if not meanings.isdisjoint((Says.WHERE, Says.WITHOUT, Says.NOT))
)
_TELLING = "<>=≥≤≠!?"  # signs that compare or doubt
_NUMBERING = re.compile(r"\d{1,2}")
_REFERENCE = re.compile(r"^(?:id|fk)_(?=..)|(?<=..)_(?:id|key|code|no|nr|fk)$")


@dataclass(frozen=True)
class Purposes:
    """Parses the words of a purpose in a caption of the arrow from `source` to `model`, one of its `inputs`."""

    said: Words
    source: Box
    model: Box
    inputs: tuple[Input, ...]

    def picks(self, start: int, end: int) -> bool | None:
        """Whether the words in between name one row of each group, such as `first touch`. None if a word of them is
        not known as one of a purpose, of flow, or as a name at either end of the arrow."""
        if start == 0 and end == len(self.said) == self.said.after(0, Says.RELATES):
            return False
        return self._reached(start).get(end)

    def _reached(self, start: int) -> dict[int, bool]:
        """Place that known words lead to -> whether they name one row of each group."""
        found, places = {start: False}, [start]
        while places:
            place = places.pop()
            for end, picks in self._steps(place) if place < len(self.said) else ():
                whole = found[place] or picks
                if end not in found or (found[end] and not whole):
                    found[end] = whole
                    places.append(end)
        return found

    def _steps(self, place: int) -> Iterator[tuple[int, bool]]:
        said, token = self.said, self.said.tokens[place]
        yield from ((end, False) for end in self._named(place))
        if token.kind == "sign" and token.text not in _TELLING:
            yield place + 1, False
        if place == 0 and _NUMBERING.fullmatch(token.text):
            yield 1, False  # arrows in an order: `1. aggregates`
        if self._restricts(place):
            return
        for says, end in said.says[place].items():
            of = said.skipped(end, Says.OF, Says.FILLER)
            if says in _FLOW:
                yield end, False
            elif says in _ENDS:  # `latest status` is what a column says, `latest orders` is a part of the rows
                yield end, not any(self._columns(of))
            elif says in _BOUNDS:
                yield end, not any(self._columns(of)) and any(self._boxes(of))

    def _restricts(self, place: int) -> bool:
        """Whether a word is here that restricts rows in any language."""
        names = [folded(token.text) or token.text for token in self.said.tokens[place : place + LONGEST]]
        return any(tuple(names[:size]) in _RESTRICTING for size in range(1, len(names) + 1))

    # -- names at the ends

    def _named(self, place: int) -> Iterator[int]:
        yield from self._boxes(place)
        yield from self._columns(place)
        yield from self._alike(place, self._reference_names)

    def _boxes(self, place: int) -> Iterator[int]:
        return self._alike(place, self._box_names)

    def _columns(self, place: int) -> Iterator[int]:
        return self._alike(place, self._column_names)

    def _alike(self, place: int, names: frozenset[str]) -> Iterator[int]:
        """Places after a name that starts here. `orders.amount` is one word."""
        language = self.said.language
        for end in range(place + 1, min(len(self.said), place + LONGEST) + 1):
            last = self.said.tokens[end - 1]
            if last.kind != "word":
                return
            name = folded(last.text.rpartition(".")[2]) if end == place + 1 else self.said.name(place, end)
            if any(language.is_same(one, name) for one in names):
                yield end

    @cached_property
    def _box_names(self) -> frozenset[str]:
        names = [folded(name) for box in (self.source, self.model) for name in (box.name, *box.aliases)]
        return frozenset((*names, *(name.rpartition("_")[2] for name in names)))

    @cached_property
    def _column_names(self) -> frozenset[str]:
        """Columns of both ends. A flag alone is a condition."""
        boxes = (self.source, self.model)
        return frozenset(folded(n) for box in boxes for n, kind in box.columns.items() if not words.is_truth(kind))

    @cached_property
    def _reference_names(self) -> frozenset[str]:
        """What keys of both ends, and references of other inputs to the source, are named after: `buyer_id`."""
        to_source = {
            folded(name) for one in self.inputs for name, (to, _) in one.box.parents.items() if to == self.source.name
        }
        names = self._column_names | to_source
        return frozenset(bare for name in names if (bare := _REFERENCE.sub("", name)) != name)
