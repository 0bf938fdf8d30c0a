"""The smallest world that still breaks in the same way, greedily: fewer models, columns, conditions, rows, boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from oracle.data import broken_claims
from oracle.models import Bag, Model
from oracle.terms import Term
from oracle.world import World

Check = Callable[[World], bool]
MOST = 250


def copied(world: World, **changes: Any) -> World:
    rows = {name: [dict(r) for r in rows] for name, rows in world.rows.items()}
    kept: dict[str, Any] = {
        "entities": list(world.entities),
        "links": list(world.links),
        "rows": rows,
        "older": world.older,
        "models": list(world.models),
    }
    return World(world.kind, world.seed, **(kept | changes))


def shrunk(world: World, check: Check, most: int = MOST) -> World:
    """`check` says that a world still breaks so, and is asked `most` times; one that breaks its claims or itself is
    never asked about."""
    tries = [most]

    def holds(candidate: World) -> bool:
        if tries[0] <= 0:
            return False
        try:
            if broken_claims(candidate):
                return False
            tries[0] -= 1
            return check(candidate)
        except (KeyError, StopIteration, ValueError, AssertionError, IndexError, TypeError):
            return False  # something that is needed was taken away

    for candidates in (_fewer_models, _fewer_columns, _plainer, _fewer_boxes, _fewer_rows, _fewer_attributes, _plainer):
        world = _greedy(world, candidates, holds)
    return world


def _greedy(world: World, candidates: Callable[[World], Iterator[World]], holds: Check) -> World:
    found = True
    while found:
        found = False
        for candidate in candidates(world):
            if holds(candidate):
                world, found = candidate, True
                break
    return world


def _fewer_models(world: World) -> Iterator[World]:
    for model in world.models:
        yield copied(world, models=[m for m in world.models if m is not model])


def _changed(world: World, model: Model, **changes: Any) -> World:
    return copied(world, models=[replace(m, **changes) if m is model else m for m in world.models])


def _fewer_columns(world: World) -> Iterator[World]:
    for model in world.models:
        for field in model.columns:
            yield _changed(world, model, columns=tuple(f for f in model.columns if f is not field))
        if model.keep:
            yield _changed(world, model, keep=(), keep_all=False)
            for name in model.keep if len(model.keep) > 1 else ():
                yield _changed(world, model, keep=tuple(k for k in model.keep if k != name), keep_all=False)


def simpler(term: Term) -> Iterator[Term]:
    """The term with one thing of it left out; the type stays."""
    if isinstance(term, Bag) and term.filter is not None:
        yield replace(term, filter=None)
    if isinstance(term, Bag) and len(term.order) > 1:
        yield replace(term, order=term.order[1:])
        yield replace(term, order=term.order[:-1])
    for f in fields(term) if is_dataclass(term) else ():
        held = getattr(term, f.name)
        for place, part in enumerate(held if isinstance(held, tuple) else (held,)):
            if not isinstance(part, Term):
                continue
            if part.type == term.type and not isinstance(term, Bag):
                yield part
            for smaller in simpler(part):
                whole = (*held[:place], smaller, *held[place + 1 :]) if isinstance(held, tuple) else smaller
                yield replace(term, **{f.name: whole})


def _plainer(world: World) -> Iterator[World]:
    for model in world.models:
        if model.where is not None:
            yield _changed(world, model, where=None)
            for condition in simpler(model.where):
                yield _changed(world, model, where=condition)
        for place, field in enumerate(model.columns):
            versions = [replace(field, term=t) for t in simpler(field.term)]
            versions += [replace(field, default=None)] if field.default else []
            for version in versions:
                columns = (*model.columns[:place], version, *model.columns[place + 1 :])
                yield _changed(world, model, columns=columns)


def _taken(world: World) -> set[tuple[str, str, tuple[str, ...]]]:
    """(child, parent, foreign key) of the links that give models their meaning."""
    found = set()
    for model in world.models:
        for step in model.steps():
            found |= {(step.start, step.end, step.here), (step.end, step.start, step.there)}
        found |= {(k.child, home, k.child_columns) for home, _, _ in model.home for k in world.links}
    return found


def _fewer_boxes(world: World) -> Iterator[World]:
    taken = _taken(world)
    for link in world.links:
        if (link.child, link.parent, link.child_columns) in taken:
            continue
        yield copied(world, links=[k for k in world.links if k is not link])
    for entity in world.entities:
        tied = any(entity.name in (k.child, k.parent) for k in world.links)
        if not tied and not any(entity.name in m.reads() for m in world.models):
            rows = {n: r for n, r in world.rows.items() if n != entity.name}
            yield copied(world, entities=[e for e in world.entities if e is not entity], rows=rows)
        yield from _without_claims(world, entity)


def _without_claims(world: World, entity: Any) -> Iterator[World]:
    if entity.determines or entity.unique:
        plain = replace(entity, determines=(), unique=(), table=None)
        yield copied(world, entities=[plain if e is entity else e for e in world.entities])


def _fewer_rows(world: World) -> Iterator[World]:
    for name, rows in world.rows.items():
        if len(rows) > 3:
            half = len(rows) // 2
            yield copied(world, rows=world.rows | {name: rows[half:]})
            yield copied(world, rows=world.rows | {name: rows[:half]})
    for name, rows in world.rows.items():
        for place in range(len(rows)):
            yield copied(world, rows=world.rows | {name: rows[:place] + rows[place + 1 :]})


def _fewer_attributes(world: World) -> Iterator[World]:
    for entity in world.entities:
        tied = {c for k in world.links if k.child == entity.name for c in k.child_columns}
        tied |= {c for k in world.links if k.parent == entity.name for c in k.parent_columns}
        for column in entity.columns:
            if column.name in tied or column.name in entity.key:
                continue
            columns = tuple(c for c in entity.columns if c is not column)
            smaller = replace(entity, columns=columns)
            rows = [{n: v for n, v in r.items() if n != column.name} for r in world.rows[entity.name]]
            entities = [smaller if e is entity else e for e in world.entities]
            yield copied(world, entities=entities, rows=world.rows | {entity.name: rows})
