"""Values of a coarser row that each finer row may take whole: factors of products, and totals that are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from erd2dbt.prove.additivity import amounts_of_parents, occurs_once
from erd2dbt.prove.measure import ADDED, Measure
from erd2dbt.prove.state import State
from erd2dbt.sqlproof.relation import ROW, Rel, with_row


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

    A value that differs in these rows, such as the rest of the total without the row, is not the total. Of several
    values, such as in `coalesce(total, own)`, some rows may show the total.
    """
    differs = any(occurs_once(leaf, state) or leaf.apart for leaf in measure.leaves)
    for leaf in measure.leaves:
        is_total = leaf.made and (leaf.home or leaf.spread) and (leaf.aggregate in ADDED or leaf.alone)
        if is_total and (leaf.alone or not differs) and not occurs_once(leaf, state):
            return leaf
    return None


def per_group(rel: Rel) -> dict[str, Measure | None]:
    """The measures of a query. A total that a window computes is made, where one row of each of its groups is kept."""
    found = dict(rel.measures)
    for id_, measure in rel.measures.items():
        if measure is not None and measure.windowed and occurs_once(measure, rel.state):
            found[id_] = replace(measure, made=True, windowed=False)
    return found


def of_branches(measures: Mapping[str, Measure | None], rels: Sequence[Rel]) -> dict[str, Measure | None]:
    """The measures of a union, where rows of a branch may show a total that repeats in the rows of this branch.

    `rels`: the branches, with their columns in the order of `measures`.
    """
    found = dict(measures)
    for place, (id_, measure) in enumerate(measures.items()):
        own = [(rel.measures.get(rel.ids[place]), rel.state) for rel in rels]
        totals = [repeated_total(m, state if ROW in state.columns else with_row(state)) for m, state in own if m]
        if measure is not None and any(totals):
            leaves = tuple(_alone(leaf) for leaf in measure.leaves)
            found[id_] = replace(measure, summands=leaves) if measure.summands else leaves[0]
    return found


def _alone(leaf: Measure) -> Measure:
    return replace(leaf, alone=True, spread=not leaf.home) if leaf.made and ROW not in leaf.home else leaf
