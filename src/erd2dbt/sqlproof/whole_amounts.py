"""Values of a coarser row that each finer row may take whole: factors of products, and totals that are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from erd2dbt.prove.additivity import ADDED, Measure, amounts_of_parents, occurs_once
from erd2dbt.prove.state import State


def taken_whole(measure: Measure, state: State, by: Collection[str]) -> Iterator[tuple[Measure, Measure]]:
    """The coarser and the finer factor of each product in a sum, where the first repeats in the rows of a group.

    A price per piece, multiplied by the pieces, is right in each row. A cost may be one of a piece, or of the whole. An
    amount that repeats is refused anyway.
    """
    refused = {amount.source for leaf in measure.leaves for amount in amounts_of_parents(leaf, state)}
    for amount, rate in products(measure):
        coarse = next((m for m in (amount, rate) if not occurs_once(m, state, by)), None)
        is_price = coarse is not None and coarse.is_rate and amount.pieces
        if coarse is rate and rate.source not in refused and rate.shares is None and not coarse.parts and not is_price:
            yield coarse, amount


def spread(measure: Measure) -> Iterator[tuple[Measure, Measure]]:
    """The amount and the share of each product of which nothing says that the shares of one amount sum to one.

    They may be shares of another part of their key.
    """
    for amount, rate in products(measure):
        if rate.shares is not None and rate.whole is None and amount.home < rate.home:
            yield amount, rate


def presumed(measure: Measure, state: State, by: Collection[str]) -> Iterator[Measure]:
    """The factors of products in a sum that are rates only by the form of a formula, and repeat in a group."""
    for product in products(measure):
        for factor in product:
            if factor.presumed and not occurs_once(factor, state, by):
                yield factor


def products(measure: Measure) -> Iterator[tuple[Measure, Measure]]:
    """The amount and the rate of each product in a measure."""
    for leaf in (*measure.leaves, *measure.factors):
        if leaf.factors:
            yield leaf.factors[0], leaf.factors[1]
        if leaf is not measure:
            yield from products(leaf)


def repeated_total(measure: Measure, state: State) -> Measure | None:
    """The total that a query computes per group, and shows on several rows of `state`; None where it shows none so.

    A value that differs in these rows, such as the rest of the total without the row, is not the total.
    """
    if any(occurs_once(leaf, state) or leaf.apart for leaf in measure.leaves):  # another figure in each of these rows
        return None
    return next((leaf for leaf in measure.leaves if leaf.made and leaf.home and leaf.aggregate in ADDED), None)
