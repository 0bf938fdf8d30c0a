"""What people would use instead, on the same schema: seconds of each in one run, and of erd2dbt.

python benchmarks/peers.py [--tables 1000] [--repeat 3] [--peers FOLDER …] [--packages FOLDER]

`--peers`: environments that hold `datacontract` (datacontract-cli) or `mdl` (modelith-dbt). `--packages`: the
folder of the dbt packages `dbt-codegen` and `dbt-utils`. Who is absent is skipped, and said. No tool does what another
does: the table says what each one makes, and how many files.
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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bytecode import TOOL, compiled_before
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import serve
from star import schema

BASE_MODELS = 5  # dbt-codegen takes one process a table: so many are timed, the rest is counted


@dataclass(frozen=True, slots=True)
class Peer:
    """`run` takes the schema and an empty folder to work in."""

    name: str
    makes: str
    run: Callable[[Path, Path], None]


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
        found = [_median(peer, file, arguments.repeat) for peer in _tools(arguments.peers)]
        found += list(_codegen(arguments.packages, file, arguments.tables))
    ours = next(one.seconds for one in found if one.name == "erd2dbt")
    print(f"{arguments.tables:,} tables, python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    print(f"{'':<18}{'seconds':>9}{'x erd2dbt':>11}{'files':>7}  makes")
    for one in found:
        print(f"{one.name:<18}{one.seconds:>9.1f}{one.seconds / ours:>11.2f}{one.files:>7}  {one.makes}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--packages", type=Path, metavar="FOLDER")
    return parser.parse_args()


def _tools(environments: Sequence[Path]) -> Iterator[Peer]:
    yield Peer("erd2dbt", "the whole: staging, star, tests, proof", _whole)
    yield Peer("erd2dbt, staging", "sources, staging, tests of keys and links", _staging)
    for program, peer in (("datacontract", _datacontract), ("mdl", _modelith)):
        found = next((e / "bin" / program for e in environments if (e / "bin" / program).is_file()), None)
        if found is None:
            print(f"{program} is not there: skipped")
        else:
            yield peer(found)


def _whole(file: Path, folder: Path) -> None:
    _run([*TOOL, "generate", str(file), "--output", "out", "--no-compile"], folder)


def _staging(file: Path, folder: Path) -> None:
    _run([*TOOL, "import", str(file), "--output", "shop.yml"], folder)
    spec = folder / "shop.yml"
    spec.write_text(spec.read_text(encoding="utf-8") + "\nmodels: {}\n", encoding="utf-8")
    _run([*TOOL, "generate", "shop.yml", "--output", "out", "--no-compile"], folder)


def _datacontract(program: Path) -> Peer:
    def run(file: Path, folder: Path) -> None:
        _run(
            [str(program), "import", "sql", "--source", str(file), "--dialect", "postgres", "--output", "c.yaml"],
            folder,
        )
        for what in ("dbt-sources", "dbt-models"):
            _run([str(program), "export", what, "c.yaml", "--output", f"{what}.yml"], folder)

    return Peer("datacontract-cli", "a contract, sources and models as YAML; no SQL", run)


def _modelith(program: Path) -> Peer:
    def run(file: Path, folder: Path) -> None:
        _run([str(program), "init", "."], folder)
        for sample in folder.rglob("*counterparty*"):
            sample.unlink()
        _run([str(program), "import", "sql", str(file)], folder)
        _run([str(program), "generate"], folder)

    return Peer("modelith", "its model as YAML, staging and models", run)


def _codegen(packages: Path | None, file: Path, tables: int) -> Iterator[Taken]:
    """The sources at once; base models by one process each, of which a few are timed."""
    names = ("dbt-codegen", "dbt-utils")
    if packages is None or not all((packages / name / "dbt_project.yml").is_file() for name in names):
        print("dbt-codegen is not there: skipped")
        return
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as name, serve(Path(name) / "server") as server:
        folder = Path(name) / "project"
        _dbt_project(folder, [packages.absolute() / one for one in names], server)
        with connect(server) as session:
            session.autocommit = True
            session.cursor().execute(file.read_text(encoding="utf-8"))
        dbt = [str(Path(sys.executable).with_name("dbt"))]
        _run([*dbt, "deps"], folder)
        asked = "{schema_name: public, generate_columns: true}"
        sources = _seconds([*dbt, "run-operation", "generate_source", "--args", asked], folder)
        asked = "{source_name: public, table_name: orders_0}"
        (folder / "models").mkdir()
        (folder / "models" / "sources.yml").write_text(
            "sources: [{name: public, tables: [{name: orders_0}]}]\n", encoding="utf-8"
        )
        command = [*dbt, "run-operation", "generate_base_model", "--args", asked]
        base = statistics.median(_seconds(command, folder) for _ in range(BASE_MODELS))
    yield Taken("dbt-codegen", "sources; printed, to be pasted", sources, 1)
    makes = f"sources and base models, {base:.1f} s each; {BASE_MODELS} of them were timed"
    yield Taken("dbt-codegen", makes, sources + tables * base, tables + 1)


def _dbt_project(folder: Path, packages: Sequence[Path], server: Connection) -> None:
    folder.mkdir()
    (folder / "dbt_project.yml").write_text("name: shop\nprofile: shop\n", encoding="utf-8")
    local = "".join(f"  - local: {path}\n" for path in packages)
    (folder / "packages.yml").write_text(f"packages:\n{local}", encoding="utf-8")
    target = (
        f"type: postgres, host: '{server.host}', port: {server.port}, user: '{server.user}', "
        f"password: '{server.password}', dbname: {server.dbname}, schema: public, threads: 1"
    )
    profile = f"shop: {{target: dev, outputs: {{dev: {{{target}}}}}}}\n"
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")


def _median(peer: Peer, file: Path, repeat: int) -> Taken:
    seconds, files = [], 0
    for _ in range(repeat):
        with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as name:
            shutil.rmtree(os.environ["ERD2DBT_CACHE"], ignore_errors=True)
            began = time.perf_counter()
            peer.run(file, Path(name))
            seconds.append(time.perf_counter() - began)
            files = sum(path.is_file() for path in Path(name).rglob("*"))
    return Taken(peer.name, peer.makes, statistics.median(seconds), files)


def _seconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    _run(command, folder)
    return time.perf_counter() - began


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")


if __name__ == "__main__":
    main()
