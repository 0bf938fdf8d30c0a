"""Stars derived from small diagrams: as text, as a picture, and as a project; `ERD2DBT_UPDATE_GOLDEN=1` writes anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.summary import star_line

CASES = sorted((Path(__file__).parent / "stars").iterdir())
SHOP = (Path(__file__).parent / "stars" / "shop" / "spec.yml").read_text(encoding="utf-8")


def said(*words: str) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def expect(file: Path, text: str) -> None:
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_suggested(case: Path) -> None:
    expect(case / "suggested.yml", said("suggest", str(case / "spec.yml")))
    expect(case / "star.mmd", said("suggest", str(case / "spec.yml"), "--format", "mermaid"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_suggestion_is_what_is_generated(case: Path) -> None:
    """Written below `models:`, it gives the same SQL as the spec without it."""
    plain = (case / "spec.yml").read_text(encoding="utf-8")
    written = plain + said("suggest", str(case / "spec.yml"))
    derived, told = (generation.generate(text.encode(), "spec.yml") for text in (plain, written))
    assert {p for p, text in derived.files.items() if told.files.get(p) != text} == {"README.md"}
    assert derived.files.keys() == told.files.keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_suggestion_is_suggested_again(case: Path, tmp_path: Path) -> None:
    first = said("suggest", str(case / "spec.yml"))
    (tmp_path / "spec.yml").write_text((case / "spec.yml").read_text(encoding="utf-8") + first, encoding="utf-8")
    assert said("suggest", str(tmp_path / "spec.yml")) == first


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_model_has_the_grain_it_should(case: Path) -> None:
    """A fact or a dimension of an entity has the entity's key, or the grain that the entity says."""
    generated = generation.generate((case / "spec.yml").read_bytes(), "spec.yml")
    entities = {e.name: e for e in generated.erd.entities}
    facts = [m for m in generated.erd.models if m.rows and m.star and m.star.kind != "pre-aggregation"]
    assert len(facts) >= 4
    for model in facts:
        entity = entities[model.rows[0].text]
        assert [w.text for w in model.grain] == [w.text for w in entity.grain or entity.key]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_everything_derived_is_described(case: Path) -> None:
    """A model says what one row is; a column that was made says more than its name."""
    models = generation.generate((case / "spec.yml").read_bytes(), "spec.yml").erd.models
    assert [m.name for m in models if "one row per " not in (m.description or "")] == []
    made = [(m.name, c.name, c.description) for m in models for c in m.columns]
    assert len(made) >= 4
    assert [column for column in made if not column[2] or len(column[2].split()) < 3] == []


def model_of(case: str, name: str) -> ModelSpec:
    spec = (Path(__file__).parent / "stars" / case / "spec.yml").read_bytes()
    return next(m for m in generation.generate(spec, "spec.yml").erd.models if m.name == name)


def test_what_adds_up_is_said() -> None:
    orders, stock = model_of("freight", "fct_order_headers"), model_of("freight", "fct_depot_goods")
    assert orders.star
    assert orders.star.measures == ("total_price",)
    assert "Non-additive measures (average or weight them): `tax_rate`." in (orders.description or "")
    assert "Semi-additive measures (not additive over time): `on_hand` and `reserved`." in (stock.description or "")


def test_a_detail_is_told_from_a_lookup() -> None:
    """Lines are added up to their order, orders are not to a rate that they look up."""
    spec = (Path(__file__).parent / "stars" / "freight" / "spec.yml").read_bytes()
    sums = {m.name for m in generation.generate(spec, "spec.yml").erd.models if m.name.startswith("int_")}
    assert sums == {"int_order_lines_by_order_header", "int_line_events_by_order_line"}
    because = model_of("freight", "fct_order_headers").star
    assert because
    assert "`fuel_rates` is looked up, and no header of it: a snapshot has no parts" in because.because


def test_every_date_meets_the_calendar_in_its_role() -> None:
    """The event's first; a moment by its day, where it has one already by that."""
    star = model_of("freight", "fct_order_headers").star
    assert star
    assert [by for model, by in star.dimensions if model == "dim_dates"] == [
        "ordered_date",
        "due_date",
        "shipped_date",
    ]


def test_things_without_a_table_are_dimensions() -> None:
    campaigns, users = model_of("campaigns", "dim_campaigns"), model_of("campaigns", "dim_users")
    assert campaigns.sql
    assert "min(campaign_name) as campaign_name" in campaigns.sql.text
    assert users.sql
    assert users.sql.text.count("union all") == 2
    star = model_of("campaigns", "fct_purchases").star
    assert star
    assert ("dim_campaigns", "credited_campaign_id") in star.dimensions


def test_the_bus_matrix() -> None:
    readme = generation.generate(SHOP.encode(), "shop.yml").files["README.md"]
    rows = [
        line
        for line in readme.splitlines()
        if line.startswith(("| fact", "| `fct_", "| `bridge_")) and "kind" not in line.split("|")[2:3]
    ]
    shown = "\n".join(row for row in rows if "one row per" not in row and " mart" not in row)
    assert "`fct_orders` | transaction fact |" in shown
    assert "buyer_id; payer_id" in shown


