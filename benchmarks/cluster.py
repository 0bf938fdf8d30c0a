"""One derived star on PostgreSQL, DuckDB, a local Spark and a Spark cluster, from the same rows: the same totals?

Usage: `ERD2DBT_CORPUS=… python benchmarks/cluster.py [--scale 0.1] [--folder DIR] [--engines postgres,cluster]`.

The schema is TPC-H's (`tpch` in the corpus). Its rows come from dbgen, in a virtual environment of its own, which is
kept in the folder. The cluster is a standalone master and two workers, from the PySpark of this Python; each worker has
one core and a Java process of its own. `erd2dbt build` makes the star on each engine, with all tests. Then each column
of each mart is counted, numbers are summed, dates have their least and greatest, texts the sum of their lengths.

Prints every difference to PostgreSQL, the seconds of each engine as ratios to PostgreSQL's, and its longest stage. Exit
code 1 where a total differs, a build fails, or one of the workers did nothing. Needs the extras `spark`, `duckdb` and
`parquet`, Java 17 and H2.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dbt_versions import Version, installed
from dbt_versions import run as called
from erd2dbt.datatypes.postgres import family
from erd2dbt.engines.registry import ENGINES
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.run.duckdb.loading import file_of
from erd2dbt.run.postgres_embedded import cache_folder, serve
from erd2dbt.run.sessions import Place, reading
from erd2dbt.run.spark.session import lake_of, missing
from processor import Ran, Watch, run
from spark_standalone import Tasks, cluster, event_log, tasks
from star_answers import FOLDER, answer, corpus

DBGEN = "duckdb-extension-tpch==1.5.5"
PROJECT = "tpch"
SECONDS = 600  # for the query of one mart
# name -> engine; the cluster's master is a variable of the environment
RUNS = {"postgres": "postgres", "duckdb": "duckdb", "spark": "spark", "cluster": "spark"}
_TITLES = {"postgres": "PostgreSQL", "duckdb": "DuckDB", "spark": "Spark, local[2]", "cluster": "Spark cluster"}
Totals = dict[tuple[str, str], Any]  # (mart, what was asked) -> its value


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A build with its totals. `stages`: its seconds by what they went into."""

    ran: Ran
    stages: Mapping[str, float]
    summary: str
    totals: Totals
    tasks: Tasks | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1, help="dbgen's scale factor; 1 is 6 million order lines")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "erd2dbt-cluster")
    parser.add_argument("--engines", default=",".join(RUNS), help="a list; PostgreSQL is always built")
    arguments = parser.parse_args()
    reasons = unavailable()
    if reasons:
        print(f"skipped: {'; '.join(reasons)}")
        return
    home = arguments.folder.absolute()
    home.mkdir(parents=True, exist_ok=True)
    names = [name for name in RUNS if name == "postgres" or name in arguments.engines.split(",")]
    problem = make_rows(home, arguments.scale)
    if problem:
        print(f"skipped: dbgen cannot be installed here: {problem}")
        return
    with tempfile.TemporaryDirectory(prefix="erd2dbt-", dir=home) as folder:
        Path(folder).chmod(0o755)
        sys.exit(report(names, write_spec(Path(folder), rows_of(home, arguments.scale))))


def unavailable() -> tuple[str, ...]:
    """What is missing here, as sentences or commands."""
    found = list(dict.fromkeys(one.install for one in missing()))
    if find_spec("duckdb") is None or find_spec("pyarrow") is None:
        found.append("pip install 'erd2dbt[duckdb,parquet]'")
    if not (corpus() / PROJECT).is_dir():
        found.append(f"ERD2DBT_CORPUS names no folder with `{PROJECT}`")
    return tuple(found)


# -- the rows and the spec

_DBGEN = """\
import pathlib, sys, duckdb, duckdb_extension_tpch
[extension] = pathlib.Path(duckdb_extension_tpch.__file__).parent.rglob("tpch.duckdb_extension")
folder, scale = pathlib.Path(sys.argv[1]), float(sys.argv[2])
folder.mkdir(parents=True)
session = duckdb.connect()
session.execute(f"load '{extension}'")
session.execute(f"call dbgen(sf = {scale})")
for (table,) in session.execute("show tables").fetchall():
    session.execute(f"copy {table} to '{folder / table}.parquet'")
"""


