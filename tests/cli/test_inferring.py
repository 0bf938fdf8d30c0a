"""`--infer-keys` as it is typed: by names, by the rows of a database, by data files; and where it does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.run.connection import connect

if TYPE_CHECKING:
    from conftest import Shop
    from erd2dbt.run.connection import Connection

SQL = """
create table customers (customer_id int, name text, country text);
create table orders (order_id int, customer_id int, ordered_at timestamp, amount numeric(12, 2));
"""
KEYS = [
    "key: customer_id  # inferred: unique in 3 of 3 rows, never NULL; too few rows to decide without the name",
    "key: order_id  # inferred: unique in 4 of 4 rows, never NULL; too few rows to decide without the name",
]


@pytest.fixture
def filled(database: Connection) -> Connection:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(SQL)
        cursor.execute("insert into customers select i from generate_series(1, 3) as i")
        cursor.execute("insert into orders select i, 1 + i % 2 from generate_series(1, 4) as i")
        session.commit()
    return database


def test_rows_of_the_database_that_is_read_or_named(shop: Shop, filled: Connection) -> None:
    """The same keys and links, and twice the same bytes."""
    Path("shop.sql").write_text(SQL, encoding="utf-8")
    texts = [
        shop.run("import", *words, "--infer-keys").stdout
        for words in ((filled.url,), ("shop.sql", "--url", filled.url), ("shop.sql", "--url", filled.url))
    ]
    for text in texts:
        assert [line.strip() for line in text.splitlines() if "key:" in line] == KEYS
        assert "orders }o--|| customers: customer_id  # inferred: by its name; 2 of 2 values are keys" in text
    assert texts[1] == texts[2]
    assert shop.run("import", "shop.sql", "--infer-keys", "--url", filled.url, "-o", "new.yml").exit_code == 0
    again = shop.run("import", "shop.sql", "--infer-keys", "--url", filled.url, "-o", "new.yml")
    assert again.stdout.endswith("same     new.yml\n")


def test_rows_of_data_files(shop: Shop) -> None:
    Path("shop.sql").write_text(SQL, encoding="utf-8")
    done = shop.run("import", "shop.sql", "--infer-keys", "--data", "data")
    assert done.exit_code == 0
    assert "key: order_id  # inferred: unique in " in done.stdout
    assert "orders }o--|| customers: customer_id  # inferred: by its name; " in done.stdout
    Path("empty").mkdir()
    done = shop.run("import", "shop.sql", "--infer-keys", "--data", "empty")
    assert (done.exit_code, "error E703: `empty` contains no data of these entities" in done.stderr) == (2, True)


@pytest.mark.parametrize("command", [("check",), ("generate", "--no-compile"), ("suggest",), ("plan",), ("diff",)])
def test_commands_infer_from_what_they_read(shop: Shop, filled: Connection, command: tuple[str, ...]) -> None:
    Path("shop.sql").write_text(SQL, encoding="utf-8")
    for source in ("shop.sql", filled.url):
        done = shop.run(*command, source, "--infer-keys")
        assert (done.exit_code, done.stderr) == (int(command == ("diff",)), "")
    if command[0] == "generate":
        assert list(Path().glob("*/models/marts/fct_orders.sql"))


def test_a_key_that_nobody_drew_names_the_option(shop: Shop, filled: Connection) -> None:
    with connect(filled) as session, session.cursor() as cursor:
        cursor.execute("create table alpha as select x, x % 3 as y, x % 2 as z from generate_series(1, 12) as x")
        cursor.execute("create table beta as select * from alpha union all select * from alpha")
        session.commit()
    done = shop.run("generate", filled.url, "--no-compile", "--format", "json")
    first, second = json.loads(done.stdout)
    assert (first["code"], second["code"]) == ("W407", "W407")
    assert first["fixes"][0].startswith("`--infer-keys` proposes undeclared keys and links")
    done = shop.run("check", filled.url, "--infer-keys")
    assert "identify one row; x is unique in 12 rows, but no name suggests a key" in done.stderr
    assert "identify one row; 24 rows are the same as another in every column" in done.stderr
    assert "= fix: `--infer-keys`" not in done.stderr
    assert done.stderr.count("warning W407") == 2


@pytest.mark.parametrize(("words", "said"), [
    (("import", "x.sql", "--url", "postgresql://h/d"), "--url goes with --infer-keys."),
    (("import", "x.sql", "--data", "data"), "--data goes with --infer-keys."),
    (("check", "shop.yml", "--infer-keys"), "--infer-keys is for diagrams and databases; `shop.yml` is a spec."),
])  # fmt: skip
def test_where_it_does_not_fit(shop: Shop, words: tuple[str, ...], said: str) -> None:
    Path("x.sql").write_text(SQL, encoding="utf-8")
    done = shop.run(*words)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, f"Error: {said}")


RAW = """create table customers (customer_id integer, email text);
create table orders (order_id integer, customer_id integer, payer_customer_id integer);
create table order_lines (order_id integer, line_no integer);
"""


def test_an_import_without_the_option_keeps_what_an_earlier_one_proposed(shop: Shop) -> None:
    """Keys, links with roles and without; the spec and the draft beside it stay the same."""
    Path("raw.sql").write_text(RAW, encoding="utf-8")
    assert shop.run("import", "raw.sql", "--infer-keys", "-o", "raw.yml").exit_code == 0
    first = Path("raw.yml").read_text(encoding="utf-8")
    assert first.count("# inferred: by") == 6
    assert shop.run("import", "raw.sql", "-o", "raw.yml").stdout.endswith("same     raw.yml\n")
    assert shop.run("import", "raw.sql", "-o", "raw.yml").stdout.endswith("same     raw.yml\n")
    assert Path("raw.yml").read_text(encoding="utf-8") == first


def test_what_the_source_contradicts_of_it_goes(shop: Shop) -> None:
    """A column that is gone takes its link along; a declared key and a drawn link are no guess any more."""
    Path("raw.sql").write_text(RAW, encoding="utf-8")
    assert shop.run("import", "raw.sql", "--infer-keys", "-o", "raw.yml").exit_code == 0
    declared = RAW.replace(", payer_customer_id integer", "").replace(
        "customer_id integer, email", "customer_id integer primary key, email"
    )
    declared = declared.replace("orders (order_id integer", "orders (order_id integer primary key").replace(
        "order_lines (order_id integer", "order_lines (order_id integer references orders"
    )
    Path("raw.sql").write_text(declared, encoding="utf-8")
    done = shop.run("import", "raw.sql", "-o", "raw.yml")
    assert "removed  column orders.payer_customer_id" in done.stdout
    found = Path("raw.yml").read_text(encoding="utf-8")
    assert "key: customer_id\n" in found
    assert "order_lines }o--o| orders: order_id\n" in found
    assert "customer: customer_id  # inferred: by its name" in found
    assert found.count("# inferred: by") == 2  # that link, and the key of order_lines
