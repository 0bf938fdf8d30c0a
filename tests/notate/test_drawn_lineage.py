"""Lineage in Mermaid and in Miro's diagram language: dashed lines of their own, which come back as lineage."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from erd2dbt.diagram.drawing import Cap, Diagram, Line, as_lineage
from erd2dbt.diagram.erd import Erd, ModelSpec
from erd2dbt.draft.diagram import draft
from erd2dbt.explain.drawing import drawing
from erd2dbt.explain.drawn_formulas import with_formulas
from erd2dbt.faults.diagnostics import ErdError, Span
from erd2dbt.notate.dsl import dsl_text
from erd2dbt.notate.formulas import formula_text
from erd2dbt.notate.mermaid import mermaid_text
from erd2dbt.notate.svg import svg_text
from erd2dbt.pipelines.drafting import draft_text
from erd2dbt.pipelines.generation import plan
from erd2dbt.read.recognising import read_diagram
from erd2dbt.read.spec.reader import read_spec

ROOT = Path(__file__).parents[2]
WRITERS = {"mermaid": mermaid_text, "dsl": dsl_text}
# A line of lineage in each: one to one, dashed, and labelled with its target. Links are solid here.
LINEAGE = {
    "mermaid": r'^  \w+ \|o\.\.o\| (\w+) : "lineage to \1"$',
    "dsl": r'^e\d+ "lineage to \w+" n\d+ one \.\. one n\d+$',
}
LINES = {"mermaid": r"^  \w+ \S+(?:--|\.\.)\S+ \w+ :", "dsl": r"^e\d+ "}


@pytest.fixture(scope="module")
def marketing() -> Diagram:
    erd, planned = plan((ROOT / "specs" / "marketing.yml").read_bytes(), "marketing.yml")
    return drawing(erd, planned.plans).diagram


@pytest.mark.parametrize("notation", WRITERS)
def test_lineage_is_drawn_as_lineage(marketing: Diagram, notation: str) -> None:
    """Not as a link, and above all not as many-to-many."""
    text = WRITERS[notation](marketing)
    every = re.findall(LINES[notation], text, re.MULTILINE)
    lineage = re.findall(LINEAGE[notation], text, re.MULTILINE)
    links = [line for line in marketing.lines if line.left_cap is not None]
    assert (len(links), len(lineage), len(every)) == (5, 14, 19)


SHOP = """version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  buyers: {key: buyer_id, columns: {buyer_id: int, name: text}}
  baskets:
    key: basket_id
    columns: {basket_id: int, buyer_id: int, state: text, shop: text, worth: "numeric(10,2)", paid_at: timestamp}
links:
  buyers ||--o{ baskets: buyer_id
models:
  paid_baskets:
    layer: intermediate
    grain: basket_id
    rows: baskets
    where: baskets.state = 'paid'
    keep: [buyer_id, shop, worth, paid_at]
  dim_buyers:
    grain: buyer_id
    rows: buyers
    keep: [name]
    columns:
      worth: sum(paid_baskets.worth)
      baskets: count(baskets.basket_id) filter (where baskets.shop <> 'x')
      mean: ratio(worth, baskets)
      shop: {last: paid_baskets.shop, where: worth > 5, order: paid_at}
      level: {tier: worth, cut: {high: 500, medium: 100}, else: low}
  big_buyers:
    layer: intermediate
    grain: buyer_id
    rows: dim_buyers
    where: dim_buyers.worth > 9
    keep: [name, worth]
"""


def test_models_come_back_from_mermaid() -> None:
    """Their rows, filters, kept columns, formulas and layers, also of an intermediate model that reads a mart."""
    erd, planned = plan(SHOP.encode(), "shop.yml")
    text = mermaid_text(with_formulas(drawing(erd, planned.plans), erd))
    again = read_spec(draft_text(read_diagram(text.encode(), "shop.mmd")).encode(), "again.yml")
    assert again.entities != ()
    assert [(one.name, [c.name for c in one.columns]) for one in again.entities] == [
        (one.name, [c.name for c in one.columns]) for one in erd.entities
    ]
    assert [(link.text, link.columns) for link in again.links] == [(link.text, link.columns) for link in erd.links]
    assert [_said(one, again) for one in again.models] == [_said(one, erd) for one in erd.models]


def test_a_picture_is_read_as_its_mermaid() -> None:
    """The texts that it shows are no boxes or notes beside the diagram."""
    erd, planned = plan(SHOP.encode(), "shop.yml")
    drawn = drawing(erd, planned.plans)
    text = mermaid_text(with_formulas(drawn, erd))
    picture = read_diagram(svg_text(drawn.diagram, text).encode(), "shop.svg")
    mermaid = read_diagram(text.encode(), "shop.mmd")
    assert [box.name for box in picture.boxes] == [box.name for box in mermaid.boxes]
    assert [one.text for one in picture.seen] == [one.text for one in mermaid.seen]
    assert draft(picture).links == draft(mermaid).links
    assert [str(one) for one in _models(picture)] == [str(one) for one in _models(mermaid)]
    with pytest.raises(ErdError, match="E055"):
        read_diagram(svg_text(drawn.diagram).encode(), "shop.svg")


def _models(diagram: Diagram) -> list[dict[str, object]]:
    erd = read_spec(draft_text(diagram).encode(), "again.yml")
    return [_said(model, erd) for model in erd.models]


def _said(model: ModelSpec, erd: Erd) -> dict[str, object]:
    rows = next(one for one in (*erd.entities, *erd.models) if one.name == model.rows[0].text)
    every = [one.name for one in rows.columns if one.name not in [word.text for word in model.grain]]
    kept = every if model.keep is None else [word.text for word in model.keep]
    return {
        "name": model.name,
        "layer": model.layer,
        "grain": [word.text for word in model.grain],
        "rows": [word.text for word in model.rows],
        "where": model.where.text if model.where else None,
        "keep": kept,
        "columns": {column.name: formula_text(column.formula) for column in model.columns},
    }


def test_an_arrow_that_people_turn_in_the_text_leads_to_the_box_that_its_label_names() -> None:
    line = Line(left="a", right="b", span=Span("x", 1, 1), label="lineage to a: only paid", left_cap=Cap.ONE)
    read = as_lineage(line)
    assert (read.left, read.right, read.label, read.is_directed) == ("b", "a", "only paid", True)
    assert as_lineage(replace(line, label="lineage")).left_cap is Cap.ONE  # a solid line of that label is a link


@pytest.mark.parametrize("notation", WRITERS)
def test_lineage_comes_back_as_lineage(marketing: Diagram, notation: str) -> None:
    """Between the same boxes, and it adds no link to the spec."""
    read = draft(read_diagram(WRITERS[notation](marketing).encode(), notation))
    names = {box.name: box.name.removeprefix("stg_") for box in marketing.boxes}
    drawn = {(names[line.left], names[line.right]) for line in marketing.lines if line.left_cap is None}
    assert {arrow.ends for arrow in read.arrows} == drawn
    assert len(read.links) == 5
