"""Dimensions: an entity with everything that to-one steps lead to, each step proved like any other lookup."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from erd2dbt.erd import Attribute, ModelSpec, StarModel
from erd2dbt.star import words
from erd2dbt.star.classify import Classified, Kind
from erd2dbt.star.parents import Parent
from erd2dbt.star.values import Star, kept, rows_of
from erd2dbt.star.writing import Columns, columns_beside, path, words_of

_MOST = 200  # columns; a dimension of more is no help to anybody
_DEEPEST = 6
_THINGS = (Kind.DIMENSION, Kind.OUTRIGGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """An entity that steps from the dimension lead to; `prefix` stands before the names of its columns."""

    one: Classified
    steps: tuple[str, ...]
    prefix: str
    labels_only: bool = False


def dimension(star: Star, one: Classified) -> ModelSpec:
    """`dim_x`: the entity's own columns, and those of the hierarchy above it."""
    span, own = one.entity.span, kept(one)
    columns = columns_beside(span, (c.name for c in own))
    above = list(_above(star, one))
    for place in above:
        _carry(columns, one.name, place)
    hierarchy = [f"`{place.one.name}`" for place in above]
    because = (*one.because, *((f"collapsed into it over to-one links: {', '.join(hierarchy)}",) if hierarchy else ()))
    return ModelSpec(
        name=star.models[one.name],
        span=span,
        grain=one.entity.key,
        rows=words_of([one.name], span),
        where=rows_of(one),
        keep=None if len(own) == len(one.entity.columns) else words_of(_beside_key(one, own), span),
        columns=tuple(columns.made),
        star=StarModel(kind=Kind.DIMENSION, because=because),
    )


def _beside_key(one: Classified, own: tuple[Attribute, ...]) -> list[str]:
    key = {word.text for word in one.entity.key}
    return [c.name for c in own if c.name not in key]


def _above(star: Star, one: Classified) -> Iterator[_Place]:
    """Breadth first, each entity where it is nearest, parallel links each; a row above the row itself by its labels."""
    seen = {one.name}
    waiting = deque([_Place(one=one, steps=(), prefix="")])
    while waiting:
        place = waiting.popleft()
        steps = [p for p in place.one.parents if star.entities[p.entity].kind in _THINGS]
        for parent in (p for p in steps if p.to_self and not place.steps):
            there = star.entities[parent.entity]
            yield _Place(one=there, steps=(parent.word,), prefix=_prefix(parent, there, place), labels_only=True)
        new = [p for p in steps if p.entity not in seen]
        seen |= {p.entity for p in new}
        for parent in new:
            there = star.entities[parent.entity]
            found = _Place(one=there, steps=(*place.steps, parent.word), prefix=_prefix(parent, there, place))
            yield found
            if len(found.steps) < _DEEPEST:
                waiting.append(found)


def _prefix(parent: Parent, there: Classified, place: _Place) -> str:
    """`artist`; in a role `manager`, below another role `manager_department`."""
    own = words.bare(parent.role) if parent.role else words.one(there.stem)
    return f"{place.prefix}_{own}" if parent.role and place.prefix else own


def _carry(columns: Columns, rows: str, place: _Place) -> None:
    entity = place.one.entity
    links = {c for parent in place.one.parents for c in parent.columns}
    skipped = links | {word.text for word in entity.key}
    for column in kept(place.one):
        if column.name in skipped or len(columns.taken) >= _MOST:
            continue
        if place.labels_only and not words.is_name(column, entity.name):
            continue
        name = column.name.lower()
        called = name if name.startswith(place.prefix) else f"{place.prefix}_{name}"
        columns.add(called, path(rows, *place.steps, column.name))
