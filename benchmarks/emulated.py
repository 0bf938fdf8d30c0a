"""The reference example built by dbt on an emulator of a warehouse that cannot run here.

Usage: `python benchmarks/emulated.py [--folder DIR]`. Snowflake, by fakesnow, which needs another version of sqlglot
than this project: so it gets a virtual environment of its own in the folder, which is kept. All tests must pass, and
every model must have PostgreSQL's rows. An emulator shows that the SQL can be parsed and what it computes on the engine
inside it, which is DuckDB. It does not show what the warehouse computes. Exit code 1 where something is wrong; an
emulator that cannot be installed is reported and skipped.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dbt_versions import ROOT, SPEC, Version, installed, run
from erd2dbt.engines.snowflake import SNOWFLAKE
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.build import data_file
from erd2dbt.run.dry_run_views import raw_entities, raw_table
from test_golden import _normal

FAKESNOW = ("fakesnow[server]==0.12.1", "dbt-snowflake==1.11.6", "dbt-core>=1.11,<1.12")
EXPECTED = ROOT / "tests" / "golden" / "marketing" / "expected" / "rows"
_PROGRAM = Path(__file__).with_name("in_fakesnow.py")
Table = list[list[str]]  # the first row has the names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "erd2dbt-emulators")
    home = parser.parse_args().folder.absolute() / "snowflake"
    problem = installed(Version("snowflake", FAKESNOW, only_parses=True), home)
    if problem:
        print(f"snowflake: skipped, {FAKESNOW[0]} cannot be installed here: {problem}")
        return
    with tempfile.TemporaryDirectory(prefix="erd2dbt-") as folder:
        wrong = built(home, Path(folder))
    print("\n".join(wrong))
    sys.exit(bool(wrong))


def built(home: Path, folder: Path) -> list[str]:
    """What is wrong. Prints the last line of dbt, and the rows of each model that is right."""
    generated = generate(SPEC.read_bytes(), "spec.yml", engine_of=lambda _: SNOWFLAKE)
    for path, text in generated.files.items():
        (folder / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "project" / path).write_text(text, encoding="utf-8")
    expected = {file.stem: rows_of(file) for file in sorted(EXPECTED.glob("*.csv"))}
    order = folder / "order.json"
    order.write_text(json.dumps(ordered(generated, expected, folder)), encoding="utf-8")
    done = run([str(home / "bin" / "python"), str(_PROGRAM), str(order)])
    print("snowflake:", next((line for line in done.stdout.splitlines() if "Done." in line), "dbt said nothing"))
    if done.returncode:
        return [done.stdout[-3000:], done.stderr[-3000:]]
    wrong = []
    for model, wanted in expected.items():
        found = rows_of(folder / f"{model}.csv")
        if _normal(found) == _normal(wanted):
            print(f"{model}: {len(wanted) - 1:,} rows as on PostgreSQL")
        else:
            wrong.append(f"{model}: not PostgreSQL's rows")
    return wrong


def ordered(generated: Generated, expected: dict[str, Table], folder: Path) -> dict[str, object]:
    """What `in_fakesnow.py` reads."""
    (source,) = generated.erd.sources
    tables = {}
    for entity in raw_entities(generated):
        file = data_file(entity, source, SPEC.parent, None)
        assert file is not None
        types = {column.name: SNOWFLAKE.type_of(column.type) for column in raw_table(entity, source, file).columns}
        tables[entity.table] = (str(file.resolve()), {name: types[name] for name in rows_of(file)[0]})
    return {
        "project": str(folder / "project"),
        "profile": generated.project.profile,
        "schema": source.schema,
        "tables": tables,
        "asked": {model: rows[0] for model, rows in expected.items()},
        "place": str(folder),
    }


def rows_of(file: Path) -> Table:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


if __name__ == "__main__":
    main()
