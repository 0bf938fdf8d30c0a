"""Lineage in Mermaid and in Miro's diagram language: dashed lines of their own, which come back as lineage."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.draft.diagram import draft
from erd2dbt.explain.drawing import drawing
from erd2dbt.notate.dsl import dsl_text
from erd2dbt.notate.mermaid import mermaid_text
from erd2dbt.pipelines.generation import plan
from erd2dbt.read.recognising import read_diagram

ROOT = Path(__file__).parents[2]
WRITERS = {"mermaid": mermaid_text, "dsl": dsl_text}
# A line of lineage in each: one to one, dashed and labelled. Links are solid here.
LINEAGE = {"mermaid": r'^  \w+ \|o\.\.o\| \w+ : "lineage"$', "dsl": r'^e\d+ "lineage" n\d+ one \.\. one n\d+$'}
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


@pytest.mark.parametrize("notation", WRITERS)
def test_lineage_comes_back_as_lineage(marketing: Diagram, notation: str) -> None:
    """Between the same boxes, and it adds no link to the spec."""
    read = draft(read_diagram(WRITERS[notation](marketing).encode(), notation))
    names = {box.name: box.name.removeprefix("stg_") for box in marketing.boxes}
    drawn = {(names[line.left], names[line.right]) for line in marketing.lines if line.left_cap is None}
    assert {arrow.ends for arrow in read.arrows} == drawn
    assert len(read.links) == 5
