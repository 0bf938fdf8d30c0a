"""The possible meanings of names in the text of one column: the model's other columns, and the diagram's boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from erd2dbt.escape.sql import ident
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box
from erd2dbt.infer.rules import ColumnQuestion
from erd2dbt.infer.wording.language import Language, folded
from erd2dbt.infer.wording.tokens import Words

_LONGEST = 5  # words of a name


class Place(NamedTuple):
    """A column of a box."""

    box: Box
    column: str

    @property
    def text(self) -> str:
        return f"{self.box.name}.{ident(self.column)}"

    @property
    def kind(self) -> str | None:
        return self.box.columns[self.column]


@dataclass(frozen=True)
class Scope:
    """The names that the text of one column may use."""

    question: ColumnQuestion

    @property
    def boxes(self) -> Mapping[str, Box]:
        return self.question.boxes

    @cached_property
    def siblings(self) -> dict[str, str]:
        """Folded name -> name of the model's other columns, including its grain."""
        names = [*self.question.grain, *self.question.siblings]
        return {folded(name): name for name in names if name != self.question.name}

    @property
    def many(self) -> list[Box]:
        return [one.box for one in self.question.inputs if one.many]

    @property
    def alone(self) -> tuple[Box, ...]:
        return self.question.alone

    def parents(self, box: Box) -> list[Box]:
        """The boxes that a box's foreign keys reference."""
        return list({to: self.boxes[to] for to, _ in box.parents.values() if to in self.boxes}.values())

    # -- names in a text

    def boxes_at(self, said: Words, start: int) -> Iterator[tuple[Box, int]]:
        """The boxes named at a place of the text, longest name first."""
        for end in _ends(said, start):
            name = said.name(start, end)
            found = [box for box in self.named(said) if _is_box(name, box, said.language)]
            exact = [box for box in found if name in map(folded, (box.name, *box.aliases))]
            yield from ((box, end) for box in exact or found)

    def named(self, said: Words) -> list[Box]:
        """All boxes that a text names anywhere, in the order of the diagram."""
        key = said.language.name, said.text
        if key not in self._named:
            names = {name for place in range(len(said)) for name in _names_at(said, place)}
            owners = {folded(token.text.split(".")[-2]) for token in said.tokens if "." in token.text[1:-1]}
            found = [b for b in self.boxes.values() if any(_is_box(name, b, said.language) for name in names | owners)]
            self._named[key] = found
        return self._named[key]

    @cached_property
    def _named(self) -> dict[tuple[str, str], list[Box]]:
        return {}

    def columns_at(self, said: Words, start: int, box: Box) -> Iterator[tuple[str, int]]:
        """Columns of a box that are named at a place of the text."""
        for end in _ends(said, start):
            if (column := self.column(box, said.name(start, end), said.language)) is not None:
                yield column, end

    def column(self, box: Box, name: str, language: Language) -> str | None:
        """The column of a box with this folded name, or the only one that differs in number; None without one."""
        exact = [column for column in box.columns if folded(column) == name]
        exact = exact or [column for written, column in box.written.items() if folded(written) == name]
        alike = [column for column in box.columns if language.is_same(folded(column), name)]
        found = exact or alike or list(_of_compound(box, name, language))
        return found[0] if len(found) == 1 else None

    def dotted(self, text: str, language: Language) -> Place | None:
        """`orders.amount`, by any name of the box. A schema may be in front. None for other texts."""
        *_, owner, column = ("", *text.split("."))
        if not owner:
            return None
        for box in self.boxes.values():
            if folded(owner) in map(folded, (box.name, *box.aliases)):
                name = self.column(box, folded(column), language)
                return Place(box, name) if name is not None else None
        alike = [box for box in self.boxes.values() if language.is_same(folded(owner), folded(box.name))]
        name = self.column(alike[0], folded(column), language) if len(alike) == 1 else None
        return Place(alike[0], name) if name is not None else None

    def sibling(self, name: str, language: Language) -> str | None:
        """The model's column with this folded name, or the only one that counts or sums it; None without one."""
        if name in self.siblings:
            return self.siblings[name]
        if name == folded(self.question.name):
            return None
        found = [
            column
            for column in self.siblings.values()
            if language.is_same(folded(words.counted(column)), name) and words.is_counting(column)
        ]
        return found[0] if len(found) == 1 else None

    def times(self, box: Box) -> list[str]:
        """The times of a box, except those that a grain needs."""
        return [name for name, kind in box.columns.items() if name not in box.made and words.is_time(name, kind)]


def _of_compound(box: Box, name: str, language: Language) -> Iterator[str]:
    """The column that ends a compound with its box: `rechnungsbetrage` is `betrag` of `rechnung`."""
    if not language.joints:
        return
    for column in box.columns:
        heads = (name[:at] for at in range(1, len(name)) if language.is_same(folded(column), name[at:]))
        owners = {head.removesuffix(joint) for head in heads for joint in language.joints}
        if not owners.isdisjoint(map(folded, (box.name, *box.aliases))):
            yield column


def _ends(said: Words, start: int) -> Iterator[int]:
    """Places after the words that start here, longest name first. A single word in other signs is not a name."""
    end = start
    while (
        end < min(len(said), start + _LONGEST) and said.tokens[end].kind == "word" and "." not in said.tokens[end].text
    ):
        end += 1
    yield from range(end, start, -1)


def _names_at(said: Words, start: int) -> Iterator[str]:
    return (said.name(start, end) for end in _ends(said, start))


def _is_box(name: str, box: Box, language: Language) -> bool:
    names = [folded(one) for one in (box.name, *box.aliases)]
    heads = [names[0].rpartition("_")[2]]
    heads += [names[0].partition("_")[0]] if language.is_head_first else []
    return any(language.is_same(one, name) for one in (*names, *heads))
