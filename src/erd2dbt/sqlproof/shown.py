"""The table column that a query's column shows unchanged, and the joins that lead to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LookupJoin:
    """A join that matches at most one row.

    `pairs`: (table, column) of its left and its right side, where they are known. `text`: the join in words. `whole`:
    it compares only these pairs, and every row of the right table is there.
    """

    text: str
    pairs: tuple[tuple[tuple[str, str], tuple[str, str]], ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a table, as `ref` names it. `way`: the lookup joins from the query's rows to the table.

    `partly`: shown only in some rows, and NULL in rows of groupings without it. `outer`: the outer joins that give NULL
    where they match nothing.
    """

    table: str
    column: str
    way: tuple[LookupJoin, ...] = ()
    partly: bool = False
    outer: tuple[LookupJoin, ...] = ()
