"""A column that a model does not have, because it is a secret of the entity below: E031 says so."""

from __future__ import annotations

from collections.abc import Collection

from erd2dbt.diagram.erd import Attribute, Entity, Erd
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.faults.diagnostics import Hint, did_you_mean
from erd2dbt.star.secrets import SECRET, secrets_of


def missing_column(graph: EntityGraph, owner: str, name: str, known: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The message and the fixes of E031, for a column that an entity or model does not have."""
    message = f"`{owner}` has no column `{name}`"
    entity = secret_below(graph.erd, owner, name)
    if entity is None:
        return message, tuple(did_you_mean(name, known))
    return f"{message}: {stays_in_staging(entity)}", overruled(entity, graph.erd, owner, name)


def stays_in_staging(entity: Entity) -> str:
    """Why the models above the entity do not have its column."""
    return f"in `{entity.name}` it is a secret, which stays in staging"


def overruled(entity: Entity, erd: Erd, owner: str, name: str) -> tuple[str, ...]:
    """The fix for a column that is not a secret. A derived model then shows it, and another one lists what it keeps."""
    column = next(c for c in entity.columns if c.name == name)
    is_derived = any(model.name == owner and model.star is not None for model in erd.models)
    said = f"`{name}: {{{_type(column)}meta: {{{SECRET}: false}}}}`"
    keep = "" if is_derived else f", and add `{name}` to `keep` of `{owner}`"
    return (Hint(f"if it is not a secret, write {said} in `{entity.name}`{keep}"),)


def secret_below(erd: Erd, owner: str, name: str) -> Entity | None:
    """The entity whose rows a model shows without this column, as it is a secret; None for others."""
    models = {model.name: model for model in erd.models}
    seen: set[str] = set()
    while owner in models and owner not in seen and models[owner].rows:
        seen.add(owner)
        owner = models[owner].rows[0].text
    entity = next((one for one in erd.entities if one.name == owner), None) if seen else None
    return entity if entity is not None and name in secrets_of(entity) else None


def _type(column: Attribute) -> str:
    return f"type: {column.type}, " if column.type else ""
