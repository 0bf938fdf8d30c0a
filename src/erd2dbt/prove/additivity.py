"""Additivity, the second judgement: which aggregates of a measure still say what they seem to (grain calculus, 1.3)."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from erd2dbt.prove.state import State


class Aggregate(enum.StrEnum):
    """How a value came about. VALUE: it stands in a row of the base. RATE: so too, but is a ratio already.
    RATIO: a quotient of aggregates. NOMINAL: no number. OTHER: made of several in a way that nothing is known of."""

    VALUE = "value"
    SUM = "sum"
    COUNT = "count"
    DISTINCT = "count(distinct)"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    SPREAD = "spread"  # a deviation, a percentile: any other figure of how values lie
    LIST = "list"
    DISTINCT_SUM = "sum(distinct)"
    DISTINCT_AVG = "avg(distinct)"
    RATE = "rate"
    RATIO = "ratio"
    NOMINAL = "nominal"
    OTHER = "other"


ROW_LEVEL = (Aggregate.VALUE, Aggregate.RATE, Aggregate.NOMINAL)
ADDED = (Aggregate.SUM, Aggregate.COUNT, Aggregate.DISTINCT)
_SENSITIVE = (Aggregate.SUM, Aggregate.COUNT, Aggregate.AVG, Aggregate.SPREAD)  # to duplicates
_LINEAR = (Aggregate.SUM, Aggregate.AVG, Aggregate.SPREAD)
_MEANS = (Aggregate.AVG, Aggregate.SPREAD)
_DISTINCT = (Aggregate.DISTINCT_SUM, Aggregate.DISTINCT_AVG)


@dataclass(frozen=True, slots=True)
class Counted:
    """Values that can fall into several groups: those of `values` (none for an expression) in `base`, whose rows are
    grouped by the base columns of `by`, each paired with what it is called in the relation that is looked at."""

    base: State
    values: tuple[str, ...]
    by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one column of a relation measures.

    `home` (H): the columns, of the relation that is looked at, by which two occurrences are of two values; empty
    when they are not among its columns. `group` (G): the same key in the words of the place where the value was made.
    `within`: what the columns that a total was grouped by are called in its own rows. `stock`: the time columns along
    which it cannot be added up. `counted`: of a distinct count, and of a sum or count whose groups share values (the
    credits of a course, per student). `parts`: what a ratio divides. `summands`: what an expression lets through: an
    aggregate must meet each of them once, at a home of its own.
    """

    aggregate: Aggregate
    entity: str
    source: str
    home: frozenset[str]
    group: tuple[str, ...]
    filter: str | None = None
    default: str | None = None
    stock: frozenset[str] = frozenset()
    nullable: bool = False
    counted: Counted | None = None
    parts: tuple[Measure, ...] = ()
    summands: tuple[Measure, ...] = ()
    guessed: bool = False  # a rate by its name alone, or by a plain division
    passed: frozenset[str] = frozenset()  # the filters that its rows have passed: a total of them is not that of all
    weighs: bool = False  # a price, a share, a rate: what amounts are multiplied with
    of_a_piece: bool = False  # the cost or weight of one of several pieces, if of these there is a number
    pieces: bool = False  # a number of pieces
    inverse: bool = False  # one over its only part
    uneven: bool = False  # a part of something else than its whole: amounts of each are no rate
    apart: frozenset[str] = frozenset()  # one value stands in several rows, which differ in one of these
    moved: bool = False  # the value of another row, as `lag` shows it
    shares: frozenset[str] | None = None  # the key within which values of `home` add up to one
    whole: frozenset[str] | None = None  # of a part of a total, also of a hundred times that: the key of the totals
    within: frozenset[str] = frozenset()
    repeated_by: str = ""  # the join that repeats it, where that is said in hand-written SQL

    @property
    def leaves(self) -> tuple[Measure, ...]:
        """What must be met once each: the summands, or the measure itself."""
        return self.summands or (self,)

    @property
    def is_rate(self) -> bool:
        """Whether amounts can be multiplied with it: it says how much there is of each one."""
        ratio = self.aggregate in (Aggregate.RATE, Aggregate.RATIO, *_MEANS)
        return (self.weighs or ratio) and not self.uneven

    def is_rate_of(self, amount: Measure) -> bool:
        """Whether the amount can be multiplied with it. The weight of an order is none of each of its lines."""
        if self.is_rate:
            return True
        counts = amount.pieces or amount.aggregate in (Aggregate.COUNT, Aggregate.DISTINCT)
        return self.of_a_piece and counts and not self.home < amount.home

    def renamed(self, names: Mapping[str, str]) -> Measure:
        """Under other column names; those that are not listed keep theirs."""
        counted = self.counted
        if counted is not None:
            counted = replace(counted, by=tuple((names.get(here, here), base) for here, base in counted.by))
        sets = (self.home, self.stock, self.apart)
        home, stock, apart = (frozenset(names.get(c, c) for c in columns) for columns in sets)
        return replace(
            self,
            home=home,
            stock=stock,
            apart=apart,
            counted=counted,
            parts=tuple(part.renamed(names) for part in self.parts),
            summands=tuple(summand.renamed(names) for summand in self.summands),
            shares=None if self.shares is None else frozenset(names.get(c, c) for c in self.shares),
            whole=None if self.whole is None else frozenset(names.get(c, c) for c in self.whole),
        )

    def shown(self, names: Mapping[str, str]) -> Measure:
        """In a relation that shows only the listed columns: a home that is not all shown is lost."""
        apart = frozenset(names[c] for c in self.apart if c in names)
        whole = self.home <= names.keys() and (bool(apart) or not self.apart)
        moved = self.renamed(names)
        return replace(
            moved,
            home=moved.home if whole else frozenset(),
            stock=frozenset(names[c] for c in self.stock if c in names),
            apart=apart,
            counted=moved.counted if whole else None,
            parts=tuple(part.shown(names) for part in self.parts),
            summands=tuple(summand.shown(names) for summand in self.summands),
            shares=moved.shares if self.shares is not None and self.shares <= names.keys() else None,
        )


