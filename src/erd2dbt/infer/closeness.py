"""The distance between a column's name and the tables that it may refer to. A table's exact name is nearest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile

from erd2dbt.infer.vocabulary import senses
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake
from erd2dbt.read.boxes.layers import bare

_ENDS = frozenset({"id", "key", "code", "no", "nr", "number", "fk", "uuid", "guid", "sku", "name"})
_MODULE = 2  # kinds of tables whose names start with the same words
_OTHER = 2  # words before the match that name another thing
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Distance:
    """A distance; smaller is closer. The fields are in order of weight."""

    no_precedent: bool  # no column of this name refers to the table elsewhere
    doubt: bool  # the name also matches another thing, so names alone do not decide
    by_key: int  # 1: named like the table's key but not like the table; 2: and that key refers to another table
    unmatched: int  # words of the column's name that are not in the table's name; fewer is closer
    is_pairing: bool  # the table only joins others
    other_words: int  # 0: no words before the match, 1: the words of a module, 2: the words of another thing
    unlike: int  # smaller, the more letters the two table names share at the start
    longer: int  # other words before the match


@dataclass(frozen=True, slots=True)
class Column:
    """A column whose name refers to something: `user_id` of `orders`."""

    table: str
    name: str


@dataclass(slots=True)
class Closeness:
    """Features of all table names: the first words that are a module, and the tables that only join others."""

    tables: Iterable[str]
    pairings: Collection[str]
    precedents: Mapping[str, Collection[str]]  # plain column name -> the tables it refers to elsewhere
    words: dict[str, Words] = field(default_factory=dict)
    _next: dict[Words, set[str]] = field(default_factory=dict)  # first words -> the words that follow them

    def __post_init__(self) -> None:
        for table in self.tables:
            found = self.words[table] = words_of(table)
            for at in range(1, len(found)):
                self._next.setdefault(found[:at], set()).add(found[at])

    def _is_module(self, words: Words) -> bool:
        """Whether several kinds of tables start with these words. An order and its lines are one kind."""
        return len(self._next.get(words, ())) >= _MODULE

    def of(self, column: Column, parent: str, *, by_key: int) -> Distance:
        mine, there, child = _stem(column.name), self.words[parent], self.words[column.table]
        same = _same_end(mine, there)
        before, role = there[: len(there) - same], mine[: len(mine) - same]
        glued = not same and not by_key and len(mine) > 0 and there[-1] != mine[-1] and there[-1].endswith(mine[-1])
        if glued:
            role = ()
            before = there
        elif not same and not by_key:
            before, role = (), ()  # the match was found by letters, not by words
        kind = 0 if not before else 1 if self._is_module(before) else 2
        is_pairing = parent in self.pairings
        is_general = same == 1 and "general" in senses(mine[-1])
        says_other = bool(role) and not by_key and (kind == _OTHER or (kind > 0 and is_general))
        nearer = kind > 0 and not by_key and self._has_nearer(child, there, mine)
        return Distance(
            no_precedent=parent not in self.precedents.get(column.name.lower(), ()),
            doubt=says_other or nearer or (is_pairing and kind > 0) or (glued and child[:1] != there[:1]),
            by_key=by_key,
            unmatched=len(role),
            is_pairing=is_pairing,
            other_words=0 if by_key else kind,
            unlike=-_same_letters(column.table, parent),
            longer=len(before),
        )

    def _has_nearer(self, child: Words, there: Words, mine: Words) -> bool:
        """Whether a table of the child's module starts with the word, while the parent is in another module."""
        module = next((child[:at] for at in range(len(child) - 1, 0, -1) if self._is_module(child[:at])), ())
        if not module or there[: len(module)] == module or not mine or child[0] != there[0]:
            return False
        size = len(module)
        inside = (w for w in self.words.values() if len(w) > size and w[:size] == module and w != child)
        return any(w[size].startswith(mine[-1]) for w in inside)


@lru_cache(maxsize=65_536)
def words_of(table: str) -> Words:
    """`act_ru_tasks` -> act, ru, task."""
    found = [word for word in snake(bare(table)).split("_") if word]
    return (*found[:-1], singular(found[-1])) if found else ()


@lru_cache(maxsize=65_536)
def _stem(column: str) -> Words:
    """`billing_user_id` -> billing, user. A name that is only an ending is unchanged."""
    found = [word for word in snake(column).split("_") if word]
    while len(found) > 1 and found[-1].isdigit():
        found.pop()
    while len(found) > 1 and found[-1] in _ENDS:
        found.pop()
    return (*found[:-1], singular(found[-1])) if found else ()


def _same_end(one: Words, other: Words) -> int:
    found = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        found += 1
    return found


def _same_letters(one: str, other: str) -> int:
    pairs = zip(one.lower(), other.lower(), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
