"""Measures of expressions. Each summand keeps its own home.

A sum over rows adds each summand separately, so `sum(a - b)` is sound where each of the two occurs once. Products of
two amounts, and choices between values (`coalesce`, `greatest`, `case`), keep the measures of all their inputs. An
amount can be multiplied by a rate: a price, a share, a ratio. None stands for a constant or a condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from erd2dbt.prove.additivity import terms_of
from erd2dbt.prove.measure import ADDED, MEANS, ROW_LEVEL, Aggregate, Counted, Measure

_WORST = (Aggregate.RATIO, Aggregate.SPREAD, Aggregate.AVG, Aggregate.DISTINCT, Aggregate.RATE)
_OF_RATES = (Aggregate.RATIO, Aggregate.SPREAD, Aggregate.AVG, Aggregate.VALUE, Aggregate.RATE)
_OF_GROUPS = (Aggregate.RATIO, Aggregate.SPREAD, Aggregate.AVG)
_ADDITIVE = (Aggregate.VALUE, Aggregate.SUM, Aggregate.COUNT)


def added(measures: Iterable[Measure | None]) -> Measure | None:
    """The measure of a sum or difference: as additive as its least additive part. Dates are shifted, not added."""
    operands = list(measures)
    known = [m for m in operands if m is not None]
    if not known:
        return None
    if any(m.aggregate is Aggregate.NOMINAL for m in known):
        return _of_dates(known, constant=len(known) < len(operands))
    leaves = [leaf for m in known for leaf in m.leaves]
    if len(operands) > 1:  # with something added, shares do not sum to one
        alike = len({(leaf.total, leaf.home) for leaf in leaves}) == 1  # (1 - a / b) * b is the total b - a
        one = len(known) == 1
        leaves = [
            replace(leaf, extreme=leaf.extreme if one else None, alone=leaf.alone and one, shares=None)
            for leaf in leaves
        ]
        leaves = [leaf if alike and leaf.aggregate is Aggregate.RATIO else replace(leaf, total=None) for leaf in leaves]
    if len(known) < len(operands):
        leaves = [replace(leaf, within=frozenset(), shifted=True) for leaf in leaves]
    return _composed(leaves)


def subtracted(one: Measure | None, other: Measure | None) -> Measure | None:
    """A difference. A level minus the previous level is a change, which can be summed along time as well."""
    if one is None or other is None or not one.stock or one.moved == other.moved:
        return added([one, other])
    same = (one.source, one.entity, one.home, one.stock) == (other.source, other.entity, other.home, other.stock)
    return replace(one, stock=frozenset(), moved=False, default=None) if same else added([one, other])


def given(measure: Measure | None, *, zero: bool) -> Measure | None:
    """A value with another one where it is NULL. Rows that hide a repeated value show the other one instead.

    `zero`: this is 0, or a value of the row. Any other constant is there as often as the value repeats.
    """
    if measure is None or all(leaf.masked is None for leaf in measure.leaves):
        return measure
    leaves = (measure, *measure.summands)
    made = [leaf if leaf.masked is None else _given(leaf, leaf.masked, zero=zero) for leaf in leaves]
    return replace(made[0], summands=tuple(made[1:]))


def _given(leaf: Measure, hidden: frozenset[str], *, zero: bool) -> Measure:
    return replace(leaf, unmasked=hidden, masked=None) if zero else replace(leaf, home=hidden, masked=None)


def _of_dates(known: Sequence[Measure], *, constant: bool) -> Measure:
    """The difference of two dates is a number. A date that is shifted by some days is still a date."""
    between = len(known) > 1 and all(m.aggregate is Aggregate.NOMINAL for m in known)
    return _united(known, Aggregate.VALUE if between and not constant else Aggregate.NOMINAL)


def chosen(measures: Iterable[Measure | None], *, exact: bool = False, one: bool = False) -> Measure | None:
    """One of several values, or any function of them. The result keeps the measures of all of them.

    `exact`: a single value is kept unchanged, as in `round(x)`. `one`: each row shows one of the values.
    """
    known = [m for m in measures if m is not None]
    numbers = [m for m in known if m.aggregate is not Aggregate.NOMINAL]
    if exact and len(known) == 1:
        return known[0]
    if not numbers:
        return _united(known, Aggregate.NOMINAL if exact else Aggregate.VALUE) if known else None
    return _composed([_opaque(leaf, one=one and (leaf.alone or not m.summands)) for m in numbers for leaf in m.leaves])


def _opaque(leaf: Measure, *, one: bool) -> Measure:
    """For a function of totals, only its rows are known, and whether a row may show the total itself."""
    other = leaf.aggregate in (Aggregate.SUM, Aggregate.COUNT, Aggregate.MIN, Aggregate.MAX)
    kind = Aggregate.OTHER if other else leaf.aggregate
    alone = leaf.alone or leaf.aggregate in ADDED
    return replace(leaf, aggregate=kind, shares=None, total=None, alone=one and leaf.made and alone)


def changed(measure: Measure | None) -> Measure | None:
    """A value that is not exactly the same, such as a rounded one: its shares do not sum to one."""
    if measure is None:
        return None
    summands = tuple(replace(leaf, shares=None, total=None) for leaf in measure.summands)
    return replace(measure, shares=None, total=None, summands=summands)


def hundredth(measure: Measure | None) -> Measure | None:
    """The measure of a value divided by 100. A percentage becomes a share."""
    if measure is not None and measure.percent:
        return replace(measure, percent=False)
    return _scaled(measure)


def multiplied(one: Measure | None, other: Measure | None, rows: Sequence[Measure] = ()) -> Measure | None:
    """The measure of a product. `rows`: the current rows, each of which occurs once."""
    if one is None or other is None:
        return _scaled(one or other)
    found = [leaf for a in one.leaves for b in other.leaves for leaf in _product(a, b, rows)]
    return _composed([replace(leaf, alone=False) for leaf in found])


def product(factors: Sequence[Measure | None], scaled: bool, rows: Sequence[Measure] = ()) -> Measure | None:
    """The measure of a product of several factors, in any order. `scaled`: a constant is one of them as well.

    Amounts of a whole come first, so that shares spread them before anything else changes the shares.
    """
    made: Measure | None = None
    known = [m for m in factors if m is not None]
    shares = [m for m in known if m.shares is not None]
    for factor in sorted(known, key=lambda m: _rank(m, shares)):
        made = multiplied(made, factor, rows) if made is not None else factor
    return _scaled(made) if scaled or None in factors else made


def _rank(factor: Measure, shares: Sequence[Measure]) -> int:
    if factor.shares is not None or factor.is_rate:
        return 1 if factor.shares is not None else 3
    return 2 if any(share.home <= factor.home for share in shares) else 0


def _scaled(measure: Measure | None) -> Measure | None:
    if measure is None:
        return None
    return _composed([_times_constant(leaf) for leaf in measure.leaves])


def _times_constant(leaf: Measure) -> Measure:
    total = leaf.total if leaf.aggregate in _OF_GROUPS else None
    return replace(leaf, shares=leaf.shares if leaf.inverse else None, total=total, moved=False)


def _product(a: Measure, b: Measure, rows: Sequence[Measure]) -> Sequence[Measure]:
    for share, amount in ((a, b), (b, a)):
        if share.shares is not None and not share.percent and (not amount.is_rate or amount.home == share.shares):
            return (_shared(amount, share),)
    for inverse, amount in ((a, b), (b, a)):
        if inverse.inverse:
            made = divided(amount, inverse.parts[0], rows)
            return made.leaves if made is not None else ()
    if Aggregate.NOMINAL in (a.aggregate, b.aggregate):
        return (_united([b, a] if a.aggregate is Aggregate.NOMINAL else [a, b], Aggregate.VALUE),)
    return _of_numbers(a, b)


def _of_numbers(a: Measure, b: Measure) -> Sequence[Measure]:
    """The product of two numbers, of which neither is a share of the other, nor a reciprocal."""
    for share, value in ((a, b), (b, a)):
        if share.whole is not None and share.aggregate is Aggregate.VALUE:
            return (_meant(value, share),)
    if a.is_rate and b.is_rate:
        kind = next(kind for kind in (*_OF_RATES, a.aggregate) if kind in (a.aggregate, b.aggregate))
        return (replace(_united([a, b], kind), weighs=True, factors=(a, b)),)
    for rate, amount in ((a, b), (b, a)):
        if rate.is_rate_of(amount):
            return (_weighed(amount, rate),)
    for spread, value in ((a, b), (b, a)):
        spreads = _share_in(spread)
        if spreads is not None and spreads.home <= value.home:
            return (_meant(value, spreads),)
    return (a, b)


def _share_in(measure: Measure) -> Measure | None:
    """The share that spreads an amount in a product; None where none does."""
    while measure.factors:
        amount, rate = measure.factors
        if rate.shares is not None or rate.whole is not None:
            return rate
        measure = amount
    return None


def _meant(value: Measure, share: Measure) -> Measure:
    """Values times the shares of a total: a mean of the values for each total, in which these shares are the weights.

    It is a ratio to that total. Only where one total has one value, the shares of it sum to that value.
    """
    one = replace(share, shares=None) if value.is_rate or share.home <= value.home else share
    made = replace(_united([value, one], Aggregate.VALUE), home=share.home if value.is_rate else value.home)
    made = replace(made, apart=value.apart, counted=value.counted, factors=(value, one))
    whole = share.whole if share.whole is not None else share.shares or frozenset()
    total = replace(share, home=whole, shares=None, whole=None, factors=())
    kind = value.aggregate if value.aggregate in _OF_GROUPS else Aggregate.RATE
    return replace(made, aggregate=kind, parts=(made, total), uneven=True)


def _weighed(amount: Measure, rate: Measure) -> Measure:
    """An amount multiplied by a rate is an amount, at its own home: rows with other rates repeat the same amount.

    Multiplied by an amount of which it is not a rate, a mean or ratio is still none that can be summed.
    """
    if rate.aggregate in _OF_GROUPS and not _applies(rate, amount):
        return replace(_united([rate, amount], rate.aggregate), parts=(), factors=(amount, rate))
    kept = amount.aggregate in (Aggregate.VALUE, Aggregate.DISTINCT) or amount.is_divided
    made = _united([amount, rate], amount.aggregate if kept else Aggregate.OTHER)
    return replace(
        made,
        uneven=amount.uneven,
        home=amount.home,
        apart=amount.apart,
        stock=amount.stock | (rate.stock if rate.home <= amount.home else frozenset()),
        counted=amount.counted,
        extreme=amount.extreme,
        factors=(amount, rate),
    )


def _applies(rate: Measure, amount: Measure) -> bool:
    """Whether a mean or ratio of a group, times the amount, is an amount, whichever of the two has more rows.

    It is a total for its own weight: the number of averaged values, the denominator or rows of it. Other values of the
    averaged rows depend on them, so that the product has no meaning: the mean price of an order's lines times the
    pieces of these lines. The price may also be one that the lines look up. Nor has the order's total per line times
    these pieces. The rows of another table have such a rate, if it is the mean of a rate: an exchange rate per month, a
    purchase price per product. So they do if it is a ratio to what the amount is: pieces, or no pieces.
    """
    if rate.is_weighted_by(amount):
        return True
    below = rate.parts[1] if rate.aggregate is Aggregate.RATIO and rate.parts[1:] else None
    if below is not None and _is_part(amount, below):
        return True
    if rate.entity == amount.entity or not _averaged(rate).isdisjoint({amount.entity, *amount.over}):
        return False
    if below is not None and below.entity == amount.entity:
        return _is_in_smaller_groups(amount, below)
    if rate.aggregate is Aggregate.RATIO:
        return below is None or below.counts_things == amount.counts_things
    return rate.weighs or (rate.of_a_piece and amount.counts_things)


def _averaged(rate: Measure) -> frozenset[str]:
    """The entities of whose rows it is a mean: the lines of an order, also for the mean price of their products."""
    own = rate.over if rate.aggregate in MEANS else frozenset()
    return own.union(*(_averaged(factor) for factor in rate.factors))


def _is_in_smaller_groups(amount: Measure, total: Measure) -> bool:
    """Whether the amount is the same sum or count as the total, such as the visits per month to those per year."""
    if amount.total is None or total.total is None:
        return False
    return replace(amount.total, by=()) == replace(total.total, by=())


def _shared(amount: Measure, share: Measure) -> Measure:
    """An amount multiplied by a share. Shares that sum to one within the amount's home keep its total (allocation)."""
    if amount.shares is not None or amount.home == share.home:
        whole = _before_spreading(amount)
        if whole.home != amount.home:
            return whole
        if amount.shares is None and share.whole is not None:
            return _meant(amount, share)
        return replace(_weighed(amount, replace(share, shares=None, whole=None)), weighs=amount.weighs)
    is_whole = amount.home == share.shares
    doubtful = not is_whole and share.whole is None and amount.home < share.home  # by its name, it may be one of it
    if not is_whole and not doubtful:
        return _meant(amount, share) if share.whole is not None else replace(amount, factors=(amount, share))
    if amount.is_rate:  # one rate for the whole: other amounts are multiplied by its shares, which sum to it
        if amount.aggregate is Aggregate.VALUE:
            return share
        made = replace(share, aggregate=amount.aggregate, entity=amount.entity, source=amount.source)
        return replace(made, group=amount.group, parts=amount.parts, guessed=amount.guessed)
    kind = amount.aggregate if amount.aggregate in _WORST else Aggregate.VALUE
    stock = amount.stock | share.stock
    made = replace(
        amount,
        aggregate=kind,
        home=share.home,
        group=amount.group if doubtful else share.group,
        stock=stock,
        weighs=False,
        total=None,
    )
    return replace(made, factors=(amount, share if doubtful else replace(share, shares=None, whole=share.shares)))