class Law(enum.StrEnum):
    """A law of additivity that an aggregate breaks."""

    REPEATED = "repeated"
    COLLAPSED = "collapsed"
    OVERLAPPING = "overlapping"
    AVERAGED = "averaged"
    DIVIDED = "divided"
    UNWEIGHTED = "unweighted"
    OVER_TIME = "over time"
    DEFAULTED = "defaulted"


def broken(
    outer: Aggregate, measure: Measure, state: State, by: Collection[str], values: Collection[str] = ()
) -> tuple[Law, ...]:
    """The laws that `outer` of the measure breaks over a relation of this state, grouped by the columns `by`.

    `values`: the column that the measure stands in, where it is no more than one.
    """
    return tuple(law for law, _ in breaches(outer, measure, state, by, values))


def breaches(
    outer: Aggregate, measure: Measure, state: State, by: Collection[str], values: Collection[str] = ()
) -> tuple[tuple[Law, Measure], ...]:
    """Each broken law with the first summand that breaks it."""
    found: dict[Law, Measure] = {}
    for leaf in measure.leaves:
        for law in _broken(outer, leaf, state, by, values):
            found.setdefault(law, leaf)
    return tuple((law, found[law]) for law in Law if law in found)


def _broken(
    outer: Aggregate, measure: Measure, state: State, by: Collection[str], values: Collection[str]
) -> Iterator[Law]:
    """The laws that a single summand breaks."""
    checks = (
        (Law.REPEATED, outer in _SENSITIVE and not occurs_once(measure, state, by)),
        (Law.COLLAPSED, outer in _DISTINCT and not _is_distinct_per_home(measure, state, by, values)),
        (Law.OVERLAPPING, outer is Aggregate.SUM and not _disjoint(measure, state, by)),
        (Law.AVERAGED, outer in _LINEAR and measure.aggregate in _MEANS),
        (Law.DIVIDED, outer in _LINEAR and _divided(outer, measure)),
        (Law.UNWEIGHTED, outer in _LINEAR and measure.aggregate is Aggregate.RATE and not _divided(outer, measure)),
        (Law.UNWEIGHTED, outer in _MEANS and _of_several_totals(measure, state, by)),
        (Law.OVER_TIME, outer is Aggregate.SUM and _along_time(measure, state, by)),
        (Law.DEFAULTED, _counts_default(outer, measure)),
    )
    yield from (law for law, holds in checks if holds)


