"""The reference example built by dbt on an emulator of a warehouse, and its models compared with PostgreSQL's rows.

Usage: `python benchmarks/emulators.py [snowflake] [bigquery] [--folder DIR]`. Makes a virtual environment for each in
the folder, which is kept. fakesnow and Crucible both run DuckDB inside: what is checked is that dbt and its adapter
take the whole project, and that one more reader of the dialect gives the same rows. An emulator that cannot be
installed here is reported and skipped. Exit code 1 where a test fails or a model differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from dbt_versions import ROOT, SPEC, Version, installed, run

sys.path.insert(0, str(ROOT / "tests"))

from erd2dbt.engines.engine import Engine
from erd2dbt.engines.registry import ENGINES
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.build import data_file
from erd2dbt.run.dry_run_views import raw_entities, raw_table
from erd2dbt.run.duckdb.loading import load
from erd2dbt.run.duckdb.session import DuckDBFile, opened
from test_golden import _normal

EMULATORS = {
    "snowflake": ("dbt-core>=1.11,<1.12", "dbt-snowflake==1.11.6", "fakesnow==0.12.1", "duckdb==2.0.1"),
    "bigquery": ("dbt-core>=1.11,<1.12", "dbt-bigquery==1.11.3", "crucible-emulator[server]==0.1.0a2"),
}
_ROWS = ROOT / "tests" / "golden" / "marketing" / "expected" / "rows"
_SOME = 500  # rows of one insert


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("emulators", nargs="*", metavar="ENGINE", help=", ".join(EMULATORS))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "erd2dbt-emulators")
    arguments = parser.parse_args()
    bad = 0
    for name in arguments.emulators or EMULATORS:
        home = arguments.folder.absolute() / name
        problem = installed(Version(name, EMULATORS[name], only_parses=True), home)
        if problem:
            print(f"{name}: skipped, its emulator cannot be installed here: {problem}")
            continue
        with tempfile.TemporaryDirectory(prefix="erd2dbt-") as folder:
            said, wrong = built(ENGINES[name], home, Path(folder))
        print(f"{name}: {said}")
        print("\n".join(f"  {line}" for line in wrong))
        bad += bool(wrong)
    sys.exit(bad > 0)


def built(engine: Engine, home: Path, folder: Path) -> tuple[str, list[str]]:
    """What dbt and the comparison come to, and what is wrong."""
    made = generate(SPEC.read_bytes(), str(SPEC), engine_of=lambda _: engine)
    for path, text in made.files.items():
        (folder / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "project" / path).write_text(text, encoding="utf-8")
    (folder / "statements.json").write_text(json.dumps([*raw(made, engine, folder)]), encoding="utf-8")
    heads = {file.stem: next(csv.reader(file.open(encoding="utf-8"))) for file in sorted(_ROWS.glob("*.csv"))}
    (folder / "models.json").write_text(json.dumps(heads), encoding="utf-8")
    child = Path(__file__).parent / "emulated.py"
    done = run([str(home / "bin" / "python"), str(child), engine.name, str(folder)])
    if not (folder / "answers.json").exists():
        return "it does not run", [(done.stdout + done.stderr)[-1500:]]
    found = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    wrong = [f"dbt: {line}" for line in found["failures"]]
    equal = 0
    for file in sorted(_ROWS.glob("*.csv")):
        expected = [*csv.reader(file.open(encoding="utf-8"))][1:]
        same = _normal(found["rows"].get(file.stem, [])) == _normal(expected)
        equal += same
        wrong += [] if same else [f"{file.stem}: other rows than on PostgreSQL"]
    return f"{found['passed']} results of dbt are good; {equal} of {len(heads)} models have PostgreSQL's rows", wrong


def raw(made: Generated, engine: Engine, folder: Path) -> Iterator[str]:
    """The statements that make the raw tables with their rows."""
    sources = {source.name: source for source in made.erd.sources}
    entities = raw_entities(made)
    tables = [raw_table(e, sources[e.source], data_file(e, sources[e.source], SPEC.parent, None)) for e in entities]
    place = DuckDBFile(path=folder / "read.duckdb")
    load(tables, place, lambda _: None)
    quoted = engine.names.quoting.ident
    yield from (f"create schema if not exists {quoted(schema)}" for schema in sorted({t.schema for t in tables}))
    with opened(place.path) as session:
        for table in tables:
            name = f"{quoted(table.schema)}.{quoted(table.name)}"
            kinds = ", ".join(f"{quoted(column.name)} {engine.type_of(column.type)}" for column in table.columns)
            yield f"create table {name} ({kinds})"
            rows = session.execute(f"select * from {table.relation}").fetchall()
            for first in range(0, len(rows), _SOME):
                yield f"insert into {name} values {', '.join(_row(row, engine) for row in rows[first : first + _SOME])}"


def _row(row: Sequence[Any], engine: Engine) -> str:
    return f"({', '.join(_cell(value, engine) for value in row)})"


def _cell(value: Any, engine: Engine) -> str:
    if value is None:
        return "null"
    if isinstance(value, (bool, int, float, Decimal)):
        return str(value).lower()
    return engine.names.quoting.literal(str(value))


if __name__ == "__main__":
    main()
