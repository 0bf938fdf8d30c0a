"""The marketing example with data of the test's own, and `erd2dbt verify` on it."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main
from erd2dbt.pipelines import generation
from erd2dbt.run.connection import Connection
from erd2dbt.verify.data import offer
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verdict import Report
from erd2dbt.verify.verification import verify

ROOT = Path(__file__).parents[2]
Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Marketing:
    """The current folder holds `marketing.yml` and `data/`."""

    folder: Path
    connection: Connection

    def change(self, table: str, change: Callable[[Rows], object]) -> None:
        file = Path("data", f"{table}.csv")
        rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
        change(rows)
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    def draw(self, old: str, new: str) -> None:
        spec = Path("marketing.yml")
        text = spec.read_text(encoding="utf-8")
        assert text.count(old) == 1
        spec.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["verify", "marketing.yml", *words], catch_exceptions=False)

    def report(self, terms: Terms | None = None) -> Report:
        """Without a server of its own."""
        spec = Path("marketing.yml")
        made = generation.generate(spec.read_bytes(), str(spec))
        offer(made, spec, None, self.connection, lambda _: None)
        schemas = {source.name: source.schema for source in made.erd.sources}
        return verify(made, self.connection, schemas, terms or Terms(), lambda _: None)


@pytest.fixture
def marketing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Connection) -> Marketing:
    monkeypatch.setenv("ERD2DBT_CACHE", f"{os.environ['ERD2DBT_TESTS_POSTGRES']}/{tmp_path.name}")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples" / "marketing" / "data", "data")
    text = (ROOT / "specs" / "marketing.yml").read_text(encoding="utf-8")
    Path("marketing.yml").write_text(text.replace("../examples/marketing/data", "data"), encoding="utf-8")
    return Marketing(tmp_path, database)
