"""DuckDB: the same rows as on PostgreSQL, columns of the types that contracts name, and what is refused."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from engines.building import on_duckdb, views_of
from engines.worlds import duckdb_places, tried
from erd2dbt.cli import main
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.registry import require
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.duckdb.session import opened
from oracle.worlds import world
from test_golden import CASES, ROOT, _golden, _normal, spec_of

pytest.importorskip("duckdb", reason="pip install 'erd2dbt[duckdb]'")

SHOP = """
project: shop
version: 1
sources: {raw: {}}
entities:
  orders:
    key: order_id
    columns: {order_id: int, ordered_on: date, amount: "numeric(12,2)", lines: int, note: text}
models:
  figures:
    grain: order_id
    rows: orders
    columns:
      COLUMN
"""


def shop(*columns: str) -> bytes:
    return SHOP.replace("COLUMN", "\n      ".join(columns)).encode()


def sql_of(*columns: str) -> str:
    made = generate(shop(*columns), "shop.yml", engine_of=lambda _: DUCKDB)
    return made.files[made.project.sql_paths["figures"]]


def test_an_order_that_leaves_nulls_to_the_system_is_refused() -> None:
    query = "select distinct on (note) note, amount from {{ ref('stg_orders') }} order by note nulls last, amount desc"
    text = shop("twice: orders.lines * 2") + f'\n  largest: {{grain: note, sql: "{query}"}}\n'.encode()
    generate(text, "shop.yml")
    with pytest.raises(ErdError, match="E028") as problem:
        generate(text, "shop.yml", engine_of=lambda _: DUCKDB)
    (fault,) = problem.value.diagnostics
    assert "`amount desc` without `nulls first` or `nulls last`" in fault.message


@pytest.mark.parametrize("case", CASES)
def test_golden_cases_have_the_same_rows_and_the_types_of_their_yaml(case: str, tmp_path: Path) -> None:
    generated = on_duckdb(spec_of(case))
    with views_of(generated, spec_of(case), tmp_path) as session:
        files = sorted((_golden(case) / "expected" / "rows").glob("*.csv"))
        assert files
        for file in files:
            expected = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
            columns = ", ".join(f'"{name}"' for name in expected[0])
            found = session.execute(f'select {columns} from analytics."{file.stem}"').fetchall()
            assert _normal(found) == _normal(expected[1:]), file.stem
        for file in generated.project.properties:
            for model in file.models:
                made = session.execute(f'describe analytics."{model.name}"').fetchall()
                types = {name: type_ for name, type_, *_ in made}
                for column in (c for c in model.columns if c.data_type):
                    wanted = session.execute(f"select typeof(null::{column.data_type})").fetchone()
                    wanted = session.execute(f"describe select null::{column.data_type} as x").fetchall()[0][1]
                    assert types[column.name] == wanted, (model.name, column.name)


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_every_cell_of_random_worlds_is_what_the_language_says(first: int) -> None:
    cells, refused = 0, []
    with duckdb_places() as places:
        for seed in range(first, first + 25):
            _, found = tried(world(seed), places)
            assert not found.violations, (seed, str(found.violations[0]))
            cells += found.cells
            refused += [r.message for r in found.refusals if r.code == "E028"]
    assert cells > 500
    assert len(refused) < 5, refused  # bare names in hand-written SQL that DuckDB reserves


def test_the_reference_example_is_built_by_dbt(tmp_path: Path) -> None:
    """Contracts, tests and unit tests pass; the engine is remembered, and a change of it is told."""
    out = tmp_path / "out"
    spec = str(ROOT / "specs" / "marketing.yml")
    done = CliRunner().invoke(main, ["build", spec, "-o", str(out), "--engine", "duckdb"])
    assert done.exit_code == 0, done.output
    assert "built    10 models; 52 tests passed" in done.output
    with opened(out / "marketing_analytics.duckdb", read_only=True) as session:
        for file in sorted((_golden("marketing") / "expected" / "rows").glob("*.csv")):
            expected = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
            found = session.execute(f"select {', '.join(expected[0])} from analytics.{file.stem}").fetchall()
            assert _normal(found) == _normal(expected[1:]), file.stem
    same = CliRunner().invoke(main, ["diff", spec, "-o", str(out)])
    assert same.exit_code == 0, same.output
    other = CliRunner().invoke(main, ["diff", spec, "-o", str(out), "--engine", "postgres"])
    assert other.exit_code == 1
    assert "engine changed" in other.output
    shell = CliRunner().invoke(main, ["psql", str(out), "-c", "select count(*) as n from campaign_performance"])
    assert shell.output.split() == ["n", "----", "1080"]


def test_a_broken_claim_is_explained(tmp_path: Path) -> None:
    """Two orders with one key: the test fails, the rows and the claim are named."""
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("twice: orders.lines * 2"))
    (tmp_path / "data").mkdir()
    rows = ["order_id,ordered_on,amount,lines,note", "1,2026-01-01,1.50,1,a", "1,2026-01-02,2.50,2,b"]
    (tmp_path / "data" / "orders.csv").write_text("\n".join(rows) + "\n")
    words = ["build", str(spec), "-o", str(tmp_path / "out"), "--engine", "duckdb", "--data", str(tmp_path / "data")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "1 (2 rows)" in done.output
    assert "key" in done.output


def test_a_value_that_does_not_fit_has_its_place(tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("twice: orders.lines * 2"))
    (tmp_path / "orders.csv").write_text("order_id,ordered_on,amount,lines,note\n1,2026-01-01,1,1,a\n2,soon,1,1,\n")
    words = ["build", str(spec), "-o", str(tmp_path / "out"), "--engine", "duckdb", "--data", str(tmp_path)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "orders.csv:3:1: error E702: `soon` does not fit the type date of raw.orders.ordered_on" in done.output


def test_parquet_is_read_in_place(tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("twice: orders.lines * 2"))
    with opened(None) as session:
        row = "select 1 as order_id, date '2026-01-01' as ordered_on, 1.50 as amount, 2 as lines, '' as note"
        session.execute(f"copy ({row} union all select 2, null, 0.25, 3, null) to '{tmp_path}/orders.parquet'")
    words = ["build", str(spec), "-o", str(tmp_path / "out"), "--engine", "duckdb", "--data", str(tmp_path)]
    done = CliRunner().invoke(main, [*words, "--show", "figures"])
    assert done.exit_code == 0, done.output
    lines = [line.split() for line in done.output.splitlines()]
    assert [line for line in lines if len(line) == 2 and line[0] in ("1", "2")] == [["1", "4"], ["2", "6"]]
    with opened(tmp_path / "out" / "shop.duckdb", read_only=True) as session:
        kinds = session.execute("select table_type from information_schema.tables where table_name = 'orders'")
        assert ("VIEW",) in kinds.fetchall()


def test_moments_are_of_utc_wherever_the_machine_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    for zone in ("Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        with opened(None) as session:
            found = session.execute("select '2024-01-01 23:30:00+00'::timestamptz::date::varchar").fetchone()
        assert found == ("2024-01-01",)
    monkeypatch.undo()
    time.tzset()
    made = on_duckdb(spec_of("marketing"))
    profile = yaml.safe_load(made.files["profiles.yml"])["marketing_analytics"]["outputs"]["dev"]
    assert profile["settings"] == {"TimeZone": "UTC"}


# Each with two values: of a quotient in double precision, and of what PostgreSQL keeps digit by digit.
QUOTIENTS = {
    "round(orders.amount / orders.price, 2)": ["1.01", "3"],  # 1.005 is no double
    "floor(orders.amount / orders.price)": ["1", "3"],  # 0.3 / 0.1 is less than 3 as a double
    "(orders.amount / orders.price * 100)::integer": ["101", "300"],
    "(orders.amount / orders.price)::numeric(12,2)": ["1.01", "3"],
    "orders.amount / orders.price >= 3": ["False", "True"],
    "case when -(orders.amount / orders.price) <= -3 then 'high' else 'low' end": ["low", "high"],
    "greatest(orders.amount / orders.price, 0.5) % 1": ["0.005", "0"],
    "(orders.lines * 0.1 / 0.1)::integer": ["3", "7"],
}


def test_a_quotient_is_rounded_and_compared_as_the_decimal_that_it_is(tmp_path: Path) -> None:
    columns = [f'c{n}: {{is: "{text}", type: {_kind(n)}}}' for n, text in enumerate(QUOTIENTS)]
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop(*columns).replace(b"lines: int", b'lines: int, price: "numeric(12,2)"'))
    spec.write_bytes(spec.read_bytes().replace(b"{raw: {}}", b"{raw: {data: .}}"))
    head = "order_id,ordered_on,amount,lines,price,note"
    (tmp_path / "orders.csv").write_text(f"{head}\n1,,2.01,3,2.00,\n2,,0.30,7,0.10,\n")
    with views_of(on_duckdb(spec), spec, tmp_path) as session:
        rows = session.execute("select * exclude (order_id) from analytics.figures order by order_id").fetchall()
    found = {text: [_short(row[n]) for row in rows] for n, text in enumerate(QUOTIENTS)}
    assert found == QUOTIENTS


def _kind(place: int) -> str:
    return ["numeric", "numeric", "integer", '"numeric(12,2)"', "boolean", "text", "numeric", "integer"][place]


def _short(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def test_a_sum_and_a_constant_of_more_digits_meet_without_a_loss(tmp_path: Path) -> None:
    """DuckDB rounds 0.125 to the two digits of a `decimal(38, 2)`."""
    formulas = (
        "coalesce(nullif(sum(orders.amount), 0), 0.125)",
        "greatest(sum(orders.amount), 0.125)",
        "least(0.125, sum(orders.price))",
        "case when count(*) > 1 then sum(orders.amount) else 0.125 end",
        "coalesce(nullif(sum(orders.amount), 0), sum(orders.price))",
    )
    text = shop(*(f'c{n}: {{is: "{formula}", type: numeric}}' for n, formula in enumerate(formulas)))
    text = text.replace(b"grain: order_id", b"grain: note").replace(b"{raw: {}}", b"{raw: {data: .}}")
    text = text.replace(b"note: text", b"note: {type: text, not_null: true}, price: 'numeric(12,3)'")
    (tmp_path / "shop.yml").write_bytes(text)
    lines = (
        "order_id,ordered_on,amount,lines,note,price",
        "1,,,,a,0.375",
        "2,,0.10,,b,0.001",
        "3,,0.25,,c,",
        "4,,,,c,2",
    )
    (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with views_of(on_duckdb(tmp_path / "shop.yml"), tmp_path / "shop.yml", tmp_path) as session:
        rows = session.execute("select * from analytics.figures order by note").fetchall()
    assert [[_short(value) for value in row] for row in rows] == [
        ["a", "0.125", "0.125", "0.125", "0.125", "0.375"],
        ["b", "0.1", "0.125", "0.001", "0.125", "0.1"],
        ["c", "0.25", "0.25", "0.125", "0.25", "0.25"],
    ]


def test_a_smallint_next_to_a_constant_is_an_integer(tmp_path: Path) -> None:
    """DuckDB computes `smallint * 100` as a SMALLINT, which ends at 32,767."""
    formulas = ("orders.lines * 100", "1 - orders.lines", "greatest(orders.lines, 5)", "(orders.lines + 1) * 2")
    text = shop(*(f"c{n}: {formula}" for n, formula in enumerate(formulas))).replace(b"lines: int", b"lines: smallint")
    (tmp_path / "shop.yml").write_bytes(text.replace(b"{raw: {}}", b"{raw: {data: .}}"))
    (tmp_path / "orders.csv").write_text("order_id,ordered_on,amount,lines,note\n1,,,30000,\n", encoding="utf-8")
    with views_of(on_duckdb(tmp_path / "shop.yml"), tmp_path / "shop.yml", tmp_path) as session:
        types = [row[1] for row in session.execute("describe analytics.figures").fetchall()]
        rows = session.execute("select * from analytics.figures").fetchall()
    assert (types, rows) == (["INTEGER"] * 5, [(1, 3_000_000, -29_999, 30_000, 60_002)])


@pytest.mark.parametrize("column", ["coalesce(orders.amount, 0)::text", "(orders.amount / 3)::text"])
def test_the_text_of_a_number_with_digits_of_its_own_is_refused(column: str) -> None:
    with pytest.raises(ErdError, match="E028"):
        sql_of(f"label: {column}")
    assert "amount::varchar as label" in sql_of("label: orders.amount::text")
    assert "round(amount, 1)::varchar as label" in sql_of('label: "round(orders.amount, 1)::text"')


@pytest.mark.parametrize(
    ("type_", "bad", "good"),
    [
        ("int", "1.5", "0x1F"),
        ("bigint", "1e3", "-5"),
        ("numeric", "0.1234567890123", "0.123456789012"),
        ("numeric", "1e-13", "1.5e-5"),
        ("bytea", "a\\b", "\\x6869"),
    ],
)
def test_what_a_file_says_is_loaded_whole_or_refused(type_: str, bad: str, good: str, tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("twice: orders.order_id * 2").replace(b"note: text", f"note: {type_}".encode()))
    spec.write_bytes(spec.read_bytes().replace(b"{raw: {}}", b"{raw: {data: .}}"))
    head = "order_id,ordered_on,amount,lines,note\n1,,,,\n"
    (tmp_path / "orders.csv").write_text(f"{head}2,,,,{good}\n3,,,,{good}\n")
    with views_of(on_duckdb(spec), spec, tmp_path) as session:
        found = session.execute("select distinct note from raw.orders where note is not null").fetchall()
        known = {"0x1F": 31, "-5": -5, "\\x6869": b"hi"}
        assert found == [(known.get(good, Decimal(good) if type_ == "numeric" else None),)]
    (tmp_path / "orders.csv").write_text(f"{head}2,,,,{good}\n3,,,,{bad}\n")
    with (
        pytest.raises(ErdError, match="E702") as problem,
        views_of(on_duckdb(spec), spec, tmp_path / "again"),
    ):
        pass
    (fault,) = problem.value.diagnostics
    assert fault.span is not None
    assert (fault.span.line, bad in fault.message) == (4, True)


@pytest.mark.parametrize("value", ["12345678901234567890.5", "-99999999999999999.25"])
def test_verify_tries_texts_in_the_types_that_models_have(value: str, tmp_path: Path) -> None:
    """A bare `numeric` is decimal(18, 3) in DuckDB's own words."""
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("twice: orders.order_id * 2").replace(b"note: text", b"note: numeric"))
    spec.write_bytes(spec.read_bytes().replace(b"{raw: {}}", b"{raw: {data: .}}"))
    head = "order_id,ordered_on,amount,lines,note"
    (tmp_path / "orders.csv").write_text(f"{head}\n1,,,,{value}\n2,,,,soon\n3,,,,1\n")
    done = CliRunner().invoke(main, ["verify", str(spec), "--engine", "duckdb"])
    assert done.exit_code == 1, done.output
    assert "1 value does not fit" in done.output
    assert "for example soon" in done.output


