"""Prefixes that say of what kind a column is: its type (`intSellerID`), or its role (`cd_paciente`, `dt_pedido`).

A schema has such prefixes if nearly all of its columns begin with one of a few short words, each in several tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from erd2dbt.names.spelling import snake

_LONGEST = 4  # letters of a prefix
_TABLES = 3  # tables with one prefix
_PREFIXES = 3  # different prefixes
_NEARLY_ALL = 0.85  # share of the columns with one


@dataclass(frozen=True, slots=True)
class KindPrefixes:
    """The prefixes of a schema. `say_type`: they say the type, so that the rest is a whole name."""

    prefixes: frozenset[str] = frozenset()
    say_type: bool = False

    def column(self, name: str, kinds: Mapping[str, str]) -> str:
        """`seller_id` for `intSellerID`, `paciente_code` for `cd_paciente`. `kinds`: a prefix -> its usual form."""
        first, *rest = snake(name).split("_")
        if not rest or first not in self.prefixes:
            return name
        return "_".join(rest) if self.say_type else "_".join((*rest, kinds.get(first, first)))


def kind_prefixes(tables: Mapping[str, Iterable[str]], ends: Iterable[str]) -> KindPrefixes:
    """The prefixes of a schema; none where few columns have one. `ends`: words behind a name that say a role."""
    words = {table: [snake(name).split("_") for name in names] for table, names in tables.items()}
    every = [some for names in words.values() for some in names]
    often: dict[str, set[str]] = {}
    for table, names in words.items():
        for first, *rest in names:
            if rest and len(first) <= _LONGEST:
                often.setdefault(first, set()).add(table)
    found = {first for first, some in often.items() if len(some) >= _TABLES}
    covered = [some for some in every if len(some) > 1 and some[0] in found]
    if len(found) < _PREFIXES or len(covered) < len(every) * _NEARLY_ALL:
        return KindPrefixes()
    known = set(ends)
    return KindPrefixes(frozenset(found), say_type=any(some[-1] in known and len(some) > 2 for some in covered))
