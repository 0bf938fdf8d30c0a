"""Additivity: whether an aggregate of a measure gives a correct total (grain calculus, section 1.3)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterator, Mapping
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
_SENSITIVE = (Aggregate.SUM, Aggregate.COUNT, Aggregate.AVG, Aggregate.SPREAD)  # to duplicates
_LINEAR = (Aggregate.SUM, Aggregate.AVG, Aggregate.SPREAD)
_READS_ZERO = (
    Aggregate.COUNT,
    Aggregate.DISTINCT,
    Aggregate.MIN,
    Aggregate.AVG,
    Aggregate.DISTINCT_AVG,
    Aggregate.SPREAD,
)
_DISTINCT = (Aggregate.DISTINCT_SUM, Aggregate.DISTINCT_AVG)


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

        The key of shares keeps its names where one of its columns is dropped: rows that are joined again have them.
        """
        apart = frozenset(names[c] for c in self.apart if c in names)
        whole = self.home <= names.keys() and (bool(apart) or not self.apart)
        moved = self.renamed(names)
        if self.shares is not None and not self.shares <= names.keys():
            moved = replace(moved, shares=self.shares)
        if self.whole is not None and not self.whole <= names.keys():
            moved = replace(moved, whole=self.whole)
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
    """The additivity laws that the aggregate `outer` of the measure breaks, over rows of `state` grouped by `by`.

    `values`: the column of the measure, where it is a single column.
    """
    return tuple(law for law, _ in breaches(outer, measure, state, by, values))


def breaches(
    outer: Aggregate, measure: Measure, state: State, by: Collection[str], values: Collection[str] = ()
) -> tuple[tuple[Law, Measure], ...]:
    """Each broken law, with the first summand that breaks it. Takes the arguments of `broken`."""
    found: dict[Law, Measure] = {}
    for leaf in measure.leaves:
        known = settled(leaf, state)
        for summand in (known, *amounts_of_parents(known, state)):
            for law in _broken(outer, summand, state, by, values):
                found.setdefault(law, summand)
        rate = repeated_rate(known, state, by) if outer in _SENSITIVE else None
        if rate is not None:
            named = replace(known, entity=rate.entity, source=rate.source, group=rate.group, weighs=True)
            found.setdefault(Law.REPEATED, named)
    return tuple((law, found[law]) for law in Law if law in found)


def _broken(
    outer: Aggregate, measure: Measure, state: State, by: Collection[str], values: Collection[str]
) -> Iterator[Law]:
    """The laws that one summand breaks."""
    checks = (
        (Law.REPEATED, outer in _SENSITIVE and not occurs_once(measure, state, by)),
        (Law.REPEATED, outer in _READS_ZERO and _shows_zeros(measure, state, by)),
        (Law.REPEATED, outer in _SENSITIVE and _is_spread_over_itself(measure, state, by)),
        (Law.COLLAPSED, outer in _DISTINCT and not _is_distinct_per_home(measure, state, by, values)),
        (Law.OVERLAPPING, outer is Aggregate.SUM and not _disjoint(measure, state, by)),
        (Law.AVERAGED, outer in _LINEAR and measure.aggregate in MEANS),
        (Law.DIVIDED, outer in _LINEAR and _divided(outer, measure) and not _of_one_whole(measure, state, by)),
        (Law.DIVIDED, outer is Aggregate.SUM and measure.shifted and _of_several_totals(measure, state, by)),
        (Law.UNWEIGHTED, outer in _LINEAR and measure.aggregate is Aggregate.RATE and not _divided(outer, measure)),
        (Law.UNWEIGHTED, outer in MEANS and _of_several_totals(measure, state, by)),
        (Law.OVER_TIME, outer is Aggregate.SUM and _along_time(measure, state, by)),
        (Law.DEFAULTED, _counts_default(outer, measure)),
    )
    yield from (law for law, holds in checks if holds)


