"""The rehearsal: what it finds, what it leaves behind (nothing), and that it does so in pieces too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.run import dry_run
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.dry_run import CheckFault, prepare_check, scratch_model, scratch_source
from erd2dbt.run.load import RawColumn, RawTable

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDERS = RawTable(
    schema="Shop Raw",
    name="orders",
    columns=(RawColumn("id", "integer"), RawColumn("Amount", "numeric(10,2)"), RawColumn("day", "date")),
)
CUSTOMERS = RawTable(schema="crm", name="orders", columns=(RawColumn("id", "integer"), RawColumn("name", "text")))
STG_ORDERS = (
    "stg_orders",
    f'select id, "Amount" as amount, day from {scratch_source("Shop Raw", "orders")} -- all',
)
ORDERS_MODEL = ("orders", f"select day, sum(amount) as amount from {scratch_model('stg_orders')} group by 1")


def check(database: Connection, *models: tuple[str, str], tests: Sequence[tuple[str, str]] = ()) -> list[CheckFault]:
    return list(prepare_check(models, [ORDERS, CUSTOMERS], database, tests=tests))


def left(database: Connection) -> list[tuple[object, ...]]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute("select nspname from pg_namespace where nspname !~ '^pg_' order by 1")
        return list(cursor.fetchall())


def test_a_good_project_passes_and_leaves_nothing(database: Connection) -> None:
    before = left(database)
    tests = [("unique_orders_day", f"select day from {scratch_model('orders')} group by 1 having count(*) > 1")]
    assert check(database, STG_ORDERS, ORDERS_MODEL, tests=tests) == []
    assert left(database) == before


def test_every_first_cause_is_told_and_no_consequence(database: Connection) -> None:
    models = [
        ("wrong_column", f"select nope from {scratch_source('crm', 'orders')}"),
        ("consequence", f"select * from {scratch_model('wrong_column')}"),
        ("second_consequence", f"select * from {scratch_model('consequence')}"),
        ("wrong_table", f"select * from {scratch_model('nobody')}"),
        ("wrong_syntax", "select (1"),
        STG_ORDERS,
        ORDERS_MODEL,
    ]
    tests = [
        ("wrong_type", f"select 1 from {scratch_model('orders')} where amount = true"),
        ("wrong_value", f"select 1 from {scratch_model('orders')} where day = 'x'"),
        ("of_a_broken_model", f"select 1 from {scratch_model('consequence')}"),
    ]
    found = check(database, *models, tests=tests)
    assert [(fault.name, fault.position) for fault in found] == [
        ("wrong_column", 8),
        ("wrong_table", 15),
        ("wrong_syntax", 10),
        ("wrong_type", tests[0][1].index("=") + 1),
        ("wrong_value", tests[1][1].index("'x'") + 1),
    ]
    hint = 'Perhaps you meant to reference the column "orders.name".'
    assert found[0].message == f'column "nope" does not exist. {hint}'
    assert found[1].message == 'relation "erd2dbt_check.nobody" does not exist'
    assert found[4].message == 'invalid input syntax for type date: "x"'


def test_a_type_that_does_not_exist_is_told_of_its_table(database: Connection) -> None:
    odd = replace(ORDERS, columns=(RawColumn("id", "intger"), RawColumn("b", "integer")))
    (fault,) = prepare_check([], [odd, CUSTOMERS], database)
    assert (fault.name, fault.message) == ("Shop Raw.orders", 'type "intger" does not exist')


def test_many_models_go_in_pieces_with_the_same_result(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    before = left(database)
    models = [STG_ORDERS, ORDERS_MODEL, ("wrong", "select nope")]
    models += [(f"m{n}", f"select * from {scratch_model('orders')}") for n in range(250)]
    models += [("also_wrong", "select 1 as a, 2 as a")]
    whole = check(database, *models)
    monkeypatch.setattr(dry_run, "_room", lambda cursor: 60)
    assert check(database, *models) == whole
    assert [fault.name for fault in whole] == ["wrong", "also_wrong"]
    assert left(database) == before


def test_what_a_killed_rehearsal_left_is_in_nobody_s_way(database: Connection) -> None:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute("create schema erd2dbt_check; create view erd2dbt_check.orders as select 1")
        cursor.execute("create schema erd2dbt_check_crm")
        session.commit()
    assert check(database, STG_ORDERS, ORDERS_MODEL) == []
    assert left(database) == [("information_schema",), ("public",)]


def test_a_database_that_does_not_let_us_in_is_told(database: Connection) -> None:
    with connect(database) as session:
        session.cursor().execute("create role reader login")
        session.commit()
    try:
        with pytest.raises(ErdError) as caught:
            check(replace(database, user="reader"), STG_ORDERS)
    finally:
        with connect(database) as session:
            session.cursor().execute("drop role reader")
            session.commit()
    (fault,) = caught.value.diagnostics
    assert fault.code == "E704"
    assert "permission denied for database" in fault.message
