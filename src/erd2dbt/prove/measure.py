"""The measure of a column: what its values are of, how they were made, and which rows have one value."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from erd2dbt.prove.state import State

Term = frozenset[tuple[str, str]]  # a product of columns, each as (entity, source)


class Aggregate(enum.StrEnum):
    """How a value was made.

    VALUE: read from a row of the base table. RATE: the same, but the value is already a ratio. RATIO: a quotient of
    aggregates. NOMINAL: not a number. OTHER: computed from several values by a function without a known law.
    """

    VALUE = "value"
    SUM = "sum"
    COUNT = "count"
    DISTINCT = "count(distinct)"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    SPREAD = "spread"  # a deviation, a percentile: any other statistic of a distribution
    LIST = "list"
    DISTINCT_LIST = "list(distinct)"
    DISTINCT_SUM = "sum(distinct)"
    DISTINCT_AVG = "avg(distinct)"
    RATE = "rate"
    RATIO = "ratio"
    NOMINAL = "nominal"
    OTHER = "other"


ROW_LEVEL = (Aggregate.VALUE, Aggregate.RATE, Aggregate.NOMINAL)
ADDED = (Aggregate.SUM, Aggregate.COUNT, Aggregate.DISTINCT)
MEANS = (Aggregate.AVG, Aggregate.SPREAD)


@dataclass(frozen=True, slots=True)
class Counted:
    """Values that can occur in several groups.

    `values` are the counted columns of `base` (none for an expression). The rows of `base` are grouped by the base
    columns of `by`. Each of them is paired with its name in the current relation.
    """

    base: State
    values: tuple[str, ...]
    by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The values that were collected in a list.

    `element`: the measure of one of them. `length`: the measure of their number. `miscounted`: the measure of the rows
    that occur in it several times; None where each occurs once.
    """

    element: Measure
    length: Measure
    miscounted: Measure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """A level of a stock at a time that depends on the thing: the highest or lowest one, the first or last one.

    `source`: the stock. `things`: the things of which one has this level, where the group has several. `times`: the
    names of the times in which it is the highest or lowest level; none for a first or last level.
    """

    source: str
    things: tuple[str, ...] = ()
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Which sum or count a value is. Two values with the same total and home are equal.

    `read`: the relation, and what is read of it where this may be NULL. `by`: the columns that group it.
    """

    aggregate: Aggregate
    read: tuple[str, ...]
    by: tuple[str, ...]
    filters: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one column of a relation measures.

    `home` (H): columns of the current relation that identify one occurrence of the value; empty where they are not
    among its columns. `group` (G): the same key, named as in the relation where the value was computed. `within`: the
    names that the group columns of a total have among its own rows. `stock`: the time columns along which the value
    cannot be summed. `counted`: set for a distinct count, and for a sum or count whose groups share values (the credits
    of a course, per student). `parts`: numerator and denominator of a ratio. `summands`: the measures of an expression.
    An aggregate must read each of them once, each with its own home.
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
    guessed: bool = False  # a rate only because of its name, or because it is a plain division
    passed: frozenset[str] = frozenset()  # the filters applied to its rows
    weighs: bool = False  # a price, a share, a rate: amounts are multiplied by it
    presumed: bool = False  # a rate only by the form of its formula: its name says nothing
    of_a_piece: bool = False  # the cost or weight of one of several pieces, where the number of pieces is known
    pieces: bool = False  # a number of pieces
    inverse: bool = False  # the reciprocal of its only part
    uneven: bool = False  # a part divided by another whole: multiplied by an amount, it does not give a rate
    apart: frozenset[str] = frozenset()  # the columns in which rows that repeat one value differ
    moved: bool = False  # a value of another row, such as `lag` returns
    shares: frozenset[str] | None = None  # the key within which the values of `home` sum to one
    shifted: bool = False  # whether a constant was added, so that the values of `home` do not sum to one
    percent: bool = False  # whether these values sum to 100
    total: Total | None = None  # of an unchanged sum or count; of a mean or ratio, the one by which it is weighted
    whole: frozenset[str] | None = None  # of a share of a total, also as a percentage: the key of the totals
    within: frozenset[str] = frozenset()
    repeated_by: str = ""  # the join that repeats the value, where hand-written SQL has one
    looked_up: bool = False  # this join only looks up the row of the value, for many rows
    listed: Listed | None = None  # of a list, also as a text
    factors: tuple[Measure, ...] = ()  # of a product with a rate: the amount and the rate
    unmasked: frozenset[str] | None = None  # the home, where rows that repeat the value show 0 instead
    masked: frozenset[str] | None = None  # the home, where rows that repeat the value show NULL instead
    told: frozenset[str] = frozenset()  # of these: the columns that say which rows have a value of their own
    made: bool = False  # a total that hand-written SQL itself computes, with one row per group
    windowed: bool = False  # such a total in each row of its group, as a window computes it
    alone: bool = False  # a made total that some rows show, where others may show another value
    spread: bool = False  # a made total without a home, where several groups show the same one
    extreme: Extreme | None = None
    over: frozenset[str] = frozenset()  # the entities whose rows it aggregates
    terms: frozenset[Term] = frozenset()  # of a total or of several values: the amounts that are added in it
    formula: tuple[str, ...] = ()  # the factors of the value, of a sum: those of what is summed; none where unknown
    skips: bool = False  # a count that skips rows in which its argument is NULL
    filled: frozenset[str] = frozenset()  # of `apart`: the columns that are NULL in all but one of these rows

    @property
    def leaves(self) -> tuple[Measure, ...]:
        """The measures that an aggregate must read once each: the summands, or the measure itself."""
        return self.summands or (self,)

    @property
    def is_rate(self) -> bool:
        """Whether amounts can be multiplied by it, as by a price per piece."""
        ratio = self.aggregate in (Aggregate.RATE, Aggregate.RATIO, *MEANS)
        return (self.weighs or ratio) and not self.uneven

    def is_rate_of(self, amount: Measure) -> bool:
        """Whether `amount` can be multiplied by it. The weight of an order is not a rate of each of its lines.

        The weight of a product is one of each of its levels: a level belongs to a thing, at a time.
        """
        if self.is_rate:
            return True
        return self.of_a_piece and amount.counts_things and (bool(amount.stock) or not self.home < amount.home)

    @property
    def counts_things(self) -> bool:
        """Whether it is a number of things, so that it can be multiplied by the price of one."""
        return self.pieces or self.aggregate in (Aggregate.COUNT, Aggregate.DISTINCT)

    def is_weighted_by(self, amount: Measure) -> bool:
        """Whether a mean or ratio times the amount is a total: only its own count, or its own denominator, is such."""
        return self.total is not None and self.total == amount.total and self.home == amount.home

    @property
    def is_divided(self) -> bool:
        """Whether it is a quotient of two known measures, and not only called a rate."""
        is_rate = self.aggregate is Aggregate.RATE and not self.guessed
        return bool(self.parts[1:]) and (self.aggregate is Aggregate.RATIO or is_rate)

    def renamed(self, names: Mapping[str, str]) -> Measure:
        """The same measure under other column names. Columns that are not in `names` keep their name."""
        counted = self.counted
        if counted is not None:
            counted = replace(counted, by=tuple((names.get(here, here), base) for here, base in counted.by))
        sets = (self.home, self.stock, self.apart, self.filled, self.told)
        home, stock, apart, filled, told = (frozenset(names.get(c, c) for c in columns) for columns in sets)
        return replace(
            self,
            home=home,
            stock=stock,
            apart=apart,
            filled=filled,
            told=told,
            counted=counted,
            parts=tuple(part.renamed(names) for part in self.parts),
            summands=tuple(summand.renamed(names) for summand in self.summands),
            shares=None if self.shares is None else frozenset(names.get(c, c) for c in self.shares),
            whole=None if self.whole is None else frozenset(names.get(c, c) for c in self.whole),
            unmasked=None if self.unmasked is None else frozenset(names.get(c, c) for c in self.unmasked),
            masked=None if self.masked is None else frozenset(names.get(c, c) for c in self.masked),
        ).with_inner(lambda m: m.renamed(names))

    def shown(self, names: Mapping[str, str]) -> Measure:
        """The same measure in a relation that has only the listed columns. A home with a dropped column is lost.

        A dropped column of the key of shares keeps its name, under which rows that are joined again have it.
        """
        apart = frozenset(names[c] for c in self.apart if c in names)
        whole = self.home <= names.keys() and (bool(apart) or not self.apart)
        moved = self.renamed(names)
        if self.unmasked is not None and not self.unmasked <= names.keys():
            moved = replace(moved, unmasked=frozenset())
        if self.masked is not None and not self.masked <= names.keys():
            moved = replace(moved, masked=frozenset())
        return replace(
            moved,
            home=moved.home if whole else frozenset(),
            stock=frozenset(names[c] for c in self.stock if c in names),
            apart=apart,
            filled=frozenset(names[c] for c in self.filled if c in names),
            told=frozenset(names[c] for c in self.told if c in names),
            counted=moved.counted if whole else None,
            parts=tuple(part.shown(names) for part in self.parts),
            summands=tuple(summand.shown(names) for summand in self.summands),
        ).with_inner(lambda m: m.shown(names))

    def with_inner(self, moved: Callable[[Measure], Measure]) -> Measure:
        """The measure, with `moved` applied to its factors and to the measures of what its list collects."""
        if self.listed is None and not self.factors:
            return self
        listed = self.listed
        if listed is not None:
            listed = replace(listed, element=moved(listed.element), length=moved(listed.length))
        return replace(self, listed=listed, factors=tuple(map(moved, self.factors)))


def is_zero(default: str) -> bool:
    try:
        return float(default.strip("'")) == 0
    except ValueError:
        return False
