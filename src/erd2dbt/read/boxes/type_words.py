"""Words that stand where types stand and that no list knows: told from the other rows of the same drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes import rows

_NOWHERE = Span("", 1, 1)
_MOST_WORDS = 8  # of a row; what is longer is prose


def unknown_types(boxes: Sequence[Sequence[str]]) -> Mapping[str, tuple[str, bool]]:
    """Row -> the words of it that are a type by their place, as names of these boxes are one word each, with `_`
    between its parts, or several rows end with the same words; and whether it is sure that they are no name."""
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
    """The words that became a name with `_` between them; empty where it is one word."""
    words = text.split()
    if len(words) > _MOST_WORDS or "_" not in name or name in words:
        return []
    for begun in range(len(words)):
        for end in range(len(words), begun + 1, -1):
            if all(map(slug, words[begun:end])) and slug(" ".join(words[begun:end])) == name:
                return words[begun:end]
    return []