@pytest.mark.parametrize("type_", ["int", "numeric"])
def test_parquet_that_would_be_rounded_is_refused(type_: str, tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("twice: orders.order_id * 2").replace(b"lines: int", f"lines: {type_}".encode()))
    spec.write_bytes(spec.read_bytes().replace(b"{raw: {}}", b"{raw: {data: .}}"))
    with opened(None) as session:
        rows = "select order_id, null as ordered_on, null as amount, value as lines, null as note from"
        values = "(values (1, 2.0000000000001), (2, 3.0)) as v (order_id, value)"
        session.execute(f"copy ({rows} {values}) to '{tmp_path}/orders.parquet'")
    with (
        pytest.raises(ErdError, match=r"E702 .2\.0000000000001. does not fit"),
        views_of(on_duckdb(spec), spec, tmp_path),
    ):
        pass


@pytest.mark.parametrize("column", ["array_agg(distinct orders.lines)", "array_agg(distinct orders.order_id)"])
def test_an_aggregate_of_different_values_without_an_order_is_refused(column: str) -> None:
    text = shop("twice: orders.lines * 2").replace(b"grain: order_id", b"grain: note").decode()
    text = text.replace("note: text", "note: {type: text, not_null: true}").replace("orders.lines * 2", column)
    generate(text.encode(), "shop.yml")
    with pytest.raises(ErdError, match=r"E028.*without `order by`"):
        generate(text.encode(), "shop.yml", engine_of=lambda _: DUCKDB)


