"""On another engine an expression has PostgreSQL's value, or it is refused with its place and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engines.building import ident, on_duckdb, views_of
from engines.identifiers import ROWS, written
from engines.identifiers import SPEC as NAMES
from erd2dbt.cli import main
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.lowering import Columns, UnmeasuredError, lowered
from erd2dbt.engines.registry import ENGINES
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.spelling import spelled_for

duckdb = pytest.importorskip("duckdb", reason="pip install 'erd2dbt[duckdb]'")

SPEC = """
project: shop
version: 1
sources: {raw: {data: .}}
entities:
  orders:
    key: order_id
    columns:
      order_id: int
      amount: numeric(12,2)
      price: numeric(12,2)
      value: {type: TYPE, cast: true}
models:
  figures:
    grain: order_id
    rows: orders
    columns:
      COLUMN
"""
OTHERS = [engine for engine in ENGINES.values() if not engine.is_language]


def spec(column: str, type_: str = "text") -> str:
    return SPEC.replace("TYPE", f'"{type_}"').replace("COLUMN", column)


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("int", ["12", " -7 ", ""], ["1.5", "1e3", "12."]),
        ("bigint", ["9223372036854775807", "+5"], ["2.5", ".5"]),
        ("numeric", ["0.123456789012", "1.5e-5"], ["0.1234567890125", "1e-13"]),
        ("numeric(12,2)", ["1.005", "0.1234567890125"], ["abc", "1e12"]),
        ("double precision", ["1e3", "1.5"], ["1_000", "1e400"]),
        ("date", ["2024-02-29", " 2024-2-9 "], ["01-02-03", "24-02-29"]),
        ("timestamp", ["2024-02-29 10:11:12.123456", "2024-02-29"], ["2024-02-29 10:11 PM", "01-02-03 10:00"]),
    ],
)
def test_a_text_is_cast_as_postgresql_casts_it_or_refused(
    type_: str, good: list[str], bad: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "shop.yml"
    path.write_text(spec("value: orders.value", type_))
    made = on_duckdb(path)
    head = "order_id,amount,price,value\n"
    rows = [f'{n},1,1,"{text}"' if text else f"{n},1,1," for n, text in enumerate(good)]
    (tmp_path / "orders.csv").write_text(head + "\n".join(rows) + "\n")
    with views_of(made, path, tmp_path) as session:
        found = session.execute("select value from analytics.figures order by order_id").fetchall()
    assert [value is not None for (value,) in found] == [text != "" for text in good]
    for text in bad:
        (tmp_path / "orders.csv").write_text(f'{head}1,1,1,{good[0]}\n2,1,1,"{text}"\n')
        with views_of(made, path, tmp_path / text.replace("/", "")) as session, pytest.raises(duckdb.Error):
            session.execute("select value from analytics.figures").fetchall()


UNSTEADY = {
    "orders.amount / orders.price * 3 = orders.amount": "boolean",
    "floor(orders.amount / orders.price * 7)": "numeric",
    "(orders.amount / orders.price * orders.amount)::integer": "integer",
    "round(orders.amount / 3 + orders.price / 3, 2)": "numeric",
    "orders.amount / orders.price * 1.15": '"numeric(12,2)"',
    "orders.amount / 3 = orders.price / 3": "boolean",
    "case when orders.amount / 6 * 3 >= 0.5 then 'high' else 'low' end": "text",
    "nullif(orders.amount / 3, orders.price / 3)": "numeric",
}
STEADY = {
    "round(orders.amount / orders.price * 100, 2)": "numeric",
    "floor(orders.amount / orders.price)": "numeric",
    "100 * orders.amount / orders.price": '"numeric(12,2)"',
    "orders.amount / orders.price >= 0.5": "boolean",
    "round(orders.amount / 3, 6) = round(orders.price / 3, 6)": "boolean",
    "round(orders.amount / 3, 6) * 3": '"numeric(12,2)"',
    "orders.amount / orders.price + 1 > 2": "boolean",
    "(orders.amount / orders.price * 3)::double precision": "double precision",
}


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
@pytest.mark.parametrize("text", UNSTEADY)
def test_a_product_of_quotients_is_not_compared_or_rounded(text: str, engine: Engine) -> None:
    """1.00 / 3 * 3 is 0.9999999999999999 on PostgreSQL, 1 in double precision."""
    column = f'x: {{is: "{text}", type: {UNSTEADY[text]}}}'
    generate(spec(column).encode(), "shop.yml")
    with pytest.raises(ErdError, match="E028") as problem:
        generate(spec(column).encode(), "shop.yml", engine_of=lambda _: engine)
    (fault,) = problem.value.diagnostics
    assert "quotient" in fault.message or "was not measured" in fault.message
    assert fault.span is not None
    assert len(fault.fixes) >= 1


@pytest.mark.parametrize("text", STEADY)
def test_a_quotient_alone_is_rounded_and_compared(text: str) -> None:
    generate(spec(f'x: {{is: "{text}", type: {STEADY[text]}}}').encode(), "shop.yml", engine_of=lambda _: DUCKDB)


def test_the_way_out_is_said() -> None:
    with pytest.raises(ErdError) as problem:
        generate(
            spec('x: {is: "floor(orders.amount / orders.price * 7)", type: numeric}').encode(),
            "shop.yml",
            engine_of=lambda _: DUCKDB,
        )
    (fault,) = problem.value.diagnostics
    assert fault.message == (
        "`floor` of a quotient that is multiplied or added up was not measured to give PostgreSQL's value on DuckDB"
    )
    assert "multiply before you divide" in str(fault.fixes[0])


def test_reserved_long_and_foreign_names_are_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    with views_of(on_duckdb(path), path, tmp_path) as session:
        for model, (columns, rows) in ROWS.items():
            names = ", ".join(ident(name) for name in columns)
            assert session.execute(f"select {names} from analytics.{ident(model)} order by 1").fetchall() == rows


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_reserved_long_and_foreign_names_are_proved_on_each_engine(engine: Engine) -> None:
    """Snowflake writes `user` as `"USER"`, in links and in what reads the model `values`."""
    made = generate(NAMES.encode(), "names.yml", engine_of=lambda _: engine)
    assert made.project.sql_paths.keys() >= ROWS.keys()


def test_a_profile_whose_file_is_not_there_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path starts from the folder that the command runs in."""
    path = tmp_path / "shop.yml"
    path.write_text(spec("value: orders.value"))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    made = on_duckdb(path)
    (tmp_path / "a" / "profiles.yml").write_text(made.files["profiles.yml"])
    monkeypatch.chdir(tmp_path / "b")
    words = ["verify", str(path), "--target", "dev", "--profiles-dir", str(tmp_path / "a")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2, done.output
    assert "E704: the profile's DuckDB file `shop.duckdb` does not exist" in done.output
    assert not list((tmp_path / "b").iterdir())


# -- hand-written SQL: its text is used unchanged, or refused

BY_HAND = """
project: shop
version: 1
sources: {raw: {data: .}}
entities:
  orders: {key: order_id, columns: {order_id: int, n: int, note: text, seen: timestamp}}
models:
  by_hand:
    grain: order_id
    sql: |
      select
          o.order_id,
          EXPRESSION as shown
      from {{ ref('stg_orders') }} as o
      TAIL
"""


def by_hand(expression: str, tail: str = "") -> str:
    return BY_HAND.replace("EXPRESSION", expression).replace("TAIL", tail)


def refusal(text: str, engine: Engine) -> str | None:
    """The message with its line and hints; None where the SQL is used."""
    try:
        made = generate(text.encode(), "shop.yml", engine_of=lambda _: engine)
    except ErdError as problem:
        (fault,) = problem.diagnostics
        assert fault.code == "E028"
        assert fault.span is not None
        return f"{fault.span.line}:{fault.span.column} {fault.message}; {fault.fixes[0]}"
    assert "as shown" in made.files[made.project.sql_paths["by_hand"]]
    return None


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_a_cast_by_colons_is_used_only_where_the_engine_reads_it(engine: Engine) -> None:
    if "::" in engine.reads and engine.name != "clickhouse":  # whose types have other names
        assert refusal(by_hand("o.seen::date"), engine) is None
        return
    found = refusal(by_hand("o.seen::date"), engine)
    assert found is not None
    if "::" not in engine.reads:
        assert found.startswith(f"13:17 {engine.title} is not known to read `::date`, which is PostgreSQL's syntax; ")
        assert found.endswith("write `cast(x as date)`")
        assert refusal(by_hand("cast(o.seen as date)"), engine) is None


@pytest.mark.parametrize(
    ("expression", "tail", "part"),
    [
        ("o.n isnull", "", "isnull"),
        ("cast(o.n as int4)", "", "int4"),
        ("@ o.n", "", "@"),
        ("$$a$$", "", "$$a$$"),
        ("'it''s'", "", "'it''s'"),
        ("o.note", 'order by o."order_id" nulls first', '"order_id"'),
        ("o.n", "limit 3 for update", "for update"),
        ("o.n", "fetch first 3 rows only", "fetch first"),
        ("o.n between symmetric 3 and 1", "", "between symmetric"),
    ],
)
def test_syntax_that_spark_does_not_read_is_refused(expression: str, tail: str, part: str) -> None:
    """Spark reads `'it''s'` as `its`, without an error."""
    generate(by_hand(expression, tail).encode(), "shop.yml")
    found = refusal(by_hand(expression, tail), ENGINES["spark"])
    assert found is not None
    assert f"Spark is not known to read `{part}`" in found


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_rows_are_not_compared(engine: Engine) -> None:
    """`(1, null) = (2, 1)` is false on PostgreSQL and on DuckDB; with equal values before the NULL they differ."""
    found = refusal(by_hand("(o.n, o.order_id) = (1, 2)"), engine)
    assert found is not None
    assert "a comparison of rows was not measured" in found


def test_check_and_generate_agree_on_the_spelling_of_types() -> None:
    for engine in (DUCKDB, ENGINES["spark"]):
        assert refusal(by_hand("cast(o.n as numeric(10,2))"), engine) is None


TRUNCATED = {
    "snowflake": ("date_trunc('month', o.on_day::timestamp_ntz)::date", "date_trunc('month', o.seen)::date"),
    "redshift": ("date_trunc('month', o.on_day::timestamp)::date", "date_trunc('month', o.seen)::date"),
    "trino": (
        "cast(date_trunc('month', cast(o.on_day as timestamp(6))) as date)",
        "cast(date_trunc('month', o.seen) as date)",
    ),
    "bigquery": (
        "cast(datetime_trunc(cast(o.on_day as datetime), month) as date)",
        "cast(datetime_trunc(o.seen, month) as date)",
    ),
}


@pytest.mark.parametrize("engine", TRUNCATED)
def test_the_month_of_a_date_needs_no_time_zone(engine: str) -> None:
    """PostgreSQL truncates a date as a time with a time zone, which those engines compute in other ways."""
    types = {"o.on_day": "date", "o.seen": "timestamp without time zone"}
    columns = Columns(lambda column: types[column.sql()], lambda column: None)
    for text, expected in zip(("o.on_day", "o.seen"), TRUNCATED[engine], strict=True):
        tree = lowered(read_one(f"date_trunc('month', {text})::date"), ENGINES[engine], columns).tree
        with spelled_for(ENGINES[engine].spelling):
            assert one_line(tree) == expected
    with pytest.raises(UnmeasuredError):
        lowered(read_one("date_trunc('month', o.on_day)"), ENGINES[engine], columns)