def _before_spreading(amount: Measure) -> Measure:
    """The amount that shares have spread already; the measure itself where none have."""
    while amount.factors and not amount.is_rate:
        amount = amount.factors[0]
    return amount


def divided(
    numerator: Measure | None, denominator: Measure | None, rows: Sequence[Measure] = (), *, certain: bool = False
) -> Measure | None:
    """The measure of a quotient: amount / rate is an amount, part / whole is a share, anything else is a ratio.

    `certain`: the user declared it as a ratio.
    """
    if denominator is None:
        return _scaled(numerator)
    if numerator is None:
        return _inverse(denominator, rows)
    below, leaves = denominator, numerator.leaves
    if numerator.summands:  # one of several summands is not the numerator
        leaves = tuple(replace(leaf, formula=()) for leaf in leaves)
    return _composed([leaf for above in leaves for leaf in _quotient(above, below, rows, certain=certain)])


def _inverse(below: Measure, rows: Sequence[Measure]) -> Measure:
    if below.weighs and below.aggregate in ROW_LEVEL:
        return replace(below, summands=())
    row = next((row for row in rows if _counts(below, row)), None)
    if row is not None:
        return _share(row, below)
    kind = Aggregate.RATE if below.aggregate in ROW_LEVEL else Aggregate.RATIO
    return replace(below, aggregate=kind, parts=(below,), inverse=True, summands=(), counted=None)


