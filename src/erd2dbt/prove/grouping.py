"""Measures of aggregates: what a column measures after GROUP BY reduces rows to one for each group."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from erd2dbt.prove import arithmetic
from erd2dbt.prove.additivity import breaches, is_constant_in_wholes, occurs_once, rolled, settled, terms_of, things
from erd2dbt.prove.measure import ADDED, MEANS, ROW_LEVEL, Aggregate, Counted, Extreme, Listed, Measure, Total
from erd2dbt.prove.state import State

_KEPT = (Aggregate.RATE, Aggregate.RATIO, Aggregate.AVG, Aggregate.SPREAD, Aggregate.DISTINCT, Aggregate.NOMINAL)
_SHOWN = (Aggregate.MIN, Aggregate.MAX)
_MADE = {
    Aggregate.LIST: Aggregate.NOMINAL,
    Aggregate.DISTINCT_LIST: Aggregate.NOMINAL,
    Aggregate.DISTINCT_SUM: Aggregate.OTHER,
    Aggregate.DISTINCT_AVG: Aggregate.AVG,
}
COUNTS = {Aggregate.LIST: Aggregate.COUNT, Aggregate.DISTINCT_LIST: Aggregate.DISTINCT}  # the length of each


@dataclass(frozen=True, slots=True)
class Bag:
    """Rows that are reduced to one for each group.

    `met` pairs the outer name of each group column with the column of the rows. `group` has the names for messages.
    """

    state: State
    met: tuple[tuple[str, str], ...]
    group: tuple[str, ...]

    @property
    def by(self) -> list[str]:
        return [own for _, own in self.met]

    @property
    def home(self) -> frozenset[str]:
        return frozenset(outside for outside, _ in self.met)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An aggregate over a bag.

    `values`: the column it reads, where it reads a single one. `read`: the relation, and the argument where this may be
    NULL. `passing`: the rows that pass its own FILTER. `source` and `filter`: words for messages. `passed`: the filters
    of the bag. `rows`: of a list, the rows that it collects. `over`: the entities of which each row is one row.
    `skips`: its argument may be NULL in a row that is there.
    """

    aggregate: Aggregate
    values: tuple[str, ...]
    read: tuple[str, ...]
    passing: State
    source: str
    entity: str
    filter: str | None = None
    passed: frozenset[str] = frozenset()
    rows: Measure | None = None
    over: frozenset[str] = frozenset()
    skips: bool = False


def aggregated(call: Call, measure: Measure, bag: Bag) -> Measure:
    """The measure of an aggregate: one value for each group. An aggregate of a sum is the sum of its aggregates."""
    if call.aggregate is Aggregate.SUM and len(measure.leaves) > 1:
        return replace(_together([aggregated(call, leaf, bag) for leaf in measure.leaves]), formula=measure.formula)
    formula = measure.formula if call.aggregate is Aggregate.SUM else ()
    measure = settled(measure, bag.state)
    if call.aggregate in _SHOWN and _is_one_value(measure, bag):
        return picked(measure, bag)
    base = rolled(call.aggregate, measure, bag.state, bag.by)
    if base is not None and measure.aggregate not in ROW_LEVEL:  # the same aggregate, for larger groups
        made = replace(measure, aggregate=base, counted=_recounted(call, measure, bag))
        made = replace(made, passed=made.passed | call.passed, total=_totalled(call, measure.total, bag))
    else:
        made = _fresh(call, measure, bag)
    levels = (Aggregate.SUM, *_SHOWN)
    return replace(
        made,
        home=bag.home,
        group=bag.group,
        within=frozenset(own.rpartition(".")[2] for own in bag.by),
        apart=_apart(measure, bag),
        filled=frozenset(outside for outside, own in bag.met if own in measure.filled),
        default=None,
        formula=formula,
        unmasked=None,
        masked=None,
        told=frozenset(),
        nullable=False,
        stock=levels_of(measure, bag) if call.aggregate in levels else frozenset(),
        extreme=extreme_of(measure, bag, over_times=True) if call.aggregate in _SHOWN else None,
        listed=_listed(call, call.rows, measure, bag) if call.rows is not None else None,
    )


