"""Digests of everything that the parts of properties files depend on, without making the parts.

A part is one model, source table or unit test. If two runs give it the same digest, it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from erd2dbt.cache.dataclass_values import values_of
from erd2dbt.cache.digests import digest_of
from erd2dbt.design.plans.known_relations import KnownRelations
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.descriptions import Descriptions
from erd2dbt.design.project.tests import Tested, Tests
from erd2dbt.diagram.erd import Entity


@dataclass(frozen=True, slots=True)
class PartDigests:
    """`engine`: its name. All claims must have their tests already."""

    relations: KnownRelations
    engine: str
    words: Descriptions
    tests: Tests
    _described: dict[str, str] = field(default_factory=dict)

    def model(self, plan: Plan, group: str | None) -> str:
        name, guards = plan.relation.name, self.tests.guards
        cited = sorted(guards[claim] for claim in plan.proof.claims if claim in guards)
        tested = _as_text(self.tests.models.get(name))
        return digest_of("model", self.engine, group or "", self._columns(name), tested, *cited)

    def source_table(self, entity: Entity) -> str:
        return digest_of(
            "source table", self.engine, self._columns(entity.name), _as_text(self.tests.raw.get(entity.name))
        )

    def unit_test(self, plan: Plan) -> str:
        return digest_of("unit test", self.engine, self.relations.digests[plan.relation.name])

    def _columns(self, relation: str) -> str:
        """Of the relation, with the descriptions of its columns."""
        if relation not in self._described:
            self._described[relation] = digest_of(*self._description_sources(relation))
        return self._described[relation]

    def _description_sources(self, relation: str) -> Iterator[str]:
        """Everything that the descriptions may come from: of the relation, of its inputs, and of columns elsewhere."""
        digests = self.relations.digests
        yield digests[relation]
        for name in self.relations.columns[relation]:
            yield from self.words.elsewhere(relation, name)
            for model, sides in self.words.different_ratios(name):
                yield from (model, *sides, digests.get(model, ""))
        yield from map(self._columns, self.relations.upstream[relation])


def _as_text(tested: Tested | None) -> str:
    if tested is None:
        return ""
    columns = {column: [values_of(test) for test in tests] for column, tests in tested.columns.items()}
    return repr(([values_of(test) for test in tested.whole], columns))
