"""Amounts spread over rows: each row's share of a total, times an amount of the total's own row."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from oracle.inputs import Stub
from oracle.models import Bag, Field, Look, Model, Ref
from oracle.random_columns import additive
from oracle.random_rows import Rows
from oracle.terms import Binary, Const, Ratio, Term
from oracle.world import Link, World, chains, ident


def spread(world: World, rng: random.Random) -> list[Model]:
    """Totals of the rows of one parent, shares of these, and what comes of an amount that is spread by them; nothing
    where the diagram has no such parent. Each of the models reads the one before."""
    for link in rng.sample(world.links, len(world.links)):
        fine, coarse = list(_amounts(world, link.child)), list(_amounts(world, link.parent))
        if _is_plain(world, link) and coarse:
            seen = World(world.kind, world.seed, world.entities, world.links, world.rows)
            for model in _made(seen, rng, link, rng.choice(fine) if fine else None, rng.choice(coarse)):
                seen.models.append(replace(model, traits=(*model.traits, "shares")))
            return seen.models if len(seen.models) == len(_NAMES) else []
    return []


_NAMES = ("totals", "shares", "spread")


def _is_plain(world: World, link: Link) -> bool:
    """Whether many rows lead to one parent, on the only way and each of them."""
    back = chains(world, link.parent, link.child)
    return not (link.optional or link.one or link.role or back) and len(chains(world, link.child, link.parent)) == 1


def _amounts(world: World, name: str) -> Iterator[str]:
    for column in world.entity(name).columns:
        plain = column.is_ is None and not column.nullable and column.type in ("int", "num")
        if plain and additive(world, name, column.name):
            yield column.name


def _made(world: World, rng: random.Random, link: Link, fine: str | None, coarse: str) -> Iterator[Model]:
    """Without `fine`, the rows are counted, and each is an equal share."""
    rows, types = Rows(world, rng), world.columns(link.child)
    start = rows.whole(link.parent, _NAMES[0])
    met = Stub(world, start).input_paths(link.child)
    if len(met) != 1 or met[0].via:
        return
    read = fine or world.key(link.child)[-1]
    kind = types[read] if fine else "int"
    argument = Ref(f"{ident(link.child)}.{ident(read)}", (), read, types[read])
    total = Bag("sum" if fine else "count", link.child, met[0].way, argument, kind)
    yield replace(start, columns=(Field("total", "is", total, kind),))
    plain = [
        c
        for c in world.entity(link.child).columns
        if c.type in ("text", "bool", "date") and not c.nullable and c.is_ is None
    ]
    part = rows.whole(link.child, _NAMES[1])
    own = Look(argument.written, link.child, world.key(link.child), part.grain_names, (), read, types[read])
    way = chains(world, link.child, _NAMES[0])
    if len(way) != 1:
        return
    whole = Look("totals.total", link.child, world.key(link.child), part.grain_names, way[0], "total", kind)
    above: Term = own if fine else Const(1, "int")
    kept = tuple(c.name for c in plain[:1] if c.name not in part.grain_names)
    yield replace(part, keep=kept, columns=(Field("share", "is", Ratio(above, whole), "float"),))
    yield from _spread(world, rng, link, coarse)


def _spread(world: World, rng: random.Random, link: Link, coarse: str) -> Iterator[Model]:
    base = rng.choice([link.parent, *(k.parent for k in world.links if k.child == link.parent and not k.role)])
    start = Rows(world, rng).whole(base, _NAMES[2])
    met = Stub(world, start).input_paths(_NAMES[1])
    there = chains(world, _NAMES[1], link.parent)
    if len(met) != 1 or met[0].via or len(there) != 1:
        return
    share = Ref("shares.share", (), "share", "float")
    amount = Ref(f"{ident(link.parent)}.{ident(coarse)}", there[0], coarse, world.columns(link.parent)[coarse])
    summed = Bag("sum", _NAMES[1], met[0].way, Binary("*", share, amount, "float"), "float")
    yield replace(start, columns=(Field("amount", "is", summed, "float"),), loose=met[0].loose)
