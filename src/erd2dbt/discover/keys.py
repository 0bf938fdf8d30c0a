"""Finds the key of a table in its rows: the smallest set of columns that is unique and not null.

Names decide which columns are tried, and in which order: by rows alone, an amount could be a key. A sample excludes
most sets, with one statement for each number of columns. The others are checked on all rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from math import prod

from erd2dbt.discover.queries import SAMPLE, Place, Probe
from erd2dbt.draft.key_words import is_code, is_id, is_place
from erd2dbt.infer.key_types import kind_of
from erd2dbt.infer.references import Columns, is_copy, is_named_after
from erd2dbt.infer.words import last_word
from erd2dbt.names.spelling import snake
from erd2dbt.pipelines.summary import plural
from erd2dbt.run.relations import is_comparable

ENOUGH = 10  # rows; fewer are not evidence, and names decide
MANY = 50  # minimum rows for a key without a key's name
_SINGLE = 60  # single columns that are tried, the most likely ones
_TOGETHER = {2: 12, 3: 12, 4: 8}  # number of columns in a set -> number of columns that the sets are chosen from
_FEWER = 5_000  # rows of a sample for sets of columns
_BATCH, _PASSES = 3, 4  # sets of columns in one pass over all rows of a small table, and the number of passes
# The likelihood of a column in a key. Sets of one size are ranked by their sum: an order and its line number come
# before an order and a product.
_OWN, _PLACE, _FOREIGN, _ID, _CODE, _PERIOD, _MOMENT, _WEAK = 0, 0.9, 1, 2, 3, 4, 5, 6
_ALONE = (_OWN, _FOREIGN, _ID, _CODE)  # of a key of one column
_CALENDAR = re.compile(r"(?:^|_)(?:year|month|week|quarter|version|revision|locale|lang(?:uage)?|ordinal)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """The table of the key. `likely`: keys by names, the most likely first; `foreign`: foreign key columns."""

    entity: str
    place: Place
    likely: tuple[Columns, ...] = ()
    foreign: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFound:
    """`columns` is empty if there is no key, and `why` has the reason. `rows`: the number of rows that were read."""

    columns: Columns
    why: str
    rows: int


def find_key(probe: Probe, sought: Sought) -> KeyFound | None:
    """Return the key; None if PostgreSQL does not answer (see `probe.why`).

    One pass counts all rows. At most four more check the sets that the sample did not exclude.
    """
    ranked = _ranked(sought)
    place, likely = sought.place, [some for some in sought.likely if sought.place.has(some)]
    names = list(dict.fromkeys([*islice(ranked, _SINGLE), *(name for some in likely for name in some)]))
    if not names:
        return KeyFound(columns=(), why="none of its columns can be compared", rows=0)
    counted = probe.row(f"select count(*), {_each('count({})', names, place)} from {place.sql}")  # noqa: S608 - quoted
    if counted is None:
        return None
    rows, filled = counted[0], dict(zip(names, counted[1:], strict=True))
    if not rows:
        return KeyFound(columns=(), why="it has no rows", rows=0)
    search = _Search(probe, sought, ranked, rows, filled, likely)
    return search.chosen() if search.try_candidates() else None


# -- which columns


def _ranked(sought: Sought) -> dict[str, float]:
    """Return column -> its likelihood in a key, the most likely first. Columns that cannot be in a key are excluded."""
    found = {}
    for name, column in sought.place.columns.items():
        is_foreign = name in sought.foreign
        after = is_named_after(name, sought.entity) or (
            not is_foreign and is_named_after(name, last_word(sought.entity))
        )
        rank = _rank(name, column.type, is_foreign, after)
        if rank is not None and is_comparable(column.type):
            found[name] = rank
    return dict(sorted(found.items(), key=lambda one: one[1]))


def _rank(name: str, type_: str, foreign: bool, after: bool) -> float | None:
    kind, name = kind_of(type_), snake(name)
    if kind == "time" and type_ != "date":
        return _MOMENT if type_.startswith("timestamp") else None
    is_fraction = type_.startswith("numeric(") and not type_.endswith(",0)")
    if (kind in ("float", "json", "binary", "array", "interval", "boolean", "time") and type_ != "date") or is_fraction:
        return None
    if after:
        return _OWN
    if is_copy(name):
        return None
    if foreign:
        return _FOREIGN
    if is_id(name) or kind == "uuid":
        return _ID
    if is_place(name, type_):
        return _PLACE
    if is_code(name) or type_ == "date":
        return _CODE
    return _PERIOD if _CALENDAR.search(name) else _WEAK


def _each(form: str, names: Iterable[str], place: Place) -> str:
    return ", ".join(form.format(place.columns[name].sql) for name in names)


@dataclass(slots=True)
class _Search:
    """`holds`: sets that are unique in all rows. `repeats`: other sets -> number of repeated values, number of their
    rows."""

    probe: Probe
    sought: Sought
    ranked: Mapping[str, float]
    rows: int
    filled: Mapping[str, int]
    likely: Sequence[Columns]
    pairing: Columns = ()  # all foreign key columns, if the table has no own id
    early: tuple[Columns, ...] = ()  # sets that repeat in a sample
    holds: list[Columns] = field(default_factory=list)
    repeats: dict[Columns, tuple[int, int]] = field(default_factory=dict)

    def full(self) -> list[str]:
        return [name for name in self.filled if self.filled[name] == self.rows]

    def paired(self) -> Columns:
        """Return all foreign key columns, if the table has no id of its own."""
        own = set(self.sought.place.columns) - {name for name, rank in self.ranked.items() if rank in (_FOREIGN, _ID)}
        kinds = {kind_of(self.sought.place.columns[name].type) for name in own if not is_copy(name)}
        full = tuple(name for name in self.full() if self.ranked.get(name) in (_FOREIGN, _ID))
        return full if kinds <= {"time", "boolean"} and len(full) > 1 else ()

    def is_weak(self, some: Columns) -> bool:
        """Return whether a set may be unique by chance: a timestamp alone, or a column without a key's name."""
        ranks = [self.ranked.get(name, _WEAK) for name in some]
        return max(ranks) >= _WEAK or (len(some) == 1 and ranks[0] not in _ALONE)

    def score(self, some: Columns) -> tuple[object, ...]:
        at = sorted(map(list(self.sought.place.columns).index, some))
        ranks = [self.ranked.get(name, _WEAK) for name in some]
        known = some not in self.likely
        return self.is_weak(some), len(some), sum(ranks), known, at

    # -- which sets of columns

    def try_candidates(self) -> bool:
        """Check the keys that names suggest first, and report why one is refused. Returns False without an answer."""
        sets = self.candidates()
        if sets is None:
            return False
        full = set(self.full())
        if not any(len(some) == 1 and self.ranked.get(some[0]) == _OWN for some in sets):
            self.pairing = self.paired()
        named = [some for some in self.likely if full.issuperset(some)][: _BATCH if self.rows < ENOUGH else 1]
        pairing = [self.pairing] if self.pairing else []
        if self.rows <= SAMPLE:
            return self._try_all(list(dict.fromkeys([*pairing, *named, *sets])), _BATCH)
        # A pass is expensive: sets that repeat in a sample need none, and the most likely set is checked alone.
        early = self.repeated(self.sought.place.sample(self.rows, _FEWER), [*pairing, *named])
        if early is None:
            return False
        self.early = tuple(early)
        queue = dict.fromkeys([*pairing, *sets, *named])
        return self._try_all([some for some in queue if some not in self.early], 1)

    def _try_all(self, queue: Sequence[Columns], batch: int) -> bool:
        """Check sets on all rows until some with a key's name are unique."""
        for at in range(0, min(len(queue), batch * _PASSES), batch):
            some = queue[at : at + batch]
            found = self.repeated(self.sought.place.sql, some)
            if found is None:
                return False
            self.repeats |= found
            self.holds += [one for one in some if one not in found]
            if not all(map(self.is_weak, self.holds)):
                break
        self.holds.sort(key=self.score)
        return True

    def candidates(self) -> list[Columns] | None:
        """Return the minimal sets that are unique in a sample, the most likely first."""
        full = self.full()
        if not full:
            return []
        place = self.sought.place
        counts = f"count(*), {_each('count(distinct {})', full, place)}"
        counted = self.probe.row(f"select {counts} from {place.sample(self.rows, SAMPLE)}")  # noqa: S608 - quoted
        if counted is None:
            return None
        distinct = dict(zip(full, counted[1:], strict=True))
        found: list[Columns] = [(name,) for name in full if name in self.ranked and distinct[name] == counted[0]]
        strong = [some for some in found if not self.is_weak(some)]
        parts = [name for name in self.ranked if distinct.get(name, 0) > 1]
        for size, of in _TOGETHER.items():
            if strong:
                break
            sets = [some for some in combinations(parts[:of], size) if self._may_be(some, found, distinct)]
            repeated = self.repeated(place.sample(self.rows, _FEWER), sets)
            if repeated is None:
                return None
            found += [some for some in sets if some not in repeated]
            strong = [some for some in found if not self.is_weak(some)]
        return sorted(found, key=self.score)

    def _may_be(self, some: Columns, found: Iterable[Columns], distinct: Mapping[str, int]) -> bool:
        """Return whether a set has enough distinct values for the rows, and no subset is unique already."""
        smaller = any(set(one) < set(some) for one in found)
        return not smaller and prod(distinct[name] for name in some) >= min(self.rows, _FEWER)

    def repeated(self, source: str, sets: Sequence[Columns]) -> dict[Columns, tuple[int, int]] | None:
        """Return the repeated sets: number of repeated values, number of their rows. One pass."""
        if not sets:
            return {}
        used = list(dict.fromkeys(name for some in sets for name in some))
        place = self.sought.place
        groups = ", ".join(f"({_each('{}', some, place)})" for some in sets)
        mark = f"grouping({_each('{}', used, place)})"
        inner = f"select {mark} as g, count(*) as n from {source} group by grouping sets ({groups}) having count(*) > 1"  # noqa: S608
        found = self.probe.rows(f"select g, count(*), sum(n) from ({inner}) as t group by g")  # noqa: S608 - quoted
        if found is None:
            return None
        marks = {int("".join("0" if name in some else "1" for name in used), 2): some for some in sets}
        return {marks[g]: (int(values), int(rows)) for g, values, rows in found}

    # -- what it comes to

    def chosen(self) -> KeyFound:
        if self.pairing in self.holds:
            return self._found(self.pairing, "it contains only foreign keys")
        is_own = bool(self.holds) and self.ranked.get(self.holds[0][0]) == _OWN and len(self.holds[0]) == 1
        if self.rows < ENOUGH and not is_own:
            named = [some for some in self.likely if some in self.holds]
            if named:
                return self._found(named[0])
        holds = [some for some in self.holds if self.rows >= MANY or not self.is_weak(some)]
        least = [some for some in holds if not any(set(other) < set(some) for other in holds)]
        if not least:
            return KeyFound(columns=(), why="; ".join(self._why_no_key()), rows=self.rows)
        alike = [some for some in least if self.is_weak(some) == self.is_weak(least[0])]
        words = [f"smallest of {len(alike)} candidates"] if len(alike) > 1 else []
        words += ["no name suggests a key"] if self.is_weak(least[0]) else []
        words += [against] if (against := self._against()) else []
        return self._found(least[0], *words)

    def _found(self, some: Columns, *words: str) -> KeyFound:
        unique = f"unique in {self.rows:,} of {self.rows:,} rows, never NULL"
        few = ["too few rows to decide without the name"] if self.rows < ENOUGH else []
        places = list(self.sought.place.columns)
        return KeyFound(
            columns=tuple(sorted(some, key=places.index)), why="; ".join([unique, *few, *words]), rows=self.rows
        )

    def _against(self) -> str:
        """Return why the key by names is not a key; empty if it is, or if names suggest none."""
        for some in self.likely[:1]:
            name = ", ".join(some)
            for column in some:
                if self.filled[column] < self.rows:
                    return f"not {name}: {column} is NULL in {plural(self.rows - self.filled[column], 'row')}"
            if some in self.early:
                return f"not {name}: values repeat in a sample"
            if some in self.repeats:
                values, rows = self.repeats[some]
                stand = "1 value" if values == 1 else f"{values:,} values"
                return f"not {name}: {stand} in {rows:,} rows"
        return ""

    def _why_no_key(self) -> Iterator[str]:
        if against := self._against():
            yield against
        place = self.sought.place
        source = place.sample(self.rows, 10 * SAMPLE)
        columns = ", ".join(c.sql if is_comparable(c.type) else f"{c.sql}::text" for c in place.columns.values())
        inner = f"select count(*) as n from {source} group by {columns} having count(*) > 1"  # noqa: S608 - quoted
        twice = self.probe.row(f"select coalesce(sum(n), 0) from ({inner}) as t")  # noqa: S608 - quoted
        if twice and twice[0]:
            of = "rows" if source == place.sql else "rows of a sample"
            yield f"{int(twice[0]):,} {of} are the same as another in every column"
        elif self.holds:
            yield f"{', '.join(self.holds[0])} is unique in {plural(self.rows, 'row')}, but no name suggests a key"
        else:
            sizes = max(_TOGETHER)
            yield f"no {sizes} of its ids, codes, dates and foreign keys are unique together in {self.rows:,} rows"
