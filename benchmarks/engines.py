"""What another engine costs, as ratios to PostgreSQL, and whether its numbers are right.

Usage: `python benchmarks/engines.py [--build]`. Generation in memory of the reference example for each engine; its
build on DuckDB, and on ClickHouse and Spark where they are installed: seconds on the clock, and of the processor
with servers and Java included.

Or: `python benchmarks/engines.py --worlds 2000 [--engine duckdb|spark|clickhouse] [--seed 0] [--seconds 480]`. Random
worlds built on an engine in this process, every cell held against naive loops over the rows (`tests/oracle`), and the
type of every column against the contract. Exit code 1 where one is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from erd2dbt.engines.registry import DEFAULT, ENGINES, is_installed
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.spark.session import missing
from processor import Ran, run

SPEC = Path(__file__).parents[1] / "specs" / "marketing.yml"
TIMES = 5  # the best of these counts


def generation(engine: str) -> float:
    """Seconds of this process."""
    data, best = SPEC.read_bytes(), float("inf")
    for _ in range(TIMES):
        began = time.process_time()
        generate(data, "spec.yml", engine_of=lambda _: ENGINES[engine])
        best = min(best, time.process_time() - began)
    return best


def build(engine: str) -> Ran:
    """A build of a project that stands already: data, models and tests."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["build", str(SPEC), "-o", f"{folder}/out", "--engine", engine, "-q"]
        command = [sys.executable, "-c", "from erd2dbt.cli import main; main()", *words]
        for _ in range(2):
            ran = run(command, {})
            if ran.code:
                sys.exit(f"{engine}: {ran.said[-2000:]}")
        return ran


def buildable() -> list[str]:
    """The engines besides PostgreSQL that can run here."""
    found = ["duckdb"]
    if is_installed(ENGINES["clickhouse"]) and find_spec("chdb") is not None:
        found.append("clickhouse")
    return found if missing() else [*found, "spark"]


def worlds(engine: str, seeds: range, seconds: float) -> int:
    """How many columns are wrong. The last seeds are left out when the seconds are over."""
    from engines.worlds import PLACES, tried
    from oracle.worlds import world

    number = models = cells = 0
    wrong: list[str] = []
    refused: Counter[str] = Counter()
    began = time.monotonic()
    with PLACES[engine]() as places:
        for seed in seeds:
            if time.monotonic() - began > seconds:
                break
            _, found = tried(world(seed), places)
            number, models, cells = number + 1, models + found.compared, cells + found.cells
            wrong += [f"  seed {seed}: {violation}" for violation in found.violations]
            refused.update(refusal.code for refusal in found.refusals)
    codes = ", ".join(f"{code} {number}" for code, number in refused.most_common())
    print(f"{engine}: {number:,} worlds, {models:,} models, {cells:,} cells, {len(wrong)} wrong; refused: {codes}")
    print("\n".join(wrong[:20]))
    return len(wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", action="store_true", help="with the builds on DuckDB, ClickHouse and Spark")
    parser.add_argument("--worlds", type=int, default=0)
    parser.add_argument("--engine", choices=("duckdb", "spark", "clickhouse"), default="duckdb", help="for the worlds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="the most that the worlds may take")
    asked = parser.parse_args()
    if asked.worlds:
        sys.exit(bool(worlds(asked.engine, range(asked.seed, asked.seed + asked.worlds), asked.seconds)))
    base = generation(DEFAULT.name)
    for name in ENGINES:
        print(f"generate {name:<12} {generation(name) / base:.2f}")
    if asked.build:
        first = build(DEFAULT.name)
        for name in buildable():
            ran = build(name)
            seconds, processor = ran.seconds / first.seconds, ran.processor / first.processor
            print(f"build    {name:<12} {seconds:.2f}, processor {processor:.2f}")


if __name__ == "__main__":
    main()
