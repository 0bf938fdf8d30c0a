"""One seed tried: its world held against the tool, and one of the traps of its diagram."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oracle.data import dangles
from oracle.judge import Refusal, Verdict, Violation, judged, refused, root_columns, shown
from oracle.models import Model
from oracle.shrinking import shrunk
from oracle.spectext import spec
from oracle.traps import Trapper
from oracle.world import World
from oracle.worlds import world


@dataclass(frozen=True)
class Sprung:
    """A trap that was laid: whether it was refused, and with which codes. `aside`: with none of those it asks for."""

    label: str
    refused: bool
    aside: bool
    said: str
    text: str


@dataclass(frozen=True)
class Outcome:
    seed: int
    kind: str
    models: int
    compared: int
    empty: int
    dropped: int
    lonely: bool  # no model reads another, for foreign keys dangle
    cells: int
    violations: int
    roots: tuple[tuple[Violation, tuple[str, ...]], ...]  # with the traits of the model
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    traps: tuple[Sprung, ...]


def outcome_of(seed: int, session: Any, kind: str | None = None, traps: int = 1) -> Outcome:
    found = world(seed, kind)
    verdict = judged(found, session)
    roots = tuple((v, _traits(found, v.model)) for v in root_columns(found, verdict))
    return Outcome(
        seed,
        found.kind,
        verdict.models,
        verdict.compared,
        verdict.empty,
        verdict.dropped,
        dangles(seed),
        verdict.cells,
        len(verdict.violations),
        roots,
        tuple(verdict.refusals),
        tuple(verdict.warnings),
        tuple(sprung(seed, traps, kind)),
    )


def _traits(found: World, name: str) -> tuple[str, ...]:
    return found.model(name).traits if any(m.name == name for m in found.models) else ()


def sprung(seed: int, most: int, kind: str | None = None) -> list[Sprung]:
    """Some traps of the diagram of this seed."""
    rng = random.Random(seed)
    base = world(seed, kind)
    base.models = []
    laid = list(Trapper(base, rng).all())
    return [_sprung(*trap) for trap in rng.sample(laid, min(most, len(laid)))]


def _sprung(label: str, where: World, models: Sequence[Model]) -> Sprung:
    right, said = refused(where, models)
    # refused for another cause is no trap that was walked into
    return Sprung(label, right or said != "accepted", not right, said, spec(where, models)[0])


def smallest_report(seed: int, violation: Violation, session: Any, kind: str | None = None, most: int = 250) -> str:
    """The violation in the smallest world that still has it: its spec, its rows, and the cell."""

    def still(candidate: World) -> bool:
        verdict: Verdict = judged(candidate, session)
        places = [(v.kind, v.model, v.column) for v in root_columns(candidate, verdict)]
        return (violation.kind, violation.model, violation.column) in places

    small = shrunk(world(seed, kind), still, most)
    found = [v for v in judged(small, session).violations if (v.model, v.column) == (violation.model, violation.column)]
    text = spec(small, small.models)[0]
    rows = [
        f"  {name}: " + ", ".join(f"{k}={shown(v)}" for k, v in row.items())
        for name, rows in small.rows.items()
        for row in rows
    ]
    return "\n".join([f"seed {seed} ({small.kind}): {found[0] if found else violation}", text.rstrip(), *rows])
