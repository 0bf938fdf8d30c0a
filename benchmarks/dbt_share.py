"""What erd2dbt adds to dbt: its commands beside dbt's own on the same project and database, in turns.

Usage: `python benchmarks/dbt_share.py [--tables 135] [--repeat 3]`. Measures the reference example on its data
and a derived star, whose tables are empty: 135 tables give about 300 models. Prints medians of seconds by the
clock and of the processors, and their ratios. `generate` compiles, so it is compared with `dbt compile` alone. The
project's folder is new for each `generate`, and `target` is new for each run of dbt, so that dbt parses everything.
The last line of each project is a build where both use what dbt parsed before.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import serve
from star import schema

ROOT = Path(__file__).parents[1]
_ERD2DBT = "from erd2dbt.cli import main; main()"
_DBT = "from dbt.cli.main import cli; cli()"


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of one process and its children: by the clock, and of the processors."""

    clock: float
    processors: float


@dataclass(frozen=True, slots=True)
class Place:
    """A spec, the folder of its project, and the variables of its database."""

    spec: Path
    out: Path
    environment: dict[str, str]

    def generated(self) -> Place:
        """The place with a project and its profile."""
        run(_ERD2DBT, ["generate", str(self.spec), "-o", str(self.out), "--no-compile", "-q"], self.environment)
        self.profiles.mkdir()
        shutil.copy(self.out / "profiles.yml", self.profiles)
        return self

    def erd2dbt(self, command: str, *words: str) -> Taken:
        arguments = [command, str(self.spec), "-o", str(self.out), *self.profile, "-q", *words]
        return run(_ERD2DBT, arguments, self.environment)

    def dbt(self, command: str) -> Taken:
        return run(_DBT, [command, "--project-dir", str(self.out), *self.profile, "--quiet"], self.environment)

    @property
    def profile(self) -> list[str]:
        return ["--profiles-dir", str(self.profiles)]

    @property
    def profiles(self) -> Path:
        """A folder beside the project with its `profiles.yml`."""
        return self.out.with_suffix(".profiles")

    def forget(self, name: str = "target") -> None:
        shutil.rmtree(self.out / name if name else self.out, ignore_errors=True)


def run(program: str, words: Sequence[str], environment: dict[str, str]) -> Taken:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *words], env=environment, capture_output=True, text=True, check=False
    )
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Taken(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def pair(name: str, ours: Callable[[], Taken], bare: Callable[[], Taken], repeat: int) -> str:
    """A line of the table. The two run in turns."""
    taken = [(ours(), bare()) for _ in range(repeat)]
    clock = [statistics.median(one.clock for one in side) for side in zip(*taken, strict=True)]
    processors = [statistics.median(one.processors for one in side) for side in zip(*taken, strict=True)]
    return (
        f"  {name:34}{clock[0]:8.2f}{clock[1]:8.2f}{clock[0] / clock[1]:8.2f}"
        f"{processors[0]:10.2f}{processors[1]:8.2f}{processors[0] / processors[1]:8.2f}"
    )


def measure(title: str, place: Place, repeat: int) -> None:
    def anew(command: str) -> Callable[[], Taken]:
        def one() -> Taken:
            place.forget("" if command == "generate" else "target")
            return place.erd2dbt(command)

        return one

    def bare(command: str) -> Callable[[], Taken]:
        def one() -> Taken:
            place.forget()
            return place.dbt(command)

        return one

    print(f"{title}, {sum(1 for _ in place.out.glob('models/**/*.sql'))} models")
    print(pair("generate / dbt compile", anew("generate"), bare("compile"), repeat), flush=True)
    print(pair("build / dbt build", anew("build"), bare("build"), repeat), flush=True)
    again = pair("build / dbt build, parsed before", lambda: place.erd2dbt("build"), lambda: place.dbt("build"), repeat)
    print(again, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=135)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serve(Path(name) / "server") as server:
        folder = Path(name)
        place = Place(ROOT / "specs" / "marketing.yml", folder / "marketing", variables(server)).generated()
        place.erd2dbt("build", "--load", "--target", "dev")
        print(f"{'':36}{'clock':>16}{'ratio':>8}{'processors':>18}{'ratio':>8}")
        measure("reference example", place, given.repeat)
        star = folder / "star.sql"
        star.write_text(schema(given.tables), encoding="utf-8")
        create_tables(server, star.read_text(encoding="utf-8"))
        place = Place(star, folder / "star", variables(server)).generated()
        measure(f"star of {given.tables} tables", place, given.repeat)


def variables(server: Connection) -> dict[str, str]:
    quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "XDG_CACHE_HOME": tempfile.mkdtemp()}
    return {**os.environ, **server.environment(), **quiet}


def create_tables(server: Connection, sql: str) -> None:
    with connect(server) as session, session.cursor() as cursor:
        cursor.execute(sql)
        session.commit()


if __name__ == "__main__":
    main()
