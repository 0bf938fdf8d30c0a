"""The promise, kind by kind: rows break each kind of claim; dbt builds what does not rely on it, and that is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.pipelines import generation
from erd2dbt.run.connection import connect
from erd2dbt.run.dbt import run_dbt

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

SPEC = (Path(__file__).parent / "faults" / "broken" / "shop.yml").read_text(encoding="utf-8")
TABLES = {
    "regions (region_id int, name text)": "(1, 'north'), (2, 'south')",
    "customers (customer_id int, name text, tier text, region_id int)": """
        (1, 'Ann', 'gold', 1), (2, 'Bob', 'plain', 2), (3, 'Cem', 'plain', 2), (4, 'Dov', 'gold', 1)""",
    "profiles (profile_id int, customer_id int, motto text)": "(1, 1, 'a'), (2, 2, 'b')",
    "companies (customer_id int, vat_number text)": "(2, 'V2'), (3, 'V3')",
    "persons (customer_id int, nickname text)": "(1, 'annie')",
    "products (product_id int, name text, code text, family text, family_name text)": """
        (1, 'p', 'P', 'f', 'F'), (2, 'q', 'Q', 'f', 'F'), (3, 'r', null, 'g', 'G')""",
    "orders (order_id int, customer_id int, ordered_on date, total numeric(12,2))": """
        (1, 1, '2026-01-01', 10), (2, 2, '2026-01-02', 20), (3, 3, '2026-01-03', 30), (4, 4, '2026-01-04', 40)""",
    "order_lines (order_id int, line_no int, product_code text, quantity int, amount numeric(12,2))": """
        (1, 1, 'P', 1, 4), (1, 2, 'Q', 2, 6), (2, 1, 'P', 3, 20), (3, 1, null, 1, 30), (4, 1, 'Q', 1, 40)""",
    "payments (payment_id int, order_id int, paid_on date, amount numeric(12,2))": """
        (1, 1, '2026-02-01', 10), (2, 2, '2026-02-02', 5), (3, 2, '2026-02-03', 15), (4, null, '2026-02-04', 7)""",
}
# The kind of claim -> (what breaks it, the test that says so). No number of rows and no shown value relies on them.
HARMLESS = {
    "not null": ("update customers set name = null where customer_id = 1", "customers_name_is_not_null"),
    "accepted values": (
        "update customers set tier = 'silver' where customer_id = 2",
        "source_accepted_values_shop_customers_tier__gold__plain",
    ),
    "a foreign key without a partner": (
        "update customers set region_id = 9 where customer_id = 3",
        "customers_region_id_exists_in_regions",
    ),
    "a foreign key that is NULL": (
        "update customers set region_id = null where customer_id = 4",
        "customers_region_id_is_not_null",
    ),
    "a detail without its header": (
        "insert into order_lines values (9, 1, 'P', 5, 5)",
        "order_lines_order_id_exists_in_orders",
    ),
    "one to one": ("insert into profiles values (3, 2, 'c')", "profiles_customer_id_is_one_to_one"),
    "a subtype without its row": (
        "insert into companies values (8, 'V8')",
        "companies_customer_id_exists_in_customers",
    ),
    "a mandatory side": (
        "insert into customers values (7, 'Zoe', 'gold', 1)",
        "customers_customer_id_has_rows_in_orders",
    ),
    "unique beside the key": ("update regions set name = 'north'", "regions_name_is_unique"),
    "unique beside the key, a link leads there": (
        "insert into products values (4, 'p2', 'P', 'f', 'F')",
        "products_code_is_unique",
    ),
    "determines": (
        "update products set family_name = 'G' where product_id = 1",
        "products_family_determines_family_name",
    ),
}
# No claims: subtypes that overlap, and optional ends that find nothing.
UNCLAIMED = """
    insert into persons values (2, 'bobby');
    update payments set order_id = 99 where payment_id = 4;
    update order_lines set product_code = 'nope' where order_id = 4
