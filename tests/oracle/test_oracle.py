"""Every number right: 300 random worlds, each cell of each model held against naive loops over the rows."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.run.connection import Connection, connect
from oracle.data import broken_claims
from oracle.diagrams import KINDS
from oracle.judge import emitted, held
from oracle.outcomes import outcome_of, smallest_report
from oracle.planted_faults import PLANTS
from oracle.refusals import reason
from oracle.values import quotient
from oracle.worlds import world

if TYPE_CHECKING:
    from collections.abc import Iterator

EACH = 25  # worlds of each of the twelve kinds of diagrams


@pytest.fixture
def session(postgres_server: Connection) -> Iterator[Any]:
    with connect(postgres_server) as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_is_what_the_language_says(kind: str, session: Any) -> None:
    outcomes = [outcome_of(seed, session, kind) for seed in range(EACH)]
    assert sum(o.cells for o in outcomes) > EACH * 10
    wrong = [(o, violation) for o in outcomes for violation, _ in o.roots]
    if wrong:
        outcome, violation = wrong[0]
        pytest.fail(
            f"{len(wrong)} columns are wrong. The first:\n{smallest_report(outcome.seed, violation, session, kind, 60)}"
        )
    assert not [trap for o in outcomes for trap in o.traps if not trap.refused]
    refused = [refusal for o in outcomes for refusal in o.refusals]
    assert not [r for r in refused if r.right and reason(r) is None]
    assert sum(r.right for r in refused) <= max(1, sum(o.models for o in outcomes) * 0.01)
    assert sum(o.compared + o.dropped for o in outcomes) + len(refused) == sum(o.models for o in outcomes)


def test_quotients_have_the_digits_that_postgresql_gives(session: Any) -> None:
    rng = random.Random(1)
    sides = [Decimal(rng.randint(-(10**size), 10**size)).scaleb(-rng.choice((0, 2, 20))) for size in (1, 5, 9) * 20]
    pairs = [(a, b) for a, b in zip(sides, rng.sample(sides, len(sides)), strict=True) if b]
    cursor = session.cursor()
    cursor.execute(f"select {', '.join(f'{a:f}::numeric / {b:f}' for a, b in pairs)}")
    (found,) = cursor.fetchall()
    assert [str(value) for value in found] == [str(quotient(a, b)) for a, b in pairs]
    assert quotient(Decimal(2), quotient(Decimal(1), Decimal("10.5"))) != 21


def test_rows_keep_all_claims() -> None:
    for seed in range(60):
        assert broken_claims(world(seed)) == []


def test_a_seed_is_a_world() -> None:
    assert world(7) == world(7)
    assert world(7) != world(7 + len(KINDS))


def test_planted_faults_are_seen(session: Any) -> None:
    """Each fault that can be planted is caught, in many of the worlds that it fits: the rows tell it from the right."""
    planted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    sharing = (seed for seed in count(40) if any("shares" in model.traits for model in world(seed).models))
    for seed in (*range(40), *islice(sharing, 16)):
        made = emitted(world(seed))
        before = held(made, session).violations
        for label, plant in PLANTS.items():
            sql = {m.name: plant(made.world, made.sql[m.name]) for m in made.models}
            if any(made.sql[name] != text for name, text in sql.items()):
                planted[label] += 1
                after = held(replace(made, sql=made.sql | sql), session).violations
                assert not [v for v in after if v.kind == "database" and v not in before]
                caught[label] += after != before
    assert set(planted) == set(PLANTS)
    for label, times in planted.items():
        assert caught[label] >= max(2, times * 0.1), (label, caught[label], times)