def _counts(total: Measure, row: Measure) -> bool:
    """Whether a total counts the current rows, and all of them."""
    counted = total.counted
    every = total.aggregate is Aggregate.DISTINCT and counted and _identifies_rows(counted)
    counting = (total.aggregate is Aggregate.COUNT and not total.skips) or bool(every)
    finer = bool(total.home) and not row.home <= total.home
    return counting and finer and _is_of_own_group(total) and _is_whole(total, row) and total.entity == row.entity


def _is_whole(total: Measure, row: Measure) -> bool:
    """Whether the total includes every current row."""
    return total.filter is None and total.passed <= row.passed


def _is_of_own_group(total: Measure) -> bool:
    """Whether rows join the total on the columns that it was grouped by, so that each row gets its own total.

    A customer's row that joins the total of the customer who referred them does not.
    """
    return {column.rpartition(".")[2] for column in total.home} == total.within


def _identifies_rows(counted: Counted) -> bool:
    """Whether the distinct count equals the number of rows: each row of a group has its own value."""
    return counted.base.is_key((*counted.values, *(base for _, base in counted.by))) is not None


def _share(row: Measure, whole: Measure) -> Measure:
    share = replace(row, aggregate=Aggregate.VALUE, source=whole.source, stock=frozenset(), counted=None, summands=())
    return replace(share, weighs=True, shares=whole.home, whole=whole.home)


