"""Names of dbt models, by the spec's `naming:` and the guides' layers."""

from __future__ import annotations

from erd2dbt.design.plan import Layer
from erd2dbt.erd import Entity, Erd, ModelSpec
from erd2dbt.sql.identifiers import fit


def staging_name(entity: Entity, erd: Erd) -> str:
    """The existing model; else `stg_<entity>`, `stg_<source>__<entity>` for several sources, or the spec's pattern."""
    if entity.existing is not None:
        return entity.existing.text
    several = len(erd.sources) > 1
    pattern = erd.settings.naming.get("staging") or ("stg_{source}__{entity}" if several else "stg_{entity}")
    return fit(pattern.replace("{source}", entity.source).replace("{entity}", entity.name))


def layer_of(model: ModelSpec) -> Layer:
    """`layer:` decides, else the prefix `int_` (spec language, rule 10)."""
    if model.layer:
        return Layer(model.layer)
    return Layer.INTERMEDIATE if model.name.startswith("int_") else Layer.MARTS