def rows_of(home: Path, scale: float) -> Path:
    return home / f"rows-{scale}"


def make_rows(home: Path, scale: float) -> str:
    """Parquet files of all tables; what pip says where dbgen cannot be installed."""
    if rows_of(home, scale).exists():
        return ""
    problem = installed(Version("dbgen", (DBGEN,), only_parses=True), home / "dbgen")
    if problem:
        return problem
    done = called([str(home / "dbgen" / "bin" / "python"), "-c", _DBGEN, str(rows_of(home, scale)), str(scale)])
    return done.stderr.strip() if done.returncode else ""


def write_spec(folder: Path, rows: Path) -> Path:
    """The spec that `erd2dbt import` makes of the schema, with the folder of its rows."""
    schema = answer(FOLDER / f"{PROJECT}.yml").text(corpus())
    _, text = drafted(schema.encode(), f"{PROJECT}.sql")
    spec = folder / f"{PROJECT}.yml"
    spec.write_text(text.replace("{schema: public}", f"{{schema: raw, data: {rows}}}"), encoding="utf-8")
    return spec


# -- builds


def report(names: Sequence[str], spec: Path) -> int:
    """Build on each engine, and print what came of it. Returns the exit code."""
    folder = spec.parent
    made: dict[str, Built] = {}
    code = 0
    for name in names:
        base = made["postgres"].totals if made else None
        with running_for(name, folder) as (watch, environment):
            built = build(name, spec, {**environment, "ERD2DBT_CACHE": str(folder / "cache")}, watch, base)
        if built is None:
            return 1
        made[name] = built
        if base is not None:
            code = max(code, compared(name, built, base))
    print_seconds(made)
    return code


def print_seconds(made: Mapping[str, Built]) -> None:
    base = made["postgres"].ran
    print()
    print(f"{'':<16} {'seconds':>8} {'ratio':>6} {'processor':>10} {'ratio':>6}  longest stage")
    for name, one in made.items():
        longest = max(one.stages, key=lambda stage: one.stages[stage])
        share = one.stages[longest] / one.ran.seconds
        print(
            f"{_TITLES[name]:<16} {one.ran.seconds:>8.0f} {one.ran.seconds / base.seconds:>6.1f}"
            f" {one.ran.processor:>10.0f} {one.ran.processor / base.processor:>6.1f}  {longest}, {share:.0%}"
        )


@contextmanager
def running_for(name: str, folder: Path) -> Iterator[tuple[Watch, dict[str, str]]]:
    """What must run before a build, and the variables that the build needs."""
    watch = Watch()
    if RUNS[name] != "spark":
        yield watch, {}
        return
    log = event_log(folder / f"{name}-log")
    if name != "cluster":
        yield watch, log
        return
    with cluster(folder / "cluster", watch.environment) as master:
        yield watch, {**log, "ERD2DBT_SPARK_MASTER": master}


def build(name: str, spec: Path, environment: dict[str, str], watch: Watch, base: Totals | None) -> Built | None:
    """Build and ask for the totals; None where the build fails. `base`: PostgreSQL's totals."""
    folder, out = spec.parent, spec.parent / name
    words = ["build", str(spec), "-o", str(out), "--engine", RUNS[name]]
    ran = run([sys.executable, "-c", "from erd2dbt.cli import main; main()", *words], environment, watch)
    summary = said(ran, "built")
    took = f"{ran.seconds:.0f} s, {ran.processor:.0f} s of the processor"
    print(f"{_TITLES[name]}: {summary or ran.said[-2000:]} ({took})", flush=True)
    if ran.code:
        return None
    spread = tasks(folder / f"{name}-log") if RUNS[name] == "spark" else None
    os.environ.update(environment)
    try:
        totals = asked(name, out, base)
    finally:
        for variable in environment:
            del os.environ[variable]
    return Built(ran=ran, stages=stages(ran, out), summary=summary, totals=totals, tasks=spread)


