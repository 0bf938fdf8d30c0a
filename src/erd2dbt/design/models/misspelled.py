"""Misspelled names in models that cannot be planned, because of a fault in what they read or elsewhere in the spec.

Only names of entities and of their columns are looked up. Anything else may be a follow-up of the other fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from erd2dbt.diagram.erd import Entity, Erd, ModelSpec
from erd2dbt.faults.diagnostics import Collector, did_you_mean
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree


def report_unknown_names(model: ModelSpec, formulas: Mapping[str, Tree], erd: Erd, faults: Collector) -> None:
    """Add E030 and E031 for names in the formulas of a model that no entity has. Each is reported once for a column.

    A name that the entities or links themselves report is not reported again.
    """
    entities = {entity.name: {a.name for a in entity.columns} for entity in erd.entities}
    known = {*entities, *(m.name for m in erd.models)}
    told = frozenset(_reported(erd, entities))
    for spec in model.columns:
        tree = formulas.get(spec.name)
        for parts in dict.fromkeys(map(sql.parts, sql.references(tree)) if tree is not None else ()):
            owner, name = parts[0], parts[-1]
            if len(parts) < 2 or (owner, name) in told or (owner, "") in told:
                continue
            if owner not in known:
                fixes = did_you_mean(owner, known)
                faults.add("E030", f"there is no entity or model `{owner}`", spec.place, fixes=fixes)
            elif len(parts) == 2 and name not in entities.get(owner, {name}):
                fixes = did_you_mean(name, entities[owner])
                faults.add("E031", f"`{owner}` has no column `{name}`", spec.place, fixes=fixes)


def _reported(erd: Erd, entities: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """(entity, column) of the names that entities and links use and that do not exist; without a column, the entity."""
    for entity in erd.entities:
        yield from ((entity.name, name) for name in _claimed(entity) if name not in entities[entity.name])
    for link in erd.links:
        for owner, names in zip((link.left, link.right), zip(*link.columns, strict=True), strict=False):
            if owner not in entities:
                yield owner, ""
            else:
                yield from ((owner, name) for name in names if name not in entities[owner])


def _claimed(entity: Entity) -> Iterator[str]:
    words = [*entity.key, *entity.latest, *(word for unique in entity.uniques for word in unique)]
    words += [word for one in entity.determines for word in (*one.left, *one.right)]
    yield from (word.text for word in words)