def _listed(call: Call, rows: Measure, measure: Measure, bag: Bag) -> Listed:
    """What is collected in a list. The number of its elements is a count of the rows that it reads."""
    counting = COUNTS[call.aggregate]
    length = aggregated(replace(call, aggregate=counting, rows=None), rows, bag)
    twice = next((m for _, m in breaches(counting, rows, call.passing, bag.by, call.values)), None)
    if twice is not None:
        length = replace(length, home=frozenset(), group=twice.group, repeated_by=twice.repeated_by)
    return Listed(element=picked(measure, bag), length=length, miscounted=twice)


def _apart(measure: Measure, bag: Bag) -> frozenset[str]:
    """The group columns in which two rows with the same value may still differ."""
    return frozenset(outside for outside, own in bag.met if own in measure.apart)


def _together(measures: Sequence[Measure]) -> Measure:
    made = arithmetic.added(measures)
    assert made is not None
    return made


def _fresh(call: Call, measure: Measure, bag: Bag) -> Measure:
    kind = _MADE.get(call.aggregate, call.aggregate)
    rows = frozenset((frozenset(((measure.entity, "1"),)),))
    divided = call.aggregate is Aggregate.SUM and measure.is_divided  # by one value in each group, and still a ratio
    divided = divided and not is_constant_in_wholes(measure, bag.state)
    if (call.aggregate in _SHOWN and measure.aggregate in _KEPT) or divided:
        kind = measure.aggregate
    return Measure(
        aggregate=kind,
        entity=call.entity,
        source=call.source,
        home=measure.home,
        group=measure.group,
        filter=call.filter,
        passed=call.passed | measure.passed,
        counted=_counted(call, measure, bag),
        terms=rows if call.aggregate is Aggregate.COUNT else terms_of(measure),
        total=_totalled(call, None, bag),
        skips=call.aggregate is Aggregate.COUNT and call.skips,
        weighs=call.aggregate in (*_SHOWN, *MEANS) and measure.weighs,
        of_a_piece=call.aggregate in (*_SHOWN, *MEANS) and measure.of_a_piece,
        pieces=call.aggregate in (Aggregate.SUM, *_SHOWN) and measure.pieces,
        parts=measure.parts if kind is measure.aggregate else (),
        over=call.over | measure.over,
    )


def _totalled(call: Call, known: Total | None, bag: Bag) -> Total | None:
    """Which total the aggregate is, or by which one it is weighted. `known`: the total that is rolled up."""
    kind = Aggregate.COUNT if call.aggregate is Aggregate.AVG else call.aggregate
    if kind not in ADDED:
        return None
    filters = call.passed | ({call.filter} if call.filter is not None else set())
    if known is not None:
        return replace(known, by=(*known.by, *bag.by), filters=known.filters | filters)
    read = call.read if kind is Aggregate.COUNT else (*call.read, call.source)
    return Total(aggregate=kind, read=read, by=tuple(bag.by), filters=filters)


def _counted(call: Call, measure: Measure, bag: Bag) -> Counted | None:
    """The values that a later sum could count in several groups; None where there are none."""
    if call.aggregate is Aggregate.DISTINCT:
        return Counted(call.passing, call.values, bag.met)
    if call.aggregate not in (Aggregate.SUM, Aggregate.COUNT, *_SHOWN) or occurs_once(measure, bag.state):
        return None
    if call.aggregate in _SHOWN and not measure.home:  # any of the groups may show the same value
        return Counted(bag.state, (), bag.met)
    bounds = call.aggregate in _SHOWN  # a bound is the same however often a value is there
    in_groups = bounds or occurs_once(measure, bag.state, bag.by)
    return Counted(bag.state, tuple(sorted(measure.home)), bag.met) if in_groups else None


def _regrouped(counted: Counted | None, bag: Bag) -> Counted | None:
    """The same bag in the larger groups of a roll-up; None where a group column is not among the smaller ones."""
    if counted is None:
        return None
    known = dict(counted.by)
    grouped = tuple((outside, known[own]) for outside, own in bag.met if own in known)
    return replace(counted, by=grouped) if len(grouped) == len(bag.met) else None


def _recounted(call: Call, measure: Measure, bag: Bag) -> Counted | None:
    """What the groups of a roll-up may share: the values that were counted, or smaller groups that the rows repeat.

    Where it may be both, or cannot be said in the new groups, no two of these can be summed.
    """
    known, repeated = _regrouped(measure.counted, bag), _counted(call, measure, bag)
    if measure.counted is None:
        return repeated
    return known if known is not None and repeated is None else Counted(bag.state, (), bag.met)


