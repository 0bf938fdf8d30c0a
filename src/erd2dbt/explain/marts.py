"""Why an entity has no mart of its own in a derived star."""

from __future__ import annotations

from erd2dbt.diagram.erd import Erd
from erd2dbt.star.derive import star_of


def why_no_mart(erd: Erd, name: str) -> tuple[str, ...]:
    """The reasons; empty for an entity with a mart, for a model, and where models are declared."""
    if not erd.is_plain and not any(model.star is not None for model in erd.models):
        return ()
    star = star_of(erd)
    one = star.entities.get(name) if star is not None else None
    if star is None or one is None or star.has_mart(one):
        return ()
    if one.left_out:
        return (one.left_out, "`star: {size: all}` gives it one")
    return one.because
