"""Through a dbt adapter, `verify`, `preview` and `import` say what they say through PostgreSQL's own driver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main
from erd2dbt.engines.registry import ENGINES
from erd2dbt.pipelines import generation
from erd2dbt.run.adapter import Warehouse, WarehouseError, open_warehouse
from erd2dbt.run.connection import Connection, connect
from erd2dbt.verify.as_json import report_data
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verdict import State
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from conftest import Marketing, Rows

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("dbt.adapters.duckdb")

_PROFILE = "marketing_analytics"
_COLUMNS = """
select table_schema, table_name, column_name, format_type(a.atttypid, a.atttypmod)
from information_schema.columns
join pg_attribute as a on a.attname = column_name and a.attrelid = format('%I.%I', table_schema, table_name)::regclass
where table_schema = 'marketing' order by table_name, ordinal_position
"""


def broken(marketing: Marketing) -> None:
    """Each kind of claim is broken somewhere, some of them twice."""

    def campaigns(rows: Rows) -> None:
        rows.append(dict(rows[3]))
        rows[19]["campaign_name"] = "Renamed"
        rows[9]["campaign_name"] = 'naïve 🙂 "x"'
        rows[5]["clicks"], rows[6]["clicks"] = "n/a", "-"
        rows[7]["spend"] = ""

    def sessions(rows: Rows) -> None:
        rows[8]["session_id"] = ""
        rows[5]["device_type"], rows[6]["device_type"], rows[7]["device_type"] = "watch", "", "watch"

    def conversions(rows: Rows) -> None:
        rows[2]["session_id"], rows[9]["session_id"], rows[3]["session_id"] = "sess_never", "sess_nowhere", ""
        rows[4]["conversion_id"] = rows[5]["conversion_id"]

    marketing.change("campaigns_daily", campaigns)
    marketing.change("sessions", sessions)
    marketing.change("conversions", conversions)
    marketing.draw("attribution_touchpoints }o--|| sessions", "attribution_touchpoints |o--|| sessions")


@pytest.mark.parametrize("plant", [lambda marketing: None, broken], ids=["as it is", "broken"])
def test_equal_reports(marketing: Marketing, plant: Any, tmp_path: Path) -> None:
    plant(marketing)
    own = marketing.report()
    assert any(v.state is State.BROKEN for v in own.verdicts) is (plant is broken)
    profiles(tmp_path, marketing.connection)
    copied(marketing.connection, tmp_path / "raw.duckdb")
    wanted = told(own)
    for target in ("server", "file"):
        with open_warehouse(tmp_path, _PROFILE, target) as warehouse:
            assert told(through(warehouse)) == wanted, target


def test_two_scans_of_each_table(marketing: Marketing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures and claims; frequent values are of a sample where a table is large."""
    marketing.report()
    profiles(tmp_path, marketing.connection)
    copied(marketing.connection, tmp_path / "raw.duckdb")
    asked: list[str] = []
    rows = Warehouse.rows
    monkeypatch.setattr(Warehouse, "rows", lambda self, sql: asked.append(sql) or rows(self, sql))
    for name, rows_looked_at in (("WHOLE", 100), ("SAMPLE", 50)):
        monkeypatch.setattr(f"erd2dbt.verify.warehouse_query_runner.{name}", rows_looked_at)
    with open_warehouse(tmp_path, _PROFILE, "file") as warehouse:
        through(warehouse)
    for table in ("campaigns_daily", "sessions", "conversions", "attribution_touchpoints"):
        of_table = [sql.lower() for sql in asked if f'"{table}"' in sql]
        whole = [sql for sql in of_table if "limit" not in sql and "exists" not in sql]
        assert len(whole) == 2, whole


