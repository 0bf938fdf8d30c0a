"""Additivity, the second judgement: which aggregates of a measure still say what they seem to (grain calculus, 1.3)."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from erd2dbt.prove.state import State


class Aggregate(enum.StrEnum):
    """How a value came about. VALUE: it stands in a row of the base. RATE: so too, but is a ratio already.
    RATIO: a quotient of aggregates. OTHER: made of several in a way that nothing is known of."""

    VALUE = "value"
    SUM = "sum"
    COUNT = "count"
    DISTINCT = "count(distinct)"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    RATE = "rate"
    RATIO = "ratio"
    OTHER = "other"


ROW_LEVEL = (Aggregate.VALUE, Aggregate.RATE)
_SENSITIVE = (Aggregate.SUM, Aggregate.COUNT, Aggregate.AVG)  # to duplicates
_LINEAR = (Aggregate.SUM, Aggregate.AVG)


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
    `stock`: the time columns along which it cannot be added up. `counted`: of a distinct count, and of a sum or count
    whose groups share values (the credits of a course, per student). `parts`: what a ratio divides, or the distinct
    counts that were added to one figure.
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
    guessed: bool = False  # a rate by its name alone

    def renamed(self, names: Mapping[str, str]) -> Measure:
        """Under other column names; those that are not listed keep theirs."""
        counted = self.counted
        if counted is not None:
            counted = replace(counted, by=tuple((names.get(here, here), base) for here, base in counted.by))
        home, stock = (frozenset(names.get(c, c) for c in columns) for columns in (self.home, self.stock))
        parts = tuple(part.renamed(names) for part in self.parts)
        return replace(self, home=home, stock=stock, counted=counted, parts=parts)

    def shown(self, names: Mapping[str, str]) -> Measure:
        """In a relation that shows only the listed columns: a home that is not all shown is lost."""
        whole = self.home <= names.keys()
        moved = self.renamed(names)
        return replace(
            moved,
            home=moved.home if whole else frozenset(),
            stock=frozenset(names[c] for c in self.stock if c in names),
            counted=moved.counted if whole else None,
            parts=tuple(part.shown(names) for part in self.parts),
        )


class Law(enum.StrEnum):
    """A law of additivity that an aggregate breaks."""

    REPEATED = "repeated"
    OVERLAPPING = "overlapping"
    AVERAGED = "averaged"
    DIVIDED = "divided"
    UNWEIGHTED = "unweighted"
    OVER_TIME = "over time"
    DEFAULTED = "defaulted"


def broken(outer: Aggregate, measure: Measure, state: State, by: Collection[str]) -> tuple[Law, ...]:
    """The laws that `outer` of the measure breaks over a relation of this state, grouped by the columns `by`."""
    checks = (
        (Law.REPEATED, outer in _SENSITIVE and not occurs_once(measure, state, by)),
        (Law.OVERLAPPING, outer is Aggregate.SUM and not _disjoint(measure, state, by)),
        (Law.AVERAGED, outer in _LINEAR and measure.aggregate is Aggregate.AVG),
        (Law.DIVIDED, outer in _LINEAR and _divided(outer, measure)),
        (Law.UNWEIGHTED, outer in _LINEAR and measure.aggregate is Aggregate.RATE and not _divided(outer, measure)),
        (Law.OVER_TIME, outer is Aggregate.SUM and _along_time(measure, state, by)),
        (Law.DEFAULTED, _counts_default(outer, measure)),
    )
    return tuple(law for law, holds in checks if holds)


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
    columns = measure.home.union(by)
    if any(key.strict and key.columns <= columns for key in state.keys):
        return True
    return state.is_key(columns, filled=measure.home) is not None


def _disjoint(measure: Measure, state: State, by: Collection[str]) -> bool:
    """A3: within one group of `by` no counted value can fall into two of the groups that were counted."""
    counted, distinct = measure.counted, measure.aggregate is Aggregate.DISTINCT
    if distinct and measure.parts:
        return all(_disjoint(part, state, by) for part in measure.parts)
    if counted is None:
        return not distinct
    reached = state.closure(by)
    fixed = [base for here, base in counted.by if here in reached]
    groups = [base for _, base in counted.by]
    return counted.base.determines([*fixed, *counted.values], groups, filled=counted.values) is not None


def _divided(outer: Aggregate, measure: Measure) -> bool:
    certain = measure.aggregate is Aggregate.RATE and not measure.guessed
    return measure.aggregate is Aggregate.RATIO or (certain and outer is Aggregate.SUM)


def _along_time(measure: Measure, state: State, by: Collection[str]) -> bool:
    """A7: several points in time of a stock in one group."""
    return bool(measure.stock) and state.determines(by, measure.stock) is None


def _counts_default(outer: Aggregate, measure: Measure) -> bool:
    """A4: a default takes part in everything but a sum, and in a sum unless it is 0."""
    return measure.default is not None and not (outer is Aggregate.SUM and is_zero(measure.default))


def is_zero(default: str) -> bool:
    try:
        return float(default.strip("'")) == 0
    except ValueError:
        return False


# -- measures made of several


def added(measures: Iterable[Measure]) -> Measure:
    """A sum or difference: as additive as the least additive of them."""
    found = list(measures)
    kinds = {m.aggregate for m in found}
    for worst in (Aggregate.RATIO, Aggregate.AVG, Aggregate.DISTINCT, Aggregate.RATE):
        if worst in kinds:
            parts = tuple(m for m in found if m.aggregate is worst) if worst is Aggregate.DISTINCT else ()
            made = _together(found, worst)
            return replace(made, parts=parts) if len(parts) > 1 else made
    if kinds == {Aggregate.VALUE}:
        return _together(found, Aggregate.VALUE)
    linear = kinds <= {Aggregate.VALUE, Aggregate.SUM, Aggregate.COUNT}
    return _together(found, Aggregate.SUM if linear else Aggregate.OTHER)


def combined(measures: Iterable[Measure]) -> Measure:
    """A product, or any other function: a value where all are values of rows (`quantity * price`), else unknown."""
    found = list(measures)
    if len(found) == 1 and found[0].aggregate is Aggregate.RATE:
        return found[0]
    rows = all(m.aggregate in ROW_LEVEL for m in found)
    return _together(found, Aggregate.VALUE if rows else Aggregate.OTHER)


def divided(numerator: Measure, denominator: Measure) -> Measure:
    """A ratio: of one row's own values, or of aggregates."""
    rows = all(m.aggregate in ROW_LEVEL for m in (numerator, denominator))
    made = _together([numerator, denominator], Aggregate.RATE if rows else Aggregate.RATIO)
    return replace(made, parts=(numerator, denominator), guessed=False, nullable=False)


def _together(measures: list[Measure], aggregate: Aggregate) -> Measure:
    """One occurrence for each combination of theirs; what is said of it is said of the one that decides."""
    guilty = next((m for m in measures if m.aggregate is aggregate), measures[0])
    return replace(
        guilty,
        aggregate=aggregate,
        home=frozenset().union(*(m.home for m in measures)),
        stock=frozenset().union(*(m.stock for m in measures)),
        nullable=any(m.nullable for m in measures),
        default=next((m.default for m in measures if m.default is not None), None),
        parts=guilty.parts if guilty.aggregate is aggregate else (),
    )
