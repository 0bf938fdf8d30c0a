"""What the tool adds to dbt: `erd2dbt generate` beside `dbt compile`, and `erd2dbt build` beside `dbt build`.

Usage: `python benchmarks/dbt_share.py [SPEC …] [--star 300] [--repeat 3]`. On one project each, on the embedded
PostgreSQL, in turns. The SPEC is the reference unless others are named, `--star` a star of as many tables. dbt alone
finds a server that runs and tables that are loaded. Prints medians and ratios of one run, in seconds and in seconds of
processors.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import synthetic
from bytecode import TOOL, compiled_before
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.run.postgres_embedded import cache_folder, serve

DBT = [sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()"]
REFERENCE = Path(__file__).parents[1] / "specs" / "marketing.yml"
Cost = tuple[float, float]  # seconds, and those of processors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", type=Path, nargs="*", default=[REFERENCE])
    parser.add_argument("--star", type=int, help="tables of a synthetic schema whose star is derived")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    compiled_before()
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
        os.environ["ERD2DBT_CACHE"] = str(Path(folder) / "cache")
        specs = list(arguments.specs)
        if arguments.star:
            specs.append(Path(folder) / "star.yml")
            specs[-1].write_text(synthetic.spec(arguments.star).partition("\nmodels:")[0] + "\n")
        for number, spec in enumerate(specs):
            told(spec, Path(folder) / f"out{number}", arguments.repeat)


def told(spec: Path, out: Path, repeat: int) -> None:
    """The first round makes the project, loads its tables and parses it; it is not counted."""
    rounds = [_round(spec, out) for _ in range(repeat + 1)][1:]
    print(f"\n{spec.name}: {sum(1 for _ in out.glob('models/**/*.sql')):,} models")
    print("                            seconds   processors")
    median = {name: [statistics.median(r[name][n] for r in rounds) for n in (0, 1)] for name in rounds[0]}
    for name, (seconds, busy) in median.items():
        print(f"{name:<24} {seconds:10.2f} {busy:12.2f}")
    for ours, theirs in (("erd2dbt generate", "dbt compile"), ("erd2dbt build", "dbt build")):
        ratios = [mine / other for mine, other in zip(median[ours], median[theirs], strict=True)]
        print(f"{ours} is {ratios[0]:.2f} x {theirs} ({ratios[1]:.2f} x in seconds of processors)")


def _round(spec: Path, out: Path) -> dict[str, Cost]:
    found = {
        "erd2dbt build": _cost(lambda: _run([*TOOL, "build", str(spec), "-o", str(out)])),
        "erd2dbt generate": _cost(lambda: _run([*TOOL, "generate", str(spec), "-o", str(out)])),
    }
    project = read_spec(spec.read_bytes(), str(spec)).project
    with serve(cache_folder(project, out)) as connection:
        environment = {**os.environ, **connection.environment(), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        for word in ("compile", "build"):
            command = [*DBT, word, "--project-dir", str(out), "--profiles-dir", str(out), "--quiet"]
            found[f"dbt {word}"] = _cost(lambda command=command: _run(command, environment))  # type: ignore[misc]
    return found


def _cost(run: Callable[[], None]) -> Cost:
    """The server's own seconds of processors are in none of them."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run()
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
