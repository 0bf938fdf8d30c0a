"""Dimensions: an entity with the columns of its many-to-one parents. Each lookup is proved like any other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.design.project.prose import listed
from erd2dbt.diagram.erd import Attribute, ModelSpec, StarModel
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare, without_id
from erd2dbt.star import descriptions, words
from erd2dbt.star.exclusions import exclusions, not_carried
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.parents import Parent
from erd2dbt.star.privacy import is_audit_reference, tags
from erd2dbt.star.values import Star, kept, rows_of
from erd2dbt.star.writing import Columns, columns_beside, path, words_of

_MOST = 100  # columns besides its own; a wider dimension is hard to use
_SMALL = 10  # a parent with at most this many columns is carried whole; of a wider one, only names and codes
_DEEPEST = 6
_THINGS = (Kind.DIMENSION, Kind.OUTRIGGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """An entity that many-to-one links from the dimension lead to. `prefix`: the prefix of its column names."""

    one: Classified
    steps: tuple[str, ...]
    prefix: str
    over: tuple[str, ...] = ()  # the columns of the last link
    in_role: bool = False  # the last link is one of several, or has its own name
    labels_only: bool = False
    by_audit: bool = False  # it says who wrote the row: only names are carried
    extends: bool = False  # it is a part of the row itself


def dimension(star: Star, one: Classified, below: Sequence[str]) -> ModelSpec:
    """`dim_x`: the entity's own columns, and the columns of the hierarchy above it.

    `below`: the entities that refer to it.
    """
    span, own = one.entity.span, kept(one)
    columns = columns_beside(span, (c.name for c in own))
    brought = [place for place in _parents_by_distance(star, one) if _carry(columns, one.name, place)]
    because = (*one.because, *_collapsed(brought), *exclusions(one), *_lost(star, brought))
    return ModelSpec(
        name=star.models[one.name],
        span=span,
        grain=one.entity.key,
        rows=words_of([one.name], span),
        where=rows_of(one),
        keep=None if len(own) == len(one.entity.columns) else words_of(_beside_key(one, own), span),
        columns=tuple(columns.made),
        description=_described(one, brought, below),
        star=StarModel(kind=Kind.DIMENSION, because=because, entity=one.name),
    )


def _described(one: Classified, brought: Sequence[_Place], below: Sequence[str]) -> str:
    above = list(dict.fromkeys(place.prefix for place in brought if not place.labels_only))
    roles = [
        f"`{p.prefix}_…` ({descriptions.row_of(p.one.stem)} joined on {descriptions.codes(p.over)})"
        for p in brought
        if p.in_role
    ]
    return descriptions.paragraphs(
        descriptions.purpose(one, descriptions.dimension_of(below)),
        f"Columns of related tables have the prefix {listed([f'`{prefix}_`' for prefix in above], 'or')}."
        if above
        else "",
        f"Roles: {'; '.join(roles)}." if roles else "",
        *(
            f"`{place.prefix}_…` describes the row one level up, joined on {descriptions.codes(place.over)}."
            for place in brought
            if place.labels_only
        ),
    )


def _collapsed(brought: Sequence[_Place]) -> Iterator[str]:
    """The entities that were collapsed into it, each with its role, and the levels that were not."""
    told = [f"`{p.one.name}`{f' as {p.prefix}' if p.in_role else ''}" for p in brought if not p.labels_only]
    if told:
        yield f"related rows are collapsed into it over many-to-one links: {', '.join(dict.fromkeys(told))}"
    for place in (p for p in brought if p.labels_only):
        yield f"it has the names of the row above it (`{place.prefix}`): how many levels there are, no diagram says"


def _lost(star: Star, brought: Sequence[_Place]) -> Iterator[str]:
    """The columns that no mart has: those of a collapsed entity that are not carried."""
    for place in brought:
        if not star.has_mart(place.one) and not (place.labels_only or place.by_audit):
            offered = _offered(place)
            yield from not_carried(place.one, offered, _chosen(place, offered))


def _beside_key(one: Classified, own: tuple[Attribute, ...]) -> list[str]:
    key = {word.text for word in one.entity.key}
    return [c.name for c in own if c.name not in key]


def _parents_by_distance(star: Star, one: Classified) -> Iterator[_Place]:
    """The ancestors, breadth first. Each entity appears where it is nearest, with one place per parallel link.

    A parent in the same table appears with its labels only.
    """
    seen = {one.name}
    waiting = deque([_Place(one=one, steps=(), prefix="")])
    while waiting:
        place = waiting.popleft()
        yield from _extensions(star, place)
        steps = [p for p in place.one.parents if star.entities[p.entity].kind in _THINGS]
        for parent in (p for p in steps if p.to_self and not place.steps):
            there = star.entities[parent.entity]
            prefix = _prefix(parent, there, place)
            yield _Place(one=there, steps=(parent.word,), prefix=prefix, over=parent.columns, labels_only=True)
        new = [p for p in steps if p.entity not in seen and not is_audit_reference(p.columns)]
        yield from (_audit(star, place, p) for p in steps if not place.steps and is_audit_reference(p.columns))
        seen |= {p.entity for p in new}
        for parent in new:
            there = star.entities[parent.entity]
            found = _Place(
                one=there,
                steps=(*place.steps, parent.word),
                prefix=_prefix(parent, there, place),
                over=parent.columns,
                in_role=parent.role is not None and _role(parent) != singular(there.stem),
            )
            yield found
            if len(found.steps) < _DEEPEST:
                waiting.append(found)


def _extensions(star: Star, place: _Place) -> Iterator[_Place]:
    """The extensions: entities with at most one row per row of the dimension. Their columns keep their names."""
    if place.steps:
        return
    for there in star.entities.values():
        if there.extends is not None and there.extends.entity == place.one.name:
            word = there.extends.role or there.name
            yield _Place(one=there, steps=(word,), prefix=singular(there.stem), over=there.extends.keys, extends=True)


def _audit(star: Star, place: _Place, parent: Parent) -> _Place:
    there = star.entities[parent.entity]
    prefix = _prefix(parent, there, place) if parent.role else without_id(parent.columns[0].lower())
    return _Place(one=there, steps=(parent.word,), prefix=prefix, over=parent.columns, in_role=True, by_audit=True)


def _prefix(parent: Parent, there: Classified, place: _Place) -> str:
    """The prefix of a parent's columns: `artist`, or its role `manager`; one level higher `manager_department`."""
    own = _role(parent) if parent.role else singular(there.stem)
    return f"{place.prefix}_{own}" if parent.role and place.prefix else own


