"""Products of a finer and a coarser value: each row may take the whole of the coarser one."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from erd2dbt.prove.additivity import Measure, amounts_of_parents, occurs_once
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
