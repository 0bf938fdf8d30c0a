"""Ids that no link explains: the thing has no table, or the link is undeclared."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.diagram.erd import TODO, Attribute, Entity
from erd2dbt.diagram.graph import EntityGraph, is_unique
from erd2dbt.infer.vocabulary import word_list
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare
from erd2dbt.star import words
from erd2dbt.star.parents import references

# Ids of any kind of thing, and ids that another system counts.
_ANYTHING = re.compile(
    r"^(?:object|record|row|entity|external|reference|ref|source|parent|target|resource|content|event|fact|global|uu|gu"
    r"|unique|subject|trace|request|batch|transaction|correlation)?_?id$|^(?:reference|ref|external|foreign|object)_\w+id$"
)


_NO_ID = frozenset(word_list("no_id"))
_CALENDAR = ("year", "month", "day", "date", "time", "week", "quarter", "hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phantom:
    """A thing without a table. `column`: the name of its id. `places`: the column of each entity that contains it.

    `owner`: the entity whose key contains the id, where the id is named after that entity.
    """

    column: str
    places: Mapping[str, str]
    owner: str | None = None

    @property
    def thing(self) -> str:
        """`user_id` -> `user`. For a part of its owner's key: `list_code` of `price_list` -> `price_list_code`."""
        if self.owner is None:
            return _entity_word(self.column) or _joined_word(self.column) or self.column.lower()
        own, column = singular(bare(self.owner)), self.column.lower()
        last = own.rpartition("_")[2]
        return f"{own}{column.removeprefix(last)}" if column.startswith(f"{last}_") else f"{own}_{column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkedIds:
    """The ids without a link. `unlinked`: entity -> (its column, the entity whose key has this name)."""

    phantoms: tuple[Phantom, ...]
    unlinked: Mapping[str, tuple[tuple[str, str], ...]]
    lone: Mapping[str, tuple[str, ...]]  # entity -> its ids of things that no other table has
    excluded: Mapping[str, tuple[tuple[str, str], ...]]  # entity -> (its column, the entity of a link that is excluded)

    @property
    def owners(self) -> frozenset[str]:
        named = (*self.unlinked.values(), *self.excluded.values())
        return frozenset(owner for pairs in named for _, owner in pairs)


def unlinked_ids(graph: EntityGraph) -> UnlinkedIds:
    """The ids that are not foreign keys.

    Each belongs to an entity with that name or key, to several tables, or to one.
    """
    owners = _owners(graph)
    unlinked: dict[str, list[tuple[str, str]]] = {}
    excluded = _excluded(graph)
    held: dict[tuple[str, str | None], dict[str, str]] = {}
    parts = list(_partly(graph))
    joined = _joined_ids(graph)
    drawn = {place for left, a, right, b in parts for place in ((left, a), (right, b))}
    drawn |= {(name, column) for name, some in excluded.items() for column, _ in some}
    for entity in graph.entities.values():
        for column in (c for c in _ids(graph, entity) if (entity.name, c.name) not in drawn):
            owner = _owner(owners, column)
            if owner is not None and owner != entity.name:
                unlinked.setdefault(entity.name, []).append((column.name, owner))
            elif owner is None and (_names_a_thing(column.name) or column.name.lower() in joined):
                held.setdefault((column.name, words.family_of(column)), {})[entity.name] = column.name
    lone: dict[str, list[str]] = {}
    for (name, _), places in held.items():
        if len(places) == 1:
            lone.setdefault(next(iter(places)), []).append(name)
    return UnlinkedIds(
        phantoms=tuple(_phantoms(graph, held, parts)),
        unlinked={name: tuple(pairs) for name, pairs in unlinked.items()},
        lone={name: tuple(columns) for name, columns in lone.items()},
        excluded=excluded,
    )


def _excluded(graph: EntityGraph) -> dict[str, tuple[tuple[str, str], ...]]:
    """Entity -> (its column, the entity) of each declared link that is excluded, from the side with the many rows."""
    found: dict[str, list[tuple[str, str]]] = {}
    for link in graph.erd.open_links:
        if any(TODO in pair for pair in link.columns) or not {link.left, link.right} <= graph.entities.keys():
            continue
        is_right = link.right_cap.many and not link.left_cap.many
        child, parent = (link.right, link.left) if is_right else (link.left, link.right)
        found.setdefault(child, []).extend((pair[is_right], parent) for pair in link.columns)
    return {name: tuple(some) for name, some in found.items()}


