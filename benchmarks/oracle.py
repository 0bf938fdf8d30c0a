"""Random worlds held against an evaluator that shares no code with the tool: every cell of every model.

Usage: `python benchmarks/oracle.py [--worlds 20000] [--seed 0] [--jobs 2] [--kind tenant] [--show 3]`.
Prints, for each kind of diagram, worlds, models, what became of these, cells, wrong columns, violations per million
cells, traps refused and right specs refused. Then what was refused, by code, with an example of each and the reason
from `oracle_refusals.yml`; and the first wrong cells in their smallest worlds. Exit code 1 where a cell is wrong, a
trap was walked into, or a right spec is refused for no known reason. What was found so far goes to stderr after every
thousand worlds. The tests try 300 of the same worlds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import serve
from oracle.diagrams import KINDS
from oracle.outcomes import Outcome, outcome_of, smallest_report
from oracle.refusals import reason

CHUNK = 50


def outcomes(job: tuple[range, str | None, Connection]) -> tuple[list[Outcome], list[str]]:
    """A chunk of seeds, and the tracebacks of seeds that the oracle itself could not try."""
    seeds, kind, connection = job
    found, broken = [], []
    with connect(connection) as session:
        for seed in seeds:
            try:
                found.append(outcome_of(seed, session, kind))
            except Exception as error:  # one seed must not end the run
                session.rollback()
                broken.append(f"seed {seed}: {type(error).__name__}: {error}")
    return found, broken


def table(found: Sequence[Outcome]) -> Iterator[str]:
    yield (
        f"{'kind':<11}{'worlds':>8}{'models':>8}{'compared':>9}{'empty':>7}{'dropped':>8}{'cells':>10}{'columns':>9}"
        f"{'cells':>7}{'ppm':>9}{'traps':>12}{'refused':>9}{'ambiguous':>10}"
    )
    yield f"{'':<61}{'wrong':>9}{'wrong':>7}{'':>9}{'refused':>12}{'right':>9}{'':>10}"
    kinds = {kind: [o for o in found if o.kind == kind] for kind in KINDS}
    for kind, those in [*kinds.items(), ("all", list(found))]:
        if those:
            yield row(kind, those)


def row(kind: str, those: Sequence[Outcome]) -> str:
    cells, wrong = sum(o.cells for o in those), sum(o.violations for o in those)
    laid = [trap for o in those for trap in o.traps]
    refusals = [r for o in those for r in o.refusals]
    share = f"{sum(t.refused for t in laid)}/{len(laid)}"
    ppm = wrong / cells * 1e6 if cells else 0.0
    return (
        f"{kind:<11}{len(those):>8,}{sum(o.models for o in those):>8,}{sum(o.compared for o in those):>9,}"
        f"{sum(o.empty for o in those):>7,}{sum(o.dropped for o in those):>8,}{cells:>10,}"
        f"{sum(len(o.roots) for o in those):>9,}{wrong:>7,}{ppm:>9,.0f}{share:>12}"
        f"{sum(r.right for r in refusals):>9,}{sum(not r.right for r in refusals):>10,}"
    )


def so_far(found: Sequence[Outcome]) -> str:
    """A line for each thousand worlds, because a run of 20,000 takes more than half an hour."""
    wrong = [f"{o.seed}" for o in found if o.violations]
    cells = sum(o.cells for o in found)
    return f"{len(found):,} worlds, {cells:,} cells, {len(wrong)} seeds with wrong cells {' '.join(wrong)}".rstrip()


def not_tried(found: Sequence[Outcome]) -> Iterator[str]:
    """What no cell says anything of, so that no violation cannot come from it."""
    yield f"  {sum(o.dropped for o in found):>6,} models read one that is refused"
    yield f"  {sum(o.empty for o in found):>6,} models have no rows"
    lonely = sum(o.lonely for o in found)
    yield f"  {lonely:>6,} worlds have foreign keys without partners"
    aside = sum(t.aside and t.refused for o in found for t in o.traps)
    yield f"  {aside:>6,} traps are refused with another code than theirs"


def refusals_told(found: Iterable[Outcome]) -> tuple[list[str], int]:
    """Each code and reason with its number and an example; and how many of what is right have no reason."""
    examples: dict[tuple[bool, str, str], tuple[int, str, str]] = {}
    times: Counter[tuple[bool, str, str]] = Counter()
    for outcome in found:
        for refusal in outcome.refusals:
            why = reason(refusal) if refusal.right else "it has several meanings"
            place = (refusal.right, refusal.code, why or "")
            times[place] += 1
            examples.setdefault(place, (outcome.seed, refusal.model, refusal.message))
    lines = []
    for place, number in sorted(times.items(), reverse=True):
        right, code, why = place
        seed, model, message = examples[place]
        lines.append(f"  {'right' if right else 'ambiguous':<10} {code} {number:>6}   {why or 'NOT EXPLAINED'}")
        lines.append(f"{'':<26}seed {seed} {model}: {message}")
    return lines, sum(number for (right, _, why), number in times.items() if right and not why)


def traps_told(found: Iterable[Outcome]) -> Iterator[str]:
    laid: dict[str, Counter[str]] = defaultdict(Counter)
    for trap in (trap for o in found for trap in o.traps):
        laid[trap.label][trap.said] += 1
    for label, said in sorted(laid.items()):
        yield f"  {label:<34}" + ", ".join(f"{word} {number}" for word, number in said.most_common())


def by_shape(found: Iterable[Outcome]) -> Iterator[str]:
    """Wrong columns by what kind of model they stand in, and how they are wrong."""
    times = Counter((v.kind, *traits) for o in found for v, traits in o.roots)
    for traits, number in times.most_common(20):
        yield f"  {number:>6}   {', '.join(traits)}"


def smallest(found: Iterable[Outcome], most: int, kind: str | None, session: Any) -> Iterator[str]:
    """The first wrong column of each kind of violation and model, shrunk."""
    seen: set[tuple[str, ...]] = set()
    for outcome in found:
        for violation, traits in outcome.roots:
            place = (violation.kind, outcome.kind, *traits)
            if place not in seen and len(seen) < most:
                seen.add(place)
                yield smallest_report(outcome.seed, violation, session, kind)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kind", choices=[*KINDS])
    parser.add_argument("--show", type=int, default=3)
    arguments = parser.parse_args()
    end = arguments.seed + arguments.worlds
    seeds = [range(first, min(first + CHUNK, end)) for first in range(arguments.seed, end, CHUNK)]
    started = time.perf_counter()
    found: list[Outcome] = []
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder) / "server") as connection:
        with ProcessPoolExecutor(arguments.jobs) as pool:
            for done, failed in pool.map(outcomes, [(chunk, arguments.kind, connection) for chunk in seeds]):
                found += done
                broken += failed
                if len(found) // 1000 > (len(found) - len(done)) // 1000:
                    print(so_far(found), file=sys.stderr, flush=True)
        told_of, unexplained = refusals_told(found)
        lines = [*table(found), "", "not tried:", *not_tried(found), "", "refused:", *told_of]
        lines += ["", "traps:", *traps_told(found)]
        lines += ["", "wrong columns by model:", *by_shape(found)]
        lines += ["", f"seeds that could not be tried: {len(broken)}", *broken[:10]]
        print("\n".join(lines))
        with connect(connection) as session:
            for text in smallest(found, arguments.show, arguments.kind, session):
                print(f"\n{text}")
    seconds = time.perf_counter() - started
    print(f"\n{len(found):,} worlds in {seconds:,.0f} s with {arguments.jobs} processes")
    walked = [trap for o in found for trap in o.traps if not trap.refused]
    return 1 if walked or broken or unexplained or any(o.violations for o in found) else 0


if __name__ == "__main__":
    sys.exit(main())
