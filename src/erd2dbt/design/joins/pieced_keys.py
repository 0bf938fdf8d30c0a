"""Keys that would be taken in part from a row, and in part over another link of this row. No lookup uses such a key.

An order has many credits, one for each person. A link from the order to its owner does not select one of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from erd2dbt.design.joins.chains import Chain
from erd2dbt.design.joins.walks import Row, Step, World
from erd2dbt.design.plans.plan import Relation


def is_pieced_together(world: World, start: Relation, found: Sequence[Chain]) -> bool:
    """Whether chains to different columns start from one row: it is at the end of one, and another passes it.

    Chains to parents that are independent are used together, like those to the currency and the day of a rate.
    """
    sources = [(chain, _source_of(world, start, chain)) for chain in found]
    return any(
        source is not None and other.covered != chain.covered and _leads_on(source, other.row)
        for chain, source in sources
        for other in found
    )


def _source_of(world: World, start: Relation, chain: Chain) -> Row | None:
    """The row at the end of a chain, or the one that it extends row for row.

    None where the columns are those of `start`, and it may repeat them.
    """
    row, steps = chain.row, chain.row.steps
    while steps and _extends(start if len(steps) == 1 else world.shelf[steps[-2].target], steps[-1]):
        steps = steps[:-1]
    if steps or row.before:
        return replace(row, steps=steps)
    columns = [end.column for _, end in chain.pairs if not end.node]
    return replace(row, steps=()) if start.state.is_probe(columns) is not None else None


def _extends(relation: Relation, step: Step) -> bool:
    """Whether each row of the step's target has at most one row of the relation."""
    return step.single and relation.state.is_probe([own for own, _ in step.pairs]) is not None


def _leads_on(row: Row, other: Row) -> bool:
    """Whether the walk to another row passes this row, or ends there."""
    if row.steps:
        return row.before == other.before and row.steps == other.steps[: len(row.steps)]
    return row.before == other.before[: len(row.before)]
