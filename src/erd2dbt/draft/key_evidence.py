"""The evidence for an undeclared key: which tables reference which, which columns are not null, which are versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.key_words import (
    is_id,
    is_period,
    is_place,
    is_version,
    last_noun,
    short_stem,
)
from erd2dbt.draft.undeclared import ends_of
from erd2dbt.draft.values import Draft, DraftColumn, DraftEntity, DraftLink
from erd2dbt.infer.references import GENERIC, is_named_after, plain
from erd2dbt.infer.vocabulary import tokens
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_SCHEMA = 4  # tables from which a habit of the schema can be seen
_MOSTLY = 0.8  # share of the tables that follow it


@dataclass(frozen=True, slots=True)
class Candidate:
    columns: tuple[str, ...]
    score: float
    why: str


@dataclass
class Neighbours:
    """The draft from the viewpoint of each of its tables."""

    draft: Draft
    foreign: dict[str, set[str]] = field(default_factory=dict)  # entity -> its foreign key columns
    many: dict[str, list[frozenset[str]]] = field(default_factory=dict)  # and those of many-to-one links
    others: tuple[str, ...] = ()  # tables outside the draft
    is_silent: bool = False  # nothing is declared NOT NULL, and `filled` is assumed
    _begun: dict[str, frozenset[str]] = field(default_factory=dict)  # cache of `beginning`

    def __post_init__(self) -> None:
        for link in self.draft.links:
            left, right = ends_of(link)
            self.foreign.setdefault(left, set()).update(a for a, _ in link.pairs)
            for entity, columns in _many(link, left, right):
                self.many.setdefault(entity, []).append(columns)

    @cached_property
    def firsts(self) -> dict[str, list[DraftEntity]]:
        """The name of a first column -> the tables that begin with it."""
        found: dict[str, list[DraftEntity]] = {}
        for one in self.draft.entities:
            found.setdefault(one.columns[0].name if one.columns else "", []).append(one)
        return found

    @cached_property
    def holders(self) -> dict[str, list[str]]:
        """The name of a column -> the tables that have it."""
        found: dict[str, list[str]] = {}
        for one in self.draft.entities:
            for column in one.columns:
                found.setdefault(column.name, []).append(one.name)
        return found

    @cached_property
    def things(self) -> dict[str, str]:
        """The singular name -> its table: `artist` -> `artists`, `collection` -> `editor_collections`."""
        names = [*(one.name for one in self.draft.entities), *self.others]
        ends = {plain(last_noun(name)): name for name in names if "_" in snake(name)}
        return {**ends, **{plain(singular(snake(name))): name for name in names}}

    @cached_property
    def _spelled(self) -> list[tuple[str, str, int]]:
        """Return (table, its name as one word, number of words in it)."""
        names = (*(one.name for one in self.draft.entities), *self.others)
        return [(name, plain(singular(snake(name))), len(snake(name).split("_"))) for name in names]

    def beginning(self, stem: str) -> frozenset[str]:
        """Return the tables whose names begin with a word, except those named after another table with more words."""
        if stem not in self._begun:
            found = [(words, name) for name, spelled, words in self._spelled if spelled.startswith(stem)]
            shortest = min((words for words, _ in found), default=0)
            self._begun[stem] = frozenset(name for words, name in found if words == shortest)
        return self._begun[stem]

    def ending(self, stem: str) -> list[str]:
        """Return the tables whose names end with a word."""
        return [name for name, spelled, _ in self._spelled if spelled.endswith(stem)]

    @cached_property
    def versioned(self) -> set[str]:
        """The ids of versioned tables: they have a row for each version, and other tables reference both columns."""
        found = set()
        for one in self.draft.entities:
            names = [column.name for column in one.columns]
            own = [name for name in names if is_named_after(name, one.name) and name.lower() != "id"]
            own = own or [name for name in names[:1] if begins_named(name, one.name)]
            behind = names[names.index(own[0]) + 1 :][:1] if own else []
            if len(own) == 1 and any(is_version(name) for name in behind) and self._go_together(own[0], one):
                found.add(own[0])
        return found

    def _go_together(self, own: str, one: DraftEntity) -> bool:
        version = next(column.name for column in one.columns if is_version(column.name))
        both = set(self.holders[version]) & set(self.holders[own]) - {one.name}
        others = [other for other in self.draft.entities if other.name in both]
        return any(not any(is_named_after(c.name, other.name) for c in other.columns) for other in others)

    def is_handed_down(self, column: DraftColumn) -> bool:
        """Return whether a table begins with the column and others have it, as flights have `tail_number`."""
        kinds = family(column.type) in ("text", "integer", "uuid", "other") or column.type == "uuid"
        name = column.name.lower()
        told = kinds and name not in GENERIC and not is_period(column) and not is_place(name, column.type)
        return told and column.name in self.firsts and len(self.holders.get(column.name, ())) > 1

    @cached_property
    def declares_nullability(self) -> bool:
        """Whether most tables of the schema have a NOT NULL column, so that a table without one has no key."""
        told = [any(column.fields.get("not_null") for column in one.columns) for one in self.draft.entities]
        return len(told) >= _SCHEMA and sum(told) >= len(told) * _MOSTLY

    @cached_property
    def begins_with_key(self) -> bool:
        """Whether the schema declares NOT NULL for the first columns of tables only, as it does for keys."""
        said = [[bool(column.fields.get("not_null")) for column in one.columns] for one in self.draft.entities]
        if self.is_silent:
            return False
        mixed = [some for some in said if any(some) and not all(some)]
        first = [some for some in mixed if some == sorted(some, reverse=True)]
        return len(mixed) >= _SCHEMA and len(first) >= len(mixed) * _MOSTLY

    def is_only_first(self, column: str, table: str) -> bool:
        """Return whether this table begins with the column, and no other one does."""
        return [one.name for one in self.firsts.get(column, ())] == [table]

    def named_after(self, column: str, but: str) -> list[str]:
        """Return the other tables that a column is named after."""
        names = [*(one.name for one in self.draft.entities), *self.others]
        return [name for name in names if name != but and is_named_after(column, name)]


def _many(link: DraftLink, left: str, right: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Return the end that is drawn with a crow's foot, and its columns."""
    _, caps, _ = link.text.split()
    if link.pairs and caps.startswith("}"):
        yield left, frozenset(a for a, _ in link.pairs)
    if link.pairs and caps.endswith("{"):
        yield right, frozenset(b for _, b in link.pairs)