def rolled(outer: Aggregate, measure: Measure, state: State, by: Collection[str]) -> Aggregate | None:
    """The aggregate of the base rows that `outer` of the measure is equal to, up to a sum of nothing being 0.

    None: it breaks a law, or is a figure of its own, such as the average of daily sums.
    """
    if broken(outer, measure, state, by):
        return None
    if measure.aggregate is Aggregate.VALUE:
        return outer
    return _ROLL_UPS.get((outer, measure.aggregate))


_ROLL_UPS = {
    (Aggregate.SUM, Aggregate.SUM): Aggregate.SUM,
    (Aggregate.SUM, Aggregate.COUNT): Aggregate.COUNT,
    (Aggregate.SUM, Aggregate.DISTINCT): Aggregate.DISTINCT,
    (Aggregate.MIN, Aggregate.MIN): Aggregate.MIN,
    (Aggregate.MAX, Aggregate.MAX): Aggregate.MAX,
}


def occurs_once(measure: Measure, state: State, by: Collection[str] = ()) -> bool:
    """A1: no two rows of one group have the same home. Where an outer join left it empty there is no value either."""
    if measure.apart and measure.apart.isdisjoint(state.closure(by)):
        return False
    columns = measure.home.union(by)
    if any(key.strict and key.columns <= columns for key in state.keys):
        return True
    return state.is_key(columns, filled=measure.home) is not None


def _is_distinct_per_home(measure: Measure, state: State, by: Collection[str], values: Collection[str]) -> bool:
    """A1 for `distinct`: within a group two homes never have the same value, which would be taken once."""
    return bool(values and measure.home) and state.determines([*by, *values], measure.home, values) is not None


def _disjoint(measure: Measure, state: State, by: Collection[str]) -> bool:
    """A3: within one group of `by` no counted value can fall into two of the groups that were counted."""
    counted = measure.counted
    if counted is None:
        return measure.aggregate is not Aggregate.DISTINCT
    reached = state.closure(by)
    fixed = [base for here, base in counted.by if here in reached]
    groups = [base for _, base in counted.by]
    return counted.base.determines([*fixed, *counted.values], groups, filled=counted.values) is not None


def _divided(outer: Aggregate, measure: Measure) -> bool:
    certain = measure.aggregate is Aggregate.RATE and not measure.guessed
    return measure.aggregate is Aggregate.RATIO or (certain and outer is Aggregate.SUM)


def _of_several_totals(measure: Measure, state: State, by: Collection[str]) -> bool:
    """Whether a group has parts of several totals: their mean takes a part of a small total for one of a large one."""
    return measure.whole is not None and not measure.whole <= state.closure(by).keys()


def _along_time(measure: Measure, state: State, by: Collection[str]) -> bool:
    """A7: several points in time of one thing's stock in one group."""
    if not measure.stock:
        return False
    return state.determines([*by, *(things(measure, state) or ())], measure.stock) is None


def things(measure: Measure, state: State) -> frozenset[str] | None:
    """What a stock is of: the rest of a key that its time is a part of, of its own rows; None where none is known."""
    stock = measure.stock
    source = {column.rpartition(".")[0] for column in (*measure.home, *stock)}
    keys = (key.columns for key in state.keys if {column.rpartition(".")[0] for column in key.columns} <= source)
    wider = [key for key in (measure.home, *keys) if stock < key]
    return next((key - stock for key in wider), None)


def _counts_default(outer: Aggregate, measure: Measure) -> bool:
    """A4: a default takes part in everything but a sum, and in a sum unless it is 0."""
    return measure.default is not None and not (outer is Aggregate.SUM and is_zero(measure.default))


def is_zero(default: str) -> bool:
    try:
        return float(default.strip("'")) == 0
    except ValueError:
        return False
