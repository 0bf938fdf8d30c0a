"""The folders below a layer: models by the business group, or by the source, of their rows."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.design.plans.layers import layer_of
from erd2dbt.diagram.erd import Erd

FLAT, SOURCE, GROUP = "flat", "source", "group"


def groups_of(erd: Erd) -> dict[str, str]:
    """Entity or model -> its declared group, or the group of its rows. Rows from two groups have none."""
    entities = {one.name: one.group for one in erd.entities if one.group}
    return _by_rows(erd, entities | {one.name: one.group for one in erd.models if one.group})


def folders_of(erd: Erd) -> dict[str, str]:
    """Model -> its folder below the layer's folder. Models that are not listed are in the layer's own folder.

    Without declared groups, the sources are the groups where there are several.
    """
    wanted = erd.settings.folders
    if set(wanted.values()) <= {FLAT}:
        return {}
    sources = _by_rows(erd, {one.name: one.source for one in erd.entities if one.source})
    groups = groups_of(erd) or (sources if len(erd.sources) > 1 else {})
    places: Mapping[str, Mapping[str, str]] = {FLAT: {}, SOURCE: sources, GROUP: groups}
    found = {one.name: places[wanted.get(layer_of(one), FLAT)].get(one.name) for one in erd.models}
    return {name: folder.lower() for name, folder in found.items() if folder}


def _by_rows(erd: Erd, said: Mapping[str, str]) -> dict[str, str]:
    """The group of each entity, passed on to the models that have its rows."""
    rows = {one.name: one.rows for one in erd.models}
    found: dict[str, str | None] = {}

    def of(name: str) -> str | None:
        if name not in found:
            found[name] = None  # a circle of models is a fault, reported elsewhere
            below = {of(word.text) for word in rows.get(name, ())}
            found[name] = said.get(name) or (below.pop() if len(below) == 1 else None)
        return found[name]

    return {name: group for name in (*(one.name for one in erd.entities), *rows) if (group := of(name))}
