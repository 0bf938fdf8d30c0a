"""`--only` and `--exclude`: a part of a diagram, of a spec, and what becomes of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shop

SQL = """
create table sales.customers (id int primary key, name text);
create table sales.orders (
  id int primary key, customer_id int not null references sales.customers, seller_id int references hr.people
);
create table sales.order_lines (
  order_id int references sales.orders, line int, amount numeric, primary key (order_id, line)
);
create table hr.people (id int primary key, boss_id int references hr.people);
create table sales.junk (a int);
"""
SPEC = """
version: 1
project: shop
sources: {s: {schema: raw}, h: {schema: hr}}
entities:
  customers: {source: s, tags: [sales], key: id, columns: {id: int, name: text}}
  orders: {source: s, tags: [sales, big], key: id, columns: {id: int, customer_id: int, seller_id: int, paid: numeric}}
  people: {source: h, key: id, columns: {id: int, name: text}}
  junk: {source: h, key: TODO, columns: {a: int}}
links:
  orders }o--|| customers: customer_id = id
  orders }o--o| people: seller_id = id
models:
  revenue: {grain: id, rows: customers, columns: {paid: sum(orders.paid), big: count(orders.id)}}
  sellers: {grain: id, rows: people, columns: {paid: sum(orders.paid)}}
  best: {grain: id, rows: sellers, where: paid > 100}
  queried: {grain: id, sql: "select o.id, p.name from {{ ref('stg_s__orders') }} o
    left join {{ ref('stg_h__people') }} p on p.id = o.seller_id"}
"""


@pytest.fixture
def files(shop: Shop) -> Shop:
    Path("shop.sql").write_text(SQL, encoding="utf-8")
    Path("spec.yml").write_text(SPEC, encoding="utf-8")
    return shop


@pytest.mark.parametrize(("patterns", "tables"), [
    (("--only", "order*", "--only", "PEOPLE"), ["order_lines", "orders", "people"]),
    (("--only", "source:sales", "--exclude", "sales.j*", "--exclude", "order_lines"), ["customers", "orders"]),
    (("--exclude", "junk", "--exclude", "source:h?"), ["customers", "order_lines", "orders"]),
])  # fmt: skip
def test_tables_are_chosen_before_anything_is_drafted(
    files: Shop, patterns: tuple[str, ...], tables: list[str]
) -> None:
    done = files.run("convert", "shop.sql", "--to", "ddl", *patterns)
    assert (done.exit_code, done.stderr) == (0, "")
    made = [line.split()[2].split(".")[1] for line in done.stdout.splitlines() if line.startswith("create table")]
    assert sorted(made) == tables


def test_what_leads_out_is_told_and_is_no_foreign_key(files: Shop) -> None:
    done = files.run("import", "shop.sql", "--only", "orders", "--only", "order_lines", "-o", "part.yml")
    text = Path("part.yml").read_text(encoding="utf-8")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "# ignored: 3 of 5 entities: not selected" in text
    assert "# ignored: 3 of 4 links: they refer to entities that are not selected" in text
    assert text.count("}o--") == 1
    assert "# open" not in text
    refused = files.run("import", "shop.sql", "--only", "orders", "-o", "part.yml")
    assert refused.exit_code == 1
    assert "`part.yml` has `order_lines`, which this selection excludes; nothing was written" in refused.stderr


def test_of_a_spec_the_models_stay_whose_entities_are_chosen(files: Shop) -> None:
    """What is left open elsewhere is in nobody's way."""
    done = files.run("check", "spec.yml", "--only", "tag:sales")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:5] == [
        "selected 2 of 4 entities; 1 link to others excluded",
        "left     model `sellers`: it reads `people`, which is not selected",
        "left     model `best`: it reads `sellers`, which is not selected",
        "left     model `queried`: it reads `people`, which is not selected",
        "read     2 entities, 1 link, 1 model; 3 grains proved",
    ]
    suggested = files.run("suggest", "spec.yml", "--exclude", "junk", "--exclude", "source:s")
    assert "dim_people:" in suggested.stdout
    assert "orders" not in suggested.stdout


def test_a_way_through_what_is_not_chosen_is_no_way(shop: Shop) -> None:
    spec = """
version: 1
project: p
sources: {raw: {schema: raw}}
entities:
  a: {key: a_id, columns: {a_id: int, b_id: int, name: text}}
  b: {key: b_id, columns: {b_id: int, c_id: int}}
  c: {key: c_id, columns: {c_id: int, name: text}}
links: {"a }o--|| b": b_id, "b }o--|| c": c_id}
models:
  m: {grain: a_id, rows: a, columns: {name: c.name}}
  n: {grain: a_id, rows: a, keep: [name]}
"""
    Path("way.yml").write_text(spec, encoding="utf-8")
    done = shop.run("check", "way.yml", "--exclude", "b")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "left     model `m`: it reads `b`, which is not selected" in done.stdout


@pytest.mark.parametrize(("command", "patterns", "fault"), [
    (("check", "shop.sql"), ("--only", "ordrs"), "`--only ordrs`: there is no such entity"),
    (("check", "spec.yml"), ("--only", "tag:sale", "--exclude", "x*"), "tag:sale`: there is no entity with this tag"),
    (("check", "spec.yml"), ("--only", "revenue"), "it is a model. Models follow from the entities that they read"),
    (("check", "spec.yml"), ("--exclude", "*"), "the selection is empty"),
    (("plan", "shop.sql"), ("--only", "orders", "--exclude", "source:sales"), "the selection is empty"),
])  # fmt: skip
def test_what_chooses_nothing_is_a_fault(
    files: Shop, command: tuple[str, ...], patterns: tuple[str, ...], fault: str
) -> None:
    done = files.run(*command, *patterns)
    assert done.exit_code == 2
    assert "error E039: " in done.stderr
    assert fault in done.stderr


def test_a_project_never_loses_models_to_a_selection(files: Shop) -> None:
    """The same selection is remembered apart from others; a smaller one is refused where more is."""
    chosen = ("--only", "tag:sales", "--no-compile", "-o", "out")
    first, second = files.run("generate", "spec.yml", *chosen), files.run("generate", "spec.yml", *chosen)
    assert first.stdout.splitlines()[:5] == second.stdout.splitlines()[:5]
    assert "wrote    0 files to out" in second.stdout
    assert files.run("diff", "spec.yml", "-o", "out", "--only", "tag:sales").exit_code == 0
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    for _ in range(2):
        refused = files.run("generate", "spec.yml", "--only", "customers", "--no-compile", "-o", "out")
        assert refused.exit_code == 1
        assert "the project in `out` has `orders`, which this selection excludes. Nothing was" in refused.stderr
    assert files.run("generate", "shop.sql", "--only", "orders", "--no-compile", "-o", "out").exit_code == 1
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before
    wider = files.run("generate", "spec.yml", "--exclude", "junk", "--no-compile", "-o", "out")
    assert (wider.exit_code, wider.stderr) == (0, "")
    assert Path("out/models/marts/sellers.sql").exists()
