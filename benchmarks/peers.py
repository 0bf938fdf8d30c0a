"""What people would use instead, on the same schema: seconds of each in one run, and of erd2dbt.

python benchmarks/peers.py [--tables 1000] [--repeat 3] [--limit 300] [--peers FOLDER …] [--clones FOLDER]

`--peers`: environments with `datacontract` (datacontract-cli), `mdl` (modelith-dbt), or pandas (for turbovault4dbt).
`--clones`: a folder with `dbt-codegen`, `dbt-utils` and `turbovault4dbt`. A tool that is absent is skipped. So is one
that takes longer than `--limit` seconds: it and all that it started are ended. No tool does what another does: the
table says what each one makes, and how many files.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bytecode import TOOL, compiled_before
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import serve
from star import schema

BASE_MODELS = 5  # dbt-codegen takes one process a table: so many are timed, the rest is counted

Run = Callable[[list[str], Path], float]  # runs a command in a folder, and returns its seconds


class StoppedError(Exception):
    """A tool failed, or did not end in time."""


@dataclass(frozen=True, slots=True)
class Peer:
    """`commands` gets the schema and an empty folder to work in. They run one after the other in that folder."""

    name: str
    makes: str
    commands: Callable[[Path, Path], Iterable[list[str]]]


@dataclass(frozen=True, slots=True)
class Taken:
    name: str
    makes: str
    seconds: float
    files: int


def main() -> None:
    arguments = _arguments()
    compiled_before()
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as name:
        folder = Path(name)
        file = folder / "shop.sql"
        file.write_text(schema(arguments.tables), encoding="utf-8")
        os.environ["ERD2DBT_CACHE"] = str(folder / "cache")
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
        run = partial(_run, limit=arguments.limit)
        taken = list(_taken(arguments, file, run))
    ours = next(one.seconds for one in taken if one.name == "erd2dbt")
    print(f"{arguments.tables:,} tables, python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    print(f"{'':<18}{'seconds':>9}{'x erd2dbt':>11}{'files':>7}  makes")
    for one in taken:
        print(f"{one.name:<18}{one.seconds:>9.1f}{one.seconds / ours:>11.2f}{one.files:>7}  {one.makes}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="seconds for each command of a tool")
    parser.add_argument("--peers", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--clones", type=Path, metavar="FOLDER")
    return parser.parse_args()


def _taken(arguments: argparse.Namespace, file: Path, run: Run) -> Iterator[Taken]:
    for peer in _tools(arguments.peers, arguments.clones):
        try:
            yield _median(peer, file, arguments.repeat, run)
        except StoppedError as problem:
            print(f"{peer.name}: {problem}", flush=True)
    try:
        yield from _codegen(arguments.clones, file, arguments.tables, run)
    except StoppedError as problem:
        print(f"dbt-codegen: {problem}", flush=True)


def _tools(environments: Sequence[Path], clones: Path | None) -> Iterator[Peer]:
    yield Peer("erd2dbt", "the whole: staging, star, tests, proof", _whole)
    yield Peer("erd2dbt, staging", "sources, staging, tests of keys and links", _staging)
    for program, peer in (("datacontract", _datacontract), ("mdl", _modelith)):
        found = next((e / "bin" / program for e in environments if (e / "bin" / program).is_file()), None)
        if found is None:
            print(f"{program} is not there: skipped")
        else:
            yield peer(found.absolute())
    python = next((e / "bin" / "python" for e in environments if any(e.glob("lib/*/site-packages/pandas"))), None)
    clone = clones / "turbovault4dbt" if clones is not None else None
    if python is None or clone is None or not clone.is_dir():
        print("turbovault4dbt is not there: skipped")
    else:
        yield _turbovault(python.absolute(), clone.absolute())


def _whole(file: Path, folder: Path) -> Iterator[list[str]]:
    yield [*TOOL, "generate", str(file), "--output", "out", "--no-compile"]


def _staging(file: Path, folder: Path) -> Iterator[list[str]]:
    yield [*TOOL, "import", str(file), "--output", "shop.yml"]
    spec = folder / "shop.yml"
    spec.write_text(spec.read_text(encoding="utf-8") + "\nmodels: {}\n", encoding="utf-8")
    yield [*TOOL, "generate", "shop.yml", "--output", "out", "--no-compile"]


def _datacontract(program: Path) -> Peer:
    def commands(file: Path, folder: Path) -> Iterator[list[str]]:
        tool = str(program)
        yield [tool, "import", "sql", "--source", str(file), "--dialect", "postgres", "--output", "c.yaml"]
        for what in ("dbt-sources", "dbt-models"):
            yield [tool, "export", what, "c.yaml", "--output", f"{what}.yml"]

    return Peer("datacontract-cli", "a contract, sources and models as YAML; no SQL", commands)


def _modelith(program: Path) -> Peer:
    def commands(file: Path, folder: Path) -> Iterator[list[str]]:
        yield [str(program), "init", "."]
        for sample in folder.rglob("*counterparty*"):
            sample.unlink()
        yield [str(program), "import", "sql", str(file)]
        yield [str(program), "generate"]

    return Peer("modelith", "its model as YAML, staging and models", commands)


def _turbovault(python: Path, clone: Path) -> Peer:
    def commands(file: Path, folder: Path) -> Iterator[list[str]]:
        yield [str(python), str(Path(__file__).with_name("turbovault.py")), str(clone), str(file)]

    return Peer("turbovault4dbt", "sources, a stage, hub and satellite of four in five tables; macros", commands)


def _codegen(clones: Path | None, file: Path, tables: int, run: Run) -> Iterator[Taken]:
    """The sources at once; base models by one process each, of which a few are timed."""
    names = ("dbt-codegen", "dbt-utils")
    if clones is None or not all((clones / name / "dbt_project.yml").is_file() for name in names):
        print("dbt-codegen is not there: skipped")
        return
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as name, serve(Path(name) / "server") as server:
        folder = Path(name) / "project"
        _dbt_project(folder, [clones.absolute() / one for one in names], server)
        with connect(server) as session:
            session.autocommit = True
            session.cursor().execute(file.read_text(encoding="utf-8"))
        dbt = [str(Path(sys.executable).with_name("dbt"))]
        asked = "{schema_name: public, generate_columns: true}"
        sources = run([*dbt, "run-operation", "generate_source", "--args", asked], folder)
        asked = "{source_name: public, table_name: orders_0}"
        (folder / "models").mkdir()
        (folder / "models" / "sources.yml").write_text(
            "sources: [{name: public, tables: [{name: orders_0}]}]\n", encoding="utf-8"
        )
        command = [*dbt, "run-operation", "generate_base_model", "--args", asked]
        base = statistics.median(run(command, folder) for _ in range(BASE_MODELS))
    yield Taken("dbt-codegen", "sources; printed, to be pasted", sources, 1)
    makes = f"sources and base models, {base:.1f} s each; {BASE_MODELS} of them were timed"
    yield Taken("dbt-codegen", makes, sources + tables * base, tables + 1)


def _dbt_project(folder: Path, packages: Sequence[Path], server: Connection) -> None:
    folder.mkdir()
    (folder / "dbt_project.yml").write_text("name: shop\nprofile: shop\n", encoding="utf-8")
    for path in packages:  # `dbt deps` would ask the hub for what these packages need
        shutil.copytree(path, folder / "dbt_packages" / path.name, ignore=shutil.ignore_patterns(".git"))
    target = (
        f"type: postgres, host: '{server.host}', port: {server.port}, user: '{server.user}', "
        f"password: '{server.password}', dbname: {server.dbname}, schema: public, threads: 1"
    )
    profile = f"shop: {{target: dev, outputs: {{dev: {{{target}}}}}}}\n"
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")


def _median(peer: Peer, file: Path, repeat: int, run: Run) -> Taken:
    seconds, files = [], 0
    for _ in range(repeat):
        with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as name:
            folder = Path(name)
            shutil.rmtree(os.environ["ERD2DBT_CACHE"], ignore_errors=True)
            seconds.append(sum(run(command, folder) for command in peer.commands(file, folder)))
            files = sum(path.is_file() for path in folder.rglob("*"))
    return Taken(peer.name, peer.makes, statistics.median(seconds), files)


def _run(command: list[str], folder: Path, *, limit: float) -> float:
    """Runs a command without input. Its output goes into a file: a process that it leaves behind may keep a pipe open.

    StoppedError if it fails or is not done after `limit` seconds.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise StoppedError(f"`{' '.join(command[:4])} …` was not done after {limit:.0f} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        seconds = time.perf_counter() - began
        if status:
            output.seek(0)
            raise StoppedError(f"`{' '.join(command[:4])} …` ended with {status}: {output.read()[-1000:]}")
    return seconds


if __name__ == "__main__":
    main()
