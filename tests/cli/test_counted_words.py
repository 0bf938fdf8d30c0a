"""Counts with their words, as summaries print them."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.summary import plural


@pytest.mark.parametrize(
    ("word", "several"),
    [
        ("box", "boxes"),
        ("key", "keys"),
        ("entity", "entities"),
        ("guess", "guesses"),
        ("broken claim", "broken claims"),
    ],
)
def test_a_word_has_the_number_of_its_count(word: str, several: str) -> None:
    assert plural(1, word) == f"1 {word}"
    assert (plural(0, word), plural(1200, word)) == (f"0 {several}", f"1,200 {several}")
