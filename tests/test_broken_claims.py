"""Data that breaks the diagram's claims, and joins written by hand: what fails, what it says, and what stays whole."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.run.connection import connect
from erd2dbt.run.dbt import run_dbt
from erd2dbt.run.postgres_embedded import cache_folder, serve

ROOT = Path(__file__).parents[1]
DATA = ROOT / "examples" / "marketing" / "data"
EXPECTED = ROOT / "tests" / "faults" / "broken"
Rows = list[dict[str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ERD2DBT_CACHE", f"{os.environ['ERD2DBT_TESTS_POSTGRES']}/{tmp_path.name}")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(DATA, "data")
    return tmp_path


def broken(table: str, change: Callable[[Rows], None]) -> None:
    file = Path("data", f"{table}.csv")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    change(rows)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def assert_said(said: str, name: str) -> None:
    said = re.sub(r"(?<=DETAIL:  Key ).*(?= already exists)", "…", said)  # the first that PostgreSQL happens to meet
    expected = EXPECTED / name
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def campaigns(rows: Rows) -> None:
    rows += [rows[3], rows[4], rows[4]]  # a key twice, one three times
    rows[19]["campaign_name"] = "Renamed"
    rows[60]["campaign_name"] = ""


def conversions(rows: Rows) -> None:
    rows[1]["session_id"], rows[2]["session_id"] = "sess_never", "sess_nope"
    rows[7]["user_id"] = rows[8]["user_id"] = ""


def test_claims_that_the_data_breaks(folder: Path) -> None:
    """Each is named with its rows and with the models that rely on it; the others keep one row per grain."""
    broken("campaigns_daily", campaigns)
    broken("conversions", conversions)
    text = (ROOT / "specs" / "marketing.yml").read_text(encoding="utf-8")
    (folder / "marketing.yml").write_text(text.replace("../examples/marketing/data", "data"), encoding="utf-8")
    done = CliRunner().invoke(main, ["build", "marketing.yml", "-o", "out"])
    assert done.exit_code == 2
    assert_said(done.stderr, "claims.txt")
    with serve(cache_folder("marketing_analytics", Path("out"))) as connection:
        run_dbt(["run"], Path("out"), Path("out"), None, connection.environment(), lambda _: None)
        with connect(connection) as session, session.cursor() as cursor:
            for model, grain in (
                ("int_campaign_funnel", "campaign_id"),
                ("campaign_funnel_analysis", "campaign_id"),
                ("int_customer_lifetime_value", "user_id"),
                ("daily_summary", "date"),
            ):
                cursor.execute(f"select to_regclass('analytics.{model}')")
                if model == "daily_summary":  # it reads campaign_performance, which its primary key refuses
                    assert cursor.fetchall() == [(None,)]
                    continue
                cursor.execute(f"select count(*), count(distinct coalesce({grain}, '')) from analytics.{model}")
                ((rows, distinct),) = cursor.fetchall()
                assert rows == distinct > 1, model


def test_joins_by_hand_that_fan_out(folder: Path) -> None:
    """One is refused by its primary key, one by its test; of both the joins that fan out are named, with numbers."""
    shutil.copy(EXPECTED / "by_hand.yml", "by_hand.yml")
    done = CliRunner().invoke(main, ["build", "by_hand.yml", "-o", "out"])
    assert done.exit_code == 2
    assert_said(done.stderr, "by_hand.txt")
