"""ClickHouse in this process: the same rows as on PostgreSQL, the types of contracts, and what is refused."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("chdb", reason="pip install 'erd2dbt[chdb]'")
pytest.importorskip("clickhouse_connect", reason="pip install 'erd2dbt[chdb]'")
pytest.importorskip("duckdb", reason="pip install 'erd2dbt[duckdb]'")

from engines.identifiers import ROWS, written
from engines.in_clickhouse import client, in_clickhouse, views_in_clickhouse
from engines.worlds import clickhouse_places, tried
from erd2dbt.engines.clickhouse import CLICKHOUSE
from oracle.worlds import world
from test_golden import CASES, _golden, _normal, spec_of

ident = CLICKHOUSE.names.quoting.ident


@pytest.mark.parametrize("case", CASES)
def test_golden_cases_have_the_same_rows_and_the_types_of_their_yaml(case: str, tmp_path: Path) -> None:
    generated = in_clickhouse(spec_of(case))
    with views_in_clickhouse(generated, spec_of(case), tmp_path) as session:
        files = sorted((_golden(case) / "expected" / "rows").glob("*.csv"))
        assert files
        for file in files:
            expected = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
            columns = ", ".join(ident(name) for name in expected[0])
            found = session.query(f"select {columns} from analytics.{ident(file.stem)}").result_rows
            assert _normal(found) == _normal(expected[1:]), file.stem
        for model in (model for file in generated.project.properties for model in file.models):
            made = session.query(f"describe analytics.{ident(model.name)}").result_rows
            types = {name: type_ for name, type_, *_ in made}
            for column in (c for c in model.columns if c.data_type):
                assert types[column.name] == column.data_type, (model.name, column.name)


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_every_cell_of_random_worlds_is_what_the_language_says(first: int) -> None:
    cells = 0
    with clickhouse_places() as places:
        for seed in range(first, first + 10):
            _, found = tried(world(seed), places)
            assert not found.violations, (seed, str(found.violations[0]))
            cells += found.cells
    assert cells > 150


def test_reserved_long_and_foreign_names_are_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    with views_in_clickhouse(in_clickhouse(path), path, tmp_path) as session:
        for model, (columns, rows) in ROWS.items():
            names = ", ".join(ident(name) for name in columns)
            found = session.query(f"select {names} from analytics.{ident(model)} order by 1").result_rows
            assert [tuple(row) for row in found] == rows


SHOP = """
version: 1
project: shop
sources: {raw: {data: .}}
entities:
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, amount: "numeric(12,2)", n: bigint, name: text, code: CODE}
models:
  figures:
    grain: order_id
    rows: orders
    columns:
      COLUMN
"""
HEAD = "order_id,customer_id,amount,n,name,code"


def shop(*columns: str, code: str = "text") -> bytes:
    return SHOP.replace("COLUMN", "\n      ".join(columns)).replace("CODE", code).encode()


def rows_of(text: bytes, folder: Path, *lines: str) -> list[tuple[Any, ...]]:
    folder.mkdir(exist_ok=True)
    (folder / "shop.yml").write_bytes(text)
    (folder / "orders.csv").write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    with views_in_clickhouse(in_clickhouse(folder / "shop.yml"), folder / "shop.yml", folder) as session:
        return sorted(session.query("select * from analytics.figures").result_rows)


def test_a_column_is_read_where_another_has_its_name(tmp_path: Path) -> None:
    """ClickHouse would take the new `name` for the one that is read."""
    text = shop("label: upper(orders.name)", "size: length(orders.name)")
    text = text.replace(b"name: text", b'name: text, short: {is: "left(name, 1)", type: text}')
    text = text.replace(b"label:", b"name: upper(orders.short)\n      label:")
    assert rows_of(text, tmp_path, "1,1,1,1,abc,", "2,1,1,1,,") == [(1, "A", "ABC", 3), (2, None, None, None)]


def test_aggregates_of_nothing_are_those_of_the_language(tmp_path: Path) -> None:
    per_customer = """
  per_customer:
    grain: customer_id
    rows: orders
    columns:
      total: sum(orders.amount) filter (where orders.n > 5)
      units: sum(orders.n) filter (where orders.n > 5)
      biggest: max(orders.n) filter (where orders.n > 5)
      many: count(*) filter (where orders.n > 5)
"""
    text = shop("twice: orders.n * 2") + per_customer.encode()
    (tmp_path / "shop.yml").write_bytes(text)
    (tmp_path / "orders.csv").write_text(f"{HEAD}\n1,1,2.50,9,,\n2,2,1.00,1,,\n3,1,0.25,7,,\n", encoding="utf-8")
    with views_in_clickhouse(in_clickhouse(tmp_path / "shop.yml"), tmp_path / "shop.yml", tmp_path) as session:
        found = session.query("select customer_id, total, units, biggest, many from analytics.per_customer").result_rows
    assert sorted(found) == [(1, Decimal("2.75"), 16, 9, 2), (2, 0, 0, None, 0)]


@pytest.mark.parametrize(
    "formula",
    ["coalesce(orders.f, 0) * coalesce(orders.n, 0)", "coalesce(orders.n, 1) + coalesce(orders.customer_id, 1)"],
)
def test_columns_without_null_are_nullable_as_the_contract_says(formula: str, tmp_path: Path) -> None:
    """`coalesce` gives ClickHouse a type without NULL, and so do operators on such values."""
    sums = f"""
  sums: {{grain: customer_id, rows: orders, columns: {{total: "sum({formula})"}}}}
