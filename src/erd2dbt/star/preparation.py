"""Prepares a diagram before its models are derived or planned. Does not need the derivation of a star."""

from __future__ import annotations

from dataclasses import replace

from erd2dbt.diagram import graph as entity_graph
from erd2dbt.diagram.erd import Entity, Erd
from erd2dbt.diagram.narrowing import narrowed
from erd2dbt.faults.diagnostics import Collector, Diagnostic
from erd2dbt.star.privacy import tags


def sound_links(erd: Erd) -> tuple[Erd, tuple[Diagnostic, ...]]:
    """A diagram without models and without links whose columns PostgreSQL cannot compare as keys (E206).

    Without models nothing depends on these links. Returns a warning W407 for each.
    """
    if not erd.is_plain:
        return erd, ()
    faults = Collector()
    entity_graph.build(erd, faults)
    wrong = {fault.span: fault for fault in faults.found if fault.code == "E206"}
    left = [wrong[link.span] for link in erd.links if link.span in wrong]
    links = [link for link in erd.links if link.span not in wrong]
    lost = [link for link in erd.links if link.span in wrong]
    told = tuple(replace(one, code="W407", message=f"{one.message}: the link is excluded") for one in left)
    if not left:
        return erd, ()
    return replace(narrowed(erd, links=links), open_links=(*erd.open_links, *lost)), told


def tagged(erd: Erd) -> Erd:
    """The diagram with its personal data tagged."""
    return replace(erd, entities=tuple(map(_tagged, erd.entities)))


def _tagged(entity: Entity) -> Entity:
    """The entity with `meta: {pii: …}` on its personal data, except where the spec sets it."""
    found = tags(entity)
    if not found:
        return entity
    tagged_columns = (replace(c, meta={**found[c.name], **c.meta}) if c.name in found else c for c in entity.columns)
    return replace(entity, columns=tuple(tagged_columns))
