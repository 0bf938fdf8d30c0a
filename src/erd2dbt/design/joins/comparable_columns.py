"""Which columns may be compared because of their names: their types compare as a key, and not keys of two things."""

from __future__ import annotations

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Field


def comparable(one: Field, other: Field) -> bool:
    return one.type is None or other.type is None or joins_on_key(one.type, other.type).keeps_apart


def are_keys_of_different_things(world: World, one: Field, other: Field) -> bool:
    """Whether two columns are keys of different things, like `orders.id` and `customers.id`, with no link between.

    Each is a key of its entity, or a part of a key with a name that is local to its entity.
    """
    a, b = one.origin, other.origin
    if a is None or b is None:  # a query's column: the diagram does not declare its meaning
        known = a or b
        return known is not None and (known.entity, known.column) in world.graph.local_keys
    if a.entity == b.entity:
        return False
    if {(a.entity, a.column), (b.entity, b.column)} <= world.graph.local_keys:
        return True
    return all([w.text for w in world.graph.entities[o.entity].key] == [o.column] for o in (a, b))
