"""The command line with a PostgreSQL and dbt: what is built and shown, what is refused and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import cache_folder, serve

if TYPE_CHECKING:
    from conftest import Shop

PROFILES = """
shop:
  target: here
  outputs:
    here: {{type: postgres, host: '{host}', port: {port}, user: {user}, password: '', dbname: {dbname}, schema: marts}}
"""


def ask(connection: Connection, query: str) -> list[tuple[object, ...]]:
    with connect(connection) as session:
        cursor = session.cursor()
        cursor.execute(query)
        return list(cursor.fetchall())


def ask_embedded(out: Path, query: str) -> list[tuple[object, ...]]:
    with serve(cache_folder("shop", out)) as connection:
        return ask(connection, query)


def test_built_shown_and_asked(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """In a folder whose name has blanks and an umlaut; psql finds the models without a schema."""
    done = shop.run("build", "shop.yml", "-o", "mein Büro", "--show", "customer_value", "--show", "order_facts", "-v")
    assert done.exit_code == 0, done.stderr
    said = done.stdout.splitlines()
    lines = [line for line in said if not line.startswith("new ")]
    assert all((shop.folder / "mein Büro" / line[9:]).is_file() for line in said if line not in lines)
    assert [line.split()[0] for line in lines[:4]] == ["read", "wrote", "loaded", "built"]
    assert lines[2].startswith("loaded   2 tables, 6 rows in ")
    assert lines[3].startswith("built    4 models; ")
    assert "order_facts, first rows" in lines[11:]
    assert lines[5:11] == [
        "customer_value, first rows",
        "customer_id  name         latest  paid        orders  revenue",
        "-----------  -----------  ------  ----------  ------  -------",
        "          1  Ada              11  2025-01-02       2   120.50",
        "          2  Björn            12  2025-01-04       1     5.25",
        "          3  O'Neil, Pat                           0     0.00",
    ]
    assert "         raw.customers: 3 rows in " in done.stderr
    capfd.readouterr()
    asked = shop.run("psql", "mein Büro", "-c", "select country, amount from order_facts order by order_id")
    assert asked.exit_code == 0
    assert [line.split() for line in capfd.readouterr().out.splitlines()[2:5]] == [
        ["GB", "|", "100.50"],
        ["GB", "|", "20.00"],
        ["SE", "|", "5.25"],
    ]
    assert shop.run("psql", "mein Büro", "-c", "select nonsense").exit_code == 1
    assert 'column "nonsense" does not exist' in capfd.readouterr().err


def test_a_shell_where_nothing_was_built(shop: Shop) -> None:
    shop.run("generate", "shop.yml", "--no-compile", "-o", "out")
    for folder in ("out", "data"):
        done = shop.run("psql", folder, "-c", "select 1")
        assert done.exit_code == 2
        assert f"error E707: nothing was built in `{folder}`" in done.stderr
        assert f"fix: run `erd2dbt build <spec> -o {folder}`" in done.stderr


def test_rows_that_do_not_fit_are_shown_and_no_table_is_loaded(shop: Shop) -> None:
    """Each with file, line, column and value; the good table neither stays behind."""
    shop.replace("data/customers.csv", "2,Björn", "two,Björn")
    shop.replace("data/orders.csv", "20.00", "2O.OO")
    done = shop.run("build", "shop.yml", "-o", "out")
    assert done.exit_code == 2
    for fault in (
        "data/customers.csv:3:1: error E702: `two` does not fit the type integer of raw.customers.customer_id\n",
        "data/orders.csv:3:26: error E702: `2O.OO` does not fit the type numeric(12,2) of raw.orders.amount\n",
    ):
        assert fault in done.stderr
    shop.replace("data/customers.csv", "two,Björn", "2,Björn")
    assert shop.run("build", "shop.yml", "-o", "out").exit_code == 2
    assert ask_embedded(Path("out"), "select to_regclass('raw.customers'), to_regclass('raw.orders')") == [(None, None)]


def test_claims_that_the_data_breaks(shop: Shop) -> None:
    """A key twice, an empty key: each is named with its place in the spec. An order of nobody stops no model."""
    shop.replace("data/customers.csv", "1,Ada,GB\n", "1,Ada,GB\n1,Ada,FR\n")
    shop.replace("data/orders.csv", "11,1,", ",1,")
    shop.replace("data/orders.csv", "12,2,", "12,99,")
    done = shop.run("build", "shop.yml", "-o", "out")
    assert done.exit_code == 2
    for fault in (
        "shop.yml:9:10: error E706: the test `customers_customer_id_is_primary_key` failed: 1 failing row found\n",
        "error E706: the test `orders_order_id_is_not_null` failed: 1 failing row found\n",
    ):
        assert fault in done.stderr
    assert "note: for example 1 (2 rows)\n" in done.stderr
    assert done.stderr.endswith("\n\n2 faults\n")
    assert ", 2 fail" in done.stdout
    assert "warn     orders_customer_id_exists_in_customers: 1 row" in done.stdout


def test_compiled_without_a_server(shop: Shop) -> None:
    done = shop.run("generate", "shop.yml", "-o", "out", "--offline")
    assert done.exit_code == 0, done.stderr
    assert "compiled 4 models with dbt, offline: no column, type or function was checked, in " in done.stdout
    assert "from" in Path("out/target/compiled/shop/models/marts/order_facts.sql").read_text(encoding="utf-8")
    assert not cache_folder("shop", Path("out")).exists()


def test_a_server_of_one_s_own(shop: Shop, database: Connection) -> None:
    """Nothing is loaded there unasked; faults and results are JSON and nothing else."""
    words = {name: getattr(database, name) for name in ("host", "port", "user", "dbname")}
    Path("mine").mkdir()
    Path("mine", "profiles.yml").write_text(PROFILES.format(**words), encoding="utf-8")
    build = ("build", "shop.yml", "-o", "out", "--profiles-dir", "mine", "--format", "json")
    without = shop.run(*build)
    assert (without.exit_code, without.stderr) == (2, "")
    missing = {fault["message"] for fault in json.loads(without.stdout) if fault["code"] == "E705"}
    assert any('relation "raw.orders" does not exist' in message for message in missing)
    assert ask(database, "select to_regclass('raw.orders')") == [(None,)]
    loaded = shop.run(*build, "--load", "--target", "here")
    assert (loaded.exit_code, loaded.stderr) == (0, "")
    assert [fault["code"] for fault in json.loads(loaded.stdout)] == ["I204", "W501"]
    assert ask(database, "select count(*) from marts.order_facts") == [(3,)]
    assert not cache_folder("shop", Path("out")).exists()


def test_the_first_spec_builds(shop: Shop) -> None:
    assert shop.run("init", "begin.yml").exit_code == 0
    done = shop.run("build", "begin.yml", "-o", "out", "-q")
    assert (done.exit_code, done.output) == (0, "")
    assert ask_embedded(Path("out"), "select count(*) from analytics.customer_value") == [(0,)]