def _is_one_value(measure: Measure, bag: Bag) -> bool:
    """Whether all rows of a group have the same value, and several groups may have it too."""
    if not measure.home or bag.state.determines(bag.by, measure.home) is None:
        return False
    return bag.state.determines(measure.home, bag.by) is None


def picked(measure: Measure, bag: Bag) -> Measure:
    """The measure of a value from one row of each group: `first`, or `min` of equal values."""
    if measure.summands:
        return replace(
            _moved(measure, bag), summands=tuple(_moved(summand, bag) for summand in measure.summands), shares=None
        )
    return _moved(measure, bag)


def _moved(measure: Measure, bag: Bag) -> Measure:
    outside = {own: name for name, own in bag.met}
    home, group, spread = bag.home, bag.group, measure.spread
    if measure.home and measure.home <= outside.keys():
        home = frozenset(outside[c] for c in measure.home)
        group = measure.group if measure.made else group
    elif _is_one_value(measure, bag):
        home, spread = frozenset(), measure.made
        group = measure.group if measure.made else group
    shared = bool(home) and bool(measure.home) and not occurs_once(measure, bag.state)  # groups may pick one value
    counted = Counted(bag.state, tuple(sorted(measure.home)), bag.met) if shared else None
    moved = replace(
        measure, home=home, group=group, spread=spread, stock=levels_of(measure, bag), counted=counted, shares=None
    )
    moved = replace(moved, extreme=extreme_of(measure, bag, over_times=False))
    return replace(moved, apart=_apart(measure, bag)).with_inner(lambda m: picked(m, bag))


def extreme_of(measure: Measure, bag: Bag, *, over_times: bool) -> Extreme | None:
    """Which level of a stock one row of each group shows; None for other measures. `over_times`: the highest or lowest.

    A level that was taken before is one of its thing, or of any of several things.
    """
    known = measure.extreme
    if known is None and not measure.stock:
        return None
    known = known or Extreme(source=measure.source)
    of = things(measure, bag.state) or frozenset() if measure.stock else measure.home
    chosen = bag.state.determines(bag.by, of) is None
    at_times = over_times and bool(measure.stock) and bag.state.determines(bag.by, measure.stock) is None
    return replace(
        known,
        things=known.things or (_names(of) if chosen else ()),
        times=known.times or (_names(measure.stock) if at_times else ()),
    )


def _names(columns: Collection[str]) -> tuple[str, ...]:
    return tuple(column.rpartition(".")[2] for column in sorted(columns))


def labelled(measure: Measure, bag: Bag) -> Measure:
    """The measure of a column that the rows are grouped by.

    Its home is lost where rows of several homes have equal values, or where several groups repeat the value without its
    home.
    """
    outside = {own: name for name, own in bag.met}
    summands = tuple(labelled(summand, bag) for summand in measure.summands)
    stock = levels_of(measure, bag)
    made = replace(measure, stock=stock, summands=summands, counted=None, shares=None, apart=_apart(measure, bag))
    made = made.with_inner(lambda m: labelled(m, bag))
    if measure.home and measure.home <= outside.keys():
        return replace(made, home=frozenset(outside[c] for c in measure.home))
    determined = bag.state.determines(bag.by, measure.home) is not None
    alike = determined and bag.state.determines(measure.home, bag.by) is not None
    spread = made.spread or (made.made and bool(measure.home) and determined and not alike)
    return replace(made, home=bag.home if alike else frozenset(), spread=spread)


def levels_of(measure: Measure, bag: Bag) -> frozenset[str]:
    """The group columns along which a stock is still a level (A7).

    This is its time, while the time columns are kept. Otherwise it is every group column that does not depend on the
    measured thing: two groups of the same thing belong to two times.
    """
    if not measure.stock:
        return frozenset()
    at = bag.state.closure(measure.stock, filled=measure.stock)
    kept = [(outside, own) for outside, own in bag.met if own in at]
    if bag.state.determines([own for _, own in kept], measure.stock) is not None:
        return frozenset(outside for outside, _ in kept)
    of = things(measure, bag.state)
    if of is None:  # any one of several columns may be the time
        return frozenset(outside for outside, _ in kept or (bag.met if len(bag.met) > 1 else ()))
    decided = bag.state.closure(of, filled=measure.home | of)
    return frozenset(outside for outside, own in bag.met if own not in decided)


def is_total(measure: Measure) -> bool:
    """Whether a missing group means 0: true for sums and counts."""
    return measure.aggregate in ADDED
