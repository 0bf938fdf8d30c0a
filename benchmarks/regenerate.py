"""What the second run costs: `erd2dbt generate` and `erd2dbt diff` where nothing changed, and after one edit.

Usage: `python benchmarks/regenerate.py --sizes 100,1000 --repeat 5`. Every figure is the median of processes of their
own; the ratios compare figures of one run of this script, so they hold on any machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import synthetic
from bytecode import TOOL, compiled_before

UP_TO_DATE, DIFFERS = 0, 1


def main() -> None:
    arguments = _arguments()
    compiled_before()
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {arguments.repeat}\n")
    bare = statistics.median(_seconds([sys.executable, "-c", "pass"]) for _ in range(arguments.repeat * 3))
    print(f"bare interpreter {bare:.3f} s")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
            rounds = [_round(size, Path(folder)) for _ in range(arguments.repeat)]
        medians = {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}
        print(f"\n{size:,} entities".ljust(34) + "seconds   x cold   x bare")
        for name, seconds in medians.items():
            print(f"{name:<32} {seconds:8.3f} {seconds / medians[COLD]:8.2f} {seconds / bare:8.1f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=(100, 1000), help="entities, with commas")
    parser.add_argument("--repeat", type=int, default=5, help="processes per figure")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


COLD = "generate into an empty folder"


def _round(size: int, folder: Path) -> dict[str, float]:
    """Each figure once; `forgotten` is what a machine of CI knows: the project, and nothing of the runs before."""
    spec, out, cache = (folder / name for name in ("spec.yml", "out", "cache"))
    os.environ["ERD2DBT_CACHE"] = str(cache)
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(cache, ignore_errors=True)
    text = synthetic.spec(size)
    spec.write_text(text)
    generate = [*TOOL, "generate", str(spec), "--output", str(out), "--no-compile", "--quiet"]
    diff = [*TOOL, "diff", str(spec), "--output", str(out)]
    found = {COLD: _seconds(generate)}
    found["generate again"] = _seconds(generate)
    found["diff"] = _seconds(diff)
    shutil.rmtree(cache)
    found["generate again, forgotten"] = _seconds(generate)
    shutil.rmtree(cache)
    found["diff, forgotten"] = _seconds(diff)
    spec.write_text(synthetic.edited(text))
    found["diff after an edit of the spec"] = _seconds(diff, DIFFERS)
    spec.write_text(text)
    _edit(out)
    shutil.rmtree(cache)
    found["diff, edited files, forgotten"] = _seconds(diff)
    return found


def _edit(out: Path) -> None:
    """As a person may: a comment in two models."""
    for model in sorted(out.glob("models/marts/*.sql"))[:2]:
        model.write_text(f"{model.read_text()}-- mine\n")


def _seconds(command: list[str], expected: int = UP_TO_DATE) -> float:
    begun = time.perf_counter()
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    seconds = time.perf_counter() - begun
    if status != expected:
        sys.exit(f"`{' '.join(command)}` ended with {status}")
    return seconds


if __name__ == "__main__":
    main()
