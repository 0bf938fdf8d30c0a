"""What FROM offers to the rest of a query, and where a column reference leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from erd2dbt.prove.state import Claims, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.relation import Rel, index_of

OUTER = "\3"  # a column of an outer query: one value while this query runs


@dataclass(frozen=True, slots=True)
class Missing:
    """A column reference that leads nowhere, and why; without a reason (a whole row, say) it is no fault."""

    column: exp.Column
    why: str = ""

    @property
    def words(self) -> str:
        return f"column `{one_line(self.column)}` is {self.why}" if self.why else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A join as made: `multiplies_left` when a row so far can meet many, `multiplies_right` the other way round.

    `pairs` are equal, and those of an outer join where the `optional` side, filled with NULL else, has a row; of a
    `full` one either side may be filled with NULL. `filled`: the columns of such a side that have a value in each of
    its rows; `exact`: nothing but the pairs is compared.
    """

    text: str
    right: tuple[str, ...]
    multiplies_left: bool
    multiplies_right: bool
    pairs: tuple[tuple[str, str], ...]
    optional: tuple[str, ...]
    after: State
    full: bool = False
    exact: bool = False
    filled: Mapping[str, Claims] = field(default_factory=dict)

    @property
    def fillable(self) -> tuple[tuple[str, ...], ...]:
        """Columns of each side that is filled with NULL where it has no match."""
        sides = zip(*self.pairs, strict=True) if self.full else [self.optional] if self.optional else []
        return tuple(map(tuple, sides))


@dataclass(frozen=True)
class Scope:
    """The sources by alias, the columns of `*` in order (name, id), and the state of all together.

    A name that is not here may be one of `outer`. `shapes` are expressions that stand as columns already; `guessed`
    are ids of columns of which only their mention in the query says that they exist.
    """

    sources: Mapping[str, Rel]
    star: tuple[tuple[str, str], ...]
    state: State
    outer: Scope | None = None
    links: tuple[Link, ...] = ()
    shapes: Mapping[object, str] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        """Whether there are more columns than those of `star`."""
        return any(rel.open for rel in self.sources.values())

    @property
    def days(self) -> frozenset[str]:
        """The columns of which two values are never of one date."""
        return frozenset[str]().union(*(rel.days for rel in self.sources.values()))

    @property
    def positive(self) -> frozenset[str]:
        """The columns that count from one."""
        return frozenset[str]().union(*(rel.positive for rel in self.sources.values()))

    @cached_property
    def index(self) -> Mapping[str, str | None]:
        """The id behind each bare name; None where it is ambiguous. A known column comes before a guessed one."""
        known = index_of([pair for pair in self.star if pair[1] not in self.guessed] if self.guessed else self.star)
        if not self.guessed:
            return known
        return {**index_of([pair for pair in self.star if pair[1] in self.guessed]), **known}

    def find(self, column: exp.Column) -> str | Missing:
        """The id of a column, OUTER for one of an enclosing query, or why there is none."""
        name, table = folded(column.args["this"]), column.args.get("table")
        qualifier = folded(table) if table is not None else ""
        scope: Scope | None = self
        while scope is not None:
            index = _index(scope, qualifier)
            if index is not None and name in index:
                id_ = index[name]
                if id_ is None:
                    return Missing(column, "ambiguous")
                return id_ if scope is self else OUTER
            if qualifier and index is not None:
                return Missing(column, "not known")
            if not qualifier and name in scope.sources:
                return Missing(column)
            scope = scope.outer
        return Missing(column, "not known")


def _index(scope: Scope, qualifier: str) -> Mapping[str, str | None] | None:
    if not qualifier:
        return scope.index
    rel = scope.sources.get(qualifier)
    return None if rel is None else rel.index
