"""dbt on a small project: what it says of a good one, and how its failures come back to the spec."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from erd2dbt.faults.diagnostics import ErdError, Span
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.dbt import OFFLINE, DbtRun, run_dbt
from erd2dbt.run.dbt_failures import faults
from erd2dbt.run.load import RawColumn, RawTable, load

DATA = Path(__file__).parent / "data"
PROFILES = DATA / "profiles"
NOWHERE = {"PGHOST": "/nowhere"}


def build(project: Path, environment: dict[str, str], *command: str) -> tuple[DbtRun, list[str]]:
    told: list[str] = []
    run = run_dbt(command or ("build",), project, PROFILES, None, environment, told.append)
    return run, told


def copied(folder: Path, *parts: str) -> Path:
    """A project with spaces and umlauts in its path, put together from parts of the test data."""
    project = folder / "mein schönes projekt"
    for part in parts:
        shutil.copytree(DATA / part, project, dirs_exist_ok=True)
    return project


def files(project: Path) -> set[str]:
    return {str(p.relative_to(project)) for p in project.rglob("*") if p.is_file() and "target" not in p.parts}


@pytest.fixture
def loaded(database: Connection) -> Connection:
    customers = (RawColumn("customer_id", "integer"), RawColumn("name", "text"))
    orders = (
        *(RawColumn(name, "integer") for name in ("order_id", "customer_id")),
        RawColumn("amount", "numeric"),
    )
    tables = [
        RawTable(schema="shop_raw", name="customers", columns=customers, file=DATA / "customers.csv"),
        RawTable(schema="shop_raw", name="orders", columns=orders, file=DATA / "orders.csv"),
    ]
    load(tables, database, lambda line: None)
    return database


def test_a_good_project_is_built(loaded: Connection, tmp_path: Path) -> None:
    project = copied(tmp_path, "shop")
    before = files(project)
    run, told = build(project, loaded.environment())
    assert run.ok
    assert run.counts == {"success": 3, "pass": 4}
    assert (run.warnings, run.errors, faults(run, {})) == ((), (), ())
    assert told[1] == "dbt found 3 models, 3 data tests, 2 sources, 477 macros, 1 unit test" or "3 models" in told[1]
    assert told[-1] == "dbt build: 7 of 7 done"
    assert files(project) == before
    assert (project / "target" / "logs" / "dbt.log").exists()
    with connect(loaded) as session:
        cursor = session.cursor()
        cursor.execute("select name, order_count from analytics.customer_orders order by 1")
        assert cursor.fetchall() == [("Ann", 2), ("Bob", 2)]


def test_failures_come_back_to_their_places(loaded: Connection, tmp_path: Path) -> None:
    project = copied(tmp_path, "shop", "broken")
    run, told = build(project, loaded.environment())
    places = {
        "stg_orders": Span("spec.yml", 1, 1),
        "amounts_are_known": Span("spec.yml", 2, 1),
        "names": Span("spec.yml", 3, 1),
        "no_such_column": Span("spec.yml", 4, 1),
    }
    found = faults(run, places)
    assert {(fault.code, fault.message, fault.span) for fault in found} == {
        (
            "E705",
            'the model `no_such_column` cannot be built: column "nmae" does not exist',
            Span("spec.yml", 4, 1),
        ),
        (
            "E705",
            "the model `no_such_function` cannot be built: function upercase(text) does not exist",
            None,
        ),
        (
            "E706",
            "the test `not_null_stg_orders_amount` of `stg_orders` failed: 2 failing rows found",
            Span("spec.yml", 1, 1),
        ),
        (
            "E706",
            "the test `amounts_are_known` of `stg_orders` failed: 1 failing row found",
            Span("spec.yml", 2, 1),
        ),
        (
            "E706",
            "the unit test `customers_are_mistaken` of `names` failed: actual differs from expected:",
            Span("spec.yml", 3, 1),
        ),
    }
    assert not run.ok
    assert "no_such_model" in run.warnings[0]
    (column,) = [fault for fault in found if "nmae" in fault.message]
    assert column.notes[0].startswith("LINE ")
    assert 'HINT:  Perhaps you meant to reference the column "stg_customers.name"' in column.notes[0]
    assert (project / column.notes[1].removeprefix("its SQL: ")).exists()
    assert told[-1].startswith("dbt build: 13 of 13 done")


def test_offline_compile_needs_no_server(tmp_path: Path) -> None:
    run, _ = build(copied(tmp_path, "shop"), NOWHERE, "compile", *OFFLINE)
    assert run.ok
    assert run.counts == {"success": 6}
    compiled = tmp_path / "mein schönes projekt" / "target" / "compiled" / "shop" / "models" / "staging"
    assert '"shop_raw"."orders"' in (compiled / "stg_orders.sql").read_text()


def test_what_dbt_cannot_read_is_told(tmp_path: Path) -> None:
    project = copied(tmp_path, "shop")
    (project / "models" / "marts" / "lost.sql").write_text("select * from {{ ref('nobody') }}\n")
    run, _ = build(project, NOWHERE, "compile", *OFFLINE)
    (fault,) = faults(run, {"lost": Span("spec.yml", 7, 1)})
    assert (fault.code, fault.span) == ("E705", Span("spec.yml", 7, 1))
    assert fault.message.startswith("dbt stopped at `lost`: Model 'model.shop.lost'")
    assert "depends on a node named 'nobody' which was not found" in fault.message


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    run, _ = build(copied(tmp_path, "shop"), NOWHERE)
    (fault,) = faults(run, {})
    assert fault.code == "E704"
    assert "/nowhere" in fault.message


def test_a_dbt_that_does_not_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "dbt.py").write_text("raise ImportError('half installed')\n")
    with pytest.raises(ErdError) as caught:
        build(copied(tmp_path, "shop"), {"PYTHONPATH": str(tmp_path)})
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.message) == ("E705", "dbt does not run: ImportError: half installed")
    assert "pip install" in fault.fixes[0]


# Runs `dbt build` on the project argv[1] with the profiles argv[2].
BUILDING = """
import sys
import time
from pathlib import Path
from erd2dbt.run.dbt import run_dbt
say = lambda line: print(line, flush=True)
run_dbt(["build"], Path(sys.argv[1]), Path(sys.argv[2]), None, {}, say)
"""


DBT_AT_WORK = "from pg_stat_activity where application_name = 'dbt' and datname = current_database()"


@pytest.mark.usefixtures("minded_interrupts")
def test_ctrl_c_ends_dbt_and_its_queries(database: Connection, tmp_path: Path) -> None:
    project = copied(tmp_path, "shop")
    shutil.rmtree(project / "models")
    (project / "models").mkdir()
    for name in ("slow", "slower"):
        (project / "models" / f"{name}.sql").write_text(
            "{{ config(materialized='table') }} select pg_sleep(300)::text as waited\n"
        )
    words = [sys.executable, "-c", BUILDING, str(project), str(PROFILES)]
    environment = {**os.environ, **database.environment()}
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert any(line.startswith("dbt build with") for line in process.stdout)
    asleep = "and query like '%pg_sleep(300)%'"
    wait_for(database, f"select count(*) = 2 {DBT_AT_WORK} {asleep}")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == -signal.SIGINT
    assert said.rstrip().endswith("KeyboardInterrupt")
    wait_for(database, f"select count(*) = 0 {DBT_AT_WORK}")


def wait_for(database: Connection, query: str) -> None:
    with connect(database) as session:
        session.autocommit = True
        cursor = session.cursor()
        for _ in range(600):
            cursor.execute(query)
            if cursor.fetchone() == (True,):
                return
            time.sleep(0.05)
    pytest.fail(f"never true: {query}")
