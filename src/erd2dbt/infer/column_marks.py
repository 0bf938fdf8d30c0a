"""Marks of tables in front of their columns: `CNT_NO` of `CONTAINER`, to which `MOV_CNT_NO` of `MOVE` refers.

Some schemas begin each column of a table with the same letters, which no other table has. In other tables these letters
stand for the table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_MARK = re.compile(r"([a-z][a-z0-9]{1,4})_(?=[a-z])")
_FEWEST, _NEARLY_ALL = 4, 0.8  # tables with a mark, and their share of the tables with several columns


@dataclass(frozen=True, slots=True)
class ColumnMarks:
    """`of`: table -> its mark. `rests`: mark -> what follows it in the columns of its table, and the table's word."""

    of: Mapping[str, str] = field(default_factory=dict)
    rests: Mapping[str, tuple[frozenset[str], str]] = field(default_factory=dict)

    def column(self, name: str, table: str) -> str:
        """`container_no` for `MOV_CNT_NO`, `no` for `CNT_NO` of its own table. Unchanged in a table without a mark."""
        if table not in self.of:
            return name
        words = snake(name).split("_")[1:]
        for at, word in enumerate(words[:-1]):
            rests, thing = self.rests.get(word, (frozenset[str](), ""))
            if "_".join(words[at + 1 :]) in rests:
                return "_".join([*words[:at], thing, *words[at + 1 :]])
        return "_".join(words)


def column_marks(tables: Mapping[str, Iterable[str]]) -> ColumnMarks:
    """The marks of a schema; none where few tables have one, or where two tables have the same."""
    columns = {table: [snake(name) for name in names] for table, names in tables.items()}
    several = {table: names for table, names in columns.items() if len(names) > 1}
    found = {table: mark for table, names in several.items() if (mark := _mark(names))}
    often = Counter(found.values())
    found = {table: mark for table, mark in found.items() if often[mark] == 1}
    if len(found) < max(_FEWEST, len(several) * _NEARLY_ALL):
        return ColumnMarks()
    rests = {
        mark: (frozenset(name[len(mark) + 1 :] for name in columns[table]), singular(snake(table)))
        for table, mark in found.items()
    }
    return ColumnMarks(found, rests)


def _mark(names: Iterable[str]) -> str:
    """The letters with which all names begin; empty without any."""
    found = {said[1] if (said := _MARK.match(name)) else "" for name in names}
    return found.pop() if len(found) == 1 else ""
