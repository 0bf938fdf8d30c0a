"""How the rows of two relations stand to each other, where an aggregate reads both."""

from __future__ import annotations

from erd2dbt.design.chains import AmbiguousError, IncomparableError
from erd2dbt.design.plan import Relation
from erd2dbt.design.scope import Names, Node, Scope
from erd2dbt.design.walks import World


def is_apart(world: World, base: Relation, name: str) -> bool:
    """Whether links lead from each row of `base` to at most one of `name`, though not by keys: those are other rows."""
    relation = world.shelf[name]
    if base is relation or not {base.name, name} <= world.graph.entities.keys():
        return False
    if not world.graph.leads_to_one(base.name, name):
        return False
    try:
        return not Scope(world, Node(base.name, base), Names()).find(name)
    except (AmbiguousError, IncomparableError):  # several ways by keys: `via:` decides where they are walked
        return False


def is_row_for_row(world: World, entity: str, other: str) -> bool:
    """Whether a row of `other` has one row of the entity at most: their rows are not repeated, as a model's are by
    those of the entity that it is made of."""
    relation = world.shelf[entity]
    found = Scope(world, Node(entity, relation), Names()).find(other)
    columns = [end.column for chain in found for _, end in chain.pairs if not end.node]
    return relation.state.is_probe(columns) is not None
