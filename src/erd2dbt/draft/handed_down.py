"""Composite keys that are handed down: `course_code, term_code, section_no` of offerings, in enrolments.

Equal names may be a coincidence: reviews and wish lists both have a customer and a product. A key has something of its
own when it contains a column that refers to nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.draft.key_words import VERSIONS
from erd2dbt.infer.key_types import kind_of
from erd2dbt.infer.references import GENERIC, Columns, Reference, Relation, plain
from erd2dbt.infer.vocabulary import senses
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake
from erd2dbt.read.boxes.layers import bare

_SURELY_WHOLE = 3  # columns of a key with which the key of another table begins: that is no coincidence
_FEWEST, _NEARLY_ALL = 4, 0.8  # tables that have one column, and their share of all: the client in front of each key


class HandedDownKeys:
    """The composite keys of a schema. `singles`: (table, its columns) -> the table that they refer to by name."""

    def __init__(self, tables: Iterable[Relation], singles: Mapping[tuple[str, Columns], str]) -> None:
        self._tables = {one.name: one for one in tables}
        self._singles = singles
        self._keys = {plain(one.key[0]) for one in self._tables.values() if len(one.key) == 1} - GENERIC
        often = Counter(name for one in self._tables.values() for name in one.columns)
        self._everywhere = {name for name, n in often.items() if n >= max(_FEWEST, len(self._tables) * _NEARLY_ALL)}

    def parent(self, some: Sequence[Reference]) -> Reference | None:
        """Return the reference to the only table that the columns identify; None where names do not decide."""
        together = [one for one in some if len(one.columns) > 1 and self._is_handed_down(one)]
        return together[0] if len(together) == 1 else None

    def _is_handed_down(self, one: Reference) -> bool:
        child, parent = self._tables[one.child], self._tables[one.parent]
        mine, theirs = set(child.key), set(one.columns)
        if not mine:
            return False  # what its rows are parts of is not known
        if mine == theirs or (mine & theirs - self._everywhere and not theirs < mine):
            return False  # both are parts of the same things
        if self._is_series(parent) and not self._is_named_after(child, parent):
            return False  # two series of one thing: their rows are of one moment by chance
        inside = len(one.to) >= _SURELY_WHOLE and child.key[: len(one.to)] == one.columns != child.key
        return any(self._is_own(parent, b) and (inside or self._goes_with(parent, b)) for b in one.to)

    def _is_series(self, parent: Relation) -> bool:
        """Return whether the key is a thing and a moment finer than a day: `itemid, clock`. A day has parts of its
        own."""
        return any(_is_instant(name, parent.columns.get(name, "")) for name in parent.key)

    def _is_named_after(self, child: Relation, parent: Relation) -> bool:
        """Return whether the parent's word is in the child's name, or in a key column: `trend_parts` of `trends`."""
        word = plain(singular(snake(bare(parent.name))))
        return any(word in plain(name) for name in (bare(child.name), *parent.key))

    def _goes_with(self, parent: Relation, column: str) -> bool:
        """Return whether the column stands for the whole key: all keys and most tables with it have the rest."""
        whole, name = {plain(one) for one in parent.key}, plain(column)
        held = [(set(map(plain, one.columns)), set(map(plain, one.key))) for one in self._tables.values()]
        there = [(columns, key) for columns, key in held if name in columns]
        together = sum(whole <= columns for columns, _ in there)
        return all(whole <= key for _, key in there if name in key) and together >= len(there) * _NEARLY_ALL

    def _is_own(self, parent: Relation, column: str) -> bool:
        """Return whether a key column is the own one of the table: no reference, moment, version or general word."""
        refers = (column,) in parent.tied or (parent.name, (column,)) in self._singles
        refers = refers or any(plain(column).endswith(key) for key in self._keys - {plain(column)})
        name = snake(column).lower()
        is_moment = kind_of(parent.columns.get(column, "")) == "time"
        return not refers and not is_moment and name not in GENERIC | VERSIONS and "period" not in senses(name)


def _is_instant(name: str, type_: str) -> bool:
    """Return whether the column is a timestamp, or a clock as a number."""
    known = canonical(type_) if type_ else None
    of = family(known) if known else None
    return of == "timestamp" or (of == "integer" and "clock" in senses(name))