"""
# Each mart as SQL says it that knows nothing of the tool.
MARTS = {
    "dim_customers": (
        "customer_id, name, tier, region_name, company_vat_number, person_nickname",
        """select customer_id, c.name, tier, r.name, vat_number, nickname from customers as c
           left join regions as r using (region_id) left join companies using (customer_id)
           left join persons using (customer_id)""",
    ),
    "dim_profiles": (
        "profile_id, customer_name, region_name",
        """select profile_id, c.name, r.name from profiles left join customers as c using (customer_id)
           left join regions as r using (region_id)""",
    ),
    "dim_products": ("product_id, name, code, family_name", "select product_id, name, code, family_name from products"),
    "fct_orders": (
        "order_id, total, order_lines_total_amount, payments_total_amount",
        """select order_id, total,
           coalesce((select sum(amount) from order_lines as l where l.order_id = o.order_id), 0),
           coalesce((select sum(amount) from payments as p where p.order_id = o.order_id), 0) from orders as o""",
    ),
    "fct_order_lines": (
        "order_id, line_no, product_code, amount, customer_id",
        """select order_id, line_no, product_code, amount, customer_id from order_lines
           left join orders using (order_id)""",
    ),
    "fct_payments": (
        "payment_id, order_id, amount, customer_id",
        "select payment_id, order_id, amount, customer_id from payments left join orders using (order_id)",
    ),
}
MODELS = """
models:
  line_products:
    {grain: [order_id, line_no], rows: order_lines, columns: {product: products.name}}
  families:
    {grain: family, rows: products, columns: {family_name: products.family_name, products: count(*)}}
  customer_mottos:
    {grain: customer_id, rows: customers, columns: {motto: profiles.motto}}
  customer_regions:
    {grain: customer_id, rows: customers, columns: {region: regions.name}}
  customer_totals:
    grain: customer_id
    rows: customers
    keep: [name]
    columns: {total: sum(orders.total), orders: count(orders.order_id)}
  order_totals:
    {grain: order_id, rows: orders, columns: {amount: sum(order_lines.amount)}}
"""
# What breaks a claim -> (the test that fails, the models whose rows or values rely on it)
HARMFUL = {
    "insert into products values (4, 'p2', 'P', 'f', 'F')": ("products_code_is_unique", {"line_products"}),
    "update products set family_name = 'G' where product_id = 1": (
        "products_family_determines_family_name",
        {"families"},
    ),
    "insert into profiles values (3, 2, 'c')": ("profiles_customer_id_is_one_to_one", {"customer_mottos"}),
    "insert into regions values (2, 'south again')": ("regions_region_id_is_primary_key", {"customer_regions"}),
}


class Shop:
    """The generated project and its rows, in a database of their own."""

    def __init__(self, spec: str, folder: Path, database: Connection, breaks: str) -> None:
        self.generated = generation.generate(spec.encode(), "shop.yml")
        self.database = database
        for path, text in self.generated.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        tables = ";".join(
            f"create table {table}; insert into {table.split()[0]} values {rows}" for table, rows in TABLES.items()
        )
        self.rows(f"create schema shop; set search_path to shop; {tables}; {breaks}; select 1")
        environment = {**database.environment(), "ERD2DBT_SCHEMA": "star"}
        run = run_dbt(["build"], folder, folder, None, environment, lambda _: None)
        self.status = {result.name: result.status for result in run.results}

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with connect(self.database) as session, session.cursor() as cursor:
            cursor.execute(sql)
            found = list(cursor.fetchall())
            session.commit()
            return found

    def models(self, *statuses: str) -> set[str]:
        names = {plan.relation.model for plan in self.generated.planned.own}
        return {name for name in names if self.status.get(name) in statuses}

    def differences(self, model: str, columns: str, sql: str) -> list[tuple[object, ...]]:
        """Rows that are in one and not in the other, each as often as there are more of it."""
        shown, wanted = f"select {columns} from star.{model}", f"({sql})"
        return self.rows(
            f"set search_path to shop; ({shown} except all {wanted}) union all ({wanted} except all {shown})"
        )


@pytest.fixture
def star(tmp_path: Path, database: Connection) -> Shop:
    breaks = ";".join(sql for sql, _ in HARMLESS.values())
    return Shop(SPEC, tmp_path, database, f"{breaks};{UNCLAIMED}")


def test_what_no_model_relies_on_stops_nothing(star: Shop) -> None:
    """Eleven broken claims are told; every model is built, has its rows and shows the right values."""
    assert {name for name, status in star.status.items() if status == "warn"} == {test for _, test in HARMLESS.values()}
    assert set(star.status.values()) == {"success", "pass", "warn"}
    assert star.models("success") >= {*MARTS, "dim_dates"}
    assert {model: found for model in MARTS if (found := star.differences(model, *MARTS[model]))} == {}


def test_what_models_rely_on_stops_them(tmp_path: Path, database: Connection) -> None:
    """Shown values and rows that rely on a broken claim are not built; all others are, and are right."""
    shop = Shop(SPEC + MODELS, tmp_path, database, ";".join(HARMFUL))
    assert {name for name, status in shop.status.items() if status == "fail"} == {test for test, _ in HARMFUL.values()}
    below = {"stg_products", "stg_profiles", "stg_regions"}
    assert shop.models("skipped") == below.union(*(models for _, models in HARMFUL.values()))
    built = {
        "customer_totals": (
            "customer_id, name, total, orders",
            """select customer_id, name, coalesce(sum(total), 0), count(order_id) from customers
               left join orders using (customer_id) group by 1, 2""",
        ),
        "order_totals": (
            "order_id, amount",
            """select order_id, coalesce(sum(amount), 0) from orders left join order_lines using (order_id)
               group by 1""",
        ),
    }
    assert {model: found for model in built if (found := shop.differences(model, *built[model]))} == {}
