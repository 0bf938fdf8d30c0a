"""Two processes make the plans of many models. Each stores its plans as an earlier run would have.

The run then finds the plans in its cache. Plans with faults are not stored, so the run makes them again and reports the
faults.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from erd2dbt.design.models.known_plans import KnownPlans
from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.system.second_process import beside, has_second_core

Make = Callable[[Sequence[ModelSpec]], list[Plan]]
Finish = Callable[[Sequence[Plan], Sequence[Plan]], None]  # gets plans, with everything that they read
FEWEST = 50  # models; with fewer, the plans are done before a second process has started
_SMALLEST_SHARE = 0.25  # share of all columns


def no_more(plans: Sequence[Plan], read: Sequence[Plan]) -> None:
    """Do nothing more with the plans."""
    del plans, read


def make_in_two(
    known: KnownPlans,
    models: Sequence[ModelSpec],
    reads: Mapping[str, set[str]],
    staged: Sequence[Plan],
    *,
    make: Make,
    finish: Finish,
) -> None:
    """Make the plans of the models in two processes, and finish those that are `staged`, unless few are missing.

    `known`: the cache. `models`: in dependency order. `reads`: the inputs of each.
    """
    if sum(not known.has(model) for model in models) < FEWEST or not has_second_core():
        return
    halves = _halves(models, reads)
    if halves is None:
        return
    middle = len(staged) // 2

    def work(half: Sequence[ModelSpec], entities: Sequence[Plan]) -> None:
        made = make(half)
        with contextlib.suppress(ErdError):
            finish([*entities, *made], [*staged, *made])

    def answer() -> bytes:
        before = known.pieces.names()
        work(halves[1], staged[middle:])
        return known.pieces.put_since(before)

    with contextlib.suppress(OSError), beside(answer) as waited:
        work(halves[0], staged[:middle])
        packed = waited()
        if packed is not None:
            known.pieces.add(packed)


def _halves(
    models: Sequence[ModelSpec], reads: Mapping[str, set[str]]
) -> tuple[list[ModelSpec], list[ModelSpec]] | None:
    """Two independent halves of the models, in dependency order; None where most of them depend on each other."""
    group = {model.name: n for n, model in enumerate(models)}
    members = {n: [model] for n, model in enumerate(models)}
    for model in models:
        for name in sorted(reads[model.name] & group.keys()):
            one, other = sorted((group[model.name], group[name]))
            if one != other:
                members[one] += members.pop(other)
                group |= {member.name: one for member in members[one]}
    halves: tuple[set[str], set[str]] = (set(), set())
    weights = [0, 0]
    for found in sorted(members.values(), key=_weight, reverse=True):
        lighter = weights.index(min(weights))
        halves[lighter].update(model.name for model in found)
        weights[lighter] += _weight(found)
    if min(weights) < _SMALLEST_SHARE * sum(weights):
        return None
    first, second = ([model for model in models if model.name in half] for half in halves)
    return first, second


def _weight(models: Sequence[ModelSpec]) -> int:
    """An estimate of the time that their plans take."""
    return sum(1 + len(model.columns) for model in models)
