"""What people read has short sentences and the field's own words, in every place where the tool says something."""

from __future__ import annotations

import pytest

from readability.prose import LONGEST, SOURCES, Word, unreadable, words

AVOID = words()


@pytest.mark.parametrize("source", SOURCES)
def test_everything_that_people_read(source: str) -> None:
    texts = [(place, text) for place, text in SOURCES[source]() if text.strip()]
    assert len(texts) > 10
    assert [f"{place}: {fault}" for place, text in texts for fault in unreadable(text, AVOID)] == []


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("The proof depends on two claims.", "depends on"),
        ("Orders are met by their key, and payments added up.", "joins on"),
        ("This file is not text, and holds nothing that is wanted.", "is not a"),
        ("Rows that nobody drew are excluded.", "undeclared"),
    ],
)
def test_a_word_to_avoid_is_found(text: str, write: str) -> None:
    assert any(f"write {write}" in fault for fault in unreadable(text, AVOID))


def test_a_word_in_code_or_in_its_right_sense_is_not_found() -> None:
    assert list(unreadable("There is no key in `rows held against data`.", AVOID)) == []


def test_a_long_sentence_is_found_and_two_short_ones_are_not() -> None:
    long = " ".join(["word"] * (LONGEST + 1)) + "."
    assert [fault.split()[0] for fault in unreadable(f"Short one. {long.capitalize()}", AVOID)] == [str(LONGEST + 1)]
    assert list(unreadable(f"{' '.join(['Word'] * 20)}. {' '.join(['Word'] * 20)}.", AVOID)) == []


def test_each_pattern_finds_something() -> None:
    """A pattern that can find nothing guards nothing."""
    samples = """
        It rests on this. Mended. It is told. It is held against the data. It bears a key. It adds up. Nobody drew it.
        It meets three. It is excluded. It is never empty. The guilty one. As generated last. Work of yours.
        It holds nothing. It is not a key. It stands in the file. All but for one.
    """
    found = {word.write for word in AVOID if word.pattern.search(samples)}
    assert found == {word.write for word in AVOID}
    assert isinstance(AVOID[0], Word)
