"""The types of the columns of hand-written SQL, which the models that read it declare."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.generation import generate

SPEC = """\
version: 1
project: shop
sources: {{raw: {{}}}}
entities:
  sales:
    key: sale_id
    columns: {{sale_id: int, shop: "varchar(5)", price: "numeric(8,2)", sold_at: timestamp, n: int}}
links: {{}}
models:
  q:
    grain: sale_id
    assume: {{reason: only types are looked at}}
    sql: "{sql}"
"""
SALES = "{{ ref('stg_sales') }}"


def types(sql: str) -> dict[str, str | None]:
    plan = generate(SPEC.format(sql=sql).encode(), "spec.yml").planned.plans[-1]
    return {field.name: field.type for field in plan.relation.fields.values() if field.name != "sale_id"}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"select s.sale_id, s.* from {SALES} s", {"shop": "character varying(5)", "n": "integer"}),
        (
            "select sale_id, row_number() over (order by n) as place, lag(price) over (order by n) as p,"
            f" date_trunc('month', sold_at) as month, upper(shop) as name from {SALES}",
            {"place": "bigint", "p": "numeric", "month": "timestamp without time zone", "name": "text"},
        ),
        (f"select x.sale_id, x.k from (select sale_id, n * 2.5 from {SALES}) as x(sale_id, k)", {"k": "numeric"}),
        (
            f"with a as (select * from {SALES}), b as (select a.*, (select max(n) from a) as most from a) "
            "select * from b",
            {"most": "integer", "price": "numeric(8,2)"},
        ),
        (f"select sale_id, n as v from {SALES} union all select sale_id, price from {SALES}", {"v": "numeric"}),
        (  # the first select gives the names; expressions without an alias all have the same
            f"select sale_id, 'a' as kind, n as v, sold_at as at from {SALES} "
            f"union all select -sale_id, 'b', price * 2, null from {SALES}",
            {"kind": "text", "v": "numeric", "at": "timestamp without time zone"},
        ),
        (
            f"with u as (select sale_id, shop as kind, n as v from {SALES} union all (select sale_id, 'b', -n from "
            f"{SALES})) select * from u",
            {"v": "integer"},
        ),
        (  # both selects of the two tables have `sale_id` once
            f"select a.sale_id, 1 as x, 0.5 as v from {SALES} as a union all select * from "
            f"(select n, sale_id from {SALES}) as b join (select n, price from {SALES}) as c using (n)",
            {"x": "integer", "v": "numeric"},
        ),
        (
            f"select min(sale_id) as sale_id, percentile_cont(0.5) within group (order by price) as middle, "
            f"mode() within group (order by shop) as often from {SALES}",
            {"middle": "double precision", "often": "character varying"},
        ),
        (
            "select s.sale_id, x.paid, y.twice from "
            + SALES
            + " s cross join lateral (select s.price * 1 as paid, s.n)"
            " x cross join lateral (select x.n * 2 as twice) y",
            {"paid": "numeric", "twice": "integer"},
        ),
    ],
    ids=[
        "star of one",
        "windows and calls",
        "names of a subquery",
        "subquery as a value",
        "union",
        "union without names",
        "union in a subquery",
        "union of joined tables",
        "ordered sets",
        "lateral in lateral",
    ],
)
def test_types_follow_through_a_query(sql: str, expected: dict[str, str]) -> None:
    found = types(sql)
    assert {name: found[name] for name in expected} == expected