def rolled(outer: Aggregate, measure: Measure, state: State, by: Collection[str]) -> Aggregate | None:
    """The aggregate over base rows that is equal to `outer` of the measure.

    None where a law is broken, or where no such aggregate exists (the average of daily sums). A sum of no rows counts
    as 0 here.
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
    """A1: no two rows of one group have the same home. A home that an outer join left NULL has no value either."""
    alone = not measure.filled.isdisjoint(state.not_null)  # a filter excludes the other rows with this value
    if measure.apart and measure.apart.isdisjoint(state.closure(by)) and not alone:
        return False
    columns = measure.home.union(by)
    if any(key.strict and key.columns <= columns for key in state.keys):
        return True
    return state.is_key(columns, filled=measure.home) is not None


def terms_of(measure: Measure) -> frozenset[Term]:
    """The amounts that are added in a value, each a product of columns. A share of a whole is not a factor of it."""
    if measure.summands:
        return frozenset[Term]().union(*map(terms_of, measure.summands))
    if measure.terms:
        return measure.terms
    factors = [m for m in measure.factors if m.shares is None and m.whole is None]
    if not measure.factors or not factors:
        return frozenset((frozenset(((measure.entity, measure.source),)),))
    made = frozenset((frozenset[tuple[str, str]](),))
    for factor in factors:
        made = frozenset(one | other for one in made for other in terms_of(factor))
    return made


def _shows_zeros(measure: Measure, state: State, by: Collection[str]) -> bool:
    """Whether rows that repeat the value show 0 instead. A sum is right, and any other aggregate reads the zeros."""
    if measure.unmasked is None or not measure.told.isdisjoint(state.closure(by)):
        return False
    return not occurs_once(replace(measure, home=measure.unmasked), state, by)


def _is_spread_over_itself(measure: Measure, state: State, by: Collection[str]) -> bool:
    """Whether groups have one amount each, spread by shares of which nothing says that they are shares of it."""
    if not measure.factors:
        return False
    amount, rate = measure.factors
    own = rate.shares is not None and rate.whole is None and state.determines(by, amount.home) is not None
    return own or _is_spread_over_itself(amount, state, by)


def _is_distinct_per_home(measure: Measure, state: State, by: Collection[str], values: Collection[str]) -> bool:
    """A1 for `distinct`: within a group, two homes never have the same value. `distinct` would count it once."""
    return bool(values and measure.home) and state.determines([*by, *values], measure.home, values) is not None


def _disjoint(measure: Measure, state: State, by: Collection[str]) -> bool:
    """A3: within one group of `by`, a counted value occurs in at most one of the groups that were counted."""
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


def _of_one_whole(measure: Measure, state: State, by: Collection[str]) -> bool:
    """Whether all rows of a group divide a plain value by the same one, as the payments of an order by its total."""
    if not measure.is_divided or measure.parts[0].aggregate is not Aggregate.VALUE:
        return False
    reached = state.closure(by).keys()
    if all(leaf.home and leaf.home <= reached for leaf in measure.parts[1].leaves):
        return True
    return is_constant_in_wholes(measure, state)


def is_constant_in_wholes(measure: Measure, state: State) -> bool:
    """Whether it has shares times a value that all shares of one total have in common: they sum to that value."""
    product = measure
    while product.factors and product.factors[1].whole is None:
        product = product.factors[0]
    if not measure.is_divided or not product.factors:
        return False
    value, share = product.factors
    return share.whole is not None and bool(value.home) and state.determines(share.whole, value.home) is not None


def settled(measure: Measure, state: State) -> Measure:
    """The measure, where it is a product with a share, in rows of which more is known than in the formula.

    A whole may have one row of another table, as an order has one shipment. Then the shares spread its amounts, too.
    """
    if not measure.factors:
        return measure
    amount, share = measure.factors
    if share.shares is not None and not share.percent and share.home != measure.home:
        if not _is_same_key(amount.home, share.shares, state):
            return measure
        spread = replace(amount, home=share.home, group=share.group, stock=amount.stock | share.stock)
        factors = (amount, replace(share, shares=None, whole=share.shares))
        return replace(spread, weighs=False, total=None, factors=factors)
    inner = settled(amount, state)
    if inner is amount:
        return measure
    kind = Aggregate.VALUE if measure.aggregate is Aggregate.RATE else measure.aggregate
    return replace(measure, aggregate=kind, home=inner.home, parts=(), uneven=False, factors=(inner, share))


def amounts_of_parents(measure: Measure, state: State) -> Iterator[Measure]:
    """The factors of a product that are amounts of a part of its key: the cost of an order's shipment, times pieces.

    A value with a name such as `cost` is one of each piece only if it belongs to something else, such as a product.
    """
    if not measure.factors:
        return
    amount, rate = measure.factors
    apart = (amount.home - {column} for column in sorted(amount.home) if len(amount.home) > 1)
    of_a_piece = rate.of_a_piece and not rate.is_rate and not amount.stock and bool(rate.home - amount.home)
    if of_a_piece and any(state.determines(part, rate.home) is not None for part in apart):
        yield rate
    yield from amounts_of_parents(amount, state)


def repeated_rate(measure: Measure, state: State, by: Collection[str]) -> Measure | None:
    """A rate whose values repeat in a product of rates only: a tax rate per order, times a price per product.

    No factor is an amount of the rows themselves, so that each row adds the rate once more. Shares of a total, times a
    rate, add it once for each total.
    """
    if not measure.factors:
        return None
    value, rate = measure.factors
    if rate.whole is not None:
        added = value.is_rate and is_constant_in_wholes(measure, state)
        return value if added and state.determines([*by, *value.home], rate.whole) is None else None
    factors = list(_rates(measure)) if measure.weighs else []
    return next(iter(factors), None) if not any(occurs_once(factor, state, by) for factor in factors) else None


def _rates(measure: Measure) -> Iterator[Measure]:
    """The rates of a product of rates."""
    if not measure.factors:
        yield measure
    for factor in measure.factors:
        yield from _rates(factor)


def _is_same_key(one: frozenset[str], other: frozenset[str], state: State) -> bool:
    """Whether two sets of columns identify the same rows: each of them determines the other.

    A row that was joined has values in the columns on which it was joined.
    """
    if not one or not other or state.determines(other, one) is None:
        return False
    table = {column.rpartition(".")[0] for column in one}
    joined = {column for column in state.closure(one) if column.rpartition(".")[0] in table - {""}}
    return state.determines(one, other, filled=one | joined) is not None


def _of_several_totals(measure: Measure, state: State, by: Collection[str]) -> bool:
    """Whether a group has shares of several totals. Their mean gives a small total the weight of a large one."""
    return measure.whole is not None and not measure.whole <= state.closure(by).keys()


def _along_time(measure: Measure, state: State, by: Collection[str]) -> bool:
    """A7: one group has the stock of the same thing at several times."""
    if not measure.stock:
        return False
    return state.determines([*by, *(things(measure, state) or ())], measure.stock) is None


def things(measure: Measure, state: State) -> frozenset[str] | None:
    """The key of the thing that a stock belongs to: a key of its rows without the time columns. None where unknown."""
    stock = measure.stock
    source = {column.rpartition(".")[0] for column in (*measure.home, *stock)}
    keys = (key.columns for key in state.keys if {column.rpartition(".")[0] for column in key.columns} <= source)
    wider = [key for key in (measure.home, *keys) if stock < key]
    return next((key - stock for key in wider), None)


def _counts_default(outer: Aggregate, measure: Measure) -> bool:
    """A4: a default changes every aggregate except a sum, and changes a sum unless it is 0."""
    return measure.default is not None and not (outer is Aggregate.SUM and is_zero(measure.default))


def is_zero(default: str) -> bool:
    try:
        return float(default.strip("'")) == 0
    except ValueError:
        return False