# -- what is printed


def test_aggregates_and_divisions_have_the_types_of_the_contract() -> None:
    text = sql_of("half: orders.lines / 2", "share: ratio(orders.lines, orders.amount)", "day: orders.ordered_on - 1")
    assert "divide(lines, 2) as half" in text
    assert "lines::double / nullif(amount, 0)" in text


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("label: to_char(orders.amount, '999D9')", "`to_char(numeric, '999D9')`"),
        ("label: format('%s', orders.note)", "`format("),
        ("big: orders.lines # 2", "`#(integer, integer)`"),
    ],
)
def test_what_was_not_measured_is_refused_with_place_and_way_out(column: str, said: str) -> None:
    with pytest.raises(ErdError) as problem:
        sql_of('first: {is: "orders.lines + 1"}', f'{column.partition(":")[0]}: "{column.partition(": ")[2]}"')
    (fault,) = problem.value.diagnostics
    assert fault.code == "E028"
    assert said in fault.message
    assert fault.span is not None
    assert fault.span.line == SHOP.split("COLUMN", maxsplit=1)[0].count("\n") + 2
    assert "is: {default: …, duckdb: …}" in str(fault.fixes[0])


def test_an_expression_of_the_engine_stands_for_the_default() -> None:
    both = "{default: \"to_char(orders.ordered_on, 'Mon')\", duckdb: \"strftime(orders.ordered_on, '%b')\"}"
    column = f"month: {{is: {both}, type: text}}"
    assert "strftime(ordered_on, '%b')::varchar as month" in sql_of(column)
    default = generate(shop(column), "shop.yml")
    assert "to_char(ordered_on, 'Mon') as month" in default.files[default.project.sql_paths["figures"]]


