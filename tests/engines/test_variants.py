"""`is: {…}` and `sql: {…}`: what is written for each engine is proved in every run, whichever engine is chosen."""

from __future__ import annotations

import pytest

from erd2dbt.engines.engine import Engine
from erd2dbt.engines.registry import DEFAULT, ENGINES
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Generated, generate

SPEC = """
project: shop
version: 1
sources: {raw: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, name: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, amount: "numeric(12,2)"}}
links:
  customers ||--o{ orders: customer_id
models:
"""
BY_HAND = """
  by_hand:
    grain: customer_id
    sql:
      default: DEFAULT
      ENGINE: OTHER
"""
FIGURES = """
  figures:
    grain: customer_id
    rows: customers
    columns:
      name: customers.name
      shown: EXPRESSION
"""
JOINED = "from {{ ref('stg_customers') }} as c join {{ ref('stg_orders') }} as o on o.customer_id = c.customer_id"
GOOD = f"select c.customer_id, sum(o.amount) as total {JOINED} group by c.customer_id"
FANNED_OUT = f"select c.customer_id, o.amount as total {JOINED}"
OTHERS = [engine for engine in ENGINES.values() if not engine.is_language]


def made(models: str, engine: Engine) -> Generated:
    return generate((SPEC + models).encode(), "shop.yml", engine_of=lambda _: engine)


def fault(models: str, engine: Engine) -> Diagnostic:
    with pytest.raises(ErdError) as problem:
        made(models, engine)
    (found,) = problem.value.diagnostics
    return found


def by_hand(default: str, engine: Engine, other: str) -> str:
    return BY_HAND.replace("DEFAULT", default).replace("ENGINE", engine.name).replace("OTHER", other)


def line_of(models: str, text: str) -> int:
    return (SPEC + models).partition(text)[0].count("\n") + 1


@pytest.mark.parametrize("other", OTHERS, ids=lambda engine: engine.name)
def test_sql_of_another_engine_that_fans_out_is_refused_on_postgresql(other: Engine) -> None:
    models = by_hand(GOOD, other, FANNED_OUT)
    found = fault(models, DEFAULT)
    assert found.code == "E601"
    assert "`inner join stg_orders as o on customer_id` may match several rows for one" in found.message
    assert found.span is not None
    assert found.span.line == line_of(models, FANNED_OUT)
    sql = made(by_hand(GOOD, other, GOOD.replace("total", "other")), DEFAULT)
    assert "as total" in sql.files[sql.project.sql_paths["by_hand"]]


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_default_sql_that_fans_out_is_refused_on_an_engine_with_sql_of_its_own(engine: Engine) -> None:
    models = by_hand(FANNED_OUT, engine, GOOD)
    found = fault(models, engine)
    assert found.code == "E601"
    assert found.span is not None
    assert found.span.line == line_of(models, FANNED_OUT)


@pytest.mark.parametrize("other", OTHERS, ids=lambda engine: engine.name)
def test_an_expression_of_another_engine_that_fans_out_is_refused_on_postgresql(other: Engine) -> None:
    both = f"{{default: sum(orders.amount), {other.name}: orders.amount}}"
    found = fault(FIGURES.replace("EXPRESSION", f"{{is: {both}}}"), DEFAULT)
    assert found.code == "E202"
    assert "`orders` can have several rows for each (customer_id)" in found.message


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("call", "shown"),
    [("to_char(sum(orders.amount), '999D9')", "to_char(numeric, '999D9')"), ("my_own(customers.name)", "my_own(text)")],
)
def test_a_function_outside_the_list_is_refused_on_each_engine(call: str, shown: str, engine: Engine) -> None:
    """PostgreSQL is the language: there each function has its own value. A function of the list stays accepted."""
    models = FIGURES.replace("EXPRESSION", f'{{is: "{call}", type: text}}')
    made(FIGURES.replace("EXPRESSION", '{is: "upper(customers.name)", type: text}'), engine)
    if engine is DEFAULT:
        made(models, engine)
        return
    found = fault(models, engine)
    assert found.code == "E028"
    assert found.message == f"`{shown}` was not measured to give PostgreSQL's value on {engine.title}"
    assert found.span is not None
    assert found.span.line == line_of(models, "shown:")
    assert f"{engine.name}: …}}" in str(found.fixes[0])
