"""The reference of the language: its examples are accepted, and no field is excluded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from erd2dbt.pipelines import generation

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "pages" / "reference"
OVERVIEW = REFERENCE / "language.md"
PAGES = {page: page.read_text(encoding="utf-8") for page in (OVERVIEW, *sorted((REFERENCE / "language").glob("*.md")))}
TEXT = "\n".join(PAGES.values())
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


def anchors(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    return made | set(re.findall(r'<a id="([\w-]+)">', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target


def test_the_overview_leads_to_every_section() -> None:
    """Also under the section's own anchor, so that an address of the section on the overview stays right."""
    for page, text in PAGES.items():
        titles = re.findall(r"^##+ (.*)$", text, re.MULTILINE) if page != OVERVIEW else []
        for title in titles:
            anchor = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
            assert f"](language/{page.name}#{anchor})" in PAGES[OVERVIEW], title
            assert anchor in anchors(OVERVIEW), title
