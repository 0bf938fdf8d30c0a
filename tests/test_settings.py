"""Settings that change what is generated."""

from __future__ import annotations

from pathlib import Path

import pytest

from erd2dbt.pipelines.generation import generate

SPEC = (Path(__file__).parents[1] / "specs" / "marketing.yml").read_text(encoding="utf-8")


def properties(settings: str) -> str:
    files = generate((SPEC + settings).encode(), "spec.yml").files
    return "".join(text for path, text in files.items() if path.endswith(".yml"))


@pytest.mark.parametrize(
    ("settings", "word"),
    [("tests: {unit: off}\n", "unit_tests:"), ("tests: {relationships: off}\n", "relationships:")],
)
def test_a_kind_of_tests_turned_off(settings: str, word: str) -> None:
    assert word in properties("")
    assert word not in properties(settings)


def test_severity_of_claims_but_not_of_keys() -> None:
    assert "severity: warn" not in properties("tests: {severity: error}\n")
    warned = properties("tests: {severity: warn}\n")
    assert "severity: warn" in warned
    key = warned.index("name: conversions_conversion_id_is_primary_key")
    assert "severity" not in warned[key : warned.index("- name:", key + 1)]


@pytest.mark.parametrize(
    ("settings", "found"), [("", 0), ("docs: {examples: off}\n", 0), ("docs: {examples: on}\n", 10)]
)
def test_an_example_query_in_each_description(settings: str, found: int) -> None:
    """One for each of the 10 models, where the spec asks for it."""
    assert properties(settings).count("Example:\n      ```sql\n") == found
