"""The commands that read or build data, on DuckDB: models one after the other, rows, claims, and a database file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main
from erd2dbt.run.duckdb.session import opened

pytest.importorskip("duckdb", reason="pip install 'erd2dbt[duckdb]'")

SPEC = """version: 1
project: shop
engine: duckdb
sources: {raw: {data: data}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, name: {type: text, not_null: true}}}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: {type: int, not_null: true}, amount: "numeric(12,2)"}
links:
  customers ||--o{ orders: customer_id
models:
  customer_value:
    grain: customer_id
    rows: customers
    columns:
      revenue: sum(orders.amount)
"""
PAIRS = """
  order_pairs:
    grain: order_id
    assume: {reason: customers buy once}
    sql: |
      select orders.order_id, others.amount
      from {{ ref('stg_orders') }} as orders
      left join {{ ref('stg_orders') }} as others on orders.customer_id = others.customer_id
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    Path("data/customers.csv").write_text("customer_id,name\n1,Ada\n2,Bob\n", encoding="utf-8")
    Path("data/orders.csv").write_text("order_id,customer_id,amount\n1,1,10.50\n2,1,2.25\n3,2,4\n", encoding="utf-8")
    Path("shop.yml").write_text(SPEC, encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_stepwise_compares_totals_and_stops_at_the_guilty_join() -> None:
    """Without contracts: a primary key would refuse the rows before they are counted."""
    Path("shop.yml").write_text(SPEC.replace("engine:", "contract: off\nengine:") + PAIRS, encoding="utf-8")
    done = run("build", "shop.yml", "-o", "out", "--stepwise")
    assert done.exit_code == 2, done.output
    assert "revenue: sum(orders.amount) 16.75 16.75 as its source" in " ".join(done.output.split())
    assert "E706" in done.output
    assert "`order_pairs` has 5 rows for 3 values of (order_id)" in done.output
    told = json.loads(Path("out/target/stepwise.json").read_text(encoding="utf-8"))
    found = {one["model"]: (one["rows"], one["values"], one["holds"]) for one in told["models"]}
    assert found == {
        "stg_customers": (2, 2, True),
        "stg_orders": (3, 3, True),
        "customer_value": (2, 2, True),
        "order_pairs": (5, 3, False),
    }


def test_preview_shows_rows() -> None:
    done = run("preview", "shop.yml", "orders", "-n", "2")
    assert done.exit_code == 0, done.output
    assert lines(done.output)[1::2] == [["order_id", "customer_id", "amount"], ["1", "1", "10.50"]]
    assert lines(done.output)[4] == ["2", "1", "2.25"]


def test_verify_counts_the_claims_that_hold_and_names_those_that_break() -> None:
    done = run("verify", "shop.yml")
    assert done.exit_code == 0, done.output
    assert "verified 12 claims on 2 tables, 5 rows: 12 hold, 0 broken" in done.output
    with Path("data/orders.csv").open("a", encoding="utf-8") as file:
        file.write("3,9,1\n")
    done = run("verify", "shop.yml")
    assert done.exit_code == 1
    assert "10 hold, 2 broken" in done.output  # the key of an order, and the customer of one


def test_a_database_file_is_imported_and_its_spec_is_built_from() -> None:
    with opened(Path("library.duckdb")) as session:
        session.execute("create table authors (author_id int primary key, name varchar not null)")
        columns = "book_id int primary key, author_id int not null references authors (author_id), price decimal(8, 2)"
        session.execute(f"create table books ({columns})")
    done = run("import", "library.duckdb", "-o", "library.yml")
    assert done.exit_code == 0, done.output
    spec = Path("library.yml").read_text(encoding="utf-8")
    assert "books }o--|| authors: author_id" in spec
    assert "price: numeric(8,2)" in spec
    assert "name: {type: text, not_null: true" in spec
    checked = run("check", "library.yml", "--engine", "duckdb")
    assert checked.exit_code == 0, checked.output
