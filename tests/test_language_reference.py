"""The reference of the language: its examples are accepted, and no field is excluded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from erd2dbt.pipelines import generation

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "pages" / "reference" / "language.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
EXAMPLES = [block for block in BLOCKS if "version:" in block]
SCHEMA = json.loads((ROOT / "specs" / "erd2dbt.schema.json").read_text(encoding="utf-8"))


def fields() -> set[str]:
    """Every field of the language, as the JSON Schema has them."""
    nodes = [SCHEMA, *SCHEMA["$defs"].values()]
    return {name for node in nodes for name in node.get("properties", {})}


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.findall(r"project: (\w+)", text)[0])
def test_every_example_is_accepted(example: str) -> None:
    generated = generation.generate(example.encode(), "spec.yml")
    assert [r for r in generated.planned.remarks if r.code.startswith("E")] == []
    assert len(generated.planned.plans) >= 1


def test_every_field_is_explained() -> None:
    code = " ".join(re.findall(r"`([^`\n]+)`", TEXT))
    assert {name for name in fields() if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code)} == set()


def test_every_link_leads_somewhere() -> None:
    titles = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert target[1:] in anchors if target.startswith("#") else (PAGE.parent / target).exists(), target
