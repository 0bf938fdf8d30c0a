"""The columns that FROM offers to the rest of a query, and the column that a reference means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from erd2dbt.prove.state import Claims, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.relation import Rel, Span, index_of

Formula = tuple[exp.Expr, str]  # over ids, and the id of its column
OUTER = "\3"  # a column of an outer query: one value while this query runs


@dataclass(frozen=True, slots=True)
class Missing:
    """A column reference without a column, and the reason.

    Without a reason (a whole row, for example) it is not an error.
    """

    column: exp.Column
    why: str = ""

    @property
    def words(self) -> str:
        return f"column `{one_line(self.column)}` is {self.why}" if self.why else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A join. `multiplies_left`: a row so far may match many rows; `multiplies_right`: the reverse.

    `pairs` are equal columns. In an outer join they are equal only where the `optional` side has a match; it is NULL
    otherwise. In a `full` join either side may be NULL. `filled`: columns of such a side that are not null in its own
    rows. `exact`: the condition has nothing except the pairs.
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
    node: exp.Expr | None = None

    @property
    def fillable(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each side that is NULL where it has no match."""
        sides = zip(*self.pairs, strict=True) if self.full else [self.optional] if self.optional else []
        return tuple(map(tuple, sides))

    def has_value(self, column: str) -> bool:
        """Whether a column of the optional side is not null in each row with a match."""
        compared = {id_ for pair in self.pairs for id_ in pair}
        is_safe = self.node is not None and self.node.find(exp.NullSafeEQ) is not None
        return column in self.filled or (column in compared and not is_safe)


@dataclass(frozen=True)
class Scope:
    """The sources by alias, the columns of `*` in order (name, id), and the state of all sources together.

    A name that is not here may be a name of `outer`. `shapes`: expressions that are columns already. `guessed`: ids of
    columns that are known only because the query mentions them. `alike`: formulas over the other column of a join.
    """

    sources: Mapping[str, Rel]
    star: tuple[tuple[str, str], ...]
    state: State
    outer: Scope | None = None
    links: tuple[Link, ...] = ()
    shapes: Mapping[object, str] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()
    alike: tuple[Formula, ...] = ()

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The columns that are formulas of other columns, also of those that a join makes equal to these."""
        return (*(formula for rel in self.sources.values() for formula in rel.formulas), *self.alike)

    @property
    def depth(self) -> int:
        """How many scopes a reference may belong to: this one and the enclosing ones."""
        return 1 if self.outer is None else 1 + self.outer.depth

    @property
    def open(self) -> bool:
        """Whether there are more columns than those of `star`."""
        return any(rel.open for rel in self.sources.values())

    @property
    def days(self) -> frozenset[str]:
        """The columns whose distinct values have distinct dates."""
        return frozenset[str]().union(*(rel.days for rel in self.sources.values()))

    @property
    def positive(self) -> frozenset[str]:
        """The columns that count from one."""
        return frozenset[str]().union(*(rel.positive for rel in self.sources.values()))

    @property
    def flags(self) -> Mapping[str, exp.Expr]:
        """The columns that show a condition, with the condition over the ids."""
        return {id_: tree for rel in self.sources.values() for id_, tree in rel.flags.items()}

    @property
    def spans(self) -> tuple[Span, ...]:
        """The columns between which rows span disjoint times or numbers."""
        return tuple(span for rel in self.sources.values() for span in rel.spans)

    @cached_property
    def index(self) -> Mapping[str, str | None]:
        """The id of each unqualified name; None where it is ambiguous.

        A known column takes precedence over a guessed one.
        """
        known = index_of([pair for pair in self.star if pair[1] not in self.guessed] if self.guessed else self.star)
        if not self.guessed:
            return known
        return {**index_of([pair for pair in self.star if pair[1] in self.guessed]), **known}

    def find(self, column: exp.Column) -> str | Missing:
        """The id of a column, OUTER for a column of an enclosing query, or why there is none."""
        place = self.place(column)
        if isinstance(place, Missing):
            return place
        scope, id_ = place
        return id_ if scope is self else OUTER

    def place(self, column: exp.Column) -> tuple[Scope, str] | Missing:
        """The scope that a column belongs to, this one or an enclosing one, and its id there."""
        name, table = folded(column.args["this"]), column.args.get("table")
        qualifier = folded(table) if table is not None else ""
        scope: Scope | None = self
        while scope is not None:
            index = _index(scope, qualifier)
            if index is not None and name in index:
                id_ = index[name]
                if id_ is None:
                    return Missing(column, "ambiguous")
                return scope, id_
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
