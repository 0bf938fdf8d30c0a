"""Stars derived from small diagrams: as text, as a picture, and as a project; `ERD2DBT_UPDATE_GOLDEN=1` writes anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt import pipeline
from erd2dbt.cli import main

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
    derived, told = (pipeline.generate(text.encode(), "spec.yml") for text in (plain, written))
    assert {p for p, text in derived.files.items() if told.files.get(p) != text} == {"README.md"}
    assert derived.files.keys() == told.files.keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_model_has_the_grain_it_should(case: Path) -> None:
    """A fact or a dimension of an entity has the entity's key, or the grain that the entity says."""
    generated = pipeline.generate((case / "spec.yml").read_bytes(), "spec.yml")
    entities = {e.name: e for e in generated.erd.entities}
    facts = [m for m in generated.erd.models if m.rows and m.star and m.star.kind != "pre-aggregation"]
    assert len(facts) >= 4
    for model in facts:
        entity = entities[model.rows[0].text]
        assert [w.text for w in model.grain] == [w.text for w in entity.grain or entity.key]


def test_the_bus_matrix() -> None:
    readme = pipeline.generate(SHOP.encode(), "shop.yml").files["README.md"]
    rows = [
        line
        for line in readme.splitlines()
        if line.startswith(("| fact", "| `fct_", "| `bridge_")) and "kind" not in line.split("|")[2:3]
    ]
    shown = "\n".join(row for row in rows if "one row per" not in row and " mart" not in row)
    assert "`fct_orders` | transaction fact |" in shown
    assert "buyer_id; payer_id" in shown


def test_why(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(SHOP, encoding="utf-8")
    told = said("explain", "fct_orders", str(tmp_path / "shop.yml"))
    assert "derived: transaction fact\n  because `ordered_at` says when it happened" in told
    assert "met by dim_customers (buyer_id)" in told


@pytest.mark.parametrize(
    ("said_of_orders", "model"),
    [("role: dimension", "dim_orders"), ("role: bridge", "bridge_orders"), ("event_date: due_on", "fct_orders")],
)
def test_an_entity_says_otherwise(said_of_orders: str, model: str) -> None:
    text = SHOP.replace("    key: order_id\n", f"    key: order_id\n    {said_of_orders}\n", 1)
    names = {m.name for m in pipeline.generate(text.encode(), "shop.yml").erd.models}
    assert model in names
    assert len({"dim_orders", "bridge_orders", "fct_orders"} & names) == 1


def test_ignored_entities_are_staged_only() -> None:
    files = pipeline.generate(SHOP.encode(), "shop.yml").files
    assert [path for path in files if "schema_migrations" in path] == ["models/staging/shop/stg_schema_migrations.sql"]


def test_no_models_at_all_is_said_by_two_words() -> None:
    generated = pipeline.generate((SHOP + "models: {}\n").encode(), "shop.yml")
    assert generated.erd.models == ()
    assert not [path for path in generated.files if "/marts/" in path]
