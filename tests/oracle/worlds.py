"""A world of each seed: a diagram, its rows, and models of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from oracle.conditions import condition
from oracle.data import broken_claims, dangles, filled
from oracle.diagrams import KINDS, diagram
from oracle.inputs import Stub
from oracle.models import Model, evaluated, reader
from oracle.random_columns import Fields
from oracle.random_rows import Rows
from oracle.shares import spread
from oracle.terms import Logic, Term
from oracle.world import World


def world(seed: int, kind: str | None = None) -> World:
    """The world of this seed, the same at every run."""
    kind = kind or list(KINDS)[seed % len(KINDS)]
    builder = diagram(kind, seed)
    found, rng = builder.world, builder.random
    dangling = dangles(seed)
    filled(found, rng, dangling=dangling)
    found.links = [replace(k, every=False) if k.every and _childless(found, k) else k for k in found.links]
    broken = broken_claims(found)
    assert not broken, (seed, broken)
    if not dangling and rng.random() < 0.15:
        found.models += spread(found, rng)
    for number in range(rng.randint(2, 4)):
        model = random_model(found, rng, model_name(seed, number))
        if model is not None:
            found.models.append(model)
    return found


def model_name(seed: int, number: int) -> str:
    """A plain name; in some worlds one that has to be quoted, or that leaves no byte for a suffix."""
    odd = ("table", "Übersicht", "group", "m_" + 61 * "y")
    return odd[(seed + number) % len(odd)] if seed % 9 == 5 else f"m{number + 1}"


def _childless(found: World, link: object) -> bool:
    tried = World(found.kind, found.seed, found.entities, [link], found.rows)  # type: ignore[list-item]
    return bool(broken_claims(tried))


def _filtered(found: World, rng: random.Random, model: Model, leaves: Sequence[Term]) -> Model:
    """The model with a filter that leaves some rows, if a few tries find one: no cell of no row says anything."""
    tables = evaluated(found)
    for _ in range(5):
        extra = condition(rng, leaves, rng.choice((0, 1, 2)))
        where = extra if model.where is None else Logic("and", (model.where, extra))
        if any(where.value(reader(tables, row)) is True for row in tables.rows[model.rows[0]]):
            break
    return replace(model, where=where, traits=(*model.traits, "where"))


def random_model(found: World, rng: random.Random, name: str) -> Model | None:
    """A model, or nothing where its rows cannot be told."""
    rows = Rows(found, rng)
    bases = [e.name for e in found.entities]
    if found.models and rng.random() < 0.35:
        bases = [m.name for m in found.models]
    base = rng.choice(bases)
    shape = rng.random()
    model = rows.union(name) if shape < 0.1 else rows.grouped(base, name) if shape < 0.5 else rows.whole(base, name)
    if model is None:
        model = rows.whole(base, name)
    if len(model.rows) == 1 and rng.random() < 0.35:
        model = _filtered(found, rng, model, rows.paths.leaves(model.rows[0], 0.4, bare=rng.random() < 0.4))
    model = rows.keep(model)
    made = Fields(found, Stub(found, model), rng).model(rng.randint(2, 5))
    queries: set[str] = set()
    for known in found.models:
        queries |= {known.name} if known.by_hand or known.reads() & queries else set()
    if made.reads() & queries or any(s for g in made.grain for s, _ in g.sources if s and not found.is_entity(base)):
        made = replace(made, loose=(*made.loose, "E201", "E202", "E205"))  # what a query's columns mean is not drawn
    return made
