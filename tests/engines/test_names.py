"""The names that options list are those of the engines there are."""

from __future__ import annotations

from erd2dbt.engines.names import DEFAULT_NAME, NAMES
from erd2dbt.engines.registry import DEFAULT, ENGINES


def test_the_names_are_those_of_the_engines() -> None:
    assert list(NAMES) == list(ENGINES)
    assert DEFAULT.name == DEFAULT_NAME
