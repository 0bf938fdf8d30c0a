"""Modules compiled before anything is measured, as they are where pip installed them, and not in each process."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import synthetic

TOOL = [sys.executable, "-c", "from erd2dbt.__main__ import run; run()"]  # what pip writes into the program


def compiled_before(*programs: Path) -> None:
    """For this process's children. `programs`: others that are measured beside the tool, called with SPEC and OUT."""
    folder = tempfile.mkdtemp(prefix="erd2dbt-benchmark-bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = folder
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as first:
        spec, out = Path(first) / "spec.yml", Path(first) / "out"
        spec.write_text(synthetic.spec(20))
        commands = [[sys.executable, str(program), str(spec), str(out / program.stem)] for program in programs]
        commands += [[*TOOL, word, str(spec), "--output", str(out)] for word in ("generate", "diff")]
        commands[-2].append("--no-compile")
        for command in (*commands, commands[-2], commands[-1]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
