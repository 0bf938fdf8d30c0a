"""A million random operator trees against a tiny evaluator: no derived key, dependency or not-null may be broken.

Usage: `python benchmarks/soundness.py [--trees 1000000] [--processes 2]`. Prints trees per second, and the seed of the
first tree that breaks a rule, with exit code 1. The tests try 50,000 of the same trees.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "prove"))
from trees import first_violation

CHUNK = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    chunks = [range(start, min(start + CHUNK, arguments.trees)) for start in range(0, arguments.trees, CHUNK)]
    started = time.perf_counter()
    with ProcessPoolExecutor(arguments.processes) as pool:
        for broken in pool.map(first_violation, chunks):
            if broken is not None:
                print(broken)
                return 1
    rate = arguments.trees / (time.perf_counter() - started)
    print(f"{arguments.trees:,} trees, no violation; {rate:,.0f} trees per second with {arguments.processes} processes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