"""
    (tmp_path / "shop.yml").write_bytes(shop(f"x: {formula}", code="text, f: double precision") + sums.encode())
    (tmp_path / "orders.csv").write_text(f"{HEAD},f\n1,1,1,3,,,1.5\n2,1,1,,,,\n", encoding="utf-8")
    generated = in_clickhouse(tmp_path / "shop.yml")
    wanted = {m.name: {c.name: c.data_type for c in m.columns} for f in generated.project.properties for m in f.models}
    with views_in_clickhouse(generated, tmp_path / "shop.yml", tmp_path) as session:
        for model in ("figures", "sums"):
            made = session.query(f"describe analytics.{model}").result_rows
            assert {name: type_ for name, type_, *_ in made} == wanted[model]


@pytest.mark.parametrize(
    ("column", "line"),
    [
        ("x: {is: orders.n * 2, type: bigint}", "2,1,1,9223372036854775807,,"),
        ("x: {is: orders.n + 1, type: bigint}", "2,1,1,9223372036854775807,,"),
        ("x: {is: orders.n, type: int}", "2,1,1,3000000000,,"),
        ("x: {is: orders.amount / orders.n, type: numeric}", "2,1,1,0,,"),
    ],
)
def test_what_postgresql_refuses_is_no_value(column: str, line: str, tmp_path: Path) -> None:
    """An overflow would wrap around, and a division by zero would be infinite."""
    with pytest.raises(Exception, match=r"cannot be safely converted|zero|[Oo]verflow"):
        rows_of(shop(column), tmp_path, "1,1,1,1,,", line)


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("int", [" 12 ", "-7"], ["abc", "1.5", "3000000000"]),
        ("numeric(12,2)", ["1.005", "-3"], ["abc", "1.2x"]),
        ("date", ["2024-02-29", "1999-12-31"], ["2024-02-30", "soon"]),
        ("boolean", ["t", "no"], ["maybe"]),
    ],
)
def test_a_text_that_cannot_be_cast_is_an_error(type_: str, good: list[str], bad: list[str], tmp_path: Path) -> None:
    """ClickHouse would give NULL."""
    text = shop("x: orders.code", code=f'{{type: "{type_}", cast: true}}')
    found = rows_of(text, tmp_path / "good", *(f'{n},1,1,1,,"{value}"' for n, value in enumerate(good)), "9,1,1,1,,")
    assert [value is None for _, value in found] == [False] * len(good) + [True]
    for n, value in enumerate(bad):
        with pytest.raises(Exception, match=r"no |annot"):
            rows_of(text, tmp_path / f"bad{n}", f"1,1,1,1,,{good[0]}", f"2,1,1,1,,{value}")


def test_raw_columns_may_have_clickhouses_own_types(tmp_path: Path) -> None:
    """Unsigned integers and texts by number become the declared types; a text in place of a number is an error."""
    (tmp_path / "shop.yml").write_bytes(shop("twice: orders.n * 2"))
    made = in_clickhouse(tmp_path / "shop.yml")
    session = client()
    own = "order_id UInt64, customer_id UInt8, amount Decimal(12, 2), n {}, name LowCardinality(String), code String"
    text = made.files[made.project.sql_paths["stg_orders"]].replace("{{ source('raw', 'orders') }}", "raw.orders")
    for type_, value in (("UInt32", "7"), ("Nullable(String)", "'seven'")):
        session.command("create database raw")
        try:
            session.command(f"create table raw.orders ({own.format(type_)}) engine = Memory")
            session.command(f"insert into raw.orders values (1, 2, 2.50, {value}, 'a', 'b')")
            if type_ == "UInt32":
                answer = session.query(text)
                assert [one.name for one in answer.column_types][3:5] == ["Nullable(Int64)", "Nullable(String)"]
                assert answer.result_rows[0][0] == 1
            else:
                with pytest.raises(Exception, match="illegal type"):
                    session.query(text)
        finally:
            session.command("drop database raw")


@pytest.mark.parametrize("name", ["top", "inf", "user", "final", "format", "settings", "sample", "prewhere", "date"])
def test_names_with_a_meaning_in_clickhouse(name: str, tmp_path: Path) -> None:
    text = shop(f"{name}: orders.n + 1", f"more: orders.{name}2").replace(b"code: text", f"{name}2: int".encode())
    made = in_clickhouse_rows(text.replace(f"{name}2".encode(), name.encode()), tmp_path, name)
    assert made == [(1, 8, 4)]


def in_clickhouse_rows(text: bytes, folder: Path, name: str) -> list[tuple[Any, ...]]:
    (folder / "shop.yml").write_bytes(text)
    (folder / "orders.csv").write_text(f"{HEAD.replace('code', name)}\n1,1,1,3,,8\n", encoding="utf-8")
    with views_in_clickhouse(in_clickhouse(folder / "shop.yml"), folder / "shop.yml", folder) as session:
        return [tuple(row) for row in session.query("select * from analytics.figures").result_rows]


def test_the_calendar_has_every_day(tmp_path: Path) -> None:
    """And none where no fact has a date."""
    text = shop().partition(b"models:")[0].replace(b"code: text", b"code: date")
    for lines, days in ((("1,1,1,1,,2024-02-28", "2,1,1,1,,2024-03-02"), 4), (("1,1,1,1,,",), 0)):
        folder = tmp_path / str(days)
        folder.mkdir()
        (folder / "shop.yml").write_bytes(text)
        (folder / "orders.csv").write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
        with views_in_clickhouse(in_clickhouse(folder / "shop.yml"), folder / "shop.yml", folder) as session:
            found = session.query("select * from analytics.dim_dates order by date_day").result_rows
        assert len(found) == days
        if days:
            assert list(found[1][1:6]) == [2024, 1, 2, 29, 4]
            assert [str(value) for value in found[3]] == [
                "2024-03-02", "2024", "1", "3", "2", "6", "2024-02-26", "2024-03-01",
            ]  # fmt: skip