def said(ran: Ran, word: str) -> str:
    return next((line.removeprefix(word).strip() for line in ran.said.splitlines() if line.startswith(word)), "")


def stages(ran: Ran, out: Path) -> dict[str, float]:
    """Seconds of loading, of dbt's models and tests, of its start, and of everything before."""
    results = json.loads((out / "target" / "run_results.json").read_text(encoding="utf-8"))
    nodes: dict[str, float] = {"models": 0.0, "tests": 0.0}
    for result in results["results"]:
        kind = result["unique_id"].partition(".")[0]
        nodes["models" if kind == "model" else "tests"] += result["execution_time"]
    # of several threads, the seconds add up to more than the clock's
    scale = min(1.0, results["elapsed_time"] / sum(nodes.values()))
    nodes = {kind: seconds * scale for kind, seconds in nodes.items()}
    loading, dbt = (float(re.findall(r"in ([\d.]+) s", said(ran, word))[-1]) for word in ("loaded", "built"))
    start = dbt - sum(nodes.values())
    return {"loading": loading, **nodes, "start of dbt": start, "generation": ran.seconds - loading - dbt}


# -- totals


def place_of(name: str, out: Path) -> Place:
    return file_of(out, PROJECT) if RUNS[name] == "duckdb" else lake_of(out, PROJECT)


def asked(name: str, out: Path, like: Totals | None) -> Totals:
    """The totals of all marts. PostgreSQL's catalog says what they are; for another engine, `like` has its totals."""
    if like is not None:
        marts: dict[str, list[str]] = {}
        for mart, what in like:
            marts.setdefault(mart, []).append(what)
        return totals(name, place_of(name, out), marts)
    with serve(cache_folder(PROJECT, out)) as connection:
        return totals(name, connection, questions(connection))


def questions(connection: Place) -> dict[str, list[str]]:
    """Mart -> what is asked of it, in words that all engines have."""
    found: dict[str, list[str]] = {}
    with reading(connection, SECONDS) as session:
        cursor = session.cursor()
        cursor.execute(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_schema = 'analytics' and table_name not like 'stg%' order by table_name, ordinal_position"
        )
        for mart, column, type_ in cursor.fetchall():
            found.setdefault(mart, ["count(*)"]).append(f"count({column})")
            found[mart] += [how.format(column) for how in _TOTALS.get(family(type_), ())]
    return found


_TOTALS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("integer", "numeric", "float"), ("sum({})",)),
    "text": ("sum(length({}))",),
    "date": ("min({})", "max({})"),
}


def totals(name: str, place: Place, marts: Mapping[str, Sequence[str]]) -> Totals:
    found: Totals = {}
    ident = ENGINES[RUNS[name]].names.quoting.ident
    with reading(place, SECONDS) as session:
        for mart, what in marts.items():
            cursor = session.cursor()
            cursor.execute(f"select {', '.join(what)} from {ident(place.schema)}.{ident(mart)}")
            (row,) = cursor.fetchall()
            found.update({(mart, word): plain(value) for word, value in zip(what, row, strict=True)})
    return found


def plain(value: Any) -> Any:
    """A value without an engine's own type; digits of decimals are kept, ends of zeros are not."""
    return str(value) if not isinstance(value, (int, float, Decimal)) else Decimal(str(value)).normalize()


def compared(name: str, one: Built, base: Totals) -> int:
    """Print what differs from PostgreSQL, and how the tasks were spread. Returns the exit code."""
    different = [(mart, what) for mart, what in base if one.totals[mart, what] != base[mart, what]]
    marts = len({mart for mart, _ in base})
    print(f"  {len(base) - len(different)} of {len(base)} totals of {marts} marts are PostgreSQL's")
    for mart, what in different:
        print(f"  {mart}: {what} is {one.totals[mart, what]}, on PostgreSQL {base[mart, what]}")
    if one.tasks is not None:
        print(f"  {one.tasks}", flush=True)
    idle = name == "cluster" and (one.tasks is None or len(one.tasks.executors) < 2)
    if idle:
        print("  one of the two workers did nothing")
    return int(bool(different) or idle)


if __name__ == "__main__":
    main()
