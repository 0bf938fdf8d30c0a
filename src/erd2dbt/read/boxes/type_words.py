"""Infers unknown words that are types, by comparing the rows of one drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes import rows

_NOWHERE = Span("", 1, 1)
_MOST_WORDS = 8  # maximum characters of a row; longer text is prose


def unknown_types(boxes: Sequence[Sequence[str]]) -> Mapping[str, tuple[str, bool]]:
    """Return row -> (the words that are its type by position, whether they are certainly not part of a name).

    The evidence is that names in these boxes are single words joined by `_`, or that several rows end with the same
    words.
    """
    read = [[(text, rows.parse(text, _NOWHERE)) for text in some] for some in boxes]
    typed = [(text, one) for some in read for text, one in some if one and one.row.type and one.order == "name"]
    if len(typed) < 2 or any(_words_of(text, one.row.name) for text, one in typed):
        return {}
    open_ = {
        text: words
        for some in read
        if any(one and one.row.type for _, one in some)
        for text, one in some
        if one and not one.row.type and not one.row.derivation and (words := _words_of(text, one.row.name))
    }
    is_snake = any("_" in one.row.name for _, one in typed)
    ends = Counter(" ".join(words[1:]) for words in open_.values())
    return {
        text: (phrase, is_known)
        for text, words in open_.items()
        for phrase in [" ".join(words[1:])]
        for is_known in [ends[phrase] > 1 or "_" in words[0] or not phrase.isalpha()]
        if is_snake or is_known
    }


def _words_of(text: str, name: str) -> list[str]:
    """Return the words that were joined by `_` into a name; empty if it is one word."""
    words = text.split()
    if len(words) > _MOST_WORDS or "_" not in name or name in words:
        return []
    for begun in range(len(words)):
        for end in range(len(words), begun + 1, -1):
            if all(map(slug, words[begun:end])) and slug(" ".join(words[begun:end])) == name:
                return words[begun:end]
    return []
