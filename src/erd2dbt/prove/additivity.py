"""Additivity: whether an aggregate of a measure gives a correct total (grain calculus, section 1.3)."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator
from dataclasses import replace

from erd2dbt.prove.measure import MEANS, Aggregate, Measure, Term, is_zero
from erd2dbt.prove.state import State

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
