"""A key called `id` is `<entity>_id` in a drafted spec; foreign keys keep their names."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Erd
from erd2dbt.pipelines.drafting import diagram_in, draft_text
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.spec.reader import read_spec

SHOP = """
create table customers (id int primary key, email text);
create table orders (id int primary key, customer_id int not null references customers, payer int references customers);
create table profiles (id int primary key references customers, bio text);
create table countries ("ID" text primary key, customer_id int, name text);
create table teams (id int primary key, team_id int, name text);
"""
BOARD = """erDiagram
    stg_orders { int id PK
        numeric amount }
    stg_items { int id PK
        int order_id FK }
    fct_orders { int order_id PK
        int item_count "count of items.id" }
    stg_orders ||--o{ stg_items : has
    stg_orders ||--|| fct_orders : ""
    stg_items }o--|| fct_orders : ""
"""


def drafted(text: str, file: str = "shop.sql", **options: str) -> Erd:
    return read_spec(draft_text(diagram_in(text.encode(), file), **options).encode(), "spec.yml")


def keys(erd: Erd) -> dict[str, str]:
    return {one.name: one.key[0].text for one in erd.entities}


def raw(erd: Erd, entity: str) -> dict[str, str | None]:
    return {c.name: c.raw for one in erd.entities if one.name == entity for c in one.columns}


def test_a_key_is_called_after_its_entity() -> None:
    erd = drafted(SHOP)
    assert keys(erd)["customers"] == "customer_id"
    assert raw(erd, "customers")["customer_id"] == "id"
    assert raw(erd, "countries")["country_id"] == "ID"
    ties = {(link.left, *link.columns) for link in erd.links}
    assert ("orders", ("customer_id", "customer_id")) in ties
    assert ("orders", ("payer", "customer_id")) in ties


def test_a_foreign_key_and_a_name_that_is_taken_stay() -> None:
    """`profiles.id` is the customer's; `teams.team_id` is another column."""
    found = keys(drafted(SHOP))
    assert (found["profiles"], found["teams"]) == ("id", "id")


def test_all_above_staging_speaks_of_it() -> None:
    text = draft_text(diagram_in(SHOP.encode(), "shop.sql"))
    files = generate(text.encode(), "spec.yml").files
    staging = next(text for path, text in files.items() if path.endswith("stg_customers.sql"))
    assert "id as customer_id" in staging
    above = [text for path, text in files.items() if path.endswith(".sql") and "/marts/" in path]
    assert above
    assert not [line for text in above for line in text.splitlines() if line.strip() in ("customers.id,", "orders.id,")]


@pytest.mark.parametrize("named", ["entity_id", "as_drawn"])
def test_as_drawn_is_remembered(named: str) -> None:
    first = draft_text(diagram_in(SHOP.encode(), "shop.sql"), key_names=named)
    wanted = "customer_id" if named == "entity_id" else "id"
    again = draft_text(diagram_in(SHOP.encode(), "shop.sql"), before=first)
    assert keys(read_spec(first.encode(), "spec.yml"))["customers"] == wanted
    assert again == first


def test_what_people_called_it_stays() -> None:
    first = draft_text(diagram_in(SHOP.encode(), "shop.sql"))
    for name in ("buyer", "id"):
        mine = first.replace("customer_id: {type: integer, from: id}", f"{name}: {{type: integer, from: id}}")
        mine = mine.replace("key: customer_id", f"key: {name}")
        mine = mine.replace("customers: customer_id", f"customers: customer_id = {name}")
        mine = mine.replace("= customer_id", f"= {name}")
        erd = drafted(SHOP, before=mine)
        assert keys(erd)["customers"] == name
        assert raw(erd, "customers")[name] in ("id", None)


def test_words_of_the_board_still_mean_it() -> None:
    text = draft_text(diagram_in(BOARD.encode(), "board.mmd"))
    assert "count(distinct items.item_id)  # “count of items.id”" in text


def test_a_model_that_shows_the_id_keeps_its_name() -> None:
    text = draft_text(diagram_in(BOARD.replace("int order_id PK", "int id PK").encode(), "board.mmd"))
    found = keys(read_spec(text.encode(), "spec.yml"))
    assert found == {"orders": "id", "items": "id"}


ALONE = """erDiagram
    customers { int id PK
        text name }
    orders { int id PK
        int customer_id FK
        numeric amount }
    order_lines { int order_id PK, FK
        int id PK }
    MODEL { int id PK
        text customer "customers.name" }
    customers ||--o{ orders : places
    orders ||--|{ order_lines : has
"""


@pytest.mark.parametrize("key_names", ["entity_id", "as_drawn"])
@pytest.mark.parametrize(
    ("model", "entity", "formula"),
    [("dim_order", "orders", "customers.name"), ("dim_customers", "customers", "customers.name")],
)
def test_a_model_without_arrows_has_the_rows_of_what_it_is_called_after(
    model: str, entity: str, formula: str, key_names: str
) -> None:
    text = draft_text(diagram_in(ALONE.replace("MODEL", model).encode(), "board.mmd"), key_names=key_names)
    erd = read_spec(text.encode(), "spec.yml")
    assert [word.text for word in erd.models[0].rows] == [entity]
    assert keys(erd)[entity] == "id"
    assert f"customer: {formula}" in text
