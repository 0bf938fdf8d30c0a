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
        ("The proof rests on two claims.", "depends on"),
        ("Orders are met by their key, and payments added up.", "joins on"),
        ("This is no key, and the file is read.", "is not a"),
        ("Keys that nobody drew are proposed.", "undeclared"),
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
        it rests on this; it is mended; it is told; it is held against the data; it bears a key; it adds up;
        nobody drew it;
        it meets three; it is left out; it is never empty; the guilty one; as generated last; work of yours;
        it holds nothing; it is no key; it stands in the file; all but for one;
        a to-one path; what a column is made of; the first or last row of it; links pass it by; tables of one name;
        the models have need of it
    """
    found = {word.write for word in AVOID if word.pattern.search(samples)}
    assert found == {word.write for word in AVOID}
    assert isinstance(AVOID[0], Word)