def test_a_wide_bus_matrix_keeps_what_most_facts_share() -> None:
    """Nine dimensions or more: eight have a column, the others a cell."""
    names = "abcdefghij"
    tables = [f"  thing_{n}: {{key: id, columns: {{id: int, name: text}}}}" for n in names]
    links = [f"  deals }}o--|| thing_{n}: thing_{n}_id = id" for n in names]
    foreign = ", ".join(f"thing_{n}_id: int" for n in names)
    deals = f"  deals: {{key: id, columns: {{id: int, {foreign}, dealt_on: date, amount: int}}}}"
    head = ["version: 1", "project: wide", "sources: {raw: {}}", "entities:"]
    text = "\n".join([*head, *tables, deals, "links:", *links]) + "\n"
    readme = generation.generate(text.encode(), "wide.yml").files["README.md"]
    row = next(line for line in readme.splitlines() if line.startswith("| `fct_deals` | transaction fact |"))
    assert row.count("|") == 12
    assert row.endswith("| `dim_thing_hs` (thing_h_id), `dim_thing_is` (thing_i_id), `dim_thing_js` (thing_j_id) |")


def test_why(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(SHOP, encoding="utf-8")
    told = said("explain", "fct_orders", str(tmp_path / "shop.yml"))
    assert "derived: transaction fact\n  because `ordered_at` says when it happened" in told
    assert "because another date of it: `due_on` (when it should be)" in told
    assert "joins dim_customers on buyer_id" in told
    assert "to change this, set `role`, `grain`, `event_date` or `measures` of the entity `orders`" in told
    thing = said("explain", "dim_customers", str(tmp_path / "shop.yml"))
    assert "because it is not a fact, though it has the date `created_at`: people call it by `full_name`" in thing


@pytest.mark.parametrize(
    ("said_of_orders", "model"),
    [
        ("role: fact", "fct_orders"),
        ("role: dimension", "dim_orders"),
        ("role: bridge", "bridge_orders"),
        ("event_date: due_on", "fct_orders"),
        ("measures: [shipping_cost]", "fct_orders"),
        ("grain: [buyer_id]", "fct_orders"),
        ("role: fact\n    grain: [due_on]\n    event_date: due_on\n    measures: [shipping_cost]", "fct_orders"),
        ("role: bridge\n    grain: [buyer_id, payer_id]", "bridge_orders"),
    ],
)
def test_an_entity_says_otherwise(said_of_orders: str, model: str) -> None:
    text = SHOP.replace("    key: order_id\n", f"    key: order_id\n    {said_of_orders}\n", 1)
    names = {m.name for m in generation.generate(text.encode(), "shop.yml").erd.models}
    assert model in names
    assert len({"dim_orders", "bridge_orders", "fct_orders"} & names) == 1


def test_the_words_of_an_entity_go_together() -> None:
    """All four at once: the rows are added up by the day that is said, and only what is said."""
    words = "role: fact\n    grain: [due_on]\n    event_date: due_on\n    measures: [shipping_cost]"
    text = SHOP.replace("    key: order_id\n", f"    key: order_id\n    {words}\n", 1)
    model = next(m for m in generation.generate(text.encode(), "shop.yml").erd.models if m.name == "fct_orders")
    assert [c.name for c in model.columns] == ["orders", "shipping_cost"]
    assert model.where
    assert model.where.text == "due_on is not null"
    assert model.star
    assert model.star.dimensions == (("dim_dates", "due_on"),)


def test_ignored_entities_are_staged_only() -> None:
    files = generation.generate(SHOP.encode(), "shop.yml").files
    assert [path for path in files if "schema_migrations" in path] == ["models/staging/shop/stg_schema_migrations.sql"]


def test_no_models_at_all_is_said_by_two_words() -> None:
    generated = generation.generate((SHOP + "models: {}\n").encode(), "shop.yml")
    assert generated.erd.models == ()
    assert not [path for path in generated.files if "/marts/" in path]


def test_the_summary_counts_what_has_no_model_of_its_own() -> None:
    numbers = range(45)
    lines = ["version: 1", "project: big", "sources: {raw: {schema: raw}}", "entities:"]
    lines += ["  customers: {key: customer_id, columns: {customer_id: int, name: text}}"]
    columns = "customer_id: {type: int, not_null: true}, ordered_at: timestamp, amount: 'numeric(12,2)'"
    lines += [f"  orders{n}: {{key: orders{n}_id, columns: {{orders{n}_id: int, {columns}}}}}" for n in numbers]
    lines += ["links:", *(f"  orders{n} }}o--|| customers: customer_id" for n in numbers)]
    summary = star_line(generation.plan("\n".join(lines).encode(), "big.yml")[0], "big.yml")
    assert summary is not None
    assert summary.startswith("derived  40 facts, 2 dimensions; 5 entities without a model of their own: ")
