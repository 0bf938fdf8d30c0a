"""`build` on an embedded ClickHouse: what it loads, what it refuses, and what to install where it cannot start."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.engines.registry import is_installed
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.build import workplace
from erd2dbt.run.clickhouse import session
from test_golden import ROOT, _golden, _normal

needs_chdb = pytest.mark.skipif(
    not is_installed(CLICKHOUSE) or find_spec("chdb") is None, reason="pip install 'erd2dbt[chdb]'"
)
MARKETING = ROOT / "specs" / "marketing.yml"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: a process can have one folder open."""
    program = [sys.executable, "-c", "from erd2dbt.cli import main; main()", *words]
    environment = {name: value for name, value in os.environ.items() if name != session.SERVER}
    return subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=False)


ASKED = """
import json, sys
from pathlib import Path
from erd2dbt.run.clickhouse.session import FolderSession
cursor = FolderSession(Path(sys.argv[1])).cursor()
for query in sys.argv[2:]:
    cursor.execute(query)
    print(json.dumps([[None if cell is None else str(cell) for cell in row] for row in cursor.fetchall()]))
"""


def asked(tables: Path, *queries: str) -> list[list[list[str | None]]]:
    program = [sys.executable, "-c", ASKED, str(tables), *queries]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@needs_chdb
def test_the_reference_example_is_built_by_dbt(tmp_path: Path) -> None:
    """Contracts, tests and unit tests pass, and the marts have PostgreSQL's rows."""
    built = run(tmp_path, "build", str(MARKETING), "-o", "out", "--engine", "clickhouse")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "built    10 models; 52 tests passed" in built.stdout
    files = sorted((_golden("marketing") / "expected" / "rows").glob("*.csv"))
    expected = [list(csv.reader(file.read_text(encoding="utf-8").splitlines())) for file in files]
    queries = [f"select {', '.join(rows[0])} from analytics.{f.stem}" for f, rows in zip(files, expected, strict=True)]
    found = asked(tmp_path / "out" / "marketing_analytics.chdb", *queries)
    for file, rows, wanted in zip(files, found, expected, strict=True):
        assert _normal(rows) == _normal(wanted[1:]), file.stem
    shell = run(tmp_path, "psql", "out", "-c", "select count(*) as n from campaign_performance")
    assert shell.stdout.split() == ["n", "----", "1080"]


SHOP = """
version: 1
project: shop
engine: clickhouse
sources: {raw: {data: .}}
entities:
  orders:
    key: order_id
    columns:
      {order_id: int, amount: "numeric(12,2)", share: numeric, score: double precision, ok: boolean, day: date,
       at: timestamp, seen: timestamptz, note: text}
models:
  figures: {grain: order_id, rows: orders, columns: {twice: orders.order_id * 2}}
"""
HEAD = "order_id,amount,share,score,ok,day,at,seen,note"
GOOD = '1,1.005,0.123456789012,-2e3,t,2024-02-29,2024-01-02 03:04:05.25,2024-01-02 03:04:05+02,"a ""b"",\nc"'


def shop(folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    (folder / "shop.yml").write_text(SHOP, encoding="utf-8")
    (folder / "orders.csv").write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    return run(folder, "build", "shop.yml", "-o", "out")


@needs_chdb
def test_a_file_is_read_as_postgresql_reads_it(tmp_path: Path) -> None:
    """An empty field is NULL; in quotes it is an empty text."""
    built = shop(tmp_path, GOOD, '2,,,,,,,,""', " 3 ,,,,,,,,")
    assert built.returncode == 0, built.stdout + built.stderr
    ((first, second, third),) = asked(tmp_path / "out" / "shop.chdb", "select * from raw.orders order by order_id")
    assert first == [
        "1", "1.01", "0.123456789012", "-2000.0", "True", "2024-02-29", "2024-01-02 03:04:05.250000",
        "2024-01-02 01:04:05", 'a "b",\nc',
    ]  # fmt: skip
    assert second == ["2", *[None] * 7, ""]
    assert third == ["3", *[None] * 8]


@needs_chdb
def test_values_that_do_not_fit_have_their_places(tmp_path: Path) -> None:
    """ClickHouse would give NULL, or another value: the first of March, half an infinity, cut digits."""
    bad = "2.5,1x,0.1234567890123,1e400,maybe,2024-02-30,2024-01-02 25:00:00,soon,"
    done = shop(tmp_path, GOOD.replace("\n", " "), bad)
    assert done.returncode == 2, done.stdout + done.stderr
    said = done.stdout + done.stderr
    for value, name in zip(bad.split(","), HEAD.split(",")[:-1], strict=False):
        assert f"orders.csv:3:1: error E702: `{value}` does not fit" in said, value
        assert f"of raw.orders.{name}" in said


@needs_chdb
def test_the_dry_run_lists_first_causes(tmp_path: Path) -> None:
    """An expression of the engine's own is not proved. Only ClickHouse can refuse it."""
    own = "{default: orders.order_id * 2, clickhouse: nosuch(orders.order_id)}"
    text = SHOP.replace("twice: orders.order_id * 2", f"twice: {{is: {own}, type: bigint}}")
    (tmp_path / "shop.yml").write_text(text.replace(" {data: .}", " {}"), encoding="utf-8")
    done = run(tmp_path, "generate", "shop.yml", "-o", "out")
    assert done.returncode == 2, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "ClickHouse refuses `figures`: Function with name `nosuch` does not exist" in said
    assert "In scope" not in said


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(session.SERVER, raising=False)
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["build", str(MARKETING), "--engine", "clickhouse", "-o", "out"])
    assert done.exit_code == 2
    assert "E708: the engine `clickhouse` needs" in done.output
    assert "chdb and clickhouse-connect, which are not installed" in done.output
    assert not Path("out").exists()
    assert "pip install 'erd2dbt[chdb]'" in done.output
    assert session.SERVER in done.output


def test_a_server_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """dbt then connects to it, by the variables of the generated profile."""
    monkeypatch.setattr("erd2dbt.engines.registry.is_installed", lambda _: True)
    monkeypatch.setenv(session.SERVER, "clickhouse.example")
    made = generate(MARKETING.read_bytes(), str(MARKETING), engine_of=lambda _: CLICKHOUSE)
    with workplace(made, tmp_path, offline=False, target=None, profiles_dir=None) as place:
        assert (place.connection, place.embedded) == (None, False)
