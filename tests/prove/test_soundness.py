"""No random operator tree breaks an element that the calculus derives of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from trees import first_violation

CHUNK = 5_000


@pytest.mark.parametrize("chunk", range(10))
def test_soundness(chunk: int) -> None:
    assert first_violation(range(chunk * CHUNK, (chunk + 1) * CHUNK)) is None
