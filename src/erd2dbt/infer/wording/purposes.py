"""Captions that say what an arrow is for, and restrict no rows: `aggregates`, `session metrics`, `loads daily`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box
from erd2dbt.infer.periods import period_of
from erd2dbt.infer.rules import Input
from erd2dbt.infer.vocabulary import word_list
from erd2dbt.infer.wording.conditions import FLAG
from erd2dbt.infer.wording.language import LONGEST, Says, folded
from erd2dbt.infer.wording.languages import LANGUAGES, phrases
from erd2dbt.infer.wording.tokens import Words, read
from erd2dbt.names.plurals import singular

_FLOW = (
    Says.PURPOSE, Says.DETAIL, Says.SNAPSHOT, Says.SUM, Says.COUNT, Says.DISTINCT, Says.AVERAGE, Says.OF, Says.FROM,
    Says.FILLER, Says.ALL, Says.PER, Says.BY, Says.AND, Says.PLUS, Says.OVER, Says.TIMES, Says.SHARE, Says.PERCENT,
    Says.AS, Says.DIFFERENCE, Says.DAYS, Says.WITHIN, Says.TIME,
)  # fmt: skip
_ENDS = (Says.FIRST, Says.LAST)
_BOUNDS = (Says.MINIMUM, Says.MAXIMUM)
_RESTRICTING = phrases(Says.WHERE, Says.WITHOUT, Says.NOT)
_PERIODS = {part: word_list(f"of_{part}") for part in ("hour", "day", "week", "month", "quarter", "year")}
_BEFORE_TIMES = (Says.PER, Says.AND, Says.FIRST, Says.LAST, Says.MINIMUM, Says.MAXIMUM)
_COUNTS = phrases(Says.COUNT)
_DOTS = (".", ")", ":")  # behind a number of an arrow
_TELLING = frozenset("<>=≥≤≠!?~^¬")  # signs that compare, negate or doubt
_NUMBERING = re.compile(r"\d{1,2}")
_REFERENCE = re.compile(r"^(?:id|fk)_(?=..)|(?<=..)_(?:id|key|code|no|nr|fk)$")


def is_of_some_rows(text: str) -> bool:
    """Whether a text has a number, or a word that restricts rows in any language: `only active`, `since 2024`."""
    said = read(text, LANGUAGES[0])
    has_number = any(token.kind in ("number", "date") for token in said.tokens)
    return has_number or any(said.has_phrase(place, _RESTRICTING) for place in range(len(said)))


def _is_measure(kind: str) -> bool:
    return words.is_number(kind) and not words.is_whole(kind)


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
        if start == 0 and end == len(self.said) and self._is_like_flag():
            return None
        return None if self._is_by_other_columns(start, end) else self._reached(start).get(end)

    def _is_like_flag(self) -> bool:
        """Whether the text is only a column of the source that the model does not have, and that may be a flag:
        `returned` with the type `text`."""
        name = self.said.name(0, len(self.said))
        found = [column for column in self.source.columns if folded(column) == name]
        if not found or found[0] in self.model.columns or found[0] in self.source.values or singular(name) != name:
            return False
        kind = self.source.columns[found[0]]
        return "_" not in name and kind is not None and not words.is_time(name, kind) and not _is_measure(kind)

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
        if token.kind == "sign" and _TELLING.isdisjoint(token.text) and not self._is_minus(place):
            yield place + 1, False
        if place == 0 and self._is_numbering():
            yield 1, False
        if (end := said.after(place, Says.DEDUPLICATES)) is not None:  # `without duplicates`
            yield end, False
        if said.has_phrase(place, _RESTRICTING):
            return
        for says, end in said.says[place].items():
            if not self._is_adjective(says, place, end):
                yield from ((behind, picks) for behind, picks in self._step(says, end))

    def _step(self, says: Says, end: int) -> Iterator[tuple[int, bool]]:
        """The place behind a word with this meaning, and whether it names one row of each group."""
        of = self.said.skipped(end, Says.OF, Says.FILLER)
        if says in _FLOW or (says is Says.WITH and self._is_detail(end)):
            yield end, False
        elif says in _ENDS:  # `latest status` is what a column says, `latest orders` is a part of the rows
            yield end, any(self._source(of)) or not any(self._columns(of))
        elif says in _BOUNDS:
            is_of_rows = of == len(self.said) or any(self._boxes(of))
            yield end, any(self._source(of)) or (is_of_rows and not any(self._columns(of)))

    def _is_by_other_columns(self, start: int, end: int) -> bool:
        """Whether the words deduplicate by a column that is not the key: which row stays, only people know."""
        others = frozenset(folded(name) for name in self.source.columns if name not in self.source.key)
        begins = (self.said.after(place, Says.DEDUPLICATES) for place in range(start, end))
        begin = min((one for one in begins if one is not None), default=end)
        return any(any(self._alike(place, others)) for place in range(begin, end))

    def _is_detail(self, place: int) -> bool:
        """Whether words behind `with` name what is joined, as in `with order details`."""
        begin = self.said.skipped(place, Says.FILLER)
        starts = [place, begin, *self._named(begin)]
        return any(self.said.after(start, Says.DETAIL) is not None for start in starts)

    def _is_adjective(self, says: Says, place: int, end: int) -> bool:
        """Whether a word is said of the rows, so that it means a part of them: `the day`, `unique orders`, `current
        employees`, `monthly subscriptions` and, where the source has a column such as `loaded_at`, `loaded trucks`."""
        if says is Says.TIME:
            return not self._is_grain(place)
        if says is Says.DISTINCT:
            return self._is_part(place, end)
        if not any(self._source(end)) and not (self.said.language.is_head_first and self._is_behind_source(place)):
            return False
        if says is Says.PURPOSE:
            word = self.said.name(place, end)
            period = next((part for part, known in _PERIODS.items() if word in known), None)
            is_grain = period is not None and period in map(period_of, self.model.key)
            return (period is not None and not is_grain) or word in self._column_words
        return says is Says.LAST and self.said.after(place, Says.CURRENT) == end

    def _is_behind_source(self, place: int) -> bool:
        """Whether a name of the source ends at this place: `pedidos diarios`."""
        return any(place in self._source(start) for start in range(max(0, place - LONGEST), place))

    def _is_minus(self, place: int) -> bool:
        """Whether a dash is before a word, without a space between them, as in `-gifts`."""
        following = self.said.tokens[place + 1 : place + 2]
        begins = not self.said.tokens[place].glued
        return begins and self.said.is_sign(place, "-−") and any(token.glued for token in following)

    def _is_numbering(self) -> bool:
        """Whether the first word numbers the arrows, as in `1. aggregates`, or the rows, as in `1 row per buyer`."""
        said, first = self.said, self.said.tokens[0]
        is_row = first.text == "1" and said.after(said.skipped(1, Says.FILLER), Says.PER) is not None
        return _NUMBERING.fullmatch(first.text) is not None and (
            is_row or said.text[first.end : first.end + 1] in _DOTS
        )

    def _is_grain(self, place: int) -> bool:
        """Whether a time is that of a grain, as in `per day`, and not a part of the rows, as in `of the day`."""
        if place == 0:
            return True
        before = {says for start in range(place) for says, end in self.said.says[start].items() if end == place}
        is_word = self.said.tokens[place - 1].kind == "word"
        return (is_word and not before) or not before.isdisjoint(_BEFORE_TIMES)

    def _is_part(self, place: int, end: int) -> bool:
        """Whether `unique` is said of rows, and not of a count."""
        before = {says for start in range(place) for says, last in self.said.says[start].items() if last == place}
        is_count = Says.COUNT in before or any(self.said.has_phrase(one, _COUNTS) for one in range(place, end))
        return not is_count and any(self._boxes(end))

    @property
    def is_only_acknowledged(self) -> bool:
        """Whether a word says how the rows were stored, or that each is there once where the grain does not say so."""
        is_key = bool(self.source.key) and set(self.source.key) == set(self.model.key)
        says = (Says.SNAPSHOT, *(() if is_key else (Says.DEDUPLICATES,)))
        return any(self.said.after(place, *says) is not None for place in range(len(self.said)))

    @property
    def is_of_other_grain(self) -> bool:
        """Whether `per` is before a period or a column that is not in the grain of the model: `per month`, `per shop`
        on one row per buyer."""
        begins = (self.said.after(place, Says.PER) for place in range(len(self.said)))
        return any(self._is_other(self.said.skipped(one, Says.FILLER)) for one in begins if one is not None)

    def _is_other(self, place: int) -> bool:
        if place >= len(self.said):
            return False
        grain = frozenset(map(folded, self.model.key))
        if any(self._alike(place, grain | frozenset(_REFERENCE.sub("", name) for name in grain))):
            return False
        word = self.said.name(place, place + 1)
        period = next((part for part, known in _PERIODS.items() if word in known or period_of(word) == part), None)
        if period is None and self.said.after(place, Says.TIME) is not None:
            period = "day"
        if period is not None:
            return period not in map(period_of, self.model.key)
        keys = (*self.source.key, *self.source.parents)
        others = frozenset(folded(name) for name in self.source.columns if name not in keys)
        return any(self._alike(place, others - self._box_names))

    # -- names at the ends

    def _named(self, place: int) -> Iterator[int]:
        yield from self._boxes(place)
        yield from (end for end in self._columns(place) if not any(self._source(end)))
        yield from self._alike(place, self._reference_names)

    def _source(self, place: int) -> Iterator[int]:
        """Places after a name of the source. A column before it is an adjective: `active` in `active orders`."""
        return self._alike(place, self._source_names)

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
        return self._source_names | self._names_of(self.model)

    @cached_property
    def _source_names(self) -> frozenset[str]:
        return self._names_of(self.source)

    def _names_of(self, box: Box) -> frozenset[str]:
        """The names of a box, and their last words. A value or a flag of the source is not one of these."""
        names = frozenset(folded(name) for name in (box.name, *box.aliases))
        return names | frozenset(last for name in names if not self._tells(last := name.rpartition("_")[2]))

    @cached_property
    def _column_names(self) -> frozenset[str]:
        """Columns of both ends. A flag alone is a condition, and so is a value of the source."""
        boxes = (self.source, self.model)
        names = (folded(n) for box in boxes for n, kind in box.columns.items() if not words.is_truth(kind))
        return frozenset(name for name in names if FLAG.match(name) is None and not self._tells(name))

    def _tells(self, name: str) -> bool:
        """Whether a word is a value or a flag of the source."""
        return any(self.said.language.is_same(one, name) for one in self._conditions)

    @cached_property
    def _column_words(self) -> frozenset[str]:
        """The words of the source's columns."""
        return frozenset(word for name in self.source.columns for word in folded(name).split("_"))

    @cached_property
    def _conditions(self) -> frozenset[str]:
        flags = (FLAG.sub("", folded(name)) for name, kind in self.source.columns.items() if words.is_truth(kind))
        return frozenset((*flags, *(folded(value) for values in self.source.values.values() for value in values)))

    @cached_property
    def _reference_names(self) -> frozenset[str]:
        """What keys of both ends, and references of other inputs to the source, are named after: `buyer_id`."""
        to_source = {
            folded(name) for one in self.inputs for name, (to, _) in one.box.parents.items() if to == self.source.name
        }
        names = self._column_names | to_source
        return frozenset(bare for name in names if (bare := _REFERENCE.sub("", name)) != name)