def test_expressions_of_all_engines_are_proved() -> None:
    """On PostgreSQL, too, a column that only DuckDB's expression reads must be there."""
    with pytest.raises(ErdError, match="E03"):
        generate(shop("month: {is: {default: orders.note, duckdb: orders.nowhere}}"), "shop.yml")


def test_hand_written_sql_runs_as_it_stands_or_is_refused() -> None:
    model = "\n  by_hand: {grain: order_id, sql: SQL}\n"
    same = "select order_id, amount from {{ ref('stg_orders') }}"
    other = "select order_id, array_agg(note order by amount desc) as notes from {{ ref('stg_orders') }} group by 1"
    text = shop("twice: orders.lines * 2").decode()
    generate((text + model.replace("SQL", f'"{same}"')).encode(), "shop.yml", engine_of=lambda _: DUCKDB)
    with pytest.raises(ErdError, match="E028"):
        generate((text + model.replace("SQL", f'"{other}"')).encode(), "shop.yml", engine_of=lambda _: DUCKDB)
    both = f'{{default: "{other}", duckdb: "{same}"}}'
    made = generate((text + model.replace("SQL", both)).encode(), "shop.yml", engine_of=lambda _: DUCKDB)
    assert same in made.files[made.project.sql_paths["by_hand"]]


