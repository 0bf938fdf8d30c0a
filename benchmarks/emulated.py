"""The reference example built by dbt on emulators of warehouses that cannot run here.

Usage: `python benchmarks/emulated.py [ENGINE …] [--folder DIR]`. Snowflake by fakesnow, BigQuery by bqemulator. Each
needs other versions of packages than this project: so it gets a virtual environment of its own in the folder, which is
kept. All tests must pass, and every model must have PostgreSQL's rows. An emulator shows that the SQL can be parsed and
what it computes on the engine inside it, which is DuckDB for both. It does not show what the warehouse computes. Exit
code 1 where something is wrong; an emulator that cannot be installed is reported and skipped.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dbt_versions import ROOT, SPEC, Version, installed, run
from erd2dbt.engines.bigquery import BIGQUERY
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.snowflake import SNOWFLAKE
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.build import data_file
from erd2dbt.run.dry_run_views import raw_entities, raw_table
from test_golden import _normal

EXPECTED = ROOT / "tests" / "golden" / "marketing" / "expected" / "rows"
Table = list[list[str]]  # the first row has the names


@dataclass(frozen=True, slots=True)
class Emulator:
    """`packages`: what is installed, the emulator first. `program`: reads the order, in that environment. `taken`: the
    text of a file without what the emulator refuses. `digits`: how many behind the point it keeps of any decimal."""

    engine: Engine
    packages: tuple[str, ...]
    program: str
    taken: Callable[[str], str] = lambda text: text
    digits: int = 9


EMULATORS = {
    "snowflake": Emulator(
        SNOWFLAKE, ("fakesnow[server]==0.12.1", "dbt-snowflake==1.11.6", "dbt-core>=1.11,<1.12"), "in_fakesnow.py"
    ),
    "bigquery": Emulator(
        BIGQUERY,
        ("bqemulator==1.4.0", "dbt-bigquery==1.11.3", "dbt-core>=1.11,<1.12"),
        "in_bqemulator.py",
        # It refuses the columns of a `create table … as`, and types decimals and their quotients in its own way.
        taken=lambda text: text.replace("enforced: true", "enforced: false"),
        digits=5,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=f"{' or '.join(EMULATORS)}; all without one")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "erd2dbt-emulators")
    asked = parser.parse_args()
    wrong: list[str] = []
    for name in asked.engines or EMULATORS:
        emulator, home = EMULATORS[name], asked.folder.absolute() / name
        problem = installed(Version(name, emulator.packages, only_parses=True), home)
        if problem:
            print(f"{name}: skipped, {emulator.packages[0]} cannot be installed here: {problem}")
            continue
        with tempfile.TemporaryDirectory(prefix="erd2dbt-") as folder:
            wrong += built(name, emulator, home, Path(folder))
    print("\n".join(wrong))
    sys.exit(bool(wrong))


def built(name: str, emulator: Emulator, home: Path, folder: Path) -> list[str]:
    """What is wrong. Prints the last line of dbt, and the rows of each model that is right."""
    generated = generate(SPEC.read_bytes(), "spec.yml", engine_of=lambda _: emulator.engine)
    for path, text in generated.files.items():
        (folder / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "project" / path).write_text(emulator.taken(text), encoding="utf-8")
    expected = {file.stem: rows_of(file) for file in sorted(EXPECTED.glob("*.csv"))}
    order = folder / "order.json"
    order.write_text(json.dumps(ordered(generated, emulator.engine, expected, folder)), encoding="utf-8")
    done = run([str(home / "bin" / "python"), str(Path(__file__).with_name(emulator.program)), str(order)])
    print(f"{name}:", next((line for line in done.stdout.splitlines() if "Done." in line), "dbt said nothing"))
    if done.returncode:
        return [done.stdout[-3000:], done.stderr[-3000:]]
    wrong = []
    for model, wanted in expected.items():
        found = rows_of(folder / f"{model}.csv")
        if equal(_normal(found), _normal(wanted), emulator.digits):
            print(f"{model}: {len(wanted) - 1:,} rows as on PostgreSQL")
        else:
            wrong.append(f"{model}: not PostgreSQL's rows")
    return wrong


def equal(one: list[tuple[object, ...]], other: list[tuple[object, ...]], digits: int) -> bool:
    """Whether rows are the same, up to half a step of the last digit."""
    pairs = [pair for rows in zip(one, other, strict=False) for pair in zip(*rows, strict=False)]
    step = Decimal(1).scaleb(-digits) / 2
    return len(one) == len(other) and all(
        a == b or (isinstance(a, Decimal) and isinstance(b, Decimal) and digits < 9 and abs(a - b) <= step)
        for a, b in pairs
    )


def ordered(generated: Generated, engine: Engine, expected: dict[str, Table], folder: Path) -> dict[str, object]:
    """What the program of an emulator reads."""
    (source,) = generated.erd.sources
    tables = {}
    for entity in raw_entities(generated):
        file = data_file(entity, source, SPEC.parent, None)
        assert file is not None
        types = {column.name: engine.type_of(column.type) for column in raw_table(entity, source, file).columns}
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
