"""`real` on engines: PostgreSQL computes with double precision where other numbers are next to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlglot import exp

from engines.building import on_duckdb, views_of
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.lowering import Columns, UnmeasuredError, lowered
from erd2dbt.engines.spark import SPARK
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.spelling import spelled_for

TYPES = {"r": "real", "d": "double precision", "i": "integer", "n": "numeric(12,2)"}
SHOP = """
project: shop
version: 1
sources: {raw: {}}
entities:
  orders: {key: order_id, columns: {order_id: integer, customer: text, weight: real, lines: integer}}
models:
  figures:
    grain: customer
    rows: orders
    columns:
      total_weight: sum(orders.weight)
      mean_weight: avg(orders.weight)
      heaviest: max(orders.weight)
      tenths: count(*) filter (where orders.weight = 0.1)
      weighted: sum(orders.weight * orders.lines)
      exact: max(orders.weight::numeric(12,6))
"""


def written(formula: str, engine: Engine = DUCKDB) -> str:
    there = Columns(lambda c: TYPES[c.name], lambda c: engine.type_of(TYPES[c.name]))
    tree: exp.Expr = read_one(formula)
    made = lowered(tree, engine, there)
    with spelled_for(engine.spelling):
        return one_line(made.tree)


@pytest.mark.parametrize(
    ("formula", "sql"),
    [
        ("r + i", "r::double + i"),
        ("n * r", "n * r::double"),
        ("r * 2", "r::double * 2"),
        ("r = 0.1", "r::double = 0.1"),
        ("r between 0 and 16777217", "r::double between 0 and 16777217"),
        ("nullif(r, 0.1)", "nullif(r::double, 0.1)"),
        ("case r when 0.1 then i else 0 end", "case r::double when 0.1 then i else 0 end"),
        ("r in (0.1)", "r::double in (0.1)"),
        ("r::numeric(12,2)", "printf('%.6g', r)::decimal(12, 2)"),
    ],
)
def test_a_real_next_to_another_number_is_a_double(formula: str, sql: str) -> None:
    assert written(formula) == sql


@pytest.mark.parametrize("formula", ["r + r", "r = r", "r > 0.5", "r > -2", "nullif(r, 0)", "r in (0.1, 0.5)", "d + i"])
def test_nothing_is_cast_where_single_precision_is_postgresqls(formula: str) -> None:
    assert written(formula) == formula


def test_a_decimal_of_a_real_is_refused_where_it_has_more_than_six_digits() -> None:
    with pytest.raises(UnmeasuredError, match=r"cast\(real, numeric\)"):
        written("r::numeric(12,2)", SPARK)
    assert written("d::numeric(12,2)", SPARK)


def test_totals_of_reals_have_the_types_of_their_contract(tmp_path: Path) -> None:
    """DuckDB's sum of `real` is a DOUBLE."""
    spec = tmp_path / "shop.yml"
    spec.write_text(SHOP, encoding="utf-8")
    generated = on_duckdb(spec)
    with views_of(generated, spec, tmp_path) as session:
        session.execute("insert into raw.orders values (1, 'a', 0.1, 3), (2, 'a', 0.25, 2), (3, 'b', 1234.567, 1)")
        types = {name: type_ for name, type_, *_ in session.execute("describe analytics.figures").fetchall()}
        rows = session.execute("select * exclude (customer) from analytics.figures order by customer").fetchall()
    assert types["total_weight"] == types["heaviest"] == "FLOAT"
    assert types["mean_weight"] == types["weighted"] == "DOUBLE"
    assert [row[3] for row in rows] == [0, 0]  # as `0.1::real = 0.1` in PostgreSQL
    assert [str(row[5]) for row in rows] == ["0.250000", "1234.570000"]
    assert [row[4] for row in rows] == pytest.approx([0.8000000044703484, 1234.5670166015625], rel=1e-15)