def test_hand_written_sql_with_other_types_has_no_contract(tmp_path: Path) -> None:
    """A sum of integers is a HUGEINT; a model that reads it has the types of its own contract."""
    query = "select note, {} as total from {{{{ ref('stg_orders') }}}} where note is not null group by note"
    models = "".join(
        f'\n  {name}: {{grain: note, sql: "{query.format(total)}"}}'
        for name, total in (("summed", "sum(lines)"), ("counted", "count(lines)"))
    )
    reader = "\n  reader: {grain: note, rows: summed, columns: {more: summed.total + 1, other: counted.total}}\n"
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("twice: orders.lines * 2") + (models + reader).encode())
    spec.write_bytes(spec.read_bytes().replace(b"project: shop", b"project: shop\ncontract: true"))
    made = on_duckdb(spec)
    known = {m.name: m for file in made.project.properties for m in file.models}
    assert {name: known[name].contract for name in ("summed", "counted", "reader")} == {
        "summed": False, "counted": True, "reader": True,
    }  # fmt: skip
    assert "other data types" in known["summed"].description
    with views_of(made, spec, tmp_path) as session:
        found = {name: type_ for name, type_, *_ in session.execute("describe analytics.reader").fetchall()}
    assert found == {"note": "VARCHAR", "more": "BIGINT", "other": "BIGINT"}
    there = generate(spec.read_bytes(), str(spec))
    assert all(
        m.contract for file in there.project.properties for m in file.models if m.name in known and "stg" not in m.name
    )