def begins_named(column: str, table: str) -> bool:
    """Return whether a table's name begins with the thing that a column identifies: `task_no` of `task_cards`."""
    stem = short_stem(column)
    return bool(stem) and tokens(table)[:1] != () and singular(tokens(table)[0].text) == stem


@dataclass
class Table:
    around: Neighbours
    one: DraftEntity

    @cached_property
    def columns(self) -> list[DraftColumn]:
        return [column for column in self.one.columns if column.name != TODO]

    @cached_property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def foreign(self) -> set[str]:
        return self.around.foreign.get(self.one.name, set()) & set(self.names)

    @cached_property
    def filled(self) -> set[str]:
        return {column.name for column in self.columns if column.fields.get("not_null")}

    @cached_property
    def ids(self) -> list[str]:
        return [column.name for column in self.columns if self._tells(column)]

    def _tells(self, column: DraftColumn) -> bool:
        known = column.name in self.foreign or is_id(column.name) or self._is_thing(column)
        known = known or self.around.is_handed_down(column)
        return known or bool(self.shortened(column.name) - {self.one.name})

    def shortened(self, column: str) -> frozenset[str]:
        """Return the tables whose short name the column has: `emp_no` -> `employees`, `partkey` -> `parts`."""
        stem = short_stem(column)
        return self.around.beginning(stem) if stem else frozenset()

    def _is_thing(self, column: DraftColumn) -> bool:
        """Return whether a column has the name of another table: `artist` beside a table `artist`."""
        there = self.around.things.get(plain(column.name))
        return there not in (None, self.one.name) and family(column.type) in ("integer", "other")

    def widened(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """Return the key with the version column, where other tables have a row for each version: `way_id, version,
        k`."""
        versions = [name for name in self.names if is_version(name) and name in self.filled]
        if len(versions) != 1 or versions[0] in key or not self.around.versioned.intersection(key):
            return key
        at = next(n for n, name in enumerate(key) if name in self.around.versioned) + 1
        return (*key[:at], versions[0], *key[at:])

    def may_be_null(self, columns: Iterable[str]) -> bool:
        """Return whether NOT NULL is evidence: the schema declares it for some columns, so the others may be NULL."""
        return bool(self.filled) and not self.filled.issuperset(columns)

    def is_contradicted(self, columns: tuple[str, ...]) -> bool:
        return any(set(columns) <= some for some in self.around.many.get(self.one.name, ()))
