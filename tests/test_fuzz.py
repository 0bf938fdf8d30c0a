"""Two thousand mutated inputs for all readers and commands; `benchmarks/fuzz.py` runs as many as one likes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import fuzz

COUNT, SECONDS = 2000, 20.0


def test_no_input_ends_in_a_traceback_or_hangs_or_is_live_or_tells_a_secret() -> None:
    account = fuzz.run(COUNT, seed=3, until=time.monotonic() + SECONDS)
    assert account.failures == []
    assert account.inputs > COUNT // 20  # a slow machine comes this far
    assert set(account.codes) == {0, 1, 2}
