"""Hand-written SQL with doubtful values, beside queries that are right: doubts.yml lists which are reported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import plan
from erd2dbt.run.connection import Connection, connect

Query = tuple[str | None, str, str]
KINDS: dict[str, list[Query]] = yaml.safe_load(Path(__file__).with_name("doubts.yml").read_text(encoding="utf-8"))
CASES = [pytest.param(*case, id=f"{kind}-{case[2]}") for kind, cases in KINDS.items() for case in cases]
CODES = {"E202", "W309", "W402", "W406"}
WORLD = """version: 1
project: shop
sources: {shop: {}}
entities:
  customers:
    key: customer_id
    columns:
      customer_id: int
      email: text
      name: text
      credit: int
      status: text
    unique: [email]
  orders:
    key: order_id
    columns:
      order_id: int
      customer_id: {type: int, not_null: true}
      coupon: {type: text, not_null: false}
      amount: int
      day: date
      status: text
  lines: {key: [order_id, line], columns: {order_id: int, line: int, sku: text, qty: int}}
  accounts:
    key: account_id
    columns: {account_id: int, customer_id: {type: int, not_null: true}, opened: date, is_main: boolean}
  balances:
    key: [account_id, day]
    columns: {account_id: int, day: date, balance: {type: int, stock: true}}
  visits:
    key: visit_id
    columns: {visit_id: int, order_id: int, status: text, day: date, coupon: text}
links:
  orders }o--|| customers: customer_id
  lines }o--|| orders: order_id
  accounts }o--|| customers: customer_id
  balances }o--|| accounts: account_id
"""
WORDS = "where|group|order|join|left|full|inner|on|using|cross|natural|limit|offset|having"
TABLES = "customers|orders|lines|accounts|balances|visits"


def faults_of(grain: str, query: str, **more: object) -> list[Diagnostic]:
    sql = re.sub(rf"\b(from|join|,) ({TABLES})\b(?= (?:{WORDS})\b|\)|$)", r"\1 \2 as \2", query)
    sql = re.sub(rf"\b(from|join|,) ({TABLES})\b", r"\1 {{ ref('stg_\2') }}", sql)
    model = {"m": {"grain": grain.split(", "), "sql": sql, **more}}
    text = WORLD + yaml.safe_dump({"models": model}, width=1000)
    try:
        found = plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = error.diagnostics
    return [fault for fault in found if fault.code[0] == "E" or fault.code in CODES]


@pytest.mark.parametrize(("code", "grain", "query"), CASES)
def test_what_is_reported(code: str | None, grain: str, query: str) -> None:
    assert [fault.code for fault in faults_of(grain, query)] == ([code] if code is not None else [])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_wrong_and_right_queries(kind: str) -> None:
    codes = [code for code, _, _ in KINDS[kind]]
    assert len([code for code in codes if code]) > 1 < codes.count(None)


@pytest.mark.parametrize(("code", "grain", "query"), [case for case in CASES if case.values[0] is not None])
def test_each_can_be_silenced(code: str, grain: str, query: str) -> None:
    more = {"assume": {"reason": "a subset"}} if code == "E202" else {"accept": {code: "meant"}}
    assert faults_of(grain, query, **more) == []


def test_an_aggregate_of_no_rows_excludes_every_row(database: Connection) -> None:
    """Two customers, and no order that is lost: without a value for no rows, both customers are excluded."""
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute("create table customers as select * from (values (1, 10), (2, 20)) x(customer_id, credit)")
        cursor.execute("create table orders as select * from (values (1, 10, 'paid')) x(order_id, amount, status)")
        excluded = []
        for value in ("max(amount)", "coalesce(max(amount), 0)", "count(*)"):
            lost = f"select {value} from orders where status = 'lost'"
            cursor.execute(f"select count(*) from customers where credit not in ({lost})")
            excluded.append(2 - cursor.fetchone()[0])
            sql = f"select customer_id from customers where credit not in ({lost})"
            assert [fault.code for fault in faults_of("customer_id", sql)] == (["W402"] if excluded[-1] else [])
        assert excluded == [2, 0, 0]


IS_LATER = "k.customer_id = r.customer_id and (k.day > r.day or (k.day = r.day and k.account_id < r.account_id))"
ACCOUNTS = "(select distinct customer_id from accounts)"
ONE_ROW_EACH = [
    f"select c.customer_id, r.balance from {ACCOUNTS} c left join r on r.customer_id = c.customer_id and r.n = 1",
    f"select c.customer_id, r.balance from {ACCOUNTS} c left join r on r.customer_id = c.customer_id "
    "where r.n = 1 or r.n is null",
    f"select r.customer_id, r.balance from r where not exists (select 1 from r k where {IS_LATER})",
    f"select r.customer_id, r.balance from r left join r k on {IS_LATER} where k.customer_id is null",
]


def test_the_last_level_of_a_customer_is_not_the_sum_of_its_accounts(database: Connection) -> None:
    """Customer 1 has two accounts: the row taken per customer has the balance of one, also where it is summed."""
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(
            "create table accounts as select * from (values (1, 1), (2, 1), (3, 2)) x(account_id, customer_id)"
        )
        cursor.execute(
            "create table balances as select * from (values (1, 1, 100), (1, 3, 110), (2, 2, 50), (3, 3, 80)) "
            "x(account_id, day, balance)"
        )
        found = {}
        for per in ("a.customer_id", "b.account_id"):
            number = f"row_number() over (partition by {per} order by b.day desc, b.account_id)"
            taken = f"select a.customer_id, b.balance, {number} as n from balances b join accounts a using (account_id)"
            sql = f"with r as ({taken}) select customer_id, sum(balance) as b from r where n = 1 group by 1"
            cursor.execute(sql)
            found[per] = dict(cursor.fetchall()), [fault.code for fault in faults_of("customer_id", sql)]
            if per == "a.customer_id":
                for chosen in ONE_ROW_EACH:
                    sql = f"with r as ({taken.replace('b.balance', 'b.*')}) {chosen}"
                    cursor.execute(sql)
                    figures = dict(cursor.fetchall()), [fault.code for fault in faults_of("customer_id", sql)]
                    assert figures == ({1: 110, 2: 80}, ["W309"]), chosen
        assert found == {"a.customer_id": ({1: 110, 2: 80}, ["W309"]), "b.account_id": ({1: 160, 2: 80}, [])}


def test_a_flag_of_a_list_with_null_is_never_false(database: Connection) -> None:
    """Two of three customers have no order. With an order of no customer, the flag of these two is NULL."""
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(
            "create table customers as select * from (values (1, 'a'), (2, 'b'), (3, 'c')) x(customer_id, email)"
        )
        cursor.execute("create table orders as select * from (values (1, 'a'), (2, null)) x(order_id, coupon)")
        for kept, use, count, codes in (
            ("", "not used", 0, ["W402"]),
            ("where coupon is not null", "not used", 2, []),
            ("", "used is not true", 2, []),
            ("", "used = null", 0, ["W402"]),
        ):
            flag = f"select customer_id, email in (select coupon from orders {kept}) as used from customers"
            sql = f"with f as ({flag}) select customer_id from f where {use}"
            cursor.execute(f"select count(*) from ({sql}) x")
            assert (cursor.fetchone()[0], [fault.code for fault in faults_of("customer_id", sql)]) == (count, codes), (
                use
            )
