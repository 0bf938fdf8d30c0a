"""Texts and selects as they are laid out: what YAML reads back, and lines that fit."""

from __future__ import annotations

import jinja2
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from erd2dbt.pipelines.generation import generate
from erd2dbt.render.project import prose

LONG = "Employee who controls the document.  Foreign key to Employee.BusinessEntityID, or none where nobody   does."
SPEC = """
version: 1
project: tags
sources: {raw: {}}
entities:
  tags: {key: tag, columns: {tag: text}}
  uses: {key: [tag, page], columns: {tag: text, page: int}}
models: {}
"""


@given(st.text("ab .:#'\"\\\n-|>{}[]é", max_size=200))
@example(LONG)
@example(f"{LONG}\n\n{LONG}")
def test_any_description_is_read_back(text: str) -> None:
    read = yaml.safe_load(prose(text, "description", 4) + "\n")["description"]
    assert jinja2.Environment(keep_trailing_newline=True).from_string(read).render() == text


def test_a_long_description_is_folded_at_single_blanks() -> None:
    lines = prose(LONG, "description", 8).split("\n")
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80


def test_one_column_stands_behind_its_select_and_two_below() -> None:
    files = generate(SPEC.encode(), "tags.yml").files
    assert "\n    select tag\n\n    from source\n" in files["models/staging/raw/stg_tags.sql"]
    assert "\n    select\n        tag,\n        page\n\n    from source\n" in files["models/staging/raw/stg_uses.sql"]
