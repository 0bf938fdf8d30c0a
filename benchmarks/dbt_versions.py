"""The reference example on each version of dbt: built on PostgreSQL and on DuckDB, parsed by dbt 2.

Usage: `python benchmarks/dbt_versions.py [VERSION …] [--folder DIR]`. Makes a virtual environment for each version in
the folder, which is kept, and prints what came of it. A version that cannot be installed here is reported and skipped.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "specs" / "marketing.yml"
_ADAPTERS = ("dbt-postgres>=1.9,<2", "dbt-duckdb>=1.9,<2")


@dataclass(frozen=True, slots=True)
class Version:
    """`first` is installed with its dependencies, `then` without them: what pip cannot resolve in one step."""

    name: str
    first: tuple[str, ...]
    then: tuple[str, ...] = ()
    only_parses: bool = False


VERSIONS = (
    Version("1.10", ("dbt-core>=1.10.6,<1.11", *_ADAPTERS)),
    Version("1.11", ("dbt-core>=1.11,<1.12", *_ADAPTERS)),
    Version(
        "1.12",
        ("dbt-core>=1.11,<1.12", *_ADAPTERS, "python-dotenv", "rapidfuzz", "rich", "tabulate", "opentelemetry-api"),
        ("dbt-core==1.12.6", "metricflow"),
    ),
    Version("2", ("dbt-core==2.0.0a4",), only_parses=True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=", ".join(v.name for v in VERSIONS))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "erd2dbt-dbt-versions")
    arguments = parser.parse_args()
    bad = 0
    for version in VERSIONS:
        if arguments.versions and version.name not in arguments.versions:
            continue
        home = arguments.folder.absolute() / version.name
        problem = installed(version, home)
        if problem:
            print(f"dbt {version.name}: skipped, it cannot be installed here: {problem}")
            continue
        said = run_project(version, home)
        bad += sum(not ok for ok, _ in said)
        print(f"dbt {version.name} ({frozen(home)}): {'; '.join(words for _, words in said)}")
    sys.exit(1 if bad else 0)


def installed(version: Version, home: Path) -> str:
    """What pip says where it fails."""
    if not (home / "bin" / "python").exists():
        venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    own = () if version.only_parses else (str(ROOT),)
    steps = [("install", "-q", *own, *version.first), ("install", "-q", "--no-deps", *version.then)]
    for words in steps[: 2 if version.then else 1]:
        done = run([python, "-m", "pip", *words])
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            return next((line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "no reason")
    return ""


def run_project(version: Version, home: Path) -> list[tuple[bool, str]]:
    with tempfile.TemporaryDirectory(prefix="erd2dbt-") as folder:
        os.chmod(folder, 0o755)
        if version.only_parses:
            return [parsed(home, Path(folder) / "project")]
        return [built(home, Path(folder) / engine, engine) for engine in ("postgres", "duckdb")]


def built(home: Path, out: Path, engine: str) -> tuple[bool, str]:
    command = [str(home / "bin" / "erd2dbt"), "build", str(SPEC), "-o", str(out), "--engine", engine]
    done = run(command, ERD2DBT_CACHE=str(out.parent / "cache"))
    line = next((line for line in done.stdout.splitlines() if line.startswith("built")), "")
    counts = re.match(r"built\s+(.*?); in ", line)
    words = counts[1] if counts else (done.stderr.strip().splitlines() or ["it said nothing"])[0]
    return done.returncode == 0, f"{engine}: {words}"


def parsed(home: Path, out: Path) -> tuple[bool, str]:
    """With no experimental flag; the project is made by this Python."""
    made = run([sys.executable, "-c", _GENERATE, str(SPEC), str(out)], PYTHONPATH=str(ROOT / "src"))
    if made.returncode:
        return False, f"duckdb: {made.stderr.strip().splitlines()[-1]}"
    done = run([str(home / "bin" / "dbt"), "parse", "--project-dir", str(out), "--profiles-dir", str(out)])
    return (
        done.returncode == 0,
        "duckdb: parsed" if done.returncode == 0 else f"duckdb: {(done.stdout + done.stderr)[-300:]}",
    )


_GENERATE = (
    "import sys; from erd2dbt.cli import main; "
    "main(['generate', sys.argv[1], '--engine', 'duckdb', '-o', sys.argv[2], '--no-compile'])"
)


def frozen(home: Path) -> str:
    done = run([str(home / "bin" / "python"), "-m", "pip", "list", "--format", "freeze"])
    named = (line for line in done.stdout.splitlines() if line.startswith(("dbt-core", "dbt-postgres", "dbt-duckdb")))
    return ", ".join(line.replace("==", " ") for line in named)


def run(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [*command], capture_output=True, text=True, env={**own, **environment}, check=False, stdin=subprocess.DEVNULL
    )


if __name__ == "__main__":
    main()
