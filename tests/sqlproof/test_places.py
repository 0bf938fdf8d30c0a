"""A fault of hand-written SQL points at the part of the query that it is about, however the spec quotes the SQL."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import plan

SPEC = """version: 1
project: shop
sources: {shop: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, credit: int, day: date, name: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, amount: int}}
links:
  orders }o--|| customers: customer_id
models:
  m:
    grain: customer_id
    sql: """
CUSTOMERS, ORDERS = "{{ ref('stg_customers') }}", '{{ ref("stg_orders") }}'


def only_fault(sql: str) -> tuple[Diagnostic, str]:
    """The fault, and the text that it points at; empty where it points at the start of the SQL."""
    text = SPEC + sql + "\n"
    try:
        found = plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = error.diagnostics
    (fault,) = (fault for fault in found if fault.code[0] != "I")
    assert fault.span is not None
    line = text.split("\n")[fault.span.line - 1]
    return fault, line[fault.span.column - 1 : fault.span.end - 1] if fault.span.end else ""


BLOCK = "|\n      {{ config(materialized='view') }} {# the #}\n" + "".join(f"      {line}\n" for line in """\
with a as (
  select customer_id, sum(amount) as total from {{ ref('stg_orders') }} group by 1
)
select c.customer_id, a.total
from {{ ref('stg_customers') }} as c {# all of them #} left join a using (customer_id)
where WHERE""".split("\n"))  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "code", "words"),
    [
        ("random() < 0.5", "W207", "random()"),
        (f"c.credit > (select o.amount from {ORDERS} o)", "E202", f"(select o.amount from {ORDERS} o)"),
        ("c.credit > 1 and nam = 'a'", "E031", "nam"),
        (f"exists (select 1 from {ORDERS} x where x.amout > 1)", "E031", "x.amout"),
    ],
)
def test_a_block_of_lines(condition: str, code: str, words: str) -> None:
    fault, shown = only_fault(BLOCK.replace("WHERE", condition))
    assert (fault.code, shown) == (code, words)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (f"select customer_id from {CUSTOMERS} where random() < credit", "random()"),
        (f'"select customer_id from {CUSTOMERS} where random() < credit"', "random()"),
        (f"|\n      select customer_id from {CUSTOMERS}\n      where random() < credit", "random()"),
        (f"|\n      \n      select customer_id from {CUSTOMERS} where random() < credit", "random()"),
    ],
)
def test_each_way_to_write_the_sql(sql: str, words: str) -> None:
    assert only_fault(sql)[1] == words


@pytest.mark.parametrize(
    "sql",
    [
        f">\n      select customer_id from {CUSTOMERS}\n      where random() < credit",
        f'"select customer_id from {CUSTOMERS}\\n where random() < credit"',
        "'select customer_id from {{ ref(\"stg_customers\") }} where name <> '''' and random() < credit'",
    ],
)
def test_text_that_the_file_has_in_another_form_is_pointed_at_as_a_whole(sql: str) -> None:
    assert only_fault(sql)[1] in ("", sql[1:-1])


def test_the_table_of_a_join_and_the_reference_to_a_model() -> None:
    joined = (
        f"|\n      select c.customer_id, o.amount from {CUSTOMERS} c\n      left join {ORDERS} o using (customer_id)"
    )
    assert [only_fault(joined)[0].code, only_fault(joined)[1]] == ["E601", f"{ORDERS} o"]
    unknown = "|\n      select customer_id\n      from {{ ref('stg_customer') }}"
    assert [only_fault(unknown)[0].code, only_fault(unknown)[1]] == ["E030", "{{ ref('stg_customer') }}"]
