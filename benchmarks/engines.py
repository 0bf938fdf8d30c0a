"""What another engine costs: generation in memory and the build of the reference example, as ratios to PostgreSQL.

python benchmarks/engines.py [--build]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from erd2dbt.engines.registry import DEFAULT, ENGINES
from erd2dbt.pipelines.generation import generate

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


def build(engine: str) -> float:
    """Seconds on the clock, of a project that stands already: data, models and tests."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["build", str(SPEC), "-o", f"{folder}/out", "--engine", engine, "-q"]
        command = [sys.executable, "-c", "from erd2dbt.cli import main; main()", *words]
        subprocess.run(command, check=True)
        began = time.monotonic()
        subprocess.run(command, check=True)
        return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", action="store_true", help="with the build on DuckDB")
    asked = parser.parse_args()
    base = generation(DEFAULT.name)
    for name in ENGINES:
        print(f"generate {name:<12} {generation(name) / base:.2f}")
    if asked.build:
        print(f"build    {'duckdb':<12} {build('duckdb') / build(DEFAULT.name):.2f}")


if __name__ == "__main__":
    main()
