"""The table column that a query's column shows unchanged, and the joins that lead to it."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    where they match nothing. `equal`: the columns (table, column) that joins make equal to it, where both are not null.
    """

    table: str
    column: str
    way: tuple[LookupJoin, ...] = ()
    partly: bool = False
    outer: tuple[LookupJoin, ...] = ()
    equal: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)

    def of_table(self, table: str) -> frozenset[str]:
        """The columns of a table that have the same value in each row."""
        return frozenset(column for name, column in {(self.table, self.column), *self.equal} if name == table)

    def may_be(self, other: Shown) -> bool:
        """Whether both may show the column of one row. Two known ways that differ lead to rows in two roles."""
        one_way = self.way == other.way or not (self.way and other.way)
        return (self.table, self.column) == (other.table, other.column) and one_way


@dataclass(frozen=True, slots=True)
class MaybeNull:
    """Why a column may be NULL: where one of the columns `shown` is, or by the phrases.

    `of_none`: it is an aggregate of rows, of which there may be none.
    """

    shown: tuple[Shown, ...] = ()
    why: str = ""
    of_none: str = ""
