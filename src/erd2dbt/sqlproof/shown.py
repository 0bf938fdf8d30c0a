"""The column of a table that a column of a query shows unchanged, and the joins on the way to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LookupJoin:
    """A join to one row at most. `pairs`: (table, column) on its left side and on its right side, where they are known;
    `text`: the join in words; `whole`: it compares these pairs alone, and all rows of the right table are there."""

    text: str
    pairs: tuple[tuple[tuple[str, str], tuple[str, str]], ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a table, as `ref` names it; `way`: what is looked up on the way from the query's rows.

    `partly`: only in some rows, and NULL in the others, which are of groupings without it. `outer`: the outer joins
    that give NULL instead where they find nothing."""

    table: str
    column: str
    way: tuple[LookupJoin, ...] = ()
    partly: bool = False
    outer: tuple[LookupJoin, ...] = ()
