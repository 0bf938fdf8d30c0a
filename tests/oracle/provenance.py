"""Where the rows and columns of a model come from: of which entity, filtered or whole, made by a formula or kept."""

from __future__ import annotations

from oracle.models import Look, Ref
from oracle.world import World


def is_filtered(world: World, name: str) -> bool:
    """Whether the model leaves out rows of its entity."""
    if world.is_entity(name):
        return False
    model = world.model(name)
    return model.where is not None or any(is_filtered(world, r) for r in model.rows)


def is_complete(world: World, name: str) -> bool:
    """Whether the rows are all those of an entity."""
    return origin(world, name) is not None and not is_filtered(world, name)


def is_local(world: World, column: str) -> bool:
    """Whether a link refers to a key of this name by another: then it says nothing outside of its entity."""
    pairs = {pair for k in world.links for pair in k.pairs if len({*pair}) > 1}
    return any(column in pair for pair in pairs) and any(column in e.key for e in world.entities)


def origin(world: World, name: str) -> str | None:
    """The entity whose rows a model takes whole."""
    if world.is_entity(name):
        return name
    model = world.model(name)
    return origin(world, model.rows[0]) if model.whole else None


def sources(world: World, name: str) -> set[str]:
    """The entities whose rows a model's rows are made of."""
    return {name} if world.is_entity(name) else {e for rows in world.model(name).rows for e in sources(world, rows)}


def made(world: World, name: str) -> set[str]:
    """The columns of a model that a formula has made, its own or that of a model whose column it keeps."""
    if world.is_entity(name):
        return set()
    model = world.model(name)
    shown = (*model.keep, *model.grain_names)
    return {f.name for f in model.columns} | {c for c in shown if c in made(world, model.rows[0])}


def copies(world: World, name: str) -> set[str]:
    """The columns of a model that are others under a new name: a foreign key leads to the same rows by both."""
    if world.is_entity(name):
        return set()
    model = world.model(name)
    copied = {f.name for f in model.columns if isinstance(f.term, Ref | Look) and not f.term.steps}
    return copied | {c for c in model.keep if c in copies(world, model.rows[0])}


def nullable(world: World, name: str, column: str) -> bool:
    """Whether the column of an entity, or a kept one of a model, can be empty."""
    if not world.is_entity(name):
        model = world.model(name)
        if column in model.grain_names:
            return False
        return column not in model.keep or nullable(world, model.rows[0], column)
    entity = world.entity(name)
    links = [link for link in world.links if link.child == name and not link.optional and column in link.child_columns]
    return column not in entity.key and not links and entity.column(column).nullable