def test_check_refuses_what_the_engine_cannot_compute(tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    spec.write_bytes(shop("mark: \"to_char(orders.amount, '999D9')\""))
    assert CliRunner().invoke(main, ["check", str(spec)]).exit_code == 0
    done = CliRunner().invoke(main, ["check", str(spec), "--engine", "duckdb"])
    assert done.exit_code == 2
    assert "E028" in done.output


def test_a_missing_adapter_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erd2dbt.engines.registry.is_installed", lambda _: False)
    with pytest.raises(ErdError, match="E708") as problem:
        require(DUCKDB)
    assert "pip install 'erd2dbt[duckdb]'" in str(problem.value.diagnostics[0].fixes[0])


def test_a_missing_adapter_is_told_before_a_file_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("erd2dbt.engines.registry.is_installed", lambda _: False)
    monkeypatch.chdir(tmp_path)
    for command in ("generate", "build"):
        done = CliRunner().invoke(
            main, [command, str(ROOT / "specs" / "marketing.yml"), "-o", "out", "--engine", "duckdb"]
        )
        assert "the engine `duckdb` needs dbt-duckdb, which is not installed" in done.output
        assert not Path("out").exists()


def test_names_that_duckdb_reserves_are_quoted() -> None:
    made = generate(shop("pivot: orders.lines * 2", "show: orders.lines + 1"), "shop.yml", engine_of=lambda _: DUCKDB)
    text = made.files[made.project.sql_paths["figures"]]
    assert 'as "pivot"' in text
    assert 'as "show"' in text
    (model,) = [m for p, t in made.files.items() if p.endswith("__models.yml") for m in yaml.safe_load(t)["models"]][
        -1:
    ]
    assert {c["name"]: c.get("quote") for c in model["columns"]}["pivot"] is True


def test_dbt_2_takes_the_project(tmp_path: Path) -> None:
    """`parse` of the dbt 2 that `.ci/run` installs beside the tests' Python, or that is called `dbt2` on the path."""
    program = shutil.which("dbt2", path=f"{sys.prefix}/dbt2/bin{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("no dbt 2 here: .ci/run installs dbt-core 2 in an environment of its own, and links it as `dbt2`")
    generated = on_duckdb(spec_of("marketing"))
    for path, text in generated.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    done = subprocess.run([program, "parse", "--profiles-dir", "."], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("name", ["at", "asof"])
def test_the_calendar_quotes_a_date_that_duckdb_reserves(name: str) -> None:
    text = shop().partition(b"models:")[0].replace(b"ordered_on: date", f"{name}: date".encode())
    here = generate(text, "shop.yml", engine_of=lambda _: DUCKDB)
    assert f'cast("{name}" as date)' in here.files[here.project.sql_paths["dim_dates"]]
    there = generate(text, "shop.yml")
    assert f"cast({name} as date)" in there.files[there.project.sql_paths["dim_dates"]]


@pytest.mark.parametrize(
    "formula",
    ["sum(orders.lines) + 1", "sum(orders.lines) * count(distinct orders.note)", "max(length(orders.note)) + 2"],
)
def test_an_integer_that_is_wider_than_postgresqls_is_cast(formula: str) -> None:
    """A sum of integers is HUGEINT and a length BIGINT, and so is what is computed from them."""
    text = shop(f"x: {formula}").replace(b"grain: order_id", b"grain: note")
    made = generate(text, "shop.yml", engine_of=lambda _: DUCKDB)
    assert re.search(r"\)::(bigint|integer) as x", made.files[made.project.sql_paths["figures"]])


HAND = """
  shown:
    grain: order_id
    sql: select order_id, NUMBER as x from {{ ref('stg_orders') }}
"""


@pytest.mark.parametrize(
    ("number", "has_contract"), [("amount", True), ("tax", False), ("max(round(amount, 1))", False)]
)
def test_hand_written_sql_has_a_contract_where_the_digits_are_known(number: str, has_contract: bool) -> None:
    """A formula's column has the digits of the formula, where a `numeric` has twelve behind the point."""
    formula = b"ordered_on: date, tax: {is: amount * 0.5},"
    grouped = " group by order_id" if number.startswith("max") else ""
    text = shop("twice: orders.lines * 2").replace(b"ordered_on: date,", formula)
    text += (HAND.rstrip().replace("NUMBER", number) + grouped + "\n").encode()
    made = generate(text, "shop.yml", engine_of=lambda _: DUCKDB)
    (model,) = (m for file in made.project.properties for m in file.models if m.name == "shown")
    assert any(column.data_type for column in model.columns) == has_contract
