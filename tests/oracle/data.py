"""Random rows that keep all claims of a diagram."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from oracle.diagrams import STATUSES
from oracle.values import Value
from oracle.world import Column, Entity, Link, World

Raw = dict[str, Any]
_TRIES = 12


def dangles(seed: int) -> bool:
    """Whether foreign keys may hold what is nowhere else."""
    return seed // 5 % 4 == 0


def value(rng: random.Random, column: Column) -> Value:
    """A value of few, so that many are equal; NULL where it may be."""
    if column.nullable and rng.random() < 0.3:
        return None
    if column.values:
        return rng.choice(column.values)
    return plain(rng, column.type)


def plain(rng: random.Random, kind: str) -> Value:
    match kind:
        case "int":
            return rng.choice((-2, 0, 1, 1, 2, 3, 4, 5, 7))
        case "num":
            return Decimal(rng.choice((-250, 0, 0, 50, 100, 133, 199, 1000, 1250))).scaleb(-2)
        case "float":
            return rng.choice((-0.5, 0.0, 0.25, 1.5, 2.0, 8.0))
        case "text":
            return rng.choice(("a", "b", "b", "c", "it's", *STATUSES))
        case "bool":
            return rng.random() < 0.5
        case "date":
            return dt.date(2024, 1, 29) + dt.timedelta(days=rng.randrange(5))
        case _:
            return dt.datetime(2024, 2, rng.randint(1, 3), rng.choice((0, 6, 23)), 0)


def key_value(rng: random.Random, kind: str) -> Value:
    match kind:
        case "int":
            return rng.randint(0, 9)
        case "text":
            return rng.choice("abcdefgh")
        case _:
            return dt.date(2024, 1, 28) + dt.timedelta(days=rng.randrange(7))


class _Filler:
    def __init__(self, world: World, rng: random.Random, dangling: bool) -> None:
        self.world, self.random, self.rows, self.dangling = world, rng, world.rows, dangling

    def fill(self, entity: Entity) -> None:
        links = [link for link in self.world.links if link.child == entity.name]
        links.sort(key=lambda link: -len(link.pairs))
        self.rows[entity.name] = []
        for link in links:
            if link.every and link.child != link.parent:
                for parent in self.rows[link.parent]:
                    if not any(_tied(link, row, parent) for row in self.rows[entity.name]):
                        self._add(entity, links, (link, parent))
        for _ in range(0 if self.random.random() < 0.04 else self.random.choice((2, 4, 6, 8, 10, 12))):
            self._add(entity, links, None)
        for left, right in entity.determines:
            decided: dict[Any, Any] = {}
            for row in self.rows[entity.name]:
                found = decided.setdefault(tuple(row[c] for c in left), {c: row[c] for c in right})
                row.update(found)

    def _add(self, entity: Entity, links: Sequence[Link], forced: tuple[Link, Raw] | None) -> None:
        for _ in range(_TRIES):
            row = self._try(entity, links, forced)
            if row is not None and self._keeps(entity, links, row):
                self.rows[entity.name].append(row)
                return

    def _try(self, entity: Entity, links: Sequence[Link], forced: tuple[Link, Raw] | None) -> Raw | None:
        row: Raw = {}
        if forced:
            row |= {c: forced[1][p] for c, p in forced[0].pairs}
        outward = [link for link in links if link.child != link.parent and not (forced and link is forced[0])]
        if not all(self._tie(entity, link, row) for link in outward):
            return None
        for name in entity.key:
            row.setdefault(name, key_value(self.random, entity.column(name).type))
        if not all(self._tie(entity, link, row) for link in links if link.child == link.parent):
            return None
        for column in entity.columns:
            if column.is_ is None and column.name not in row:
                row[column.name] = value(self.random, column)
        return {c.name: row[c.name] for c in entity.columns if c.is_ is None}

    def _tie(self, entity: Entity, link: Link, row: Raw) -> bool:
        fits = [p for p in self.rows[link.parent] if all(row.get(c, p[k]) == p[k] for c, k in link.pairs)]
        if link.one:
            fits = [p for p in fits if not any(_tied(link, r, p) for r in self.rows[entity.name])]
        free = [(c, k) for c, k in link.pairs if c not in row]
        may = link.optional and (self.dangling or all(entity.column(c).nullable for c, _ in free))
        if may and (not fits or self.random.random() < 0.3):
            for c, _ in free:
                column = entity.column(c)
                lost = not column.nullable or (self.dangling and self.random.random() < 0.5)
                row[c] = key_value(self.random, column.type) if lost else None
            return True
        if not fits:
            return False
        parent = self.random.choice(fits)
        row.update({c: parent[k] for c, k in free})
        return True

    def _keeps(self, entity: Entity, links: Sequence[Link], row: Raw) -> bool:
        """Keys and uniques hold, and no two children share a parent that has one."""
        there = self.rows[entity.name]
        uniques = [entity.key, *entity.unique]
        uniques += [link.child_columns for link in links if link.one]
        for columns in uniques:
            mine = [row[c] for c in columns]
            if None not in mine and any([r[c] for c in columns] == mine for r in there):
                return False
        return True


def _tied(link: Link, child: Raw, parent: Raw) -> bool:
    return all(child[c] is not None and child[c] == parent[p] for c, p in link.pairs)


def parents_first(world: World) -> Iterator[Entity]:
    left = list(world.entities)
    done: set[str] = set()
    while left:
        for entity in list(left):
            parents = {link.parent for link in world.links if link.child == entity.name} - {entity.name}
            if parents <= done:
                yield entity
                done.add(entity.name)
                left.remove(entity)


def filled(world: World, rng: random.Random, *, dangling: bool) -> None:
    """Rows of every entity. `dangling`: a foreign key of an optional link may hold what is nowhere else."""
    filler = _Filler(world, rng, dangling)
    for entity in parents_first(world):
        filler.fill(entity)
        if entity.latest:
            world.older[entity.name] = list(_older(rng, entity, world.rows[entity.name]))


def _older(rng: random.Random, entity: Entity, rows: Sequence[Raw]) -> Iterator[Raw]:
    """Other versions of some rows: anything may stand in them but a version that is as new."""
    assert entity.latest
    for row in rows:
        row[entity.latest] = rng.randint(3, 9)
        for _ in range(rng.choice((0, 0, 1, 2))):
            other = {c.name: value(rng, c) for c in entity.columns if c.is_ is None}
            version = row[entity.latest] - rng.randint(1, 3)
            empty = entity.column(entity.latest).nullable and rng.random() < 0.3
            yield other | {k: row[k] for k in entity.key} | {entity.latest: None if empty else version}


def broken_claims(world: World) -> list[str]:
    """What the rows break; empty for every world that is tried."""
    found = []
    for entity in world.entities:
        rows = world.rows[entity.name]
        for columns in (entity.key, *entity.unique):
            values = [tuple(r[c] for c in columns) for r in rows if None not in [r[c] for c in columns]]
            if len(set(values)) != len(values) or (columns == entity.key and len(values) != len(rows)):
                found.append(f"{entity.name}: {columns}")
        for left, right in entity.determines:
            if len({tuple(r[c] for c in left) for r in rows}) != len(
                {tuple(r[c] for c in (*left, *right)) for r in rows}
            ):
                found.append(f"{entity.name}: {left} determines {right}")
        found += [f"{entity.name}.{c.name}" for c in entity.columns if _empty(c, rows)]
    return found + [said for link in world.links for said in _broken_link(world, link)]


def _empty(column: Column, rows: Sequence[Raw]) -> bool:
    return column.is_ is None and not column.nullable and any(r[column.name] is None for r in rows)


def _broken_link(world: World, link: Link) -> Iterator[str]:
    children, parents = world.rows[link.child], world.rows[link.parent]
    partners = [sum(_tied(link, c, p) for p in parents) for c in children]
    if any(n > 1 for n in partners) or (not link.optional and 0 in partners):
        yield f"{link.child} to {link.parent}"
    offspring = [sum(_tied(link, c, p) for c in children) for p in parents]
    if (link.one and any(n > 1 for n in offspring)) or (link.every and 0 in offspring):
        yield f"{link.parent} to {link.child}"