def _quotient(above: Measure, below: Measure, rows: Sequence[Measure], *, certain: bool) -> Sequence[Measure]:
    of_one = below.weighs or (below.of_a_piece and below.is_rate_of(above))  # `qty / pack_size`: a number of packs
    if of_one and below.aggregate in ROW_LEVEL and not above.is_rate and not certain:
        return (_weighed(above, replace(below, shares=None)),)
    row = next((row for row in rows if _counts(below, row)), None)
    if row is not None and above.home == below.home and above.aggregate not in _WORST:
        return (_shared(above, _share(row, below)),)
    if _is_part(above, below):
        return (_share(above, below),)
    rates = above.aggregate in ROW_LEVEL and below.aggregate in ROW_LEVEL
    even = above.home == below.home or (above.is_rate and below.is_rate)
    ratio = replace(
        _united([above, below], Aggregate.RATE if rates else Aggregate.RATIO),
        parts=(above, below),
        guessed=rates and even and not certain,
        nullable=False,
        weighs=even,
        uneven=not even,
        total=below.total if above.total is not None else None,
    )
    return (above, ratio) if rates and above.home < ratio.home else (ratio,)


def _is_part(above: Measure, below: Measure) -> bool:
    """Whether the value `above` is the very value that was summed to the total `below`."""
    added = below.aggregate is Aggregate.SUM and _is_whole(below, above) and not below.summands
    same = bool(above.formula) and (above.formula, above.entity) == (below.formula, below.entity)
    finer = bool(above.home) and not above.home <= below.home
    return added and same and finer and above.aggregate is Aggregate.VALUE and _is_of_own_group(below)