def _phantoms(
    graph: EntityGraph,
    held: Mapping[tuple[str, str | None], dict[str, str]],
    parts: Iterable[tuple[str, str, str, str]],
) -> Iterator[Phantom]:
    """The things without a table. Ids with the same name and type family are one thing.

    A part of a key belongs to its own entity unless it is an id of another one: `list_code` of a price list and of a
    route list are two things.
    """
    found: dict[tuple[str, str | None], dict[str, str]] = {}
    owners: dict[tuple[str, str | None], str] = {}
    for (name, kind), places in held.items():
        if len(places) > 1:
            found[name, kind] = dict(places)
    for left, a, right, b in parts:
        kind = words.family_of(next(c for c in graph.entities[right].columns if c.name == b))
        thing, own = _entity_word(b), singular(bare(right))
        is_own = not thing or own == thing or own.endswith(f"_{thing}")
        place = (f"{right}.{b}" if is_own else b, kind)
        if is_own:
            owners[place] = right
        found.setdefault(place, {right: b}).setdefault(left, a)
    for (name, kind), places in found.items():
        owner = owners.get((name, kind))
        yield Phantom(column=places[owner] if owner else name, places=places, owner=owner)


_Owners = Mapping[tuple[str, str | None], str]


def _owners(graph: EntityGraph) -> _Owners:
    """(column name, type family) -> the entity whose id it is: `userid`, `user_id` -> `users`."""
    found: dict[tuple[str, str | None], str] = {}
    for entity in graph.entities.values():
        if len(entity.key) == 1:
            key = next(c for c in entity.columns if c.name == entity.key[0].text)
            kind, own = words.family_of(key), singular(bare(entity.name))
            for name in (key.name.lower(), f"{own}_id", f"{own}id"):
                found.setdefault((name, kind), entity.name)
    return found


def _owner(owners: _Owners, column: Attribute) -> str | None:
    return owners.get((column.name.lower(), words.family_of(column)))


def _partly(graph: EntityGraph) -> Iterator[tuple[str, str, str, str]]:
    """Links to a part of a key: (from, column, to, column). The thing that this part identifies has no table."""
    for link in graph.erd.links:
        if len(link.columns) != 1 or link.left == link.right:
            continue
        ((a, b),) = link.columns
        ends = ((link.left, a, link.right, b), (link.right, b, link.left, a))
        if not any(is_unique(graph.entities[there], [column]) for _, _, there, column in ends):
            yield next((end for end in ends if end[3] in {word.text for word in graph.entities[end[2]].key}), ends[0])


def _ids(graph: EntityGraph, entity: Entity) -> list[Attribute]:
    """Ids that are not a foreign key and not the whole key."""
    taken = {a for hop in references(graph, entity.name) for a, _ in hop.pairs}
    taken |= {word.text for word in entity.key} if len(entity.key) == 1 else set()
    names = {c.name.lower() for c in entity.columns}
    free = (c for c in entity.columns if c.name not in taken and not c.unique and not words.is_upkeep(c))
    ids = [c for c in free if c.name.lower().endswith("id") and not _ANYTHING.match(c.name.lower())]
    return [c for c in ids if not _is_polymorphic(c.name.lower(), names)]


def polymorphic_ids(entity: Entity) -> tuple[str, ...]:
    """The ids that lead to one of several tables: `taggable_id` next to `taggable_type`."""
    names = {c.name.lower() for c in entity.columns}
    ids = (c.name for c in entity.columns if c.name.lower().endswith("id"))
    return tuple(name for name in ids if _is_polymorphic(name.lower(), names))


def _is_polymorphic(name: str, others: Collection[str]) -> bool:
    """Whether the id is polymorphic: `model_id` next to `model_type`."""
    return any(name.removesuffix("id") + word in others for word in ("type", "class", "kind", "table"))


def _names_a_thing(name: str) -> bool:
    """Whether the name is an id of a thing: `user_id`. `year_id` is not, since a part of a date is not a thing."""
    return bool(_entity_word(name)) and _entity_word(name) not in _CALENDAR


def _joined_ids(graph: EntityGraph) -> frozenset[str]:
    """The ids without a separator that a composite key contains, as it contains no `paid`: `itemid`."""
    keys = ((one.name, {word.text for word in one.key}) for one in graph.entities.values() if len(one.key) > 1)
    found = {name for entity, key in keys for name in key if _joined_word(name)}
    return frozenset(name.lower() for name in found if _joined_word(name) not in _CALENDAR)


def _joined_word(name: str) -> str:
    """`itemid` -> `item`; empty for other names, and for words such as `paid`."""
    found = re.fullmatch(r"([a-z]{3,})id", name.lower())
    return found[1] if found and name.lower() not in _NO_ID else ""


def _entity_word(name: str) -> str:
    """`user_id`, `userId` -> `user`; empty where it may be another word, such as `paid`."""
    found = re.match(r"(.+)(?:_id|_ID|(?<=[a-z])Id)$", name)
    return found[1].lower() if found else ""