def test_what_is_not_answered_fails_alone(
    marketing: Marketing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketing.report()
    profiles(tmp_path, marketing.connection)
    copied(marketing.connection, tmp_path / "raw.duckdb")
    rows = Warehouse.rows

    def deaf(self: Warehouse, sql: str) -> list[tuple[Any, ...]]:
        if '"sessions"' in sql:
            raise WarehouseError("the sessions are closed today")
        return rows(self, sql)

    monkeypatch.setattr(Warehouse, "rows", deaf)
    with open_warehouse(tmp_path, _PROFILE, "file") as warehouse:
        report = through(warehouse)
    untested = [v for v in report.verdicts if v.state is State.UNTESTED]
    assert {v.entity for v in untested} >= {"sessions", "conversions"}
    assert all(v.why == "the sessions are closed today" for v in untested)
    assert [v.state for v in report.verdicts if v.kind == "key" and v.entity == "campaigns_daily"] == [State.HOLDS]


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with duckdb.connect("shop.duckdb") as session:
        session.execute("create schema raw")
        session.execute('create table raw.customers (customer_id integer, name varchar, "Born On" date)')
        session.execute("create table raw.orders (order_id bigint, customer_id integer, amount decimal(12,2))")
        session.execute(
            "insert into raw.customers select i, 'n' || i, date '2000-01-01' + i::int from range(1, 1200) t(i)"
        )
        session.execute("insert into raw.orders select i, i % 1199 + 1, i * 1.5 from range(1, 3000) t(i)")
    Path("profiles.yml").write_text(
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: main, threads: 1}\n"
        "    there: {type: nosuch, host: a}\n    gone: {type: duckdb, path: /nowhere/at/all.duckdb, schema: main}\n"
    )
    profile = ("--profile", "shop", "--profiles-dir", ".")
    made = run("import", *profile, "--schema", "raw", "--infer-keys", "-o", "shop.yml")
    assert made.exit_code == 0, made.output
    spec = Path("shop.yml").read_text()
    assert "amount: numeric(12,2)" in spec
    assert "orders }o--|| customers: customer_id  # inferred" in spec
    assert "from: Born On" in spec
    checked = run("verify", "shop.yml", *profile)
    assert checked.exit_code == 0, checked.output
    assert "0 broken" in checked.output
    shown = run("preview", "shop.yml", "customers", *profile, "-n", "2")
    assert "Born On" in shown.output
    assert "2000-01-03" in shown.output
    assert (
        "the dbt adapter of `type: nosuch` is not installed"
        in run("verify", "shop.yml", *profile, "--target", "there").output
    )
    assert "all.duckdb` does not exist" in run("verify", "shop.yml", *profile, "--target", "gone").output
    assert "has no schema `rew`" in run("import", *profile, "--schema", "rew").output
    assert run("import").exit_code == 2
    assert run("import", "shop.yml", *profile).exit_code == 2


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def through(warehouse: Warehouse) -> Any:
    spec = Path("marketing.yml")
    made = generation.generate(spec.read_bytes(), str(spec))
    return verify(made, warehouse, {s.name: s.schema for s in made.erd.sources}, Terms(), lambda line: None)


def told(report: Any) -> dict[str, Any]:
    data = report_data(report)
    data.pop("seconds")
    return data


def profiles(folder: Path, server: Connection) -> None:
    words = {"host": server.host, "user": server.user, "password": server.password, "dbname": server.dbname}
    there = ", ".join(f'{name}: "{value}"' for name, value in words.items())
    (folder / "profiles.yml").write_text(
        f"{_PROFILE}:\n  target: server\n  outputs:\n"
        f"    server: {{type: postgres, {there}, port: {server.port}, schema: {server.schema}, threads: 1}}\n"
        f"    file: {{type: duckdb, path: {folder / 'raw.duckdb'}, schema: main, threads: 1}}\n"
    )


def copied(server: Connection, file: Path) -> None:
    """The raw tables with the types that they have on the server."""
    types: dict[str, list[tuple[str, str]]] = {}
    with connect(server) as session, session.cursor() as cursor, duckdb.connect(str(file)) as there:
        cursor.execute(_COLUMNS)
        for _, table, column, type_ in cursor.fetchall():
            types.setdefault(table, []).append((column, ENGINES["duckdb"].type_of(type_) or "varchar"))
        there.execute("create schema marketing")
        for table, columns in types.items():
            listed = ", ".join(f'"{name}" {type_}' for name, type_ in columns)
            there.execute(f"create table marketing.{table} ({listed})")
            rows = file.with_suffix(".csv")
            with rows.open("wb") as out:
                cursor.copy_expert(rf"copy marketing.{table} to stdout with (format csv, header, null '\N')", out)
            there.execute(f"insert into marketing.{table} from read_csv('{rows}', nullstr='\\N', all_varchar=true)")