def _composed(leaves: Sequence[Measure]) -> Measure | None:
    """One measure of several summands, each distinct one once."""
    kinds: dict[object, Measure] = {}
    for leaf in leaves:
        homes = (leaf.home, leaf.unmasked, leaf.masked, leaf.stock, leaf.apart)
        kind = (leaf.aggregate, homes, id(leaf.counted), leaf.default, leaf.is_rate)
        known = kinds.get(kind)
        kinds[kind] = leaf if known is None else replace(known, terms=terms_of(known) | terms_of(leaf))
    distinct = tuple(kinds.values())
    if len(distinct) < 2:
        return next(iter(distinct), None)
    aggregates = {leaf.aggregate for leaf in distinct}
    worst = next((kind for kind in _WORST if kind in aggregates), None)
    if worst is None:
        worst = Aggregate.SUM if aggregates <= set(_ADDITIVE) else Aggregate.OTHER
        worst = Aggregate.VALUE if aggregates == {Aggregate.VALUE} else worst
    made = _united(distinct, worst)
    return replace(made, summands=distinct, weighs=all(leaf.weighs for leaf in distinct))


def _united(measures: Sequence[Measure], aggregate: Aggregate) -> Measure:
    """One occurrence for each combination of the measures. All other properties come from the measure that decides."""
    broken = next((m for m in measures if m.aggregate is aggregate), measures[0])
    return replace(
        broken,
        aggregate=aggregate,
        home=frozenset().union(*(m.home for m in measures)),
        stock=frozenset().union(*(m.stock for m in measures)),
        nullable=any(m.nullable for m in measures),
        default=next((m.default for m in measures if m.default is not None), None),
        parts=broken.parts if broken.aggregate is aggregate else (),
        factors=(),
        counted=broken.counted if aggregate is Aggregate.DISTINCT else None,
        summands=(),
        weighs=False,
        presumed=False,
        of_a_piece=False,
        pieces=False,
        inverse=False,
        uneven=False,
        moved=False,
        extreme=None,
        apart=frozenset().union(*(m.apart for m in measures)),
        over=frozenset().union(*(m.over for m in measures)),
        passed=frozenset().union(*(m.passed for m in measures)),
        shares=None,
        shifted=False,
        percent=False,
        total=None,
        whole=None,
        terms=frozenset(),
        formula=(),
        filled=frozenset().union(*(m.filled for m in measures)),
    )
