"""Warehouses that cannot run here, by emulators in environments of their own (`benchmarks/emulated.py`)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from test_golden import ROOT

EMULATORS = os.environ.get("ERD2DBT_EMULATORS")


@pytest.mark.skipif(EMULATORS is None, reason="ERD2DBT_EMULATORS=FOLDER, where the emulators may be installed")
@pytest.mark.parametrize("engine", ["snowflake", "bigquery"])
def test_the_reference_example_is_built_by_dbt(engine: str) -> None:
    """All tests pass, and the six models have PostgreSQL's rows."""
    program = [sys.executable, str(ROOT / "benchmarks" / "emulated.py"), engine, "--folder", str(EMULATORS)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    if "skipped" in done.stdout:
        pytest.skip(done.stdout)
    assert "PASS=62 WARN=0 ERROR=0 SKIP=0" in done.stdout
    assert done.stdout.count("rows as on PostgreSQL") == 6
