"""Random sums over small random shops: one that is accepted, in a model or in hand-written SQL, takes each row once.

What is right is worked out here from the rows alone: each summand is added over the distinct rows that it stands in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pytest

from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate, plan
from erd2dbt.prove import additivity
from erd2dbt.run.connection import Connection, Session, connect

Row = Mapping[str, int | None]
WORLD = """
version: 1
project: shop
sources: {shop: {schema: raw}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, country: {type: int, not_null: true}, credit: int}}
  orders:
    key: order_id
    columns:
      order_id: int
      customer_id: {type: int, not_null: true}
      shipping: int
      fx_rate: {type: int, not_null: true}
  products: {key: product_id, columns: {product_id: int, price: {type: int, not_null: true}, packed: int}}
  lines:
    key: [order_id, line_no]
    columns:
      order_id: int
      line_no: int
      product_id: {type: int, not_null: true}
      qty: {type: int, not_null: true}
      tax: int
links:
  orders }o--|| customers: customer_id
  lines }|--|| orders: order_id
  lines }o--|| products: product_id
models:
"""
JOINED = (
    "{{ ref('stg_lines') }} as lines join {{ ref('stg_orders') }} as orders on orders.order_id = lines.order_id "
    "left join {{ ref('stg_customers') }} as customers on customers.customer_id = orders.customer_id "
    "join {{ ref('stg_products') }} as products on products.product_id = lines.product_id"
)
GROUPS = ("lines.product_id", "lines.order_id", "orders.customer_id", "customers.country")


@dataclass(frozen=True)
class Term:
    """A summand: as it is written, the entity of whose rows it has one value each, and that value."""

    text: str
    entity: str
    value: Callable[[Mapping[str, Row]], int | None]


def _times(*factors: int | None) -> int | None:
    product = 1
    for factor in factors:
        if factor is None:
            return None
        product *= factor
    return product


OWN = (
    Term("lines.qty", "lines", lambda at: at["lines"]["qty"]),
    Term("coalesce(lines.tax, 0)", "lines", lambda at: at["lines"]["tax"] or 0),
    Term("lines.qty * products.price", "lines", lambda at: _times(at["lines"]["qty"], at["products"]["price"])),
    Term("lines.qty * 3", "lines", lambda at: _times(at["lines"]["qty"], 3)),
    Term("lines.qty * orders.fx_rate", "lines", lambda at: _times(at["lines"]["qty"], at["orders"]["fx_rate"])),
    Term("greatest(lines.qty, 2)", "lines", lambda at: max(at["lines"]["qty"] or 0, 2)),
)
OTHERS = (
    *OWN,
    Term("coalesce(orders.shipping, 0)", "orders", lambda at: at["orders"]["shipping"] or 0),
    Term("coalesce(customers.credit, 0)", "customers", lambda at: at["customers"]["credit"] or 0),
    Term("coalesce(products.packed, 0)", "products", lambda at: at["products"]["packed"] or 0),
    Term("2 * orders.fx_rate", "orders", lambda at: _times(2, at["orders"]["fx_rate"])),
)
KEYS = {
    "lines": ("order_id", "line_no"),
    "orders": ("order_id",),
    "customers": ("customer_id",),
    "products": ("product_id",),
}


@dataclass(frozen=True)
class Sum:
    name: str
    terms: tuple[tuple[int, Term], ...]
    by: str
    spec: str

    def right(self, joined: list[Mapping[str, Row]]) -> dict[int | None, Fraction]:
        """The sum for each group, each summand over the distinct rows that it stands in."""
        entity, column = self.by.split(".")
        totals: dict[int | None, Fraction] = {}
        for group in {at[entity][column] for at in joined}:
            inside = [at for at in joined if at[entity][column] == group]
            total = Fraction(0)
            for sign, term in self.terms:
                once = {tuple(at[term.entity][c] for c in KEYS[term.entity]): term.value(at) for at in inside}
                total += sign * sum(v for v in once.values() if v is not None)
            totals[group] = total
        return totals


def _shop(dice: random.Random) -> dict[str, list[dict[str, int | None]]]:
    def some(*, empty: bool = True) -> int | None:
        return None if empty and dice.random() < 0.2 else dice.randint(1, 5)

    customers = [{"customer_id": n, "country": dice.randint(1, 2), "credit": some()} for n in range(1, 4)]
    products = [{"product_id": n, "price": some(empty=False), "packed": some()} for n in range(1, 4)]
    orders = [
        {"order_id": n, "customer_id": dice.randint(1, 3), "shipping": some(), "fx_rate": some(empty=False)}
        for n in range(1, 5)
    ]
    lines = [
        {
            "order_id": o["order_id"],
            "line_no": n,
            "product_id": dice.randint(1, 3),
            "qty": some(empty=False),
            "tax": some(),
        }
        for o in orders
        for n in range(1, dice.randint(2, 4))
    ]
    return {"customers": customers, "products": products, "orders": orders, "lines": lines}


def _joined(shop: Mapping[str, list[dict[str, int | None]]]) -> list[Mapping[str, Row]]:
    found: list[Mapping[str, Row]] = []
    for line in shop["lines"]:
        order = next(o for o in shop["orders"] if o["order_id"] == line["order_id"])
        customer = next(c for c in shop["customers"] if c["customer_id"] == order["customer_id"])
        product = next(p for p in shop["products"] if p["product_id"] == line["product_id"])
        found.append({"lines": line, "orders": order, "customers": customer, "products": product})
    return found


def _sum(dice: random.Random, number: int) -> Sum:
    """A sum of one to three summands: at once, or over a model that shows each summand as a column."""
    picked = [dice.choice(OWN), *dice.sample(OTHERS, dice.randint(0, 2))]
    terms = tuple(
        (sign if place else 1, term) for place, (sign, term) in enumerate((dice.choice((1, -1)), t) for t in picked)
    )
    by, name, shown = dice.choice(GROUPS), f"m{number}", f"shown{number}"
    grain = by.split(".")[1]
    formula = " ".join(f"{'+' if sign > 0 else '-'} {term.text}" for sign, term in terms).removeprefix("+ ")
    if dice.random() < 0.5:
        if dice.random() < 0.5:
            spec = f'  {name}: {{grain: {grain}, rows: lines, columns: {{x: "sum({formula})"}}}}\n'
        else:
            spec = (
                f'  {name}: {{grain: {grain}, sql: "select {by}, sum({formula}) as x from {JOINED} group by {by}"}}\n'
            )
        return Sum(name, terms, by, spec)
    columns = {f"t{place}": term.text for place, (_, term) in enumerate(terms)}
    if dice.random() < 0.5:
        listed = ", ".join(f'{column}: "{text}"' for column, text in columns.items())
        spec = f"  {shown}: {{grain: [order_id, line_no], rows: lines, columns: {{g: {by}, {listed}}}}}\n"
    else:
        listed = ", ".join(f"{text} as {column}" for column, text in columns.items())
        sql = f"select lines.order_id, lines.line_no, {by} as g, {listed} from {JOINED}"
        spec = f'  {shown}: {{grain: [order_id, line_no], sql: "{sql}"}}\n'
    over = " ".join(
        f"{'+' if sign > 0 else '-'} {shown}.t{place}" for place, (sign, _) in enumerate(terms)
    ).removeprefix("+ ")
    if dice.random() < 0.5:
        spec += f'  {name}: {{grain: g, rows: {shown}, where: "g is not null", columns: {{x: "sum({over})"}}}}\n'
    else:
        sql = f"select g, sum({over}) as x from {{{{ ref('{shown}') }}}} as {shown} group by g"
        spec += f'  {name}: {{grain: g, sql: "{sql}"}}\n'
    return Sum(name, terms, by, spec)


def _accepted(sums: list[Sum]) -> list[Sum]:
    """Those of which nothing is said, planned all at once."""
    text, lines = WORLD, {}
    for each in sums:
        begin = text.count("\n")
        text += each.spec
        lines[each.name] = range(begin + 1, text.count("\n") + 1)
    try:
        plan(text.encode(), "spec.yml")
    except ErdError as refused:
        said = {d.span.line for d in refused.diagnostics if d.span and d.code.startswith("E")}
        return [each for each in sums if said.isdisjoint(lines[each.name])]
    return sums


def _wrong(session: Session, seed: int) -> tuple[int, list[str]]:
    """How many sums of one shop are accepted, and those of them that are not what the rows say."""
    dice = random.Random(seed)
    shop, sums = _shop(dice), _accepted([_sum(dice, number) for number in range(12)])
    files = generate((WORLD + "".join(each.spec for each in sums)).encode(), "spec.yml")
    wrong = []
    with session.cursor() as cursor:
        cursor.execute("create schema raw")
        for table, rows in shop.items():
            cursor.execute(f"create table raw.{table} ({', '.join(f'{c} int' for c in rows[0])})")
            for row in rows:
                cursor.execute(f"insert into raw.{table} values ({', '.join('%s' for _ in row)})", list(row.values()))
        for name, path in files.project.sql_paths.items():
            text = re.sub(r"\{\{\s*ref\('([^']+)'\)\s*\}\}", r'public."\1"', files.files[path])
            text = re.sub(r"\{\{\s*source\('[^']+',\s*'([^']+)'\)\s*\}\}", r'raw."\1"', text)
            cursor.execute(f"create view public.{ident(name)} as {text}")
        for each in sums:
            grain = "g" if "shown" in each.spec else each.by.split(".")[1]
            cursor.execute(f"select {grain}, x from public.{each.name}")
            if {key: Fraction(x or 0) for key, x in cursor.fetchall()} != each.right(_joined(shop)):
                wrong.append(each.spec)
    session.rollback()
    return len(sums), wrong


@pytest.mark.parametrize("chunk", range(2))
def test_an_accepted_sum_is_that_of_the_rows(chunk: int, database: Connection) -> None:
    with connect(database) as session:
        found = [_wrong(session, seed) for seed in range(chunk * 12, (chunk + 1) * 12)]
    assert [spec for _, wrong in found for spec in wrong] == []
    assert sum(accepted for accepted, _ in found) > len(found) * 3


def test_without_the_judgement_wrong_sums_are_found(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def lenient(*_: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(additivity, "breaches", lenient)
    monkeypatch.setattr("erd2dbt.sqlproof.traps.breaches", lenient)
    with connect(database) as session:
        assert any(_wrong(session, seed)[1] for seed in range(3))
