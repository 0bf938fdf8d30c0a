"""The layer of a model: staging, intermediate or marts."""

from __future__ import annotations

from erd2dbt.design.plans.plan import Layer
from erd2dbt.diagram.erd import ModelSpec


def layer_of(model: ModelSpec) -> Layer:
    """The layer of a model: `layer:`, else by the prefix `int_` (spec language, rule 10)."""
    if model.layer:
        return Layer(model.layer)
    return Layer.INTERMEDIATE if model.name.startswith("int_") else Layer.MARTS
