"""Models in dependency order. The seam to networkx, which is imported only to name circles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.faults.diagnostics import Collector, Hint

if TYPE_CHECKING:
    import networkx as nx


def in_building_order(
    models: Sequence[ModelSpec], reads: Mapping[str, Iterable[str]], faults: Collector
) -> list[ModelSpec]:
    """Models after everything that they read, else in the order of the spec. Adds E034 for each circle."""
    place = {m.name: i for i, m in enumerate(models)}
    depends = {name: sorted({r for r in reads.get(name, ()) if r in place}) for name in place}
    sorter = TopologicalSorter(depends)
    try:
        sorter.prepare()
    except CycleError:
        _tell_circles(models, depends, place, faults)
        return list(models)
    ready, found = [place[name] for name in sorter.get_ready()], []
    heapify(ready)
    while ready:
        found.append(models[heappop(ready)])
        sorter.done(found[-1].name)
        for name in sorter.get_ready():
            heappush(ready, place[name])
    return found


def _tell_circles(
    models: Sequence[ModelSpec], depends: Mapping[str, Sequence[str]], place: Mapping[str, int], faults: Collector
) -> None:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph((read, model) for model, names in depends.items() for read in names)
    circles = [sorted(c, key=place.__getitem__) for c in nx.strongly_connected_components(graph)]
    looping = [c for c in circles if len(c) > 1 or graph.has_edge(c[0], c[0])]
    for circle in sorted(looping, key=lambda c: place[c[0]]):
        told = " -> ".join([*circle, circle[0]])
        faults.add(
            "E034",
            f"these models read each other in a circle: {told}",
            models[place[circle[0]]].span,
            fixes=[Hint("move the shared columns into a model of their own that both can read")],
        )
