"""The parts of properties files: models, source tables and unit tests, as values.

With digests of an earlier run, a part is made when it is read: its text may be known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from erd2dbt.cache.later import later
from erd2dbt.design.plans.plan import Plan, Relation
from erd2dbt.design.project.descriptions import Descriptions
from erd2dbt.design.project.engine_sql import DataTypes
from erd2dbt.design.project.part_digests import PartDigests
from erd2dbt.design.project.project import ModelProperties, SourceProperties, SourceTable, UnitTest
from erd2dbt.design.project.properties import model_properties, source_properties, source_table
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.design.project.tests import Tests
from erd2dbt.design.project.unit_tests import unit_test
from erd2dbt.diagram.erd import Entity, Erd, Source
from erd2dbt.sql.spelling import spelled_for
from erd2dbt.system.recursion import room_for_nesting

Part = TypeVar("Part", ModelProperties, SourceTable, UnitTest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`groups`: of entities and models. `digests`: None to make every part at once."""

    erd: Erd
    shelf: Mapping[str, Relation]
    groups: Mapping[str, str]
    tests: Tests
    words: Descriptions
    types: DataTypes
    digests: PartDigests | None

    def model(self, plan: Plan) -> ModelProperties:
        group = self.groups.get(plan.relation.name)

        def make() -> ModelProperties:
            return model_properties(plan, self.erd, group, self.tests, self.words, types=self.types)

        if self.digests is None:
            return make()
        digest = self.digests.model(plan, group)
        return self._later(ModelProperties, make, name=plan.relation.model, digest=digest)

    def source(self, source: Source, entities: list[Entity]) -> SourceProperties:
        return source_properties(source, [self._table(entity, source) for entity in entities])

    def _table(self, entity: Entity, source: Source) -> SourceTable:
        def make() -> SourceTable:
            return source_table(entity, source, self.tests, self.words, self.types)

        if self.digests is None:
            return make()
        return self._later(SourceTable, make, name=dbt_table(entity), digest=self.digests.source_table(entity))

    def unit_test(self, plan: Plan) -> UnitTest | None:
        """The unit test of a plan, where it has one."""
        fixture = plan.fixture
        if fixture is None:
            return None

        def make() -> UnitTest:
            return unit_test(plan, fixture, self.shelf, self.types)

        if self.digests is None:
            return make()
        return self._later(UnitTest, make, model=plan.relation.model, digest=self.digests.unit_test(plan))

    def _later(self, kind: type[Part], make: Callable[[], Part], **known: str) -> Part:
        def spelled() -> Part:
            with spelled_for(self.types.engine.spelling), room_for_nesting():
                return make()

        return later(kind, known, spelled)
