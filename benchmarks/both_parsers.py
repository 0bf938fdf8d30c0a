"""The tests with the compiled sqlglot and with the one in Python, each in a folder of its own.

Usage: `python benchmarks/both_parsers.py tests/sql tests/test_golden.py`. The arguments are pytest's. It installs both
with pip, of the version that is installed here, and exits with 1 where a test fails with one of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARSERS = {"in Python": "sqlglot", "compiled": "sqlglot[c]"}


def main(words: list[str]) -> None:
    failed = False
    for name, package in PARSERS.items():
        with tempfile.TemporaryDirectory(prefix="erd2dbt-sqlglot-") as folder:
            wanted = f"{package}=={version('sqlglot')}"
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, wanted], check=True)
            path = os.pathsep.join([folder, str(ROOT / "src")])
            environment = {**os.environ, "PYTHONPATH": path}
            program = "import sqlglot.parser as p; print(p.__file__)"
            found = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True)
            file = Path(found.stdout.decode().strip())
            if not file.is_relative_to(folder) or (file.suffix == ".py") is not (name == "in Python"):
                sys.exit(f"the sqlglot {name} is not the one that is imported: {file}")
            print(f"\nsqlglot {name}: {file.name}", flush=True)
            done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, check=False)
            failed = failed or done.returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])