def _role(parent: Parent) -> str:
    """The role of a parent.

    A role that is named like its column is the thing, not its id: `owner_user_id` -> `owner_user`.
    """
    role = bare(parent.role or "")
    return without_id(role) if parent.role in parent.columns else role


def _carry(columns: Columns, rows: str, place: _Place) -> bool:
    """Add the columns of a parent. Returns whether there were any."""
    before, tagged = len(columns.made), tags(place.one.entity)
    for column in _chosen(place, _offered(place)):
        if len(columns.made) >= _MOST:
            break
        name = column.name.lower()
        called = name if name.startswith(place.prefix) else f"{place.prefix}_{name}"
        role = place.prefix.replace("_", " ") if place.in_role or place.labels_only else None
        said = descriptions.carried(column, role, place.one.stem, place.over)
        columns.add(called, path(rows, *place.steps, column.name), description=said, meta=tagged.get(column.name, {}))
    return len(columns.made) > before


def _offered(place: _Place) -> list[Attribute]:
    """The columns of a parent beside its keys and links."""
    links = {c for parent in place.one.parents for c in parent.columns}
    skipped = links | {word.text for word in place.one.entity.key}
    return [column for column in kept(place.one) if column.name not in skipped]


def _chosen(place: _Place, offered: Sequence[Attribute]) -> list[Attribute]:
    """All columns of a small and near parent; of others, the names and codes."""
    entity = place.one.entity.name
    if place.labels_only or place.by_audit:
        return [column for column in offered if _is_label(column, entity)]
    if place.extends or (len(place.steps) == 1 and len(offered) <= _SMALL):
        return list(offered)
    return [column for column in offered if _is_label(column, entity) or words.is_class(column)]


def _is_label(column: Attribute, entity: str) -> bool:
    return words.is_name(column, entity) or words.is_called_as(column, entity)
