"""What lies downstream of a column, or of the rows of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from erd2dbt.contract.definitions import Definition
from erd2dbt.design.plans.plan import Plan
from erd2dbt.explain.lineage import Lineage

_Node = tuple[str, str]  # a dbt model and its column; "" is its rows


class Reach:
    """Of one diagram; `definitions` by dbt model."""

    def __init__(self, plans: Iterable[Plan], lineage: Lineage, definitions: Mapping[str, Definition]) -> None:
        ordered = tuple(plans)
        self._next: dict[_Node, dict[_Node, None]] = {}
        self._readers: dict[str, dict[str, None]] = {}
        called = {plan.relation.name: plan.relation.model for plan in ordered}
        for plan in (plan for plan in ordered if not plan.existing):
            model = plan.relation.model
            for name in plan.reads:
                self._readers.setdefault(called[name], {})[model] = None
            for source, target in _edges(model, lineage, definitions[model]):
                self._next.setdefault(source, {})[target] = None

    def of_column(self, model: str, column: str) -> tuple[str, ...]:
        """`model.column` and `model (rows)`, nearest first."""
        found = self._walk((model, column))
        return tuple(f"{name}.{its}" if its else f"{name} (rows)" for name, its in found)

    def of_model(self, model: str) -> tuple[str, ...]:
        """All models downstream, nearest first."""
        found: dict[str, None] = {}
        waiting = [model]
        while waiting:
            for name in self._readers.get(waiting.pop(0), {}):
                if name not in found:
                    found[name] = None
                    waiting.append(name)
        return tuple(found)

    def _walk(self, start: _Node) -> Iterator[_Node]:
        seen, waiting = {start}, [start]
        while waiting:
            for node in self._next.get(waiting.pop(0), {}):
                if node not in seen:
                    seen.add(node)
                    waiting.append(node)
                    yield node


def _edges(model: str, lineage: Lineage, definition: Definition) -> Iterator[tuple[_Node, _Node]]:
    """From every column to what is made of it; the rows of a model decide nothing that its columns do not show."""
    for name, inputs in lineage.models[model].columns.items():
        yield from (((ref.dataset, ref.column), (model, name)) for ref in inputs if not ref.source)
        yield from (((model, used), (model, name)) for used in definition.uses.get(name, ()))
    yield from (((ref.dataset, ref.column), (model, "")) for ref in lineage.models[model].rows if not ref.source)
